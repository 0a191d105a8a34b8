import { alignTopologies, type Alignment } from '../topology/align.ts';
import { diffOf, type TopologyDiff } from '../topology/diff.ts';
import { editsOf, type TopologyEdits } from '../topology/edits.ts';
import { countChanges, type ChangeCount } from '../topology/fold.ts';
import type { Topology } from '../topology/topology.ts';
import type { Disposable } from '../util/disposable.ts';
import { PatchbayError } from '../util/errors.ts';
import { Emitter } from '../util/event.ts';
import { HistorySegment } from './historySegment.ts';

/** When something changed, by the clock of the machine Patchbay runs on. */
export interface Moment extends ChangeCount {
  /** Rises with time, and is never used again. */
  readonly id: number;
  readonly atMs: number;
}

/** A name that somebody gave to an instant. */
export interface Mark {
  readonly id: number;
  readonly atMs: number;
  readonly label: string;
  readonly by: 'user' | 'debugger';
}

/** A time of which nothing is known: the connection was lost. `toMs` is null while it is. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number | null;
}

export interface HistoryOptions {
  /** What it may take, beside two topologies as they were handed in and the segment that is being looked at. */
  readonly budgetBytes?: number;
}

/** At least so much is kept, where the budget allows it. */
const spanMs = 3_600_000;
const defaultBudgetBytes = 24 * 1024 * 1024;
/** A segment is packed when its edits take so much, or when it lasts so long. */
const full = { bytes: 1024 * 1024, ms: 600_000 };
/** An entry of the list of moments, as V8 keeps it. */
const momentBytes = 96;
const mostMarks = 500;
/** How long an event of the node may be on its way, until a confirmation speaks for the time of a mark as well. */
const settleMs = 400;
/** On a node that never comes to rest nothing is confirmed: then a mark stands for what was known after so long. */
const longestSettleMs = 1_500;

interface KeptMoment extends Moment {
  readonly segment: HistorySegment;
  readonly step: number;
}

interface KeptMark extends Mark {
  /** The mark stands for what was known of the node until then; null while that is not settled. */
  readonly untilMs: number | null;
}

/**
 * What a node was like: every topology of the last hour, within a budget of memory, where the oldest go first. Counters are
 * not kept. It outlives the connection: a time without one is a gap.
 */
export class History implements Disposable {
  readonly #budgetBytes: number;
  readonly #changeEmitter = new Emitter<undefined>();
  #latest: Topology | null = null;
  #filling: { readonly segment: HistorySegment; readonly sinceMs: number } | null = null;
  #read: HistorySegment | null = null;
  #segments: HistorySegment[] = [];
  #moments: KeptMoment[] = [];
  #marks: KeptMark[] = [];
  #gaps: Gap[] = [];
  #nextId = 1;
  #droppedUntilMs: number | null = null;
  #packing: Promise<void> = Promise.resolve();

  /** Moments, marks or gaps came or went. */
  readonly onDidChange = this.#changeEmitter.event;

  constructor(options: HistoryOptions = {}) {
    this.#budgetBytes = options.budgetBytes ?? defaultBudgetBytes;
  }

  /** Oldest first. */
  get moments(): readonly Moment[] {
    return this.#moments;
  }

  /** Oldest first. */
  get marks(): readonly Mark[] {
    return this.#marks;
  }

  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /** What was before this had to go before its hour was over, to stay within the budget; null where nothing had. */
  get droppedUntilMs(): number | null {
    return this.#droppedUntilMs;
  }

  get sizeBytes(): number {
    const segments = this.#segments.map(({ sizeBytes }) => sizeBytes).reduce((a, b) => a + b, 0);
    return segments + this.#moments.length * momentBytes;
  }

  /** Resolves when everything that is to be packed is. */
  get packed(): Promise<void> {
    return this.#packing;
  }

  /** Takes in the next topology. `alignment` leads to it from the one that was taken in before. */
  add(topology: Topology, alignment?: Alignment, diff?: TopologyDiff): void {
    const before = this.#latest;
    this.#latest = topology;
    if (!before) {
      this.#begin(topology, { changes: 0, learned: 0 });
      return;
    }
    const way = alignment?.before === before ? alignment : alignTopologies(before, topology);
    const edits = editsOf(way);
    if (Object.keys(edits).length > 1) {
      const count = countChanges(way === alignment && diff ? diff : diffOf(way));
      this.#extend(topology, count, edits);
    }
  }

  /** Gives the present instant a name. It stands for what is known of the node soon after: events take time to arrive. */
  mark(label: string, by: Mark['by'], at = new Date()): Mark {
    const atMs = at.getTime();
    this.#settle(
      () => true,
      () => atMs,
    );
    const mark: KeptMark = { id: this.#nextId++, atMs, label, by, untilMs: null };
    this.#marks = [...this.#marks, mark].slice(-mostMarks);
    this.#changeEmitter.fire(undefined);
    return mark;
  }

  /** Gives a mark a better name. */
  rename(id: Mark['id'], label: string): void {
    this.#marks = this.#marks.map((mark) => (mark.id === id ? { ...mark, label } : mark));
    this.#changeEmitter.fire(undefined);
  }

