/** Pure: the frames of a traced packet and what is said of them, in px of the screen. */
import type { FrameRole } from '../../../src/trace/tellTrace.ts';
import type { Point } from '../../layout/geometry.ts';
import type { Motion } from '../motion.ts';
import type { Palette } from '../palette.ts';
import type { Ink, Shape } from '../shapes.ts';
import { path } from './marks.ts';
import { rect, text, type Paint } from './paint.ts';

const square = 'm-6 -6h12v12h-12z';
const rhomb = 'm0 -7.5l7.5 7.5 -7.5 7.5 -7.5 -7.5z';
const disc = 'm-6.5 0a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0 -13 0z';

/** What asks is full, what answers is hollow; what is about hardware addresses is round. */
const outlines: Readonly<Record<FrameRole, string>> = {
  question: disc,
  answer: disc,
  request: square,
  reply: square,
  error: rhomb,
};

function colourOf(role: FrameRole, palette: Palette): string {
  const colours: Readonly<Record<FrameRole, string>> = {
    question: palette.info,
    answer: palette.info,
    request: palette.flow,
    reply: palette.flow,
    error: palette.bad,
  };
  return colours[role];
}

/** All copies of a frame; of one that nobody saw only the outline, in dashes. */
export function drawPackets(
  palette: Palette,
  { role, ghost }: Pick<Motion, 'role' | 'ghost'>,
  places: readonly Point[],
): Shape[] {
  const colour = colourOf(role, palette);
  const hollow = ghost || role === 'answer' || role === 'reply';
  const ink: Ink = {
    fill: hollow ? palette.paper : colour,
    stroke: colour,
    lineWidth: 2.6,
    ...(ghost ? { dash: [3, 2.4] } : {}),
  };
  // Copies that still run together are one mark; half a px is nearer than one can see.
  const starts = new Set(places.map(({ x, y }) => `M${Math.round(x * 2) / 2} ${Math.round(y * 2) / 2}`));
  const marks = [...starts].map((start) => `${start}${outlines[role]}`).join('');
  const halo = starts.size > 1 ? [] : [path(marks, 0, 0, { stroke: palette.paper, lineWidth: 6 })];
  return [...halo, path(marks, 0, 0, ink)];
}

/** The wire behind a frame. */
export function drawTrail(
  palette: Palette,
  { role, ghost }: Pick<Motion, 'role' | 'ghost'>,
  paths: readonly (readonly Point[])[],
): Shape[] {
  const ink: Ink = { stroke: colourOf(role, palette), lineWidth: 4, ...(ghost ? { dash: [2, 7] } : {}) };
  return paths.length === 0 ? [] : [{ kind: 'line', paths, radius: 6, ...ink }];
}

/** Where a packet was lost: a cross that covers it. */
export function drawLoss(palette: Palette, ghost: boolean, { x, y }: Point): Shape[] {
  const ring: Ink = {
    fill: palette.paper,
    stroke: palette.bad,
    lineWidth: 2.4,
    ...(ghost ? { dash: [4, 3] } : {}),
  };
  return [
    { kind: 'circle', x, y, radius: 12, ...ring },
    path('M-5 -5l10 10m0 -10l-10 10', x, y, { stroke: palette.bad, lineWidth: 3.4 }),
  ];
}

const tag = { size: 11.5, height: 19, inset: 7, most: 360 } as const;

/** So far to the right of its place does a tag reach at most. */
export const tagReach = tag.most + 2 * tag.inset + 24;

/** Words in a frame of their own beside a point, within the width of the window. */
export function drawTag(
  { palette, fitter }: Pick<Paint, 'palette' | 'fitter'>,
  words: string,
  edge: string,
  at: Point,
  window: number,
): Shape[] {
  const fitted = fitter.fit(words, tag.most, tag.size, 600);
  const width = fitter.width(fitted, tag.size, 600) + 2 * tag.inset;
  const x = Math.min(Math.max(4, at.x), window - width - 4);
  const box = { x, y: at.y, width, height: tag.height };
  return [
    rect(box, 4, { fill: palette.raised, stroke: edge, lineWidth: 1.5 }),
    text(fitted, {
      ...{ x: x + tag.inset, y: at.y + 13.5, size: tag.size },
      ...{ fill: palette.ink, weight: 600 },
    }),
  ];
}
