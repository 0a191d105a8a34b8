/** Pure: links: the ends of cables, the boxes in a namespace, and the small ones that are wired to nothing. */
import type { LinkItem } from '../scene.ts';
import type { Ink, Shape } from '../shapes.ts';
import { badge, bridgeMark, lamp, plugMark, unreadMark } from './marks.ts';
import { busOf, dashes, label, pieceLabel, rect, sizeToFit, type Paint } from './paint.ts';

function bodyInk(item: LinkItem, paint: Paint): Ink {
  const { palette } = paint;
  if (item.peerUnknown !== null) {
    return { fill: palette.paper, stroke: palette.muted, dash: dashes.unknown };
  }
  if (item.bridge) {
    const bus = busOf(palette, item.colour);
    return {
      ...{ fill: bus.hub, stroke: bus.bar, lineWidth: 1.6 },
      dash: item.state === 'up' ? undefined : dashes.noCarrier,
    };
  }
  if (item.state !== 'up' && item.style !== 'pin') {
    const stroke = item.state === 'down' ? palette.bad : palette.warn;
    return {
      fill: palette.paper,
      stroke: item.style === 'chip' ? palette.edge : stroke,
      dash: dashes.noCarrier,
    };
  }
  const fill = item.style === 'host' ? palette.host : palette.paper;
  return { fill, stroke: item.style === 'plug' ? palette.plugEdge : palette.edge };
}

const radii: Readonly<Record<LinkItem['style'], number>> = { plug: 4, host: 5, pin: 2, chip: 10, box: 6 };

function body(item: LinkItem, paint: Paint): Shape {
  const radius = paint.detail === 0 ? 0 : item.bridge ? 3 : radii[item.style];
  return rect(item.bounds, radius, { lineWidth: 1.2, ...bodyInk(item, paint) });
}

/** A cable's end: a lamp, and its name where that can be read. */
function drawEnd(item: LinkItem, paint: Paint): Shape[] {
  const { x, y, width, height } = item.bounds;
  const middle = y + height / 2;
  const plug = item.style === 'plug';
  const lampX = x + (plug ? 8 : 10);
  const far = paint.detail < 3;
  // From afar the name has the room of the whole box; that of a plug is too small for it.
  const full = plug ? 9.5 : far ? 14 : 11;
  const textX = x + (plug ? 15 : 19);
  const room = x + width - textX - 4 - (item.badge === null ? 0 : 12);
  const size = sizeToFit(paint, item.title, room, [full, full * 0.85]);
  const shapes = [
    body(item, paint),
    lamp(paint.palette, item.state, lampX, middle, far ? 4 : plug ? 3 : 3.5),
  ];
  if (!far || !plug) {
    shapes.push(
      ...label(paint, item.title, room, {
        ...{ x: textX, y: middle + size * 0.36, size },
        fill: plug ? paint.palette.ink : paint.palette.muted,
      }),
    );
  }
  return item.badge === null
    ? shapes
    : [...shapes, ...badge(paint.palette, item.badge, x + width - 5, middle, far ? 8 : 5)];
}

function drawChip(item: LinkItem, paint: Paint): Shape[] {
  const { x, y, width, height } = item.bounds;
  const middle = y + height / 2;
  const shapes = [body(item, paint), lamp(paint.palette, item.state, x + 11, middle, 2.6)];
  const room = width - 24;
  const size = sizeToFit(paint, item.title, room, paint.detail === 2 ? [13, 11.5] : [10, 9]);
  const words =
    paint.detail < 2
      ? []
      : label(paint, item.title, room, { x: x + 18, y: middle + 3.6, size, fill: paint.palette.muted });
  const faint = [...shapes, ...words].map((shape) =>
    shape.kind === 'text' ? shape : { ...shape, opacity: 0.75 },
  );
  return item.badge === null
    ? faint
    : [...faint, ...badge(paint.palette, item.badge, x + width - 6, y + 2, paint.detail === 1 ? 9 : 5.5)];
}