  /** The newest topology was found to be true. */
  confirm(at: Date): void {
    this.#settle(
      (mark) => mark.atMs + settleMs <= at.getTime(),
      () => at.getTime(),
    );
  }

  /** Nothing is known of the node since then. */
  lose(since: Date): void {
    this.#settle(
      () => true,
      () => since.getTime(),
    );
    this.#gaps = [...this.#gaps, { fromMs: since.getTime(), toMs: null }];
    this.#changeEmitter.fire(undefined);
  }

  /** The node can be seen again. */
  find(at: Date): void {
    if (this.#gaps.at(-1)?.toMs === null) {
      this.#gaps = this.#gaps.map((gap) => (gap.toMs === null ? { ...gap, toMs: at.getTime() } : gap));
      this.#changeEmitter.fire(undefined);
    }
  }

  /** The moment that a mark stands for: the newest that was known of then. */
  momentOf(mark: Mark['id']): Moment | undefined {
    const { untilMs = null } = this.#marks.find(({ id }) => id === mark) ?? {};
    return this.momentAt(new Date(untilMs ?? Infinity));
  }

  /** The newest moment that is not after an instant; undefined where that is before all that is kept. */
  momentAt(instant: Date): Moment | undefined {
    const ms = Number.isNaN(instant.getTime()) ? Infinity : instant.getTime();
    return this.#moments.findLast(({ atMs }) => atMs <= ms);
  }

  /** The topology of a moment, without counters. Rejects with `not-found` where it is no longer kept. */
  async topologyOf(id: Moment['id']): Promise<Topology> {
    const moment = this.#moments.find((one) => one.id === id);
    if (!moment) {
      throw new PatchbayError('not-found', 'That moment is no longer kept.');
    }
    if (this.#read !== moment.segment) {
      this.#read?.close();
      this.#read = moment.segment;
    }
    return moment.segment.read(moment.step);
  }

  #begin(topology: Topology, count: ChangeCount): void {
    const filling = new HistorySegment(topology);
    this.#filling = { segment: filling, sinceMs: Date.parse(topology.takenAt) };
    this.#segments.push(filling);
    this.#push(topology, count, { segment: filling, step: 0 });
  }

  #extend(topology: Topology, count: ChangeCount, edits: TopologyEdits): void {
    const { segment, sinceMs } = this.#filling ?? {};
    const isFull =
      !segment || segment.sizeBytes > full.bytes || Date.parse(topology.takenAt) - (sinceMs ?? 0) > full.ms;
    if (!isFull) {
      const step = segment.add(edits);
      if (count.changes + count.learned > 0) {
        this.#push(topology, count, { segment, step });
      }
      return;
    }
    if (segment) {
      this.#pack(segment);
    }
    this.#begin(topology, count);
  }

  #push(topology: Topology, count: ChangeCount, place: Pick<KeptMoment, 'segment' | 'step'>): void {
    const atMs = Math.max(Date.parse(topology.takenAt), this.#moments.at(-1)?.atMs ?? 0);
    this.#settle(
      (mark) => mark.atMs + longestSettleMs < atMs,
      ({ atMs: madeMs }) => madeMs + longestSettleMs,
    );
    this.#moments.push({ id: this.#nextId++, atMs, ...count, ...place });
    this.#prune();
    this.#changeEmitter.fire(undefined);
  }

  /** Where packing fails it stays as it is: larger, and it goes the sooner. */
  #pack(segment: HistorySegment): void {
    this.#packing = this.#packing
      .then(() => (this.#segments.includes(segment) ? segment.pack() : undefined))
      .catch(() => undefined);
  }

  #prune(): void {
    const endMs = this.#moments.at(-1)?.atMs ?? 0;
    while (this.#segments.length > 1) {
      const second = this.#moments.find((moment) => moment.segment === this.#segments[1]);
      const isOld = second !== undefined && second.atMs <= endMs - spanMs;
      if (!isOld && this.sizeBytes <= this.#budgetBytes) {
        return;
      }
      this.#dropOldest(isOld ? null : (second?.atMs ?? endMs));
    }
  }

  #dropOldest(droppedUntilMs: number | null): void {
    const [oldest] = this.#segments.splice(0, 1);
    this.#moments = this.#moments.filter(({ segment }) => segment !== oldest);
    const firstMs = this.#moments[0]?.atMs ?? 0;
    this.#marks = this.#marks.filter(({ atMs }) => atMs >= firstMs);
    this.#gaps = this.#gaps.filter(({ toMs }) => toMs === null || toMs > firstMs);
    this.#droppedUntilMs = droppedUntilMs ?? this.#droppedUntilMs;
  }

  #settle(isDue: (mark: KeptMark) => boolean, untilMs: (mark: KeptMark) => number): void {
    const isOpen = (mark: KeptMark): boolean => mark.untilMs === null && isDue(mark);
    if (this.#marks.some(isOpen)) {
      this.#marks = this.#marks.map((mark) =>
        isOpen(mark) ? { ...mark, untilMs: Math.max(mark.atMs, untilMs(mark)) } : mark,
      );
    }
  }

  dispose(): void {
    this.#changeEmitter.dispose();
    this.#latest = this.#filling = this.#read = null;
    this.#segments = [];
    this.#moments = [];
    this.#marks = [];
  }
}
