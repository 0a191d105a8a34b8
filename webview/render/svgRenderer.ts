/** Draws scenes as SVG: only what is in sight, only what changed, with as much detail as the zoom lets one read. */
import type { Selection } from '../../src/protocol/messages.ts';
import { cell, overlaps, type Point, type Rect } from '../layout/geometry.ts';
import { TextFitter } from './measure.ts';
import {
  detailAt,
  noEmphasis,
  type DetailLevel,
  type Emphasis,
  type Renderer,
  type RouteLine,
  type View,
} from './renderer.ts';
import type { Scene, SceneItem, WireItem } from './scene.ts';
import { roundedPath, svg } from './svg.ts';
import { drawItem } from './templates.ts';

const layerNames = ['group', 'box', 'wire', 'route', 'pod', 'link'] as const;
type LayerName = (typeof layerNames)[number];

interface Drawn {
  readonly element: SVGGElement;
  readonly item: SceneItem;
}

/** Drawn beyond the edge of the window, so that panning does not uncover blanks; in parts of the window. */
const margin = 0.25;
const glowMs = 2_400;

export class SvgRenderer implements Renderer {
  readonly #svg: SVGSVGElement;
  readonly #world: SVGGElement;
  readonly #layers: Readonly<Record<LayerName, SVGGElement>>;
  readonly #fitter = new TextFitter();
  readonly #drawn = new Map<string, Drawn>();
  readonly #resize: ResizeObserver;
  #items = new Map<string, SceneItem>();
  #signatures = new Map<string, string>();
  #combs: readonly SceneItem[] = [];
  #view: View = { x: 0, y: 0, k: 1 };
  #detail: DetailLevel = 2;
  #emphasis: Emphasis = noEmphasis;
  #size = { width: 0, height: 0 };
  #glow: ReadonlySet<string> = new Set();
  #glowTimer = 0;
  #covered: Rect | null = null;
  #frame = 0;

  constructor(container: HTMLElement) {
    const layer = (name: LayerName): SVGGElement => svg('g', { class: `layer-${name}` });
    this.#layers = {
      group: layer('group'),
      box: layer('box'),
      wire: layer('wire'),
      route: layer('route'),
      pod: layer('pod'),
      link: layer('link'),
    };
    this.#world = svg('g', { class: 'world' }, ...layerNames.map((name) => this.#layers[name]));
    this.#svg = svg('svg', { class: 'graph', 'aria-hidden': 'true', focusable: 'false' }, this.#world);
    container.append(this.#svg);
    this.#resize = new ResizeObserver(([entry]) => {
      if (entry !== undefined) {
        this.#size = { width: entry.contentRect.width, height: entry.contentRect.height };
        this.#covered = null;
        this.#schedule();
      }
    });
    this.#resize.observe(container);
    this.#size = { width: container.clientWidth, height: container.clientHeight };
  }

  setScene(scene: Scene, glowing: ReadonlySet<string>): void {
    this.#fitter.refresh();
    const items = new Map(scene.items.map((item) => [item.key, item]));
    const signatures = new Map<string, string>();
    for (const item of scene.items) {
      signatures.set(item.key, JSON.stringify(item));
    }
    for (const [key, drawn] of this.#drawn) {
      if (signatures.get(key) !== this.#signatures.get(key)) {
        drawn.element.remove();
        this.#drawn.delete(key);
      }
    }
    this.#items = items;
    this.#signatures = signatures;
    this.#combs = combsOf(scene);
    this.#covered = null;
    this.#startGlow(glowing);
    this.#schedule();
  }

  setView(view: View): void {
    this.#view = view;
    this.#schedule();
  }

  setEmphasis(emphasis: Emphasis): void {
    const routesChanged = emphasis.routes !== this.#emphasis.routes;
    this.#emphasis = emphasis;
    this.#svg.classList.toggle('dimming', emphasis.bright !== null);
    this.#svg.classList.toggle('searching', emphasis.matched !== null);
    for (const drawn of this.#drawn.values()) {
      this.#mark(drawn);
    }
    if (routesChanged) {
      this.#layers.route.replaceChildren(...emphasis.routes.map(drawRoute));
    }
  }

  selectionAt(point: Point): Selection | null {
    const { left, top } = this.#svg.getBoundingClientRect();
    const element = document.elementFromPoint(left + point.x, top + point.y);
    const key = element?.closest('[data-key]')?.getAttribute('data-key');
    return key === null || key === undefined ? null : (this.#drawn.get(key)?.item.selection ?? null);
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    window.clearTimeout(this.#glowTimer);
    this.#resize.disconnect();
    this.#svg.remove();
  }

  #startGlow(keys: ReadonlySet<string>): void {
    if (keys.size === 0) {
      return;
    }
    this.#endGlow();
    this.#glow = keys;
    this.#drawn.forEach(({ element, item }) => element.classList.toggle('glow', keys.has(item.key)));
    this.#glowTimer = window.setTimeout(() => this.#endGlow(), glowMs);
  }

  #endGlow(): void {
    window.clearTimeout(this.#glowTimer);
    this.#glow = new Set();
    this.#drawn.forEach(({ element }) => element.classList.remove('glow'));
  }

  #schedule(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const { x, y, k } = this.#view;
    this.#world.setAttribute('transform', `translate(${x} ${y}) scale(${k})`);
    const detail = detailAt(k);
    if (detail !== this.#detail) {
      this.#setDetail(detail);
    }
    const sight = this.#inSight(0);
    const covered = this.#covered;
    const inside =
      covered !== null &&
      sight.x >= covered.x &&
      sight.y >= covered.y &&
      sight.x + sight.width <= covered.x + covered.width &&
      sight.y + sight.height <= covered.y + covered.height;
    if (!inside) {
      this.#covered = this.#inSight(margin);
      this.#cover(this.#covered);
    }
  }

  #setDetail(detail: DetailLevel): void {
    this.#svg.classList.remove(`detail-${this.#detail}`);
    this.#detail = detail;
    this.#covered = null;
    for (const [key, { element, item }] of this.#drawn) {
      if (item.kind !== 'wire' || isFine(item)) {
        element.remove();
        this.#drawn.delete(key);
      }
    }
  }

  #inSight(extra: number): Rect {
    const { x, y, k } = this.#view;
    const { width, height } = this.#size;
    return {
      x: (-x - width * extra) / k,
      y: (-y - height * extra) / k,
      width: (width * (1 + 2 * extra)) / k,
      height: (height * (1 + 2 * extra)) / k,
    };
  }

  #cover(area: Rect): void {
    this.#svg.classList.add(`detail-${this.#detail}`);
    const wanted = new Set<string>();
    for (const item of this.#items.values()) {
      if (this.#isShown(item, area)) {
        wanted.add(item.key);
        this.#ensure(item);
      }
    }
    if (this.#detail === 0) {
      for (const comb of this.#combs) {
        wanted.add(comb.key);
        this.#ensure(comb);
      }
    }
    for (const [key, { element }] of this.#drawn) {
      if (!wanted.has(key)) {
        element.remove();
        this.#drawn.delete(key);
      }
    }
  }

  #isShown(item: SceneItem, area: Rect): boolean {
    if (this.#detail === 0 && isFine(item)) {
      return false;
    }
    return overlaps(padded(item.bounds), area);
  }

  #ensure(item: SceneItem): void {
    if (this.#drawn.has(item.key)) {
      return;
    }
    const element = drawItem(item, { detail: this.#detail, fitter: this.#fitter });
    const drawn = { element, item };
    this.#drawn.set(item.key, drawn);
    this.#mark(drawn);
    element.classList.toggle('glow', this.#glow.has(item.key));
    this.#layers[item.kind].append(element);
  }

  #mark({ element, item }: Drawn): void {
    const { selected, bright, matched, traced } = this.#emphasis;
    element.classList.toggle('selected', selected === item.key);
    element.classList.toggle('bright', bright?.has(item.key) ?? false);
    element.classList.toggle('matched', matched?.has(item.key) ?? false);
    element.classList.toggle('traced', traced.has(item.key));
  }
}

