/** Pure: how each item of a scene looks at each level of detail. */
import type { LinkState } from '../../graph/text.ts';
import { cell, type Rect } from '../../layout/geometry.ts';
import type { DetailLevel } from '../renderer.ts';
import type { Palette } from '../palette.ts';
import type { BoxItem, GroupItem, PodItem, SceneItem } from '../scene.ts';
import type { Ink, Shape } from '../shapes.ts';
import { drawLink } from './drawLink.ts';
import { drawWire } from './drawWire.ts';
import { badge, lamp, plugMark, podMark, unreadMark } from './marks.ts';
import { busOf, dashes, label, pieceLabel, rect, sizeToFit, type Paint } from './paint.ts';

/** The corners of things that a far view shows by the hundred are sharp: they are a pixel there, and cost twice as much. */
const cornerAt = (paint: Paint, radius: number): number => (paint.detail === 0 ? 0 : radius);

/** As many of the parts of a subtitle as fit, the last ones first: the address says what is told nowhere else. */
function shortened(subtitle: string, fits: (words: string) => boolean): string {
  const parts = subtitle.split(' · ');
  return parts.map((_, at) => parts.slice(at).join(' · ')).find(fits) ?? '';
}

function drawGroup(item: GroupItem, paint: Paint): Shape[] {
  const { palette, detail, fitter } = paint;
  const { x, y, width } = item.bounds;
  const bus = busOf(palette, item.colour);
  const far = detail <= 1;
  const size = far ? item.header * 0.62 : detail === 2 ? Math.min(item.header * 0.6, 20) : 13;
  const room = width - 44;
  const title = fitter.fit(item.title, room, size, 600);
  const titleWidth = fitter.width(title, size, 600);
  const baseline = y + (far ? item.header * 0.76 : 8 + size);
  const at = { x: x + 28, y: baseline, size };
  const frame = rect(item.bounds, cornerAt(paint, 10), {
    fill: item.loose ? undefined : bus.frame,
    stroke: item.loose ? palette.edgeSoft : bus.frameEdge,
    lineWidth: far ? 2.4 : 1.2,
    dash: dashes.frame,
  });
  const rest = room - titleWidth - size;
  const subtitle = shortened(item.subtitle, (words) => fitter.width(words, size * 0.86) <= rest);
  return [
    frame,
    ...label(paint, title, room, { ...at, weight: 600, fill: item.loose ? palette.muted : bus.title }),
    ...label(paint, subtitle, rest, {
      ...at,
      x: at.x + titleWidth + size * 0.9,
      size: size * 0.86,
      fill: palette.muted,
    }),
    ...(item.badge === null ? [] : badge(palette, item.badge, x + 15, baseline - size * 0.36, size * 0.5)),
  ];
}

function boxTitle(item: BoxItem, paint: Paint): Shape[] {
  const { palette, detail, fitter } = paint;
  const { x, y, width } = item.bounds;
  if (detail === 0) {
    return label(paint, item.title, width - 20, {
      ...{ x: x + 14, y: y + 37, size: 36, weight: 600, fill: palette.ink },
    });
  }
  const room = width - 32 - (item.ours ? 16 : 0) - (item.unread || item.badge !== null ? 18 : 0);
  const size = detail === 1 ? sizeToFit(paint, item.title, room, [27, 22, 18], 600) : detail === 2 ? 18 : 13;
  const title = fitter.fit(item.title, room, size, 600);
  const titleWidth = fitter.width(title, size, 600);
  const at = { x: x + 16, y: y + (detail === 1 ? 6 : 11) + size, size };
  const rest = room - titleWidth - 8;
  // A few letters of it would tell nothing.
  const isRoom = rest > size * 7 || fitter.width(item.subtitle, size * 0.9) <= rest;
  return [
    ...label(paint, title, room, { ...at, weight: 600, fill: palette.ink }),
    ...(isRoom
      ? label(paint, item.subtitle, rest, {
          ...at,
          x: at.x + titleWidth + 8,
          size: size * 0.9,
          fill: palette.muted,
        })
      : []),
  ];
}

