/**
 * A canvas that reaches beyond the window. The compositor moves and scales what was painted on it, which costs the page
 * nothing, until it no longer covers what is in sight or is no longer sharp.
 */
import type { Rect, Size } from '../layout/geometry.ts';
import type { View } from './renderer.ts';

/** Reach beyond each edge, in parts of the window. */
const reach = 0.25;
/** No sheet takes more than 64 MiB. */
const mostPixels = 16 * 2 ** 20;

/** What a window of a size shows of the scene in a view, and so many parts of its size around. */
export function sightOf(view: View, { width, height }: Size, more = 0): Rect {
  return {
    x: (-view.x - width * more) / view.k,
    y: (-view.y - height * more) / view.k,
    width: (width * (1 + 2 * more)) / view.k,
    height: (height * (1 + 2 * more)) / view.k,
  };
}

export class Sheet {
  readonly canvas = document.createElement('canvas');
  readonly #context: CanvasRenderingContext2D;
  #window: Size = { width: 0, height: 0 };
  #ratio = 1;
  #margin = { x: 0, y: 0 };
  /** The view it was painted in; null while there is nothing on it. */
  #painted: View | null = null;
  #placed = '';

  /** An opaque sheet is cheaper to show. */
  constructor(opaque: boolean) {
    const context = this.canvas.getContext('2d', { alpha: !opaque });
    if (context === null) {
      throw new Error('This browser gives no canvas to draw on.');
    }
    this.#context = context;
    this.canvas.hidden = true;
  }

  get painted(): View | null {
    return this.#painted;
  }

  /** Takes on the size of the window, in CSS px, and the device's px for each of them. Wipes the sheet. */
  resize(window: Size, ratio: number): void {
    const { width, height } = window;
    const room = Math.sqrt(mostPixels / Math.max(1, width * height * ratio * ratio));
    const more = Math.max(0, Math.min(reach, (room - 1) / 2));
    this.#window = window;
    this.#ratio = ratio;
    this.#margin = { x: Math.round(width * more), y: Math.round(height * more) };
    const [full, tall] = [width + 2 * this.#margin.x, height + 2 * this.#margin.y];
    this.canvas.width = Math.max(1, Math.round(full * ratio));
    this.canvas.height = Math.max(1, Math.round(tall * ratio));
    this.canvas.style.width = `${full}px`;
    this.canvas.style.height = `${tall}px`;
    this.forget();
  }

  /** What is on it is no longer wanted. */
  forget(): void {
    this.#painted = null;
    this.canvas.hidden = true;
  }

  /** The part of the scene that it holds when painted in a view. */
  areaOf(view: View): Rect {
    const { width, height } = this.#window;
    const { x, y } = this.#margin;
    return {
      x: (-view.x - x) / view.k,
      y: (-view.y - y) / view.k,
      width: (width + 2 * x) / view.k,
      height: (height + 2 * y) / view.k,
    };
  }

  /** True where all that a view shows is on it. */
  covers(view: View): boolean {
    if (this.#painted === null) {
      return false;
    }
    const [have, want] = [this.areaOf(this.#painted), sightOf(view, this.#window)];
    const slack = 1 / view.k;
    return (
      want.x >= have.x - slack &&
      want.y >= have.y - slack &&
      want.x + want.width <= have.x + have.width + slack &&
      want.y + want.height <= have.y + have.height + slack
    );
  }

  /** Shows what is on it as a view has it. */
  place(view: View): void {
    const from = this.#painted;
    if (from === null) {
      return;
    }
    const scale = view.k / from.k;
    const at = (to: number, before: number, margin: number): number => {
      const shift = to - before * scale - margin * scale;
      // At its own scale it stays on whole pixels, and so stays sharp.
      return scale === 1 ? Math.round(shift * this.#ratio) / this.#ratio : shift;
    };
    const [x, y] = [at(view.x, from.x, this.#margin.x), at(view.y, from.y, this.#margin.y)];
    const transform = `translate(${x}px, ${y}px) scale(${scale})`;
    if (transform !== this.#placed) {
      this.canvas.style.transform = this.#placed = transform;
    }
  }

  /** Begins to paint all of it in a view. `paper` is the colour of an opaque sheet. */
  begin(view: View, paper: string | null): CanvasRenderingContext2D {
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    this.#wipe(0, 0, this.canvas.width, this.canvas.height, paper);
    this.#painted = view;
    this.canvas.hidden = false;
    this.#useView(view);
    return context;
  }

  /** Begins to paint a part of it anew, as it was painted before. The context is to be restored after that. */
  beginPart(area: Rect, paper: string | null): CanvasRenderingContext2D {
    const view = this.#painted ?? { x: 0, y: 0, k: 1 };
    const context = this.#context;
    const all = this.areaOf(view);
    const scale = view.k * this.#ratio;
    const [left, top] = [Math.floor((area.x - all.x) * scale), Math.floor((area.y - all.y) * scale)];
    const right = Math.ceil((area.x + area.width - all.x) * scale);
    const bottom = Math.ceil((area.y + area.height - all.y) * scale);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    this.#wipe(left, top, right - left, bottom - top, paper);
    this.#useView(view);
    return context;
  }

  #wipe(x: number, y: number, width: number, height: number, paper: string | null): void {
    if (paper === null) {
      this.#context.clearRect(x, y, width, height);
    } else {
      this.#context.fillStyle = paper;
      this.#context.fillRect(x, y, width, height);
    }
  }

  #useView({ x, y, k }: View): void {
    const ratio = this.#ratio;
    this.#context.setTransform(
      k * ratio,
      0,
      0,
      k * ratio,
      (x + this.#margin.x) * ratio,
      (y + this.#margin.y) * ratio,
    );
  }
}
