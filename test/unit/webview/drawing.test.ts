import assert from 'node:assert/strict';
import { overlaps } from '../../../webview/layout/geometry.ts';
import { changedAreas } from '../../../webview/render/changedAreas.ts';
import { luminance, mix, parseColour, type Colour } from '../../../webview/render/colour.ts';
import { drawItem, isHiddenAt } from '../../../webview/render/draw/drawItem.ts';
import { ringsOf } from '../../../webview/render/draw/rings.ts';
import { HitTester } from '../../../webview/render/hit.ts';
import { buildPalette, readTheme, type Palette } from '../../../webview/render/palette.ts';
import { Drawings } from '../../../webview/render/drawings.ts';
import type { DetailLevel } from '../../../webview/render/renderer.ts';
import type { Scene } from '../../../webview/render/scene.ts';
import type { RectMark } from '../../../webview/render/shapes.ts';
import { shapesToSvg } from '../../../webview/render/svgText.ts';
import { findingsOf, withLinksDown } from '../../harness/panel/findings.ts';
import { themes } from '../../harness/panel/themes.ts';
import {
  broken,
  fiveBridges,
  hostileNames,
  podsOnBridge,
  trueShapes,
} from '../../harness/panel/topologies.ts';
import { fitter, paletteOf, pictureOf, sceneOf, widthOf } from './scenes.ts';

const levels: readonly DetailLevel[] = [0, 1, 2, 3, 4];

const palette = paletteOf('dark');

function svgOf(scene: Scene, detail: DetailLevel, colours = palette): string {
  const paint = { detail, fitter, palette: colours, counters: () => [['↓ 1 B'], ['↑ 2 B']] };
  return shapesToSvg(
    scene.items.filter((item) => !isHiddenAt(item, detail)).flatMap((item) => drawItem(item, paint)),
    widthOf,
  );
}

