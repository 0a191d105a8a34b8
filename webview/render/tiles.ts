/**
 * One layer of the picture, cut into square canvases. Panning and zooming move what is painted, which costs the page
 * nothing; a change paints only the tiles that it touches; and what takes longer than a frame is spread over several,
 * while the tiles of the zoom before stand in.
 */
import { overlaps, type Rect, type Size } from '../layout/geometry.ts';
import type { View } from './renderer.ts';

export type TileContext = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export interface TilePainter {
  /** False where the layer has nothing to show in an area: there is no canvas there then. */
  has(area: Rect, k: number): boolean;
  paint(context: TileContext, area: Rect, k: number): void;
}

interface TileOptions {
  /** The ground of every tile; null for a layer that one sees through. */
  readonly ground: (() => string) | null;
  readonly painter: TilePainter;
}

/** About so many CSS px; exactly as many as make whole px of the device. */
const tilePx = 320;
/** No layer holds more than this many px of canvas beyond what is in sight. */
const mostSpare = 12 * 2 ** 20;

interface Tile {
  readonly column: number;
  readonly row: number;
  readonly canvas: HTMLCanvasElement | null;
  stale: boolean;
}

/** The tiles of one zoom. Tile (0, 0) begins at the origin of the scene. */
class TileSet {
  readonly element = document.createElement('div');
  readonly k: number;
  readonly tiles = new Map<string, Tile>();
  readonly #sidePx: number;
  readonly #side: number;
  readonly #ratio: number;
  readonly #options: TileOptions;
  /**
   * Where tiles of a layer with a ground are painted before they hang as bitmaps: such a tile costs nothing more while it stays
   * as it is, whereas Chromium, where it renders in software, copies every canvas of the page again whenever one of
   * them is painted after a rest.
   */
  #easel: OffscreenCanvas | null = null;

  constructor(k: number, ratio: number, options: TileOptions) {
    this.k = k;
    this.#ratio = ratio;
    this.#options = options;
    this.#sidePx = Math.round(tilePx * ratio);
    this.#side = this.#sidePx / ratio;
    this.element.className = 'tile-set';
  }

