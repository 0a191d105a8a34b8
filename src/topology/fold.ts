/** Pure: what of a diff is worth telling. What follows from a thing that came or went is not told beside it. */
import { collections } from './align.ts';
import type { Changed, Changes, TopologyDiff } from './diff.ts';
import type { LinkId, Namespace, NamespaceId } from './topology.ts';

/** How much changed: what somebody did, and what neighbour and forwarding tables learned from traffic by themselves. */
export interface ChangeCount {
  readonly changes: number;
  readonly learned: number;
}

/**
 * The diff without what is told by the rest of it: edges (their links say so), loopbacks, routes and the like of a namespace
 * or link that came or went, and what only was asked for now (the `unread` of a namespace) and had been so before.
 */
export function foldDiff(diff: TopologyDiff): TopologyDiff {
  const fold = new Fold(diff);
  const rest = <T extends Belonging>(changes: Changes<T>): Changes<T> => fold.withoutCovered(changes);
  return {
    ...diff,
    namespaces: { ...diff.namespaces, changed: diff.namespaces.changed.filter(isWorthTelling) },
    links: fold.withoutLoopbacks(diff.links),
    edges: { added: [], removed: [], changed: [] },
    containers: rest(diff.containers),
    routes: rest(diff.routes),
    rules: fold.withoutNewlyRead(rest(diff.rules)),
    vlans: rest(diff.vlans),
    sockets: fold.withoutNewlyRead(rest(diff.sockets)),
    unknown: rest(diff.unknown),
    neighbours: rest(diff.neighbours),
    fdb: rest(diff.fdb),
  };
}

/** Counts what {@link foldDiff} leaves. */
export function countChanges(diff: TopologyDiff): ChangeCount {
  const folded = foldDiff(diff);
  const count = ({ added, removed, changed }: Counted): number =>
    added.length + removed.length + changed.length;
  const learned = count(folded.neighbours) + count(folded.fdb);
  const all = collections.map((collection) => count(folded[collection])).reduce((a, b) => a + b, 0);
  return { changes: all - learned + (diff.node ? 1 : 0), learned };
}

type Counted = Readonly<Record<keyof Changes<object>, readonly unknown[]>>;

/** What a namespace is asked for on demand; null or named by `unread` until then. */
const onDemand: ReadonlySet<string> = new Set<keyof Namespace>([
  'unread',
  'switches',
  'netfilter',
  'resolvConf',
]);

function isWorthTelling({ before, after, fields }: Changed<Namespace>): boolean {
  const isNews = (field: keyof Namespace): boolean =>
    onDemand.has(field) ? field !== 'unread' && before[field] !== null && after[field] !== null : true;
  return fields.some(({ field }) => field !== 'links' && isNews(field));
}

interface Belonging {
  readonly namespace: NamespaceId | null;
  readonly link?: LinkId | null;
}

class Fold {
  readonly #namespaces: ReadonlySet<NamespaceId>;
  readonly #links: ReadonlySet<LinkId>;
  readonly #newlyRead: ReadonlySet<NamespaceId>;

  constructor({ namespaces, links }: TopologyDiff) {
    this.#namespaces = new Set([...namespaces.added, ...namespaces.removed].map(({ id }) => id));
    this.#links = new Set([...links.added, ...links.removed].map(({ id }) => id));
    const asked = namespaces.changed.filter(
      ({ before, after }) => after.unread.length < before.unread.length,
    );
    this.#newlyRead = new Set(asked.map(({ after }) => after.id));
  }

  withoutLoopbacks(changes: TopologyDiff['links']): TopologyDiff['links'] {
    const isTold = ({ kind, namespace }: { readonly kind: string; readonly namespace: string }): boolean =>
      kind !== 'loopback' || !this.#namespaces.has(namespace);
    return { ...changes, added: changes.added.filter(isTold), removed: changes.removed.filter(isTold) };
  }

  withoutCovered<T extends Belonging>({ added, removed, changed }: Changes<T>): Changes<T> {
    const isTold = ({ namespace, link = null }: T): boolean =>
      (namespace === null || !this.#namespaces.has(namespace)) && (link === null || !this.#links.has(link));
    return { added: added.filter(isTold), removed: removed.filter(isTold), changed };
  }

  withoutNewlyRead<T extends { readonly namespace: NamespaceId }>(changes: Changes<T>): Changes<T> {
    return { ...changes, added: changes.added.filter(({ namespace }) => !this.#newlyRead.has(namespace)) };
  }
}
