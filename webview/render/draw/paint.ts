/** Pure: what every drawing needs: the palette, fitted text, and shapes with few words. */
import type { Pieces } from '../../graph/rates.ts';
import type { Rect } from '../../layout/geometry.ts';
import type { TextFitter } from '../measure.ts';
import type { BusColours, Palette } from '../palette.ts';
import type { CountersOf, DetailLevel } from '../renderer.ts';
import type { Ink, RectMark, TextMark } from '../shapes.ts';

export interface Paint {
  readonly detail: DetailLevel;
  readonly fitter: Pick<TextFitter, 'fit' | 'width'>;
  readonly palette: Palette;
  /** Asked from close by only. */
  readonly counters: CountersOf;
}

/** Short and long dashes: told apart from each other and from a full line in black and white, too. */
export const dashes = {
  frame: [6, 5],
  down: [2, 4],
  noCarrier: [5, 3],
  unknown: [2, 4],
  lower: [7, 3],
  tunnel: [10, 3, 2, 3],
  flow: [10, 8],
  unseen: [2, 7],
  lost: [3, 6],
  found: [4, 3],
} as const;

export function rect({ x, y, width, height }: Rect, radius: number, ink: Ink): RectMark {
  return { kind: 'rect', x, y, width, height, radius, ...ink };
}

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly fill: string;
  readonly weight?: TextMark['weight'];
  readonly anchor?: TextMark['anchor'];
  readonly italic?: boolean;
  readonly halo?: string;
}

export function text(words: string, label: Label): TextMark {
  const { x, y, size, fill, weight = 400, anchor = 'start', italic = false, halo = null } = label;
  return { kind: 'text', x, y, text: words, size, weight, italic, anchor, fill, halo };
}

/** A text elided to a width; none where not even an ellipsis fits. */
export function label(paint: Paint, words: string, width: number, at: Label): TextMark[] {
  const fitted = words === '' ? '' : paint.fitter.fit(words, width, at.size, at.weight);
  return fitted === '' ? [] : [text(fitted, at)];
}

/** As many pieces of a line as there is room for. */
export function pieceLabel(paint: Paint, pieces: Pieces, width: number, at: Label): TextMark[] {
  const wordsOf = (count: number): string => pieces.slice(0, count).join('  ');
  let count = pieces.length;
  while (count > 1 && paint.fitter.width(wordsOf(count), at.size, at.weight) > width) {
    count--;
  }
  return label(paint, wordsOf(count), width, at);
}

/** The first of some sizes, largest first, at which a text need not be elided; the last where it must be. */
export function sizeToFit(
  { fitter }: Paint,
  words: string,
  width: number,
  [first, ...smaller]: readonly [number, ...number[]],
  weight: TextMark['weight'] = 400,
): number {
  return smaller.reduce((size, next) => (fitter.width(words, size, weight) > width ? next : size), first);
}

export function busOf({ buses }: Palette, colour: number | null): BusColours {
  const [first] = buses;
  const found = buses[(colour ?? 0) % buses.length] ?? first;
  if (found === undefined) {
    throw new Error('A palette has no bus colours.');
  }
  return found;
}
