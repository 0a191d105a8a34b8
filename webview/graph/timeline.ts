/** Pure: the time that a node was followed: where one can stop in it, and how that is said. No DOM. */
import type { Timeline, TimelineMark, TimelineMoment } from '../../src/protocol/messages.ts';
import { displayName, plural } from './text.ts';

/** All that the host has told. */
export type TimelineLog = Omit<Timeline, 'whole' | 'firstId'>;

export const emptyLog: TimelineLog = {
  moments: [],
  marks: [],
  gaps: [],
  droppedUntilMs: null,
  lookedAt: null,
};

/** A place on the line where one can stop. */
export interface Stop {
  readonly moment: TimelineMoment;
  /** Where it stands: a mark stands where it was made, a change where it happened. */
  readonly atMs: number;
  readonly marks: readonly TimelineMark[];
}

export function addToLog(log: TimelineLog, { whole, firstId, moments, ...rest }: Timeline): TimelineLog {
  const kept = whole ? [] : log.moments;
  const from = kept.findIndex(({ id }) => id >= firstId);
  return { ...rest, moments: [...(from < 0 ? [] : kept.slice(from)), ...moments] };
}

/** True where there is something to look back at. */
export function hasPast({ moments, marks }: TimelineLog): boolean {
  return moments.length > 1 || marks.length > 0;
}

/**
 * Where one can stop, oldest first: what somebody changed, and what was marked. What tables learned by themselves is a stop
 * only where `all` are asked for. The newest moment is none: it is the present, unless it was marked.
 */
export function stopsOf({ moments, marks }: TimelineLog, all = false): Stop[] {
  const byId = new Map(moments.map((moment) => [moment.id, moment]));
  const changes = moments
    .filter(({ changes: count }, at) => at < moments.length - 1 && (all || count > 0 || at === 0))
    .map((moment): Stop => ({ moment, atMs: moment.atMs, marks: [] }));
  const marked = marks.flatMap((mark): Stop[] => {
    const moment = mark.moment === null ? undefined : byId.get(mark.moment);
    return moment ? [{ moment, atMs: mark.atMs, marks: [mark] }] : [];
  });
  return [...changes, ...marked].sort((a, b) => a.atMs - b.atMs || a.moment.id - b.moment.id);
}

/** "14:03:12": the time of day. */
export function clockOf(atMs: number): string {
  return new Date(atMs).toLocaleTimeString(undefined, { hour12: false });
}

/** "14:03:12, 3 changes", "14:03:15, marked server.js:42". */
export function stopInWords({ atMs, moment, marks }: Stop): string {
  const what =
    marks.length > 0
      ? `marked ${marks.map(({ label }) => displayName(label)).join(', ')}`
      : moment.changes > 0
        ? plural(moment.changes, 'change')
        : moment.learned > 0
          ? `${plural(moment.learned, 'entry', 'entries')} learned from traffic`
          : 'the first picture';
  return `${clockOf(atMs)}, ${what}`;
}

/** The part of time that the line shows. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A line of less would be all ticks. */
const shortestMs = 60_000;

export function spanOf({ moments, marks }: TimelineLog, nowMs: number): Span {
  const firstMs = Math.min(moments[0]?.atMs ?? nowMs, marks[0]?.atMs ?? nowMs);
  const toMs = Math.max(nowMs, moments.at(-1)?.atMs ?? nowMs, marks.at(-1)?.atMs ?? nowMs);
  return { fromMs: Math.min(firstMs, toMs - shortestMs), toMs };
}

/** 0 at the left end, 1 at the right. */
export function placeOf({ fromMs, toMs }: Span, atMs: number): number {
  return Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs)));
}

/** The nearest stop to a place on the line; null for the present, which is at its right end. */
export function stopAt(stops: readonly Stop[], span: Span, place: number): Stop | null {
  const distance = (stop: Stop): number => Math.abs(placeOf(span, stop.atMs) - place);
  const nearest = stops.reduce<Stop | null>(
    (best, stop) => (best === null || distance(stop) <= distance(best) ? stop : best),
    null,
  );
  return nearest !== null && distance(nearest) <= 1 - place ? nearest : null;
}

export interface Tick {
  /** In whole px from the left. */
  readonly x: number;
  readonly changes: number;
  readonly learned: number;
}

/** What changed, gathered by px: an hour has more moments than a line has room. */
export function ticksOf({ moments }: TimelineLog, span: Span, width: number): Tick[] {
  const ticks = new Map<number, { x: number; changes: number; learned: number }>();
  for (const { atMs, changes, learned } of moments) {
    const x = Math.round(placeOf(span, atMs) * width);
    const tick = ticks.get(x) ?? { x, changes: 0, learned: 0 };
    tick.changes += changes;
    tick.learned += learned;
    ticks.set(x, tick);
  }
  return [...ticks.values()].filter(({ changes, learned }) => changes + learned > 0);
}

/** How high a tick of so many changes stands, from 0 to 1: ten times as many are a step higher. */
export function tickHeight(changes: number): number {
  return changes === 0 ? 0.2 : Math.min(1, 0.45 + 0.22 * Math.log10(changes));
}
