/** Pure: text widths, measured once per text, and texts elided to them. */
import { elideMiddle } from '../graph/text.ts';

/** The width of a text at 20 px in the font of the picture. */
export type MeasureText = (text: string, weight: number) => number;

export const referencePx = 20;
const mostKept = 50_000;

/** Elides texts to widths in one font. */
export class TextFitter {
  readonly #measureNow: MeasureText;
  readonly #widths = new Map<string, number>();
  readonly #fitted = new Map<string, string>();

  constructor(measure: MeasureText) {
    this.#measureNow = measure;
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
      if (this.#widths.size > mostKept) {
        this.#widths.clear();
        this.#fitted.clear();
      }
      width = this.#measureNow(text, weight);
      this.#widths.set(key, width);
    }
    return width;
  }
}
