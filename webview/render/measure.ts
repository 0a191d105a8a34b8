/** Text widths, measured once per text and font size by a canvas. */
import { elideMiddle } from '../graph/text.ts';

const referencePx = 20;

/** Elides texts to widths in the font of the page. */
export class TextFitter {
  readonly #context = document.createElement('canvas').getContext('2d');
  readonly #widths = new Map<string, number>();
  readonly #fitted = new Map<string, string>();
  #family = '';

  /** Forgets all widths where the page's font is another one by now. */
  refresh(): void {
    const family = getComputedStyle(document.body).fontFamily;
    if (family !== this.#family) {
      this.#family = family;
      this.#widths.clear();
      this.#fitted.clear();
    }
  }

  /** The text, cut in the middle where it is wider than `width` at `sizePx`. */
  fit(text: string, width: number, sizePx: number, weight = 400): string {
    const key = `${weight} ${sizePx} ${Math.round(width)} ${text}`;
    let fitted = this.#fitted.get(key);
    if (fitted === undefined) {
      fitted = elideMiddle(text, width, (part) => (this.#measure(part, weight) * sizePx) / referencePx);
      this.#fitted.set(key, fitted);
    }
    return fitted;
  }

  /** The width of a text at `sizePx`. */
  width(text: string, sizePx: number, weight = 400): number {
    return (this.#measure(text, weight) * sizePx) / referencePx;
  }

  #measure(text: string, weight: number): number {
    const key = `${weight} ${text}`;
    let width = this.#widths.get(key);
    if (width === undefined) {
      if (this.#family === '') {
        this.refresh();
      }
      width = this.#measureNow(text, weight);
      if (this.#widths.size > 50_000) {
        this.#widths.clear();
        this.#fitted.clear();
      }
      this.#widths.set(key, width);
    }
    return width;
  }

  #measureNow(text: string, weight: number): number {
    if (this.#context === null) {
      return Array.from(text).length * referencePx * 0.6;
    }
    this.#context.font = `${weight} ${referencePx}px ${this.#family}`;
    return this.#context.measureText(text).width;
  }
}