function drawBox(item: BoxItem, paint: Paint): Shape[] {
  const { palette, detail } = paint;
  const { x, y, width } = item.bounds;
  const body = rect(item.bounds, cornerAt(paint, 9), {
    fill: palette.box,
    stroke: item.root ? palette.edgeStrong : palette.edge,
    lineWidth: (item.root ? 1.6 : 1.2) * (detail === 0 ? 2 : 1),
  });
  const corner = { x: x + width - 17, y: y + 18 };
  // From the farthest the links that are wired to nothing are left out.
  const worst = detail === 0 ? item.inside : item.badge;
  const mark =
    worst !== null
      ? badge(palette, worst, corner.x, corner.y, detail <= 1 ? 11 : 6.5)
      : item.unread && detail > 0
        ? unreadMark(palette, corner.x, corner.y)
        : [];
  const plug =
    item.ours && detail > 1 ? [plugMark(palette, x + width - (mark.length > 0 ? 40 : 20), y + 12)] : [];
  return [body, ...boxTitle(item, paint), ...mark, ...plug];
}

const podInk: Readonly<Record<LinkState, (palette: Palette) => Ink>> = {
  up: (palette) => ({ fill: palette.pod, stroke: palette.podEdge }),
  'no-carrier': (palette) => ({ fill: palette.paper, stroke: palette.warn, dash: dashes.noCarrier }),
  down: (palette) => ({ fill: palette.paper, stroke: palette.bad, dash: dashes.noCarrier }),
};

function podBody(item: PodItem, paint: Paint): Shape {
  const ink =
    item.ghost === null
      ? podInk[item.state](paint.palette)
      : { stroke: paint.palette.muted, dash: dashes.unknown };
  const lineWidth = paint.detail === 0 ? 3.5 : paint.detail === 1 ? 2 : 1.2;
  return rect(outlineOf(item, paint.detail), cornerAt(paint, 7), { lineWidth, ...ink });
}

/** The sign of what is wrong with a pod, large enough to be seen from afar; none while all is well. */
function farSign(item: PodItem, palette: Palette, at: { x: number; y: number }, radius: number): Shape[] {
  if (item.inside !== null) {
    return badge(palette, item.inside, at.x, at.y, radius * 1.15);
  }
  if (item.ghost !== null || item.unread) {
    return unreadMark(palette, at.x, at.y, radius);
  }
  return item.state === 'up' ? [] : [lamp(palette, item.state, at.x, at.y, radius * 0.85)];
}

/** Where a name is best broken in two: after the separator nearest to its middle. */
function breakName(name: string): readonly [string, string] | null {
  const middle = name.length / 2;
  const breaks = [...name.matchAll(/[-._/ ]/g)].map(({ index }) => index + 1);
  const best = breaks
    .filter((at) => at > 1 && at < name.length - 1)
    .sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
  return best === undefined ? null : [name.slice(0, best), name.slice(best)];
}

/** A name from afar: on one line where it fits, else on two. */
function farName(item: PodItem, paint: Paint, room: number, middle: { x: number; y: number }): Shape[] {
  const { palette, fitter } = paint;
  const line = (words: string, y: number, size: number): Shape[] =>
    label(paint, words, room, {
      ...{ x: middle.x, y, size, anchor: 'middle', italic: item.ghost !== null },
      fill: item.ghost === null ? palette.ink : palette.muted,
    });
  const size = sizeToFit(paint, item.title, room, [34, 29]);
  const halves = fitter.width(item.title, size) > room ? breakName(item.title) : null;
  return halves === null
    ? line(item.title, middle.y + size * 0.36, size)
    : [...line(halves[0], middle.y - 6, 32), ...line(halves[1], middle.y + 30, 32)];
}

function drawFarPod(item: PodItem, paint: Paint): Shape[] {
  const { x, y, width, height } = outlineOf(item, paint.detail);
  const middle = { x: x + width / 2, y: y + height / 2 };
  if (paint.detail === 0) {
    return [podBody(item, paint), ...farSign(item, paint.palette, middle, 26)];
  }
  const sign = farSign(item, paint.palette, { x: x + width - 17, y: y + 18 }, 12);
  const low = sign.length > 0 ? 10 : 0;
  return [
    podBody(item, paint),
    ...farName(item, paint, width - 12, { x: middle.x, y: middle.y + low }),
    ...sign,
  ];
}

interface Line {
  readonly y: number;
  readonly size: number;
}

