/** The legend: every sign of the picture with its meaning, drawn by what draws the picture. */
import type { FrameRole } from '../../src/trace/tellTrace.ts';
import {
  badge,
  bridgeMark,
  changeInk,
  changeMark,
  debugMark,
  endMark,
  lamp,
  plugMark,
  podMark,
  unreadMark,
} from '../render/draw/marks.ts';
import { dashes, rect } from '../render/draw/paint.ts';
import { drawPackets } from '../render/draw/drawPacket.ts';
import { ringsOf, type RingKind } from '../render/draw/rings.ts';
import { drawRoute, lossSign } from '../render/draw/drawWire.ts';
import type { Palette } from '../render/palette.ts';
import { ShapePainter } from '../render/paintShapes.ts';
import type { Ink, Shape } from '../render/shapes.ts';
import { readPalette, watchTheme } from '../render/theme.ts';
import { h } from './dom.ts';

/** Of one sample, in px. */
const size = { width: 44, height: 20 } as const;
const middle = { x: 22, y: 10 } as const;
const ends = [
  { x: 4, y: 10 },
  { x: 40, y: 10 },
] as const;

type Sample = (palette: Palette) => readonly Shape[];

const wire = (ink: Ink): Shape => ({ kind: 'line', paths: [ends], radius: 0, ...ink });
const pod = (ink: Ink): Shape => rect({ x: 9, y: 3, width: 26, height: 14 }, 3, { lineWidth: 1.2, ...ink });
/** A pod with a ring around it. */
const ringed =
  (kind: RingKind): Sample =>
  (palette) => [
    rect({ x: 12, y: 6, width: 20, height: 8 }, 3, { fill: palette.pod, stroke: palette.podEdge }),
    ...ringsOf(palette, kind).map(({ out, ...ink }) => {
      const grow = 1.5 + out * 0.8;
      const place = { x: 12 - grow, y: 6 - grow, width: 20 + 2 * grow, height: 8 + 2 * grow };
      return rect(place, 4 + out, ink);
    }),
  ];

/** As the style sheet hatches the whole picture. */
const hatched: Sample = (palette) => [
  pod({ stroke: palette.muted }),
  ...[0, 9, 18].map((x): Shape => {
    const line = [
      { x: 10 + x, y: 16 },
      { x: 17 + x, y: 4 },
    ];
    return { kind: 'line', paths: [line], radius: 0, stroke: palette.muted, lineWidth: 1 };
  }),
];

const lost = { points: ends, tone: 'lost' } as const;

const changeWords = {
  added: 'was not there before',
  removed: 'is no longer there',
  changed: 'is not as it was',
} as const;

