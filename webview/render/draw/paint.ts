/** Pure: what every drawing needs: the palette, fitted text, and shapes with few words. */
import type { LinkId } from '../../../src/topology/topology.ts';
import type { Rect } from '../../layout/geometry.ts';
import type { TextFitter } from '../measure.ts';
import type { BusColours, Palette } from '../palette.ts';
import type { DetailLevel } from '../renderer.ts';
import type { Ink, RectMark, TextMark } from '../shapes.ts';

export interface Paint {
  readonly detail: DetailLevel;
  readonly fitter: Pick<TextFitter, 'fit' | 'width'>;
  readonly palette: Palette;
  /** What a link has carried, in words; "" where that is not known. */
  readonly counters: (link: LinkId) => string;
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

export function busOf({ buses }: Palette, colour: number | null): BusColours {
  const [first] = buses;
  const found = buses[(colour ?? 0) % buses.length] ?? first;
  if (found === undefined) {
    throw new Error('A palette has no bus colours.');
  }
  return found;
}
