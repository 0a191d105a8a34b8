import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Scene } from '../../../webview/render/scene.ts';
import { Drawings } from '../../../webview/render/drawings.ts';
import { noEmphasis } from '../../../webview/render/renderer.ts';
import { frameOf, pngRatio, stillOf, type StillOptions } from '../../../webview/render/still.ts';
import { writeSvg } from '../../../webview/render/stillSvg.ts';
import { escapeXml, shapesToSvg } from '../../../webview/render/svgText.ts';
import { broken, hostileNames, podsOnBridge } from '../../harness/panel/topologies.ts';
import { fitter, paletteOf, sceneOf } from './scenes.ts';

const words = { title: 'Network of <edge>', description: '2 pods & more' };
const vsCodeFont = '-apple-system, "Segoe WPC", system-ui';

function svgOf(scene: Scene, options: Partial<StillOptions> = {}, font = vsCodeFont): Promise<string> {
  const whole = { frame: frameOf(scene.bounds), emphasis: noEmphasis, stale: false };
  const drawings = new Drawings(paletteOf('dark', font), fitter);
  return writeSvg(stillOf(scene, drawings, { ...whole, ...options }), words);
}

const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text = '']) => text);

describe('an exported SVG', () => {
  it('stands alone: every colour and font is written out, and its ground is painted', async () => {
    const svg = await svgOf(await sceneOf(broken().build()));
    assert.doesNotMatch(svg, /var\(|rgba?\(|currentColor| class=| style=|href=/);
    assert.match(svg, /font-family="-apple-system, &quot;Segoe WPC&quot;, system-ui, sans-serif"/);
    const [, ground] = /<\/desc>\s*(<rect [^>]*>)/.exec(svg) ?? [];
    assert.match(ground ?? '', /^<rect x="0" y="0" width="\d+" height="\d+" fill="#1f1f1f"\/>$/);
  });

  it('leaves a font alone that ends in one that every program knows', async () => {
    const svg = await svgOf(await sceneOf(podsOnBridge(1).build()), {}, "system-ui, 'Ubuntu', sans-serif");
    assert.match(svg, /font-family="system-ui, &#39;Ubuntu&#39;, sans-serif"/);
  });

  it('says to a screen reader what it is', async () => {
    const svg = await svgOf(await sceneOf(podsOnBridge(2).build()));
    assert.match(svg, /role="img" aria-labelledby="patchbay-title patchbay-description"/);
    assert.match(svg, /<title id="patchbay-title">Network of &lt;edge&gt;<\/title>/);
    assert.match(svg, /<desc id="patchbay-description">2 pods &amp; more<\/desc>/);
  });

  it('has all names and addresses where it shows the whole', async () => {
    const topology = podsOnBridge(30).build();
    const texts = textsOf(await svgOf(await sceneOf(topology)));
    const addresses = topology.links
      .filter(({ name }) => name === 'eth0')
      .map(({ addresses: [first] }) => first);
    const names = topology.namespaces.flatMap(({ pod }) => pod?.name ?? []);
    for (const text of [...addresses, ...names]) {
      assert.ok(texts.includes(text ?? ''), text);
    }
  });

  it('holds no more than what is in its frame', async () => {
    const scene = await sceneOf(podsOnBridge(30).build());
    const pod = scene.items.find((item) => item.kind === 'pod' && item.title === 'app-17')?.bounds;
    assert.ok(pod);
    const view = { x: -pod.x, y: -pod.y, k: 1 };
    const svg = await svgOf(scene, { frame: { view, size: { width: pod.width, height: pod.height } } });
    assert.deepEqual(
      textsOf(svg).slice(2),
      ['app-17', '10.244.0.18/24', 'eth0'],
      'after the title of the grid',
    );
  });

  it('keeps the width that a text has here', async () => {
    const svg = await svgOf(await sceneOf(podsOnBridge(2).build()));
    const width = Math.round(fitter.width('10.244.0.2/24', 11.5) * 100) / 100;
    assert.ok(svg.includes(`textLength="${width}" lengthAdjust="spacingAndGlyphs">10.244.0.2/24<`));
  });

  it('writes hostile names as text', async () => {
    const svg = await svgOf(await sceneOf(hostileNames().build()));
    assert.doesNotMatch(svg, /<(?![?/]|(svg|title|desc|g|rect|circle|path|text)\b)/);
  });

  it('holds no character that XML has no way to write', () => {
    const any = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(any, (text) => {
        assert.match(escapeXml(text), /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
      }),
    );
  });
});

describe('a still picture', () => {
  it('dims what a selection dims, and draws what stands out over it', async () => {
    const scene = await sceneOf(podsOnBridge(3).build());
    const pod = scene.items.find((item) => item.kind === 'pod' && item.title === 'app-2');
    assert.ok(pod);
    const bright = new Set([pod.key]);
    const svg = await svgOf(scene, { emphasis: { ...noEmphasis, selected: pod.key, bright } });
    const [dimmed = '', lit = ''] = svg.split(/<rect [^>]*fill="#1f1f1f" fill-opacity="0.68"\/>/);
    assert.ok(textsOf(dimmed).includes('app-1'));
    assert.deepEqual(textsOf(lit), ['app-2', '10.244.0.3/24']);
  });

  it('keeps the blanks of a line, each of them', () => {
    const mark = { kind: 'text', x: 0, y: 0, size: 10, weight: 400, italic: false, anchor: 'start' } as const;
    const svg = shapesToSvg([{ ...mark, fill: '#fff', halo: null, text: ' a  b c ' }], () => 50);
    assert.match(svg, />\u00a0a\u00a0 b c\u00a0</);
  });

  it('is hatched where it is no longer current', async () => {
    const scene = await sceneOf(podsOnBridge(2).build());
    const [current, stale] = [await svgOf(scene), await svgOf(scene, { stale: true })];
    const hatched = stale.slice(stale.lastIndexOf('<path'));
    assert.ok((hatched.match(/M/g)?.length ?? 0) > 20);
    assert.match(hatched, /stroke-opacity="0.09"/);
    assert.ok(!current.includes('stroke-opacity="0.09"'));
  });
});

describe('the size of a PNG', () => {
  it('is twice that on screen, and less where that is more than programs take', () => {
    assert.equal(pngRatio({ width: 1_000, height: 800 }, 2), 2);
    const wide = pngRatio({ width: 40_000, height: 100 }, 2);
    assert.equal(40_000 * wide, 16_384);
    const large = pngRatio({ width: 9_000, height: 9_000 }, 2);
    assert.ok(large < 1 && Math.abs((9_000 * large) ** 2 - 48 * 2 ** 20) < 1);
  });
});