/** Wires have no thickness, and marks stand over edges: a little more than the bounds. */
function padded(rect: Rect): Rect {
  return { x: rect.x - 14, y: rect.y - 14, width: rect.width + 28, height: rect.height + 28 };
}

/** Too small to be seen from afar. */
function isFine(item: SceneItem): boolean {
  return item.kind === 'wire'
    ? item.fine
    : item.kind === 'link' && (item.style === 'host' || item.style === 'plug' || item.style === 'pin');
}

/** All the short wires of a grid as one item, for the view from afar. */
function combsOf(scene: Scene): WireItem[] {
  const fine = new Map<string, WireItem[]>();
  for (const item of scene.items) {
    if (item.kind === 'wire' && item.fine && item.group !== null) {
      const key = `${item.group} ${item.wire} ${item.state}`;
      const list = fine.get(key) ?? [];
      list.push(item);
      fine.set(key, list);
    }
  }
  return [...fine].flatMap(([key, wires]) => {
    const [first] = wires;
    return first === undefined || first.wire === 'unknown'
      ? []
      : {
          ...first,
          key: `comb ${key}`,
          paths: wires.flatMap((wire) => (wire.wire === 'veth' ? wire.paths.map(throughHost) : wire.paths)),
          tooltip: '',
          selection: null,
          fine: false,
        };
  });
}

/** From afar the host end is not drawn: its cable goes on to the stub. */
function throughHost(path: readonly Point[]): readonly Point[] {
  const [first, ...rest] = path;
  return first === undefined ? path : [{ x: first.x, y: first.y - cell.hostHeight }, ...rest];
}

function crossAt({ points }: RouteLine): SVGElement[] {
  const middle = points[Math.floor((points.length - 1) / 2)];
  const next = points[Math.floor((points.length - 1) / 2) + 1];
  if (middle === undefined || next === undefined) {
    return [];
  }
  const [x, y] = [(middle.x + next.x) / 2, (middle.y + next.y) / 2];
  return [
    svg('circle', { class: 'cross-back', cx: x, cy: y, r: 7.5 }),
    svg('path', { class: 'cross', d: `M${x - 3.5} ${y - 3.5}l7 7m0 -7l-7 7` }),
  ];
}

function drawRoute(line: RouteLine): SVGGElement {
  const path = svg('path', { class: `route ${line.tone}`, d: roundedPath(line.points) });
  if (line.tone === 'flow') {
    return svg('g', {}, svg('path', { class: 'route under', d: roundedPath(line.points) }), path);
  }
  return svg('g', {}, path, ...(line.tone === 'lost' ? crossAt(line) : []));
}