const entries: readonly (readonly [Sample, string])[] = [
  [(palette) => [lamp(palette, 'up', middle.x, middle.y, 4)], 'up'],
  [
    (palette) => [lamp(palette, 'no-carrier', middle.x, middle.y, 4)],
    'up, but no carrier: the cable leads nowhere',
  ],
  [(palette) => [lamp(palette, 'down', middle.x, middle.y, 4)], 'down'],
  [
    (palette) => [pod({ fill: palette.paper, stroke: palette.bad, dash: dashes.noCarrier })],
    'pod whose cable is down or has no carrier',
  ],
  [
    (palette) => (palette.buses[0] ? [wire({ stroke: palette.buses[0].bar, lineWidth: 3 })] : []),
    'bus bar of a bridge; each bridge has its own colour',
  ],
  [(palette) => (palette.buses[0] ? [bridgeMark(palette.buses[0].bar, 15, 5)] : []), 'bridge'],
  [(palette) => [wire({ stroke: palette.cable, lineWidth: 2.2 })], 'veth cable'],
  [
    (palette) => [wire({ stroke: palette.bad, lineWidth: 2.2, dash: dashes.down })],
    'cable with an end that is down',
  ],
  [
    (palette) => [wire({ stroke: palette.warn, lineWidth: 2.2, dash: dashes.noCarrier })],
    'cable without carrier',
  ],
  [
    (palette) => [wire({ stroke: palette.wire, lineWidth: 1.5, dash: dashes.lower })],
    'lies on another interface (VLAN, macvlan)',
  ],
  [
    (palette) => [wire({ stroke: palette.wire, lineWidth: 1.5, dash: dashes.tunnel })],
    'tunnel over another interface',
  ],
  [(palette) => [endMark(palette, 'not-readable', middle.x, middle.y)], 'where it leads cannot be read'],
  [(palette) => [endMark(palette, 'ambiguous', middle.x, middle.y)], 'several could be its other end'],
  [(palette) => unreadMark(palette, middle.x, middle.y), 'something of it could not be read'],
  [(palette) => badge(palette, 'error', middle.x, middle.y), 'finding: something cannot work'],
  [(palette) => badge(palette, 'warning', middle.x, middle.y), 'finding: something works only in part'],
  [(palette) => badge(palette, 'info', middle.x, middle.y), 'finding: good to know'],
  [(palette) => [plugMark(palette, 18, 4)], 'made by Patchbay'],
  [(palette) => podMark(palette, 'container', 17, 4), 'made by a container runtime'],
  [(palette) => podMark(palette, 'named', 17, 3), 'named namespace'],
  [(palette) => podMark(palette, 'process', 17, 4), 'namespace that only processes hold'],
  [ringed('selected'), 'selected'],
  [ringed('found'), 'found by the search'],
  [ringed('changed'), 'has just changed'],
  [hatched, 'no longer current: the connection is lost'],
  ...(['added', 'removed', 'changed'] as const).map(
    (change) =>
      [
        (palette: Palette) => [pod(changeInk(palette, change)), ...changeMark(palette, change, 9, 5, 4.5)],
        `compared: ${changeWords[change]}`,
      ] as const,
  ),
  [(palette) => debugMark(palette, middle.x, middle.y), 'a process in here is being debugged'],
  [(palette) => drawRoute({ points: ends, tone: 'flow' }, palette), 'way of the traced packet'],
  [ringed('traced'), 'where the traced packet was seen'],
  [
    (palette) => drawRoute({ points: ends, tone: 'unseen' }, palette),
    'where it should have gone, and was not seen',
  ],
  [frames('request', 'reply'), 'frames of a trace: the packet, and (hollow) what answers it'],
  [frames('question', 'answer'), 'question for a hardware address (ARP, NDP), and its answer'],
  [frames('error'), 'error that somebody on the way reports'],
  [
    (palette) => drawPackets(palette, { role: 'request', ghost: true }, [middle]),
    'frame that was foretold and not seen',
  ],
  [(palette) => [...drawRoute(lost, palette), ...lossSign(lost, palette)], 'where it was lost'],
];

function frames(...roles: readonly FrameRole[]): Sample {
  const left = middle.x - 9 * (roles.length - 1);
  return (palette) =>
    roles.flatMap((role, at) =>
      drawPackets(palette, { role, ghost: false }, [{ x: left + 18 * at, y: middle.y }]),
    );
}

function paintSample(canvas: HTMLCanvasElement, sample: Sample, palette: Palette): void {
  const ratio = Math.max(1, window.devicePixelRatio);
  canvas.width = size.width * ratio;
  canvas.height = size.height * ratio;
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    new ShapePainter(context, palette.font).paint(sample(palette));
  }
}

function signs(): HTMLElement {
  const samples = entries.map(([sample, meaning]) => {
    const canvas = h('canvas', { class: 'sample', 'aria-hidden': 'true' });
    return { sample, canvas, row: h('li', {}, canvas, h('span', {}, meaning)) };
  });
  const paint = (): void => {
    const palette = readPalette(document.body);
    samples.forEach(({ sample, canvas }) => paintSample(canvas, sample, palette));
  };
  watchTheme(paint);
  return h('ul', {}, ...samples.map(({ row }) => row));
}

/** One row of the list of keys. */
export function keyRow({ keys, meaning }: { readonly keys: string; readonly meaning: string }): HTMLElement {
  return h('li', {}, h('kbd', {}, keys), h('span', {}, meaning));
}

/** Builds the legend, hidden, with room for a list of keys. */
export function buildLegend(shortcuts: HTMLElement): HTMLElement {
  const legend = h(
    'div',
    { class: 'legend', role: 'region', tabindex: '0', 'aria-label': 'Legend and keys' },
    h('h3', {}, 'What the signs mean'),
    signs(),
    h('h3', {}, 'Keys'),
    shortcuts,
  );
  legend.hidden = true;
  return legend;
}