describe('drawing', () => {
  for (const theme of ['dark', 'light', 'hc-dark', 'hc-light'] as const) {
    it(`finds every colour it needs in the theme ${theme}`, async () => {
      const colours = paletteOf(theme);
      const scene = await sceneOf(broken().build());
      for (const detail of levels) {
        assert.doesNotMatch(svgOf(scene, detail, colours), /undefined|NaN|#808080/);
      }
    });
  }

  for (const theme of ['dark', 'light', 'hc-dark', 'hc-light'] as const) {
    it(`can be read in the theme ${theme}: 4.5 to 1 for text, 3 to 1 for signs`, async () => {
      const colours = paletteOf(theme);
      for (const make of [broken(), fiveBridges(), trueShapes()]) {
        const scene = await sceneOf(make.build());
        for (const [text, ratio] of levels.flatMap((detail) => textContrasts(scene, detail, colours))) {
          assert.ok(ratio >= 4.5, `${text}: ${ratio}`);
        }
      }
      const { paper, good, warn, bad, info, flow, changed, ours, cable } = colours;
      for (const [name, sign] of Object.entries({ good, warn, bad, info, flow, changed, ours, cable })) {
        assert.ok(contrast(colourOf(sign), colourOf(paper)) >= 3, name);
      }
    });
  }

  it('draws in full colours what a theme gives see-through, as Dark Modern does its orange', () => {
    const flowOf = (orange: string): string => {
      const colours: Readonly<Record<string, string>> = {
        ...themes.dark.variables,
        '--vscode-charts-orange': orange,
      };
      const theme = readTheme((name) => parseColour(colours[name] ?? ''));
      return buildPalette(theme, 'sans-serif').flow;
    };
    assert.equal(flowOf('rgba(234, 92, 0, 0.33)'), flowOf('rgb(234, 92, 0)'));
    assert.equal(parseColour(flowOf('rgba(234, 92, 0, 0.33)'))?.a, 1);
  });

  it('writes hostile names into SVG as text', async () => {
    const svg = svgOf(await sceneOf(hostileNames().build()), 3);
    assert.doesNotMatch(svg, /<(?!\/?(rect|circle|path|text)\b)/);
    assert.match(svg, /&lt;/);
  });

  it('keeps texts apart from each other at every level of detail', async () => {
    for (const make of [podsOnBridge(30), broken(), fiveBridges(), trueShapes()]) {
      const scene = await sceneOf(make.build());
      for (const detail of levels) {
        assert.deepEqual(overlappingTexts(scene, detail), []);
      }
    }
  });

  it('leaves out what there is no room for of a line of counters, and cuts no number in two', async () => {
    const scene = await sceneOf(podsOnBridge(1).build());
    const pod = scene.items.find(({ kind }) => kind === 'pod');
    assert.ok(pod);
    const counters = () => [['↓ 1.2 MB', '3.4 kB/s', '123456789 dropped'], ['↑ 5 B']];
    const texts = drawItem(pod, { detail: 4, fitter, palette, counters }).flatMap((shape) =>
      shape.kind === 'text' ? shape.text : [],
    );
    assert.ok(texts.includes('↓ 1.2 MB  3.4 kB/s'), texts.join(' / '));
  });

  it('leaves no text out of the box of its item', async () => {
    const scene = await sceneOf(fiveBridges().build());
    const paint = { detail: 1 as const, fitter, palette, counters: () => [] };
    for (const item of scene.items.filter(({ kind }) => kind === 'pod')) {
      for (const shape of drawItem(item, paint)) {
        if (shape.kind === 'text') {
          const half = fitter.width(shape.text, shape.size, shape.weight) / 2;
          const middle = shape.anchor === 'middle' ? shape.x : shape.x + half;
          assert.ok(Math.abs(middle - item.bounds.x - item.bounds.width / 2) + half <= item.bounds.width / 2);
        }
      }
    }
  });

  it('tells every state of a pod by more than colour', async () => {
    const findings = findingsOf(withLinksDown(broken().build(), ['app-2']));
    const scene = await sceneOf(broken().build(), { findings });
    const shapeOf = (title: string, detail: DetailLevel): string => {
      const item = scene.items.find((one) => one.kind === 'pod' && one.title === title);
      assert.ok(item);
      return shapesToSvg(drawItem(item, { detail, fitter, palette, counters: () => [] }), widthOf)
        .replace(/ (fill|stroke)-opacity="[^"]*"|(?<=")#[0-9a-f]{6}/g, '')
        .replace(/<text.*?<\/text>/g, (text) => (text.includes('>?<') ? '?' : ''))
        .replace(/-?[\d.]+/g, (number) => String(Math.round(Number(number) / 1e4)));
    };
    for (const detail of [0, 1] as const) {
      const looks = ['app-1', 'app-2', 'cache-down', 'half-open', 'unknown'].map((name) =>
        shapeOf(name, detail),
      );
      assert.equal(new Set(looks).size, looks.length);
    }
  });

  it('tells every ring by more than colour', () => {
    const kinds = ['selected', 'pointed', 'found', 'traced', 'changed', 'debugged'] as const;
    const looks = kinds.map((kind) =>
      JSON.stringify(ringsOf(palette, kind).map(({ lineWidth, dash, out }) => [lineWidth, dash, out])),
    );
    assert.equal(new Set(looks).size, kinds.length);
  });

  it('takes what is drawn the same from the scene before', async () => {
    const topology = podsOnBridge(20).build();
    const before = await pictureOf(topology);
    const eth0 = topology.links.find((link) => link.name === 'eth0' && link.peer !== null);
    const links = topology.links.map((link) => (link === eth0 ? { ...link, mtu: 1400 } : link));
    const after = await sceneOf({ ...topology, links }, { before });
    const fresh = after.items
      .filter((item) => before.scene.byKey.get(item.key) !== item)
      .map(({ key }) => key);
    assert.deepEqual(fresh.sort(), [`link/${eth0?.id ?? ''}`, `namespace/${eth0?.namespace ?? ''}`]);
  });
});

describe('hit testing', () => {
  it('finds links before pods, pods before groups, and cables near by', async () => {
    const scene = await sceneOf(podsOnBridge(3).build());
    const tester = new HitTester(scene);
    const centre = (key: string): { x: number; y: number } => {
      const bounds = scene.byKey.get(key)?.bounds ?? { x: 0, y: 0, width: 0, height: 0 };
      return { x: bounds.x + bounds.width / 2, y: bounds.y + bounds.height / 2 };
    };
    for (const item of scene.items) {
      const found = tester.at(centre(item.key), 1, 3);
      if (item.kind === 'link' || item.kind === 'pod') {
        assert.equal(found?.key, item.key);
      } else if (item.kind === 'wire' && item.wire === 'veth') {
        assert.equal(tester.at({ ...centre(item.key), x: centre(item.key).x + 5 }, 1, 3)?.key, item.key);
      }
    }
    assert.equal(tester.at({ x: -9e4, y: 0 }, 1, 3), null);
  });
});