  /** The places of the tiles that a window shows, and so many more around. */
  around({ x, y, k }: View, { width, height }: Size, more: number): { column: number; row: number }[] {
    const step = (this.#side * k) / this.k;
    const [left, right] = [Math.floor(-x / step) - more, Math.ceil((width - x) / step) + more];
    const [top, bottom] = [Math.floor(-y / step) - more, Math.ceil((height - y) / step) + more];
    const places = [];
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        places.push({ column, row });
      }
    }
    return places;
  }

  areaOf({ column, row }: { readonly column: number; readonly row: number }): Rect {
    const side = this.#side / this.k;
    return { x: column * side, y: row * side, width: side, height: side };
  }

  isPainted({ column, row }: { readonly column: number; readonly row: number }): boolean {
    return this.tiles.get(`${column} ${row}`)?.stale === false;
  }

  paint(place: { readonly column: number; readonly row: number }): void {
    const key = `${place.column} ${place.row}`;
    const area = this.areaOf(place);
    const old = this.tiles.get(key);
    const wanted = this.#options.painter.has(area, this.k);
    const canvas = wanted ? (old?.canvas ?? this.#makeCanvas(place)) : null;
    if (canvas === null) {
      old?.canvas?.remove();
    } else {
      this.#paintOn(canvas, area);
    }
    this.tiles.set(key, { ...place, canvas, stale: false });
  }

  #makeCanvas({ column, row }: { readonly column: number; readonly row: number }): HTMLCanvasElement {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = this.#sidePx;
    canvas.style.width = canvas.style.height = `${this.#side}px`;
    canvas.style.transform = `translate(${column * this.#side}px, ${row * this.#side}px)`;
    this.element.append(canvas);
    return canvas;
  }

  #paintOn(canvas: HTMLCanvasElement, area: Rect): void {
    if (this.#options.ground === null) {
      this.#paintBy(canvas.getContext('2d'), area);
    } else {
      this.#easel ??= new OffscreenCanvas(this.#sidePx, this.#sidePx);
      this.#paintBy(this.#easel.getContext('2d', { alpha: false }), area);
      const frame = canvas.getContext('bitmaprenderer', { alpha: false });
      frame?.transferFromImageBitmap(this.#easel.transferToImageBitmap());
    }
  }

  #paintBy(context: TileContext | null, area: Rect): void {
    const { ground, painter } = this.#options;
    if (context === null) {
      return;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (ground === null) {
      context.clearRect(0, 0, this.#sidePx, this.#sidePx);
    } else {
      context.fillStyle = ground();
      context.fillRect(0, 0, this.#sidePx, this.#sidePx);
    }
    const scale = this.k * this.#ratio;
    context.setTransform(scale, 0, 0, scale, -area.x * scale, -area.y * scale);
    painter.paint(context, area, this.k);
  }

  invalidate(areas: readonly Rect[] | null): void {
    for (const tile of this.tiles.values()) {
      const area = this.areaOf(tile);
      tile.stale ||= areas === null || areas.some((one) => overlaps(area, one));
    }
  }

  /** Forgets the tiles that are not among some places. */
  keepOnly(places: readonly { readonly column: number; readonly row: number }[]): void {
    const kept = new Set(places.map(({ column, row }) => `${column} ${row}`));
    for (const [key, { canvas }] of this.tiles) {
      if (!kept.has(key)) {
        canvas?.remove();
        this.tiles.delete(key);
      }
    }
  }

  get spareTiles(): number {
    return Math.floor(mostSpare / this.#sidePx ** 2);
  }

  place({ x, y, k }: View): void {
    const scale = k / this.k;
    // At its own scale it stays on whole pixels, and so stays sharp.
    const at = (value: number): number =>
      scale === 1 ? Math.round(value * this.#ratio) / this.#ratio : value;
    this.element.style.transform = `translate(${at(x)}px, ${at(y)}px) scale(${scale})`;
  }
}

/** What a frame asks of a layer. */
export interface TileFrame {
  readonly view: View;
  readonly window: Size;
  readonly ratio: number;
  /** As of `performance.now()`: after this only one more tile is begun. */
  readonly deadline: number;
  /** True while the zoom moves: what can be scaled is not painted. */
  readonly zooming: boolean;
}

/** Beyond this a scaled picture looks wrong. */
const mostScaled = 1.6;

export class TileLayer {
  readonly element = document.createElement('div');
  readonly #options: TileOptions;
  #front: TileSet | null = null;
  /** Of another zoom, until all that is in sight is painted. */
  #next: TileSet | null = null;
  #ratio = 0;

  constructor(options: TileOptions) {
    this.#options = options;
    this.element.className = 'tiles';
  }

  /** Wipes all of it. */
  forget(): void {
    this.#front = this.#next = null;
    this.element.replaceChildren();
  }

  /** Has what reaches into the areas that it gives for a zoom painted again; until then it stays as it was. Null for all. */
  invalidate(areasAt: ((k: number) => readonly Rect[]) | null): void {
    for (const set of [this.#front, this.#next]) {
      set?.invalidate(areasAt?.(set.k) ?? null);
    }
  }

  /** Shows a view and paints what is missing, as far as the time goes. True where nothing is missing any more. */
  frame(frame: TileFrame): boolean {
    if (frame.ratio !== this.#ratio) {
      this.#ratio = frame.ratio;
      this.forget();
    }
    const set = this.#choose(frame);
    const places = set.around(frame.view, frame.window, 0);
    const done = this.#paintMissing(set, places, frame.deadline);
    if (set.tiles.size > 3 * places.length + 24) {
      set.keepOnly(set.around(frame.view, frame.window, 1));
    }
    if (done && set === this.#next) {
      this.#front?.element.remove();
      [this.#front, this.#next] = [set, null];
      this.element.append(set.element);
    }
    for (const one of [this.#front, this.#next]) {
      one?.place(frame.view);
    }
    return done && (frame.zooming || this.#front?.k === frame.view.k);
  }

  /** The set to be painted: the one in front while it serves, else its successor. */
  #choose({ view, zooming, window }: TileFrame): TileSet {
    if (this.#front === null) {
      this.#front = this.#make(view.k);
      this.element.append(this.#front.element);
      return this.#front;
    }
    if (this.#front.k === view.k) {
      this.#next = null;
      return this.#front;
    }
    const serves = (set: TileSet): boolean => Math.abs(Math.log(view.k / set.k)) < Math.log(mostScaled);
    if (zooming && this.#next === null && serves(this.#front) && this.#isCovered(this.#front, view, window)) {
      return this.#front;
    }
    if (this.#next === null || (zooming ? !serves(this.#next) : this.#next.k !== view.k)) {
      this.#next = this.#make(view.k);
    }
    return this.#next;
  }

  #make(k: number): TileSet {
    return new TileSet(k, this.#ratio, this.#options);
  }

  #isCovered(set: TileSet, view: View, window: Size): boolean {
    return set.around(view, window, 0).every((place) => set.tiles.has(`${place.column} ${place.row}`));
  }

  #paintMissing(
    set: TileSet,
    places: readonly { readonly column: number; readonly row: number }[],
    deadline: number,
  ): boolean {
    let painted = 0;
    for (const place of places) {
      if (!set.isPainted(place)) {
        if (painted > 0 && performance.now() > deadline) {
          return false;
        }
        set.paint(place);
        painted++;
      }
    }
    return true;
  }

  /** Paints one tile just beyond the window, while there is time; true where there is none left to paint. */
  frameAhead({ view, window }: TileFrame): boolean {
    const set = this.#front;
    if (set?.k !== view.k) {
      return true;
    }
    const near = set.around(view, window, 1);
    set.keepOnly(near);
    const spare = near.length - set.around(view, window, 0).length;
    const missing = spare > set.spareTiles ? undefined : near.find((place) => !set.isPainted(place));
    if (missing !== undefined) {
      set.paint(missing);
    }
    return missing === undefined;
  }
}
