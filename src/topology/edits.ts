/** The way from one topology to a later one, as small as it gets: exact, in the order of records too. Pure. */
import { collections, recordsOf, type Alignment, type Collection, type Records } from './align.ts';
import { isSameButCounters, withoutCounters } from './counters.ts';
import type { NodeFacts, Topology } from './topology.ts';

/** `[first, count]`: that many records as they were, from that place on; or a record that is new or not as it was. */
type Run<T> = readonly [first: number, count: number] | T;

/** How to write one topology, given the one before. What is left out is as it was. Plain data, without counters. */
export interface TopologyEdits extends RecordEdits {
  readonly takenAt: string;
  readonly node?: NodeFacts;
}
type RecordEdits = { readonly [C in Collection]?: readonly Run<Records[C]>[] };

/** The edits that lead from `before` to `after` of an alignment that does not look at counters. */
export function editsOf({ before, after, origins }: Alignment): TopologyEdits {
  const edits = collections.flatMap((collection) => {
    const records: readonly object[] = recordsOf(after, collection);
    const { from } = origins[collection];
    const isAsBefore =
      from.length === recordsOf(before, collection).length && from.every((origin, at) => origin === at);
    const { differing } = origins[collection];
    return isAsBefore && differing.length === 0
      ? []
      : [[collection, runsOf(records, from, new Set(differing))]];
  });
  return {
    takenAt: after.takenAt,
    ...(isSameButCounters(before.node, after.node) ? {} : { node: after.node }),
    ...(Object.fromEntries(edits) as RecordEdits),
  };
}

function runsOf<T extends object>(
  records: readonly T[],
  from: Int32Array,
  differing: ReadonlySet<number>,
): Run<T>[] {
  const runs: Run<T>[] = [];
  let copied: [first: number, count: number] | null = null;
  records.forEach((record, at) => {
    const origin = from[at] ?? -1;
    if (differing.has(at)) {
      copied = null;
      runs.push(withoutCounters(record));
    } else if (copied !== null && copied[0] + copied[1] === origin) {
      copied[1]++;
    } else {
      copied = [origin, 1];
      runs.push(copied);
    }
  });
  return runs;
}

/** The topology that edits lead to from the one before. What did not change is shared with that. */
export function applyEdits(before: Topology, edits: TopologyEdits): Topology {
  const written = collections.flatMap((collection) => {
    const runs = edits[collection] as readonly Run<object>[] | undefined;
    return runs ? [[collection, write(recordsOf(before, collection), runs)]] : [];
  });
  return {
    ...before,
    ...(Object.fromEntries(written) as Partial<Topology>),
    takenAt: edits.takenAt,
    node: edits.node ?? before.node,
  };
}

function write<T extends object>(before: readonly T[], runs: readonly Run<T>[]): T[] {
  return runs.flatMap((run) => (isCopy(run) ? before.slice(run[0], run[0] + run[1]) : [run]));
}

function isCopy<T extends object>(run: Run<T>): run is readonly [first: number, count: number] {
  return Array.isArray(run);
}
