/** Pure: how each item of a scene looks at each level of detail. */
import type { LinkId } from '../../../src/topology/topology.ts';
import type { LinkState } from '../../graph/text.ts';
import type { Rect } from '../../layout/geometry.ts';
import type { Palette } from '../palette.ts';
import type { BoxItem, GroupItem, PodItem, SceneItem } from '../scene.ts';
import type { Ink, Shape } from '../shapes.ts';
import { drawLink } from './drawLink.ts';
import { drawWire } from './drawWire.ts';
import { badge, lamp, plugMark, podMark, unreadMark } from './marks.ts';
import { busOf, dashes, label, rect, type Paint } from './paint.ts';

/** The corners of things that a far view shows by the hundred are sharp: they are a pixel there, and cost twice as much. */
const cornerAt = (paint: Paint, radius: number): number => (paint.detail === 0 ? 0 : radius);

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
  return [
    frame,
    ...label(paint, title, room, { ...at, weight: 600, fill: item.loose ? palette.muted : bus.title }),
    ...(rest > size * 3
      ? label(paint, item.subtitle, rest, {
          ...at,
          x: at.x + titleWidth + size * 0.9,
          size: size * 0.86,
          fill: palette.muted,
        })
      : []),
    ...(item.badge === null ? [] : badge(palette, item.badge, x + 15, baseline - size * 0.36, size * 0.5)),
  ];
}

/** From afar a box is a sign with its name: what is in it could not be read. */
function boxTitle(item: BoxItem, paint: Paint): Shape[] {
  const { palette, detail, fitter } = paint;
  const { x, y, width, height } = item.bounds;
  if (detail === 0) {
    const size = Math.min(90, Math.max(26, Math.min(height * 0.3, width * 0.22)));
    return label(paint, item.title, width - 12, {
      ...{ x: x + width / 2, y: y + height / 2 + size * 0.35, size, weight: 600, anchor: 'middle' },
      ...{ fill: palette.ink, halo: palette.box },
    });
  }
  const size = detail === 1 ? 22 : detail === 2 ? 18 : 13;
  const room = width - 32 - (item.ours ? 16 : 0) - (item.unread || item.badge !== null ? 18 : 0);
  const title = fitter.fit(item.title, room, size, 600);
  const titleWidth = fitter.width(title, size, 600);
  const at = { x: x + 16, y: y + 11 + size, size };
  const rest = room - titleWidth - 8;
  return [
    ...label(paint, title, room, { ...at, weight: 600, fill: palette.ink }),
    ...(rest > 24
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
  const mark =
    item.badge !== null
      ? badge(palette, item.badge, corner.x, corner.y, detail <= 1 ? 11 : 6.5)
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
  return rect(item.bounds, cornerAt(paint, 7), { lineWidth: paint.detail === 0 ? 3 : 1.2, ...ink });
}

/** The sign of what is wrong with a pod, large enough to be seen from afar; none while all is well. */
function farSign(item: PodItem, palette: Palette, at: { x: number; y: number }, radius: number): Shape[] {
  if (item.badge !== null) {
    return badge(palette, item.badge, at.x, at.y, radius * 1.15);
  }
  if (item.ghost !== null || item.unread) {
    return unreadMark(palette, at.x, at.y, radius);
  }
  return item.state === 'up' ? [] : [lamp(palette, item.state, at.x, at.y, radius * 0.85)];
}

function drawFarPod(item: PodItem, paint: Paint): Shape[] {
  const { x, y, width, height } = item.bounds;
  const middle = { x: x + width / 2, y: y + height / 2 };
  if (paint.detail === 0) {
    return [podBody(item, paint), ...farSign(item, paint.palette, middle, 19)];
  }
  const sign = farSign(item, paint.palette, { x: x + width - 17, y: y + 17 }, 10);
  const room = width - 14 - (sign.length > 0 ? 44 : 0);
  const name = label(paint, item.title, room, {
    ...{ x: middle.x, y: middle.y + 9, size: 25, anchor: 'middle' },
    fill: item.ghost === null ? paint.palette.ink : paint.palette.muted,
    italic: item.ghost !== null,
  });
  return [podBody(item, paint), ...name, ...sign];
}

interface Line {
  readonly y: number;
  readonly size: number;
}

/** Baselines and sizes of a pod's lines: name, address, MAC and MTU, counters. */
const podLines: Readonly<Record<2 | 3 | 4, readonly (Line | null)[]>> = {
  2: [{ y: 30, size: 18.5 }, { y: 50, size: 14.5 }, null, null],
  3: [{ y: 25, size: 13 }, { y: 42, size: 11.5 }, null, null],
  4: [
    { y: 20.5, size: 12 },
    { y: 32, size: 10 },
    { y: 42.5, size: 7.6 },
    { y: 52, size: 7.6 },
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

/** Counters are read from close by only, and not even asked for elsewhere. */
function countersAt(paint: Paint, link: LinkId): string {
  return paint.detail === 4 ? paint.counters(link) : '';
}

function drawPod(item: PodItem, paint: Paint): Shape[] {
  const { detail, palette } = paint;
  if (detail === 0 || detail === 1) {
    return drawFarPod(item, paint);
  }
  const { x, y, width } = item.bounds;
  const italic = item.ghost !== null;
  const room = width - 22;
  const words = [
    item.title,
    item.address,
    item.detail,
    item.counted === null ? '' : countersAt(paint, item.counted),
  ];
  const fills = [palette.ink, palette.address, palette.muted, palette.muted].map((fill) =>
    italic ? palette.muted : fill,
  );
  const lines = podLines[detail].flatMap((line, at) => {
    const space = at === 0 && item.mark !== 'none' ? room - 15 : room;
    return line === null
      ? []
      : label(paint, words[at] ?? '', space, {
          ...{ x: x + 11, y: y + line.y, size: line.size, italic },
          ...{ weight: at === 0 ? 600 : 400, fill: fills[at] ?? palette.muted },
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
export function isHiddenAt(item: SceneItem, detail: Paint['detail']): boolean {
  if (item.kind === 'wire') {
    return item.fine && detail <= 1;
  }
  if (item.kind !== 'link') {
    return false;
  }
  const small = item.style === 'host' || item.style === 'plug' || item.style === 'pin';
  return small ? detail <= 1 : item.style === 'chip' && detail === 0;
}

/** The outline of an item, a little outside it: for the selection, the search, the trace and what has changed. */
export function ringOf(item: SceneItem, ink: Ink): Shape {
  if (item.kind === 'wire') {
    return { kind: 'line', paths: item.paths, radius: 5, ...ink };
  }
  const grow = item.kind === 'link' && item.style === 'pin' ? 1 : 1.5;
  const { x, y, width, height }: Rect = item.bounds;
  const radius = item.kind === 'link' ? (item.style === 'chip' ? height / 2 + grow : 6) : 9;
  return rect({ x: x - grow, y: y - grow, width: width + 2 * grow, height: height + 2 * grow }, radius, ink);
}
