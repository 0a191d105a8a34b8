import assert from 'node:assert/strict';
import type { Timeline, TimelineMark, TimelineMoment } from '../../../src/protocol/messages.ts';
import {
  addToLog,
  emptyLog,
  hasPast,
  placeOf,
  spanOf,
  stopAt,
  stopInWords,
  stopsOf,
  ticksOf,
  type TimelineLog,
} from '../../../webview/graph/timeline.ts';

const nowMs = Date.parse('2026-01-15T14:00:00Z');
const moment = (id: number, secondsAgo: number, changes = 1, learned = 0): TimelineMoment => ({
  ...{ id, changes, learned },
  atMs: nowMs - secondsAgo * 1_000,
});
const mark = (id: number, secondsAgo: number, stands: number | null): TimelineMark => ({
  ...{ id, label: `mark ${id}`, by: 'user', moment: stands },
  atMs: nowMs - secondsAgo * 1_000,
});
const told = (moments: readonly TimelineMoment[], more: Partial<Timeline> = {}): Timeline => ({
  ...{ whole: true, firstId: moments[0]?.id ?? 0, marks: [], gaps: [], droppedUntilMs: null, lookedAt: null },
  moments,
  ...more,
});
const logOf = (moments: readonly TimelineMoment[], marks: readonly TimelineMark[] = []): TimelineLog =>
  addToLog(emptyLog, told(moments, { marks }));
const ids = (log: TimelineLog, all = false): number[] => stopsOf(log, all).map((stop) => stop.moment.id);

describe('addToLog', () => {
  it('adds what is new, and lets go of what is no longer kept', () => {
    const first = logOf([moment(1, 30), moment(2, 20)]);
    const next = addToLog(first, told([moment(3, 10)], { whole: false, firstId: 2 }));
    assert.deepEqual(
      next.moments.map(({ id }) => id),
      [2, 3],
    );
  });

  it('begins anew where the host tells all of it', () => {
    const next = addToLog(logOf([moment(1, 30)]), told([moment(7, 10)]));
    assert.deepEqual(
      next.moments.map(({ id }) => id),
      [7],
    );
  });
});

describe('stopsOf', () => {
  it('has the first picture and what somebody changed, and not the present', () => {
    assert.deepEqual(
      ids(logOf([moment(1, 40, 0), moment(2, 30), moment(3, 20, 0, 4), moment(4, 10)])),
      [1, 2],
    );
  });

  it('has what tables learned where all are asked for', () => {
    assert.deepEqual(ids(logOf([moment(1, 40, 0), moment(3, 20, 0, 4), moment(4, 10)]), true), [1, 3]);
  });

  it('has marks where they were made, also of the present', () => {
    const log = logOf([moment(1, 40, 0), moment(2, 30)], [mark(9, 20, 2), mark(8, 50, null)]);
    assert.deepEqual(
      stopsOf(log).map(({ atMs }) => (nowMs - atMs) / 1_000),
      [40, 20],
    );
    assert.match(stopInWords(stopsOf(log)[1] ?? assert.fail()), /, marked mark 9$/);
  });
});

describe('the line', () => {
  it('is worth showing once something changed or was marked', () => {
    assert.ok(!hasPast(logOf([moment(1, 10, 0)])));
    assert.ok(hasPast(logOf([moment(1, 10, 0)], [mark(2, 5, 1)])));
    assert.ok(hasPast(logOf([moment(1, 10, 0), moment(2, 5)])));
  });

  it('shows a minute at the least', () => {
    assert.deepEqual(spanOf(logOf([moment(1, 5)]), nowMs), { fromMs: nowMs - 60_000, toMs: nowMs });
    assert.equal(spanOf(logOf([moment(1, 3_600)]), nowMs).fromMs, nowMs - 3_600_000);
  });

  it('leads to the nearest stop, and to the present at its end', () => {
    const log = logOf([moment(1, 100, 0), moment(2, 50), moment(3, 0)]);
    const span = spanOf(log, nowMs);
    const nearest = (place: number): number | undefined => stopAt(stopsOf(log), span, place)?.moment.id;
    assert.equal(placeOf(span, nowMs - 50_000), 0.5);
    assert.deepEqual([0, 0.2, 0.45, 0.7, 0.8, 1].map(nearest), [1, 1, 2, 2, undefined, undefined]);
  });

  it('gathers what falls on one pixel', () => {
    const log = logOf([moment(1, 100, 0), moment(2, 50, 2), moment(3, 49.99, 1, 5), moment(4, 10, 0, 1)]);
    const ticks = ticksOf(log, spanOf(log, nowMs), 100);
    assert.deepEqual(ticks, [
      { x: 50, changes: 3, learned: 5 },
      { x: 90, changes: 0, learned: 1 },
    ]);
  });
});