describe('colours', () => {
  it('reads what browsers and themes write', () => {
    assert.deepEqual(parseColour('#fff'), { r: 255, g: 255, b: 255, a: 1 });
    assert.deepEqual(parseColour('#11223380')?.a.toFixed(2), '0.50');
    assert.deepEqual(parseColour('rgba(1, 2, 3, 0.5)'), { r: 1, g: 2, b: 3, a: 0.5 });
    assert.deepEqual(parseColour('color(srgb 1 0 0 / 0.25)'), { r: 255, g: 0, b: 0, a: 0.25 });
    assert.equal(parseColour('var(--x)'), undefined);
  });

  it('mixes as color-mix in srgb does', () => {
    const [red, clear] = [parseColour('#ff0000'), parseColour('rgba(0, 0, 255, 0)')];
    assert.ok(red && clear);
    assert.deepEqual(mix(red, 0.28, clear), { r: 255, g: 0, b: 0, a: 0.28 });
  });
});

/** A colour as it is seen on a ground. */
function over(top: Colour, ground: Colour): Colour {
  const channel = (name: 'r' | 'g' | 'b'): number => top[name] * top.a + ground[name] * (1 - top.a);
  return { r: channel('r'), g: channel('g'), b: channel('b'), a: 1 };
}

/** WCAG 2.2, 1.4.3. */
function contrast(one: Colour, other: Colour): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function colourOf(css: string): Colour {
  const colour = parseColour(css);
  assert.ok(colour, css);
  return colour;
}

/** Each text of a scene with its contrast to what was painted below its middle. */
function textContrasts(scene: Scene, detail: DetailLevel, colours: Palette): [text: string, ratio: number][] {
  const grounds: RectMark[] = [];
  const found: [string, number][] = [];
  const paint = { detail, fitter, palette: colours, counters: () => [['↓ 1 B'], ['↑ 2 B']] };
  const items = scene.items.filter((item) => !isHiddenAt(item, detail));
  for (const shape of items.flatMap((item) => drawItem(item, paint))) {
    if (shape.kind === 'rect' && shape.fill !== undefined) {
      grounds.push(shape);
    } else if (shape.kind === 'text') {
      const half = fitter.width(shape.text, shape.size, shape.weight) / 2;
      const middle = shape.anchor === 'middle' ? shape.x : shape.x + half;
      const at = { x: middle, y: shape.y - shape.size * 0.3, width: 0.1, height: 0.1 };
      const ground = grounds
        .filter((rect) => overlaps(rect, at))
        .reduce((below, { fill = '' }) => over(colourOf(fill), below), colourOf(colours.paper));
      found.push([shape.text, contrast(over(colourOf(shape.fill), ground), ground)]);
    }
  }
  return found;
}

interface Extent {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function overlappingTexts(scene: Scene, detail: DetailLevel): string[] {
  const paint = { detail, fitter, palette, counters: () => [['↓ 68.4 kB', '1.2 kB/s'], ['↑ 71.0 kB']] };
  const extents = scene.items
    .filter((item) => !isHiddenAt(item, detail))
    .flatMap((item) => drawItem(item, paint))
    .flatMap((shape): Extent[] => {
      if (shape.kind !== 'text' || shape.text === '?') {
        return [];
      }
      const width = fitter.width(shape.text, shape.size, shape.weight);
      const left = shape.anchor === 'middle' ? shape.x - width / 2 : shape.x;
      const [top, bottom] = [shape.y - shape.size * 0.72, shape.y];
      return [{ text: shape.text, left, right: left + width, top, bottom }];
    });
  return extents.flatMap((a, at) =>
    extents
      .slice(at + 1)
      .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
      .map((b) => `${a.text} / ${b.text} at ${detail}`),
  );
}

describe('what is painted again', () => {
  /** The part of the grid that is painted again. */
  const partOf = async (detail: DetailLevel, fewer: number, more: number): Promise<number> => {
    const before = await pictureOf(podsOnBridge(fewer).build());
    const after = await pictureOf(podsOnBridge(more).build(), { before });
    const drawings = new Drawings(palette, fitter);
    const areas = changedAreas(before.scene, after.scene, drawings.at(detail));
    const group = after.scene.items.find(({ kind }) => kind === 'group')?.bounds;
    assert.ok(group && areas.length > 0);
    const painted = areas.reduce((sum, { width, height }) => sum + width * height, 0);
    return painted / (group.width * group.height);
  };

  it('for one pod more in a grid with room is its cell and the words of the title', async () => {
    for (const detail of levels) {
      assert.ok((await partOf(detail, 501, 502)) < 0.03, String(detail));
    }
  });

  it('for one pod more in a row of its own is not the rows before it', async () => {
    for (const detail of levels) {
      assert.ok((await partOf(detail, 20, 21)) < 0.5, String(detail));
    }
  });
});
