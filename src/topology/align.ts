/** Which record of one topology is which of a later one of the same node. Pure. */
import { doWhole, type Sliced } from '../util/sliced.ts';
import { isSameButCounters, isSameValue } from './counters.ts';
import type {
  Container,
  Edge,
  FdbEntry,
  Link,
  Namespace,
  Neighbour,
  PortVlan,
  Route,
  Rule,
  Socket,
  Topology,
  Unknown,
} from './topology.ts';

/** What each collection of a topology holds. */
export interface Records {
  readonly namespaces: Namespace;
  readonly links: Link;
  readonly edges: Edge;
  readonly routes: Route;
  readonly rules: Rule;
  readonly neighbours: Neighbour;
  readonly fdb: FdbEntry;
  readonly vlans: PortVlan;
  readonly containers: Container;
  readonly sockets: Socket;
  readonly unknown: Unknown;
}
export type Collection = keyof Records;

export type IsSame = (a: unknown, b: unknown) => boolean;

export interface DiffOptions {
  /** Take counters and ageing (counters.ts) for changes as well. */
  readonly counters?: boolean;
}

/**
 * What makes two records the same thing at two times. Several may share a key (IPv6 routes over several gateways,
 * rules of one priority): those that are equal belong together first, the others in their order.
 */
export const keyOf: { readonly [C in Collection]: (record: Records[C]) => string } = {
  namespaces: ({ id }) => id,
  links: ({ id }) => id,
  edges: ({ kind, a, b }) => `${kind} ${a} ${b}`,
  routes: ({ namespace, family, table, destination, metric }) =>
    `${namespace} ${family} ${table} ${destination} ${metric}`,
  rules: ({ namespace, family, priority }) => `${namespace} ${family} ${priority}`,
  neighbours: ({ namespace, link, address }) => `${namespace} ${link} ${address}`,
  fdb: ({ namespace, link, bridge, mac, vlan }) => `${namespace} ${link} ${bridge} ${mac} ${vlan}`,
  vlans: ({ namespace, link, first }) => `${namespace} ${link} ${first}`,
  containers: ({ id, namespace }) => `${id} ${namespace}`,
  sockets: ({ namespace, protocol, address, port }) => `${namespace} ${protocol} ${address} ${port}`,
  unknown: ({ namespace, what }) => `${namespace} ${what}`,
};

export const collections = Object.keys(keyOf) as Collection[];

export function recordsOf<C extends Collection>(topology: Topology, collection: C): readonly Records[C][] {
  return topology[collection] as readonly unknown[] as readonly Records[C][];
}

/** Two topologies of one node, and how their records belong together. */
export interface Alignment {
  readonly before: Topology;
  readonly after: Topology;
  readonly isSame: IsSame;
  readonly origins: Readonly<Record<Collection, Origins>>;
}

/** Where the records of a later list were in the earlier one. */
export interface Origins {
  /** By place in the later list: the place of the same thing in the earlier one, or -1 for what is new. */
  readonly from: Int32Array;
  /** Places in the later list of what is new or differs in a field, in rising order. */
  readonly differing: readonly number[];
}

/** Recognises the records of one topology in another. */
export function alignTopologies(before: Topology, after: Topology, options: DiffOptions = {}): Alignment {
  return doWhole(alignTopologiesSliced(before, after, options));
}

/** As `alignTopologies`, to be interrupted between records. */
export function* alignTopologiesSliced(
  before: Topology,
  after: Topology,
  options: DiffOptions = {},
): Sliced<Alignment> {
  const isSame = options.counters === true ? isSameValue : isSameButCounters;
  const origins: Partial<Record<Collection, Origins>> = {};
  for (const collection of collections) {
    origins[collection] = yield* alignRecords(
      recordsOf(before, collection),
      recordsOf(after, collection),
      keyOf[collection] as (record: Records[Collection]) => string,
      isSame,
    );
  }
  return { before, after, isSame, origins: origins as Record<Collection, Origins> };
}

function* alignRecords<T extends object>(
  before: readonly T[],
  after: readonly T[],
  key: (record: T) => string,
  isSame: IsSame,
): Sliced<Origins> {
  const { head, tail } = yield* commonEnds(before, after, isSame);
  const shift = before.length - after.length;
  const from = Int32Array.from(after, (_, at) =>
    at < head ? at : at >= after.length - tail ? at + shift : -1,
  );
  const olds = new Shelf(key);
  for (const [place, record] of before.slice(head, before.length - tail).entries()) {
    olds.put(record, head + place);
    yield;
  }
  const news = after
    .slice(head, after.length - tail)
    .map((record, place): Placed<T> => ({ record, at: head + place }));
  for (const { record, at } of news) {
    from[at] = olds.take(record, isSame);
    yield;
  }
  const differing = news.filter(({ at }) => from[at] === -1);
  for (const { record, at } of differing) {
    from[at] = olds.takeFirst(record);
    yield;
  }
  return { from, differing: differing.map(({ at }) => at) };
}

/** How many records are the same at both ends: nearly all, where one namespace was read anew. */
function* commonEnds<T>(
  before: readonly T[],
  after: readonly T[],
  isSame: IsSame,
): Sliced<{ readonly head: number; readonly tail: number }> {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && isSame(before[head], after[head])) {
    head++;
    yield;
  }
  let tail = 0;
  while (tail < shorter - head && isSame(before.at(-1 - tail), after.at(-1 - tail))) {
    tail++;
    yield;
  }
  return { head, tail };
}

interface Placed<T> {
  readonly record: T;
  readonly at: number;
}

/** Records by key, taken one at a time by their places. */
export class Shelf<T extends object> {
  readonly #keyOf: (record: T) => string;
  readonly #byKey = new Map<string, Placed<T>[]>();

  constructor(key: (record: T) => string) {
    this.#keyOf = key;
  }

  put(record: T, at: number): void {
    const key = this.#keyOf(record);
    const known = this.#byKey.get(key);
    if (known) {
      known.push({ record, at });
    } else {
      this.#byKey.set(key, [{ record, at }]);
    }
  }

  /** Takes one that is the same as this; -1 where there is none. */
  take(record: T, isSame: IsSame): number {
    const known = this.#byKey.get(this.#keyOf(record)) ?? [];
    const found = known.findIndex((candidate) => isSame(candidate.record, record));
    return found === -1 ? -1 : (known.splice(found, 1)[0]?.at ?? -1);
  }

  /** Takes the first with the key of this; -1 where there is none. */
  takeFirst(record: T): number {
    return this.#byKey.get(this.#keyOf(record))?.shift()?.at ?? -1;
  }
}
