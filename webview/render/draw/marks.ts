/** Pure: the small signs of the picture. Each says what it says by its shape; colour only repeats it. */
import type { Severity } from '../../../src/topology/finding.ts';
import type { Change } from '../../graph/changeMarks.ts';
import type { LinkState } from '../../graph/text.ts';
import type { Palette } from '../palette.ts';
import type { PodMark } from '../scene.ts';
import type { Ink, PathMark, Shape } from '../shapes.ts';
import { dashes, text } from './paint.ts';

export function path(d: string, x: number, y: number, ink: Ink): PathMark {
  return { kind: 'path', d, x, y, ...ink };
}

/** The lamp of a link around (x, y): full when up, a ring without carrier, a cross when down. */
export function lamp(palette: Palette, state: LinkState, x: number, y: number, radius = 3.5): Shape {
  const lineWidth = Math.max(1.5, radius * 0.45);
  switch (state) {
    case 'up':
      return { kind: 'circle', x, y, radius: radius + 0.7, fill: palette.good };
    case 'no-carrier':
      return { kind: 'circle', x, y, radius, fill: palette.paper, stroke: palette.warn, lineWidth };
    case 'down': {
      const [r, d] = [radius, 2 * radius];
      return path(`M${-r} ${-r}l${d} ${d}m0 ${-d}l${-d} ${d}`, x, y, {
        stroke: palette.bad,
        lineWidth: lineWidth * 1.25,
      });
    }
  }
}

/** A small plug, 8 × 13: made by Patchbay. */
export function plugMark(palette: Palette, x: number, y: number): Shape {
  return path('M2 0v3m4 -3v3M0 3h8v2.5a4 4 0 0 1 -8 0zM4 9.5v3', x, y, {
    stroke: palette.ours,
    lineWidth: 1.1,
  });
}

const podMarks: Readonly<Record<Exclude<PodMark, 'ours' | 'none'>, string>> = {
  named: 'M0 2h4.5l5 5 -4.5 4.5 -5 -5zm2.4 2.2v.6',
  container: 'M0 3.5l5 -2.5 5 2.5v5.5l-5 2.5 -5 -2.5zm0 0l5 2.5 5 -2.5m-5 2.5v5.5',
  process: 'M0 1.5h10v9h-10zM2 4l2 2 -2 2m3.4 0h2.4',
};

/** Who made a pod: a plug for Patchbay, a crate for a container runtime, a label for a name, a prompt for a process. */
export function podMark(palette: Palette, mark: PodMark, x: number, y: number): Shape[] {
  switch (mark) {
    case 'none':
      return [];
    case 'ours':
      return [plugMark(palette, x, y)];
    case 'named':
    case 'container':
    case 'process':
      return [path(podMarks[mark], x, y, { stroke: palette.muted, lineWidth: 1.1 })];
  }
}

/** A bar with three ports under it, 14 × 8: a bridge. */
export function bridgeMark(colour: string, x: number, y: number): Shape {
  return path('M0 2h14M2 2v6M7 2v6M12 2v6', x, y, { stroke: colour, lineWidth: 1.6 });
}

/** Around (x, y): something of it could not be read. */
export function unreadMark(palette: Palette, x: number, y: number, radius = 6): Shape[] {
  return [
    {
      ...{ kind: 'circle', x, y, radius, fill: palette.paper, stroke: palette.muted, lineWidth: 1 },
      dash: [2, 2],
    },
    text('?', {
      ...{ x, y: y + radius * 0.62, size: radius * 1.7, weight: 700, anchor: 'middle' },
      fill: palette.doubt,
    }),
  ];
}

/** Where a cable ends that nobody knows the other end of: a question mark, or a fork where several could be it. */
export function endMark(palette: Palette, why: 'ambiguous' | 'not-readable', x: number, y: number): Shape {
  return why === 'ambiguous'
    ? path('M-6 3L0 -4L6 3M0 -4v-2.5', x, y, { stroke: palette.warn, lineWidth: 1.8 })
    : text('?', { x, y: y + 4, size: 12, weight: 700, anchor: 'middle', fill: palette.doubt });
}

const badgeShapes: Readonly<Record<Severity, (r: number) => string>> = {
  error: (r) =>
    `M${-r * 0.42} ${-r}h${r * 0.84}l${r * 0.58} ${r * 0.58}v${r * 0.84}l${-r * 0.58} ${r * 0.58}h${-r * 0.84}l${-r * 0.58} ${-r * 0.58}v${-r * 0.84}z`,
  warning: (r) => `M0 ${-r}L${r * 1.1} ${r * 0.85}H${-r * 1.1}z`,
  info: (r) => `M0 ${-r}a${r} ${r} 0 1 1 -0.01 0z`,
};

/** The outline of a finding's sign around (0, 0), and the letter on it. */
export function badgePaths(
  severity: Severity,
  r: number,
): { readonly body: string; readonly letter: string } {
  return {
    body: badgeShapes[severity](r),
    letter:
      severity === 'info'
        ? `M0 ${-r * 0.1}V${r * 0.5}M0 ${-r * 0.5}v0.01`
        : `M0 ${-r * 0.35}V${r * 0.15}M0 ${r * 0.5}v0.01`,
  };
}

/** Around (x, y): a finding. An octagon for an error, a triangle for a warning, a disc for what is good to know. */
export function badge(palette: Palette, severity: Severity, x: number, y: number, radius = 6.5): Shape[] {
  const fill = { error: palette.bad, warning: palette.warn, info: palette.info }[severity];
  const { body, letter } = badgePaths(severity, radius);
  return [
    path(body, x, y, { fill, stroke: palette.paper, lineWidth: 1.2 }),
    path(letter, x, y, { stroke: palette.paper, lineWidth: radius * 0.26 }),
  ];
}

const changeSigns: Readonly<Record<Change, (r: number) => string>> = {
  added: (r) => `M${-r * 0.5} 0h${r}M0 ${-r * 0.5}v${r}`,
  removed: (r) => `M${-r * 0.5} 0h${r}`,
  changed: (r) =>
    `M${-r * 0.55} ${r * 0.15}c${r * 0.3} ${-r * 0.75} ${r * 0.75} ${r * 0.45} ${r * 1.1} ${-r * 0.3}`,
};

/** The ink that marks what came, went, or is not as it was: a full, a dashed and a dotted line. */
export function changeInk(palette: Palette, change: Change): Ink {
  const { stroke, dash } = {
    added: { stroke: palette.good, dash: undefined },
    removed: { stroke: palette.bad, dash: dashes.frame },
    changed: { stroke: palette.changed, dash: dashes.down },
  }[change];
  return { stroke, lineWidth: 2.4, dash };
}

/** Around (x, y): a plus for what came, a minus for what went, a wave for what is not as it was. */
export function changeMark(palette: Palette, change: Change, x: number, y: number, radius = 7): Shape[] {
  const { stroke } = changeInk(palette, change);
  return [
    { kind: 'circle', x, y, radius, fill: palette.paper, stroke, lineWidth: radius * 0.2 },
    path(changeSigns[change](radius), x, y, { stroke, lineWidth: radius * 0.32 }),
  ];
}

/** Around (x, y): a process in here is being debugged. */
export function debugMark(palette: Palette, x: number, y: number, radius = 7): Shape[] {
  const [half, tip] = [radius * 0.45, radius * 0.6];
  return [
    { kind: 'circle', x, y, radius, fill: palette.flow, stroke: palette.paper, lineWidth: radius * 0.2 },
    path(`M${-half * 0.7} ${-half}L${tip} 0L${-half * 0.7} ${half}z`, x, y, { fill: palette.paper }),
  ];
}
