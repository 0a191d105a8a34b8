/** What changed between two topologies of one node, as plain data. Pure. */
import {
  alignTopologies,
  collections,
  keyOf,
  recordsOf,
  Shelf,
  type Alignment,
  type Collection,
  type DiffOptions,
  type IsSame,
  type Records,
} from './align.ts';
import { doWhole, type Sliced } from '../util/sliced.ts';
import { isSameButCounters, isSameValue } from './counters.ts';
import type { NodeFacts, Topology } from './topology.ts';

/** One field of a record, before and after. */
export type FieldChange<T> = {
  readonly [K in keyof T]-?: { readonly field: K; readonly from: T[K]; readonly to: T[K] };
}[keyof T];

/** One record that is still there, and not as it was. */
export interface Changed<T> {
  readonly before: T;
  readonly after: T;
  /** Which fields differ; never empty. */
  readonly fields: readonly FieldChange<T>[];
}

export interface Changes<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly Changed<T>[];
}

/** The way from one topology of a node to another. The order of records within a collection is no part of it. */
export interface TopologyDiff extends RecordChanges {
  /** When the later topology was taken. */
  readonly takenAt: string;
  readonly node: Changed<NodeFacts> | null;
}

type RecordChanges = { readonly [C in Collection]: Changes<Records[C]> };

/** Says what changed from `before` to `after`: {@link applyDiff} of it to `before` gives `after`. */
export function diffTopology(before: Topology, after: Topology, options: DiffOptions = {}): TopologyDiff {
  return diffOf(alignTopologies(before, after, options));
}

/** What changed between two topologies whose records were recognised. */
export function diffOf(alignment: Alignment): TopologyDiff {
  return doWhole(diffOfSliced(alignment));
}

/** As `diffOf`, to be interrupted between records. */
export function* diffOfSliced(alignment: Alignment): Sliced<TopologyDiff> {
  const { before, after, isSame } = alignment;
  const changes = <C extends Collection>(collection: C): Sliced<Changes<Records[C]>> =>
    changesOf(alignment, collection);
  return {
    takenAt: after.takenAt,
    node: compareRecords(before.node, after.node, isSame),
    namespaces: yield* changes('namespaces'),
    links: yield* changes('links'),
    edges: yield* changes('edges'),
    routes: yield* changes('routes'),
    rules: yield* changes('rules'),
    neighbours: yield* changes('neighbours'),
    fdb: yield* changes('fdb'),
    vlans: yield* changes('vlans'),
    containers: yield* changes('containers'),
    sockets: yield* changes('sockets'),
    unknown: yield* changes('unknown'),
  };
}

/** True where nothing changed but the time. */
export function isEmptyDiff(diff: TopologyDiff): boolean {
  return (
    diff.node === null &&
    collections.every((collection) => {
      const { added, removed, changed } = diff[collection];
      return added.length + removed.length + changed.length === 0;
    })
  );
}

/**
 * The topology that a diff leads to from the one it was made from: what stays keeps its place, what is new comes
 * last. Records are recognised by what they hold, so a diff may have crossed a wire.
 */
export function applyDiff(before: Topology, diff: TopologyDiff): Topology {
  const changes: RecordChanges = diff;
  const apply = <C extends Collection>(collection: C): Records[C][] =>
    applyChanges<Records[C]>(recordsOf(before, collection), changes[collection], keyOf[collection]);
  return {
    node: diff.node?.after ?? before.node,
    takenAt: diff.takenAt,
    namespaces: apply('namespaces'),
    links: apply('links'),
    edges: apply('edges'),
    routes: apply('routes'),
    rules: apply('rules'),
    neighbours: apply('neighbours'),
    fdb: apply('fdb'),
    vlans: apply('vlans'),
    containers: apply('containers'),
    sockets: apply('sockets'),
    unknown: apply('unknown'),
  };
}

function* changesOf<C extends Collection>(
  { before, after, isSame, origins }: Alignment,
  collection: C,
): Sliced<Changes<Records[C]>> {
  const [olds, news] = [recordsOf(before, collection), recordsOf(after, collection)];
  const { from, differing } = origins[collection];
  if (differing.length === 0 && olds.length === news.length) {
    return { added: [], removed: [], changed: [] };
  }
  const stayed = new Set(from);
  const added: Records[C][] = [];
  const changed: Changed<Records[C]>[] = [];
  const isDiffering = new Set(differing);
  for (const [at, record] of news.entries()) {
    const old = olds[from[at] ?? -1];
    const change = isDiffering.has(at) && old ? compareRecords<Records[C]>(old, record, isSame) : null;
    if (change) {
      changed.push(change);
    } else if (isDiffering.has(at)) {
      added.push(record);
    }
    yield;
  }
  return { added, removed: olds.filter((_, at) => !stayed.has(at)), changed };
}

function compareRecords<T extends object>(before: T, after: T, isSame: IsSame): Changed<T> | null {
  const names = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof T)[]);
  const fields = [...names]
    .filter((field) => !isSame({ [field]: before[field] }, { [field]: after[field] }))
    .map((field) => ({ field, from: before[field], to: after[field] }));
  return fields.length === 0 ? null : { before, after, fields };
}

function applyChanges<T extends object>(
  before: readonly T[],
  { added, removed, changed }: Changes<T>,
  keyOf: (record: T) => string,
): T[] {
  const actions: Action<T>[] = [
    ...removed.map((old) => ({ old, next: [] })),
    ...changed.map(({ before: old, after }) => ({ old, next: [after] })),
  ];
  const shelf = new Shelf(keyOf);
  actions.forEach(({ old }, at) => shelf.put(old, at));
  const taken = new Map<number, Action<T>>();
  // Exactly equal records first: of two that differ only in counters, the right one is meant.
  for (const isSame of [isSameValue, isSameButCounters]) {
    before.forEach((old, i) => {
      const action = taken.has(i) ? undefined : actions[shelf.take(old, isSame)];
      if (action) {
        taken.set(i, action);
      }
    });
  }
  return [...before.flatMap((record, i) => taken.get(i)?.next ?? [record]), ...added];
}

/** What becomes of one record. */
interface Action<T> {
  readonly old: T;
  readonly next: readonly T[];
}
