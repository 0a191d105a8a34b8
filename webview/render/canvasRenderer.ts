/**
 * Draws scenes on three canvases over each other: the scene, what stands out of it, and what moves by itself. Each is
 * painted again only when what is on it has changed, is no longer sharp, or does not reach far enough; in between the
 * compositor moves it.
 */
import type { LinkId } from '../../src/topology/topology.ts';
import { boundsOf, type Point, type Rect, type Size } from '../layout/geometry.ts';
import { Drawings } from './drawings.ts';
import { HitTester } from './hit.ts';
import { measureBy } from './canvasFont.ts';
import { TextFitter } from './measure.ts';
import { Motion, standsStill } from './motion.ts';
import { paintEmphasis, paintScene, reachOf, standsOut } from './paintScene.ts';
import { detailAt, noEmphasis, type Emphasis, type Renderer, type View } from './renderer.ts';
import type { Scene, SceneItem } from './scene.ts';
import { Sheet } from './sheet.ts';
import { readPalette, watchTheme } from './theme.ts';

/** A picture of more shapes takes longer than a frame: while it is zoomed it is scaled, and painted when it comes to rest. */
const quickShapes = 350;
const restMs = 110;
/** Beyond this a scaled picture looks wrong. */
const mostScaled = 1.7;
/** Many small changes are painted faster as one. */
const mostParts = 48;

const emptyScene: Scene = {
  bounds: { x: 0, y: 0, width: 0, height: 0 },
  items: [],
  byKey: new Map(),
};

export class CanvasRenderer implements Renderer {
  readonly #host: HTMLElement;
  readonly #base = new Sheet(true);
  readonly #lit = new Sheet(false);
  readonly #moving = new Sheet(false);
  readonly #motion = new Motion();
  readonly #resize: ResizeObserver;
  readonly #endWatch: () => void;
  #drawings: Drawings;
  #counters: (link: LinkId) => string = () => '';
  #scene: Scene = emptyScene;
  #hits: HitTester | null = null;
  #view: View = { x: 0, y: 0, k: 1 };
  #emphasis: Emphasis = noEmphasis;
  #window: Size;
  #ratio = 0;
  #dirty: Rect | null = null;
  #shapeCount = 0;
  #zoomedAt = 0;
  #frame = 0;
  #timer = 0;

