/** Pure: cables, bus bars and the lines that are drawn over them. */
import { pointAt, polylineOf } from '../../layout/polyline.ts';
import type { Palette } from '../palette.ts';
import type { RouteLine } from '../renderer.ts';
import type { WireItem } from '../scene.ts';
import type { Ink, Shape } from '../shapes.ts';
import { endMark, path } from './marks.ts';
import { busOf, dashes, type Paint } from './paint.ts';

function healthInk(item: WireItem, palette: Palette): Ink {
  switch (item.state) {
    case 'up':
      return {};
    case 'no-carrier':
      return { stroke: palette.warn, dash: dashes.noCarrier };
    case 'down':
      return { stroke: palette.bad, dash: dashes.down };
  }
}

function kindInk(item: WireItem, palette: Palette): Ink {
  switch (item.wire) {
    case 'bus':
    case 'trunk':
      return { stroke: busOf(palette, item.colour).bar, lineWidth: 3 };
    case 'stub':
      return { stroke: busOf(palette, item.colour).bar, lineWidth: 1.8 };
    case 'veth':
      return { stroke: palette.cable, lineWidth: 2.2 };
    case 'port':
      return { stroke: palette.wire, lineWidth: 1.5 };
    case 'lower':
      return { stroke: palette.wire, lineWidth: 1.5, dash: dashes.lower };
    case 'tunnel':
      return { stroke: palette.wire, lineWidth: 1.5, dash: dashes.tunnel };
    case 'unknown':
      return { stroke: palette.muted, lineWidth: 1.5, dash: dashes.unknown };
  }
}

function wireEnd(item: WireItem, palette: Palette): Shape[] {
  const points = item.paths[0];
  const [start, end] = [points?.[0], points?.at(-1)];
  if (item.unknown === null || start === undefined || end === undefined) {
    return [];
  }
  const [x, y] = start.y === end.y ? [end.x + 8, end.y] : [(start.x + end.x) / 2 + 11, (start.y + end.y) / 2];
  return [endMark(palette, item.unknown, x, y)];
}

/** A wire. From afar it is wider, so as not to fade away. */
export function drawWire(item: WireItem, paint: Paint): Shape[] {
  const ink = { ...kindInk(item, paint.palette), ...healthInk(item, paint.palette) };
  const wider = paint.detail === 0 ? 2.2 : paint.detail === 1 ? 1.3 : 1;
  const line: Shape = {
    ...{ kind: 'line', paths: item.paths, radius: item.wire === 'trunk' ? 8 : 5, ...ink },
    lineWidth: (ink.lineWidth ?? 1.5) * wider,
  };
  return paint.detail <= 1 ? [line] : [line, ...wireEnd(item, paint.palette)];
}

/** The sign in the middle of a line on which a packet was lost; it lies over all that the line runs behind. */
export function lossSign({ points, tone }: RouteLine, palette: Palette): Shape[] {
  const [first, ...others] = points;
  if (tone !== 'lost' || first === undefined) {
    return [];
  }
  const line = polylineOf([first, ...others]);
  const { x, y } = pointAt(line, line.length / 2);
  return [
    { kind: 'circle', x, y, radius: 7.5, fill: palette.paper, stroke: palette.bad, lineWidth: 2 },
    path('M-3.5 -3.5l7 7m0 -7l-7 7', x, y, { stroke: palette.bad, lineWidth: 2.6 }),
  ];
}

/** A line over the wires: a lit circuit, or the way of a traced packet. */
export function drawRoute(line: RouteLine, palette: Palette): Shape[] {
  const along = (ink: Ink): Shape => ({ kind: 'line', paths: [line.points], radius: 6, ...ink });
  switch (line.tone) {
    case 'lit':
      return [along({ stroke: palette.focus, lineWidth: 4 })];
    case 'flow':
      return [
        along({ stroke: palette.flowUnder, lineWidth: 5.5 }),
        along({ stroke: palette.flow, lineWidth: 3.2, dash: dashes.flow }),
      ];
    case 'unseen':
      return [along({ stroke: palette.muted, lineWidth: 3, dash: dashes.unseen })];
    case 'lost':
      return [along({ stroke: palette.bad, lineWidth: 3.4, dash: dashes.lost })];
  }
}
