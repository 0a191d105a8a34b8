/** What changed between two topologies of one node, as plain data. Pure. */
import type {
  Edge,
  FdbEntry,
  Link,
  Namespace,
  Neighbour,
  NodeFacts,
  Route,
  Rule,
  Topology,
  Unknown,
} from './topology.ts';
import { isSameButCounters, isSameValue } from './counters.ts';

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

/** What each collection of a topology holds. */
interface Records {
  readonly namespaces: Namespace;
  readonly links: Link;
  readonly edges: Edge;
  readonly routes: Route;
  readonly rules: Rule;
  readonly neighbours: Neighbour;
  readonly fdb: FdbEntry;
  readonly unknown: Unknown;
}
type Collection = keyof Records;

/** The way from one topology of a node to another. The order of records within a collection is no part of it. */
export interface TopologyDiff extends RecordChanges {
  /** When the later topology was taken. */
  readonly takenAt: string;
  readonly node: Changed<NodeFacts> | null;
}

type RecordChanges = { readonly [C in Collection]: Changes<Records[C]> };

export interface DiffOptions {
  /** Take counters and ageing (counters.ts) for changes as well. */
  readonly counters?: boolean;
}

/**
 * What makes two records the same thing at two times. Several may share a key (IPv6 routes over several gateways,
 * rules of one priority): those that are equal belong together first, the others in their order.
 */
const keyOf: { readonly [C in Collection]: (record: Records[C]) => string } = {
  namespaces: ({ id }) => id,
  links: ({ id }) => id,
  edges: ({ kind, a, b }) => `${kind} ${a} ${b}`,
  routes: ({ namespace, family, table, destination, metric }) =>
    `${namespace} ${family} ${table} ${destination} ${metric}`,
  rules: ({ namespace, priority }) => `${namespace} ${priority}`,
  neighbours: ({ namespace, link, address }) => `${namespace} ${link} ${address}`,
  fdb: ({ namespace, link, bridge, mac, vlan }) => `${namespace} ${link} ${bridge} ${mac} ${vlan}`,
  unknown: ({ namespace, what }) => `${namespace} ${what}`,
};

/** Says what changed from `before` to `after`: {@link applyDiff} of it to `before` gives `after`. */
export function diffTopology(before: Topology, after: Topology, options: DiffOptions = {}): TopologyDiff {
  const isSame = options.counters === true ? isSameValue : isSameButCounters;
  const compare = <C extends Collection>(collection: C): Changes<Records[C]> =>
    diffRecords<Records[C]>(recordsOf(before, collection), recordsOf(after, collection), {
      keyOf: keyOf[collection],
      isSame,
    });
  return {
    takenAt: after.takenAt,
    node: compareRecords(before.node, after.node, isSame),
    namespaces: compare('namespaces'),
    links: compare('links'),
    edges: compare('edges'),
    routes: compare('routes'),
    rules: compare('rules'),
    neighbours: compare('neighbours'),
    fdb: compare('fdb'),
    unknown: compare('unknown'),
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
    unknown: apply('unknown'),
  };
}

const collections = Object.keys(keyOf) as Collection[];

function recordsOf<C extends Collection>(topology: Topology, collection: C): readonly Records[C][] {
  return topology[collection] as readonly unknown[] as readonly Records[C][];
}

type IsSame = (a: unknown, b: unknown) => boolean;

interface Comparison<T> {
  readonly keyOf: (record: T) => string;
  readonly isSame: IsSame;
}

function diffRecords<T extends object>(
  before: readonly T[],
  after: readonly T[],
  comparison: Comparison<T>,
): Changes<T> {
  const { head, tail } = commonEnds(before, after, comparison.isSame);
  const olds = new Shelf(before.slice(head, before.length - tail), comparison.keyOf);
  const news = after.slice(head, after.length - tail);
  const differing = news.filter((record) => !olds.take(record, comparison.isSame));
  const added: T[] = [];
  const changed: Changed<T>[] = [];
  for (const record of differing) {
    const old = olds.takeFirst(record);
    const change = old && compareRecords(old, record, comparison.isSame);
    if (change) {
      changed.push(change);
    } else {
      added.push(record);
    }
  }
  return { added, removed: olds.rest(), changed };
}

/** How many records are the same at both ends: nearly all, where one namespace was read anew. */
function commonEnds<T>(
  before: readonly T[],
  after: readonly T[],
  isSame: IsSame,
): { readonly head: number; readonly tail: number } {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && isSame(before[head], after[head])) {
    head++;
  }
  let tail = 0;
  while (tail < shorter - head && isSame(before.at(-1 - tail), after.at(-1 - tail))) {
    tail++;
  }
  return { head, tail };
}

function compareRecords<T extends object>(before: T, after: T, isSame: IsSame): Changed<T> | null {
  const names = new Set([...Object.keys(before), ...Object.keys(after)] as (keyof T)[]);
  const fields = [...names]
    .filter((field) => !isSame(before[field], after[field]))
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
  const shelf = new Shelf(actions, ({ old }) => keyOf(old));
  const taken = new Map<number, Action<T>>();
  // Exactly equal records first: of two that differ only in counters, the right one is meant.
  for (const isSame of [isSameValue, isSameButCounters]) {
    const isMeant = (a: Action<T>, b: Action<T>): boolean => isSame(a.old, b.old);
    before.forEach((old, i) => {
      const action = taken.has(i) ? undefined : shelf.take({ old, next: [] }, isMeant);
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

/** Records by key, taken one at a time. */
class Shelf<T extends object> {
  readonly #keyOf: (record: T) => string;
  readonly #byKey = new Map<string, T[]>();

  constructor(records: readonly T[], keyOf: (record: T) => string) {
    this.#keyOf = keyOf;
    for (const record of records) {
      const key = keyOf(record);
      const known = this.#byKey.get(key);
      if (known) {
        known.push(record);
      } else {
        this.#byKey.set(key, [record]);
      }
    }
  }

  /** Takes one that is the same as this. */
  take(record: T, isSame: (a: T, b: T) => boolean): T | undefined {
    const known = this.#byKey.get(this.#keyOf(record)) ?? [];
    const at = known.findIndex((candidate) => isSame(candidate, record));
    return at === -1 ? undefined : known.splice(at, 1)[0];
  }

  /** Takes the first with the key of this. */
  takeFirst(record: T): T | undefined {
    return this.#byKey.get(this.#keyOf(record))?.shift();
  }

  rest(): T[] {
    return [...this.#byKey.values()].flat();
  }
}