  constructor(host: HTMLElement) {
    this.#host = host;
    this.#window = { width: host.clientWidth, height: host.clientHeight };
    this.#drawings = this.#makeDrawings();
    const sheets = [this.#base, this.#lit, this.#moving];
    for (const { canvas } of sheets) {
      canvas.className = 'sheet';
      canvas.setAttribute('aria-hidden', 'true');
      host.append(canvas);
    }
    this.#resize = new ResizeObserver(() => {
      this.#window = { width: host.clientWidth, height: host.clientHeight };
      this.#ratio = 0;
      this.#schedule();
    });
    this.#resize.observe(host);
    this.#endWatch = watchTheme(() => this.#changeTheme());
  }

  setScene(scene: Scene, glowing: ReadonlySet<string>): void {
    this.#changed(this.#scene, scene);
    this.#scene = scene;
    this.#hits = null;
    this.#lit.forget();
    this.#motion.setGlow(glowing, performance.now());
    this.#schedule();
  }

  setView(view: View): void {
    if (view.k !== this.#view.k) {
      this.#zoomedAt = performance.now();
    }
    this.#view = view;
    this.#schedule();
  }

  setEmphasis(emphasis: Emphasis): void {
    this.#emphasis = emphasis;
    this.#motion.setRoutes(emphasis.routes);
    this.#lit.forget();
    this.#schedule();
  }

  setCounters(counters: (link: LinkId) => string): void {
    this.#counters = counters;
    this.#drawings.setCounters(counters);
    if (detailAt(this.#view.k) === 4) {
      this.#base.forget();
      this.#lit.forget();
      this.#schedule();
    }
  }

  itemAt({ x, y }: Point): SceneItem | null {
    const view = this.#view;
    this.#hits ??= new HitTester(this.#scene);
    return this.#hits.at({ x: (x - view.x) / view.k, y: (y - view.y) / view.k }, view.k, detailAt(view.k));
  }

  /** Paints all of the scene on a canvas of its shape, as from afar: for the minimap. */
  paintWhole(canvas: HTMLCanvasElement): void {
    const context = canvas.getContext('2d');
    const { bounds } = this.#scene;
    if (context !== null && bounds.width > 0) {
      const k = canvas.width / bounds.width;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.setTransform(k, 0, 0, k, -bounds.x * k, -bounds.y * k);
      paintScene(context, this.#scene, this.#drawings, { area: bounds, k: Math.min(k, 0.1) });
    }
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    window.clearTimeout(this.#timer);
    this.#resize.disconnect();
    this.#endWatch();
    [this.#base, this.#lit, this.#moving].forEach(({ canvas }) => canvas.remove());
  }

  #makeDrawings(): Drawings {
    const palette = readPalette(this.#host);
    const drawings = new Drawings(palette, new TextFitter(measureBy(palette.font)));
    drawings.setCounters(this.#counters);
    return drawings;
  }

  #changeTheme(): void {
    this.#drawings = this.#makeDrawings();
    this.#base.forget();
    this.#lit.forget();
    this.#schedule();
  }

  /** Items that are drawn the same are the same object in both scenes. */
  #changed(before: Scene, after: Scene): void {
    const rects: Rect[] = [];
    for (const item of after.items) {
      const old = before.byKey.get(item.key);
      if (old !== item) {
        rects.push(item.bounds, ...(old === undefined ? [] : [old.bounds]));
      }
    }
    for (const item of before.items) {
      if (!after.byKey.has(item.key)) {
        rects.push(item.bounds);
      }
    }
    if (rects.length > mostParts) {
      this.#base.forget();
    } else if (rects.length > 0) {
      const parts = rects.map(reachOf);
      this.#dirty = boundsOf(this.#dirty === null ? parts : [...parts, this.#dirty]);
    }
  }

  #schedule(): void {
    this.#frame ||= requestAnimationFrame((now) => {
      this.#frame = 0;
      this.#paint(now);
    });
  }

  #paint(now: number): void {
    this.#fitSheets();
    if (this.#window.width === 0 || this.#window.height === 0) {
      return;
    }
    this.#paintBase(now);
    this.#paintLit();
    this.#paintMoving(now);
  }

  #fitSheets(): void {
    const ratio = window.devicePixelRatio;
    if (ratio !== this.#ratio) {
      this.#ratio = ratio;
      [this.#base, this.#lit, this.#moving].forEach((sheet) => sheet.resize(this.#window, ratio));
    }
  }

  #paintBase(now: number): void {
    const { painted } = this.#base;
    if (painted === null || !this.#base.covers(this.#view)) {
      this.#paintAll();
    } else if (painted.k !== this.#view.k) {
      const by = this.#view.k / painted.k;
      const usable = this.#shapeCount > quickShapes && by < mostScaled && by > 1 / mostScaled;
      if (usable && now - this.#zoomedAt < restMs) {
        this.#paintLater(restMs);
      } else {
        this.#paintAll();
      }
    }
    if (this.#dirty !== null) {
      this.#paintPart(this.#dirty);
    }
    this.#base.place(this.#view);
  }

  #paintLater(ms: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#schedule(), ms);
  }

  #paintAll(): void {
    const view = this.#view;
    const context = this.#base.begin(view, this.#drawings.palette.paper);
    const area = this.#base.areaOf(view);
    this.#shapeCount = paintScene(context, this.#scene, this.#drawings, { area, k: view.k });
    this.#dirty = null;
  }

  #paintPart(area: Rect): void {
    const k = this.#base.painted?.k ?? 1;
    const context = this.#base.beginPart(area, this.#drawings.palette.paper);
    paintScene(context, this.#scene, this.#drawings, { area, k });
    context.restore();
    this.#dirty = null;
  }

  #paintLit(): void {
    if (!standsOut(this.#emphasis)) {
      this.#lit.forget();
      return;
    }
    const view = this.#view;
    // While the scene under it is only scaled, so is this.
    const scaled = this.#lit.painted?.k !== view.k && this.#base.painted?.k === view.k;
    if (scaled || !this.#lit.covers(view)) {
      const context = this.#lit.begin(view, null);
      const window = { area: this.#lit.areaOf(view), k: view.k };
      paintEmphasis(context, this.#scene, this.#drawings, this.#emphasis, window, standsStill());
    }
    this.#lit.place(view);
  }

  #paintMoving(now: number): void {
    if (!this.#motion.isSeen(now)) {
      this.#moving.forget();
      return;
    }
    const context = this.#moving.begin(this.#view, null);
    this.#motion.paint(context, this.#scene, this.#drawings, this.#view.k, now);
    this.#moving.place(this.#view);
    const next = this.#motion.next();
    if (next === 'soon') {
      this.#schedule();
    } else {
      this.#paintLater(Math.max(0, next - now));
    }
  }
}