function marksOf(item: LinkItem, paint: Paint): Shape[] {
  const { x, y, width } = item.bounds;
  const { palette } = paint;
  const sign =
    item.badge !== null
      ? badge(palette, item.badge, x + width - 2, y + 2, 7)
      : item.peerUnknown !== null
        ? unreadMark(palette, x + width - 2, y + 2)
        : [];
  if (item.bridge) {
    return [bridgeMark(busOf(palette, item.colour).bar, x + width - 21, y + 8), ...sign];
  }
  return item.ours ? [plugMark(palette, x + width - 16, y + 6), ...sign] : sign;
}

/** A box from afar: its lamp and its name. */
function drawFarBox(item: LinkItem, paint: Paint, bar: readonly Shape[]): Shape[] {
  const { x, y, width, height } = item.bounds;
  const lampX = x + (item.bridge ? 18 : 14);
  const middle = y + height / 2;
  const lit = lamp(paint.palette, item.state, lampX, middle, paint.detail === 0 ? 8 : 5);
  const room = width - (lampX - x) - 16;
  const size = sizeToFit(paint, item.title, room, [27, 23, 19]);
  const words =
    paint.detail === 0
      ? []
      : label(paint, item.title, room, {
          ...{ x: lampX + 10, y: middle + size * 0.36, size, fill: paint.palette.ink },
        });
  const sign = item.badge === null ? [] : badge(paint.palette, item.badge, x + width - 8, y + 6, 11);
  return [body(item, paint), ...bar, lit, ...words, ...sign];
}

function drawBoxed(item: LinkItem, paint: Paint): Shape[] {
  const { detail, palette } = paint;
  const { x, y, width, height } = item.bounds;
  const bar = item.bridge
    ? [rect({ x, y, width: 5, height }, 2, { fill: busOf(palette, item.colour).bar })]
    : [];
  if (detail <= 1) {
    return drawFarBox(item, paint, bar);
  }
  const isClosest = detail === 4;
  const lampX = x + (item.bridge ? 16 : 12);
  const textX = lampX + 10;
  const room = width - (textX - x) - 8;
  const sizes =
    detail === 2 ? { title: 15, address: 12.5 } : { title: isClosest ? 10 : 12, address: isClosest ? 8 : 11 };
  const alone = item.address === '' && !isClosest;
  const top = alone ? y + height / 2 + sizes.title * 0.36 : y + (isClosest ? 11.5 : 18);
  const marks = marksOf(item, paint);
  const markRoom = item.bridge ? 20 : item.ours ? 14 : 0;
  const small = isClosest ? [[item.detail], ...paint.counters(item.counted)] : [];
  const second = item.address === '' ? 21 : 27.2;
  return [
    body(item, paint),
    ...bar,
    lamp(palette, item.state, lampX, top - sizes.title * 0.34),
    ...label(paint, item.title, room - markRoom, {
      ...{ x: textX, y: top, weight: 600, fill: palette.ink },
      size: sizeToFit(paint, item.title, room - markRoom, [sizes.title, sizes.title * 0.85], 600),
    }),
    ...label(paint, item.address, room, {
      ...{ x: textX, y: isClosest ? y + 19.8 : y + 34, fill: palette.address },
      size: sizeToFit(paint, item.address, room, [sizes.address, sizes.address * 0.85]),
    }),
    ...small.flatMap((pieces, at) =>
      pieceLabel(paint, pieces, room, { x: textX, y: y + second + at * 6.9, size: 6, fill: palette.muted }),
    ),
    ...marks,
  ];
}

export function drawLink(item: LinkItem, paint: Paint): Shape[] {
  switch (item.style) {
    case 'plug':
    case 'host':
      return drawEnd(item, paint);
    case 'pin':
      return item.badge === null
        ? [body(item, paint)]
        : [body(item, paint), ...badge(paint.palette, item.badge, item.bounds.x + 4, item.bounds.y + 4, 6)];
    case 'chip':
      return drawChip(item, paint);
    case 'box':
      return drawBoxed(item, paint);
  }
}