/** Baselines and sizes of a pod's lines: name, address, MAC and MTU, what it received, what it sent. */
const podLines: Readonly<Record<2 | 3 | 4, readonly Line[]>> = {
  2: [
    { y: 30, size: 18.5 },
    { y: 50, size: 14.5 },
  ],
  3: [
    { y: 25, size: 13 },
    { y: 42, size: 11.5 },
  ],
  4: [
    { y: 18.5, size: 11.5 },
    { y: 28.5, size: 9 },
    { y: 37.2, size: 6.8 },
    { y: 45.4, size: 6.8 },
    { y: 53.6, size: 6.8 },
  ],
};

function marksOf(item: PodItem, paint: Paint): Shape[] {
  const { x, y, width } = item.bounds;
  const { palette } = paint;
  const who = podMark(palette, item.mark, x + width - 20, y + 12);
  const sign =
    item.badge !== null
      ? badge(palette, item.badge, x + width - 3, y + 2, 7.5)
      : item.ghost === null && item.unread
        ? unreadMark(palette, x + width - 3, y + 2)
        : [];
  return [...who, ...sign];
}

function drawPod(item: PodItem, paint: Paint): Shape[] {
  const { detail, palette } = paint;
  if (detail === 0 || detail === 1) {
    return drawFarPod(item, paint);
  }
  const { x, y, width } = item.bounds;
  const italic = item.ghost !== null;
  const room = width - 22;
  const counters = item.counted !== null && detail === 4 ? paint.counters(item.counted) : [];
  const words = [[item.title], [item.address], [item.detail], ...counters];
  const fills = italic ? [] : [palette.ink, palette.address];
  const lines = podLines[detail].flatMap((line, at) => {
    const space = at === 0 && item.mark !== 'none' ? room - 15 : room;
    const [pieces, weight] = [words[at] ?? [], at === 0 ? 600 : 400] as const;
    // Of many pieces the last are left out instead.
    const [whole = '', ...more] = pieces;
    const size =
      more.length > 0 ? line.size : sizeToFit(paint, whole, space, [line.size, line.size * 0.85], weight);
    return pieceLabel(paint, pieces, space, {
      ...{ x: x + 11, y: y + line.y, size, italic, weight },
      fill: fills[at] ?? palette.muted,
    });
  });
  return [podBody(item, paint), ...lines, ...marksOf(item, paint)];
}

/** The shapes of an item, in the order of painting. They depend on nothing but their arguments. */
export function drawItem(item: SceneItem, paint: Paint): Shape[] {
  switch (item.kind) {
    case 'group':
      return drawGroup(item, paint);
    case 'wire':
      return drawWire(item, paint);
    case 'box':
      return drawBox(item, paint);
    case 'pod':
      return drawPod(item, paint);
    case 'link':
      return drawLink(item, paint);
  }
}

/** True for what is too small to be seen at a level of detail, and is left out there. */
export function isHiddenAt(item: SceneItem, detail: DetailLevel): boolean {
  if (item.kind === 'wire') {
    // From afar a pod reaches up to the stub, over its cable and the host end.
    return item.fine && item.wire !== 'stub' && detail <= 1;
  }
  if (item.kind !== 'link') {
    return false;
  }
  const small = item.style === 'host' || item.style === 'plug' || item.style === 'pin';
  return small ? detail <= 1 : item.style === 'chip' && detail === 0;
}

/** Where an item is drawn: from afar a pod takes the room of its cable and the host end, too. */
export function outlineOf(item: SceneItem, detail: DetailLevel): Rect {
  if (item.kind !== 'pod' || detail > 1) {
    return item.bounds;
  }
  const more = cell.hostHeight + cell.cable;
  const { x, y, width, height } = item.bounds;
  return { x, y: y - more, width, height: height + more };
}

/** A ring around an item, a little outside it and `out` farther. */
export function ringOf(item: SceneItem, detail: DetailLevel, ink: Ink, out = 0): Shape {
  if (item.kind === 'wire') {
    return { kind: 'line', paths: item.paths, radius: 5, ...ink };
  }
  const grow = out + (item.kind === 'link' && item.style === 'pin' ? 1 : 1.5);
  const { x, y, width, height } = outlineOf(item, detail);
  const radius = item.kind === 'link' ? (item.style === 'chip' ? height / 2 + grow : 6 + out) : 9 + out;
  return rect({ x: x - grow, y: y - grow, width: width + 2 * grow, height: height + 2 * grow }, radius, ink);
}
