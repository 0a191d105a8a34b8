import type { LinkRecord } from '../iproute/records.ts';
import type { NamespaceSnapshot } from '../iproute/snapshot.ts';
import { groupBy } from '../util/collections.ts';
import { doWhole, type Sliced } from '../util/sliced.ts';
import type { LinkId, NamespaceId } from './topology.ts';

/** For each namespace that tells: its ids of other namespaces (nsids are relative to the one that reports them). */
export type NsidMap = ReadonlyMap<NamespaceId, ReadonlyMap<number, NamespaceId>>;

export interface Pairing {
  /** Proven peers, both directions. */
  readonly peers: ReadonlyMap<LinkId, LinkId>;
  /** Links that must have a peer whose identity is not proven. */
  readonly unproven: ReadonlyMap<LinkId, 'not-readable' | 'ambiguous'>;
  readonly nsids: NsidMap;
}

/** One end of a veth pair, and what it says of the other. */
interface End {
  readonly id: LinkId;
  readonly namespace: NamespaceId;
  readonly ifindex: number;
  readonly peerIndex: number;
  /** Undefined: the peer is in the same namespace. */
  readonly nsid: number | undefined;
}

/** The identity of a link: an ifindex alone repeats in every namespace. */
export function linkId(namespace: NamespaceId, ifindex: number): LinkId {
  return `${namespace}:${ifindex}`;
}

/**
 * Finds the two ends of every veth pair: (namespace, ifindex) ↔ (peer namespace through link_netnsid, link_index),
 * and the relation must hold both ways. Where the kernel's ids of namespaces are not known by name, they are
 * inferred from pairs that have only one candidate, until nothing more follows. The rest is ambiguous.
 */
export function pairVeths(namespaces: readonly NamespaceSnapshot[]): Pairing {
  return doWhole(pairVethsSliced(namespaces));
}

/** As `pairVeths`, to be interrupted. */
export function* pairVethsSliced(namespaces: readonly NamespaceSnapshot[]): Sliced<Pairing> {
  const ends = namespaces.flatMap(vethEnds);
  const solver = new Solver(ends, seedNsids(namespaces));
  yield* solver.solve();
  return { peers: solver.peers, unproven: solver.unproven(namespaces), nsids: solver.nsids };
}

function vethEnds(namespace: NamespaceSnapshot): End[] {
  const links = namespace.links ?? [];
  const byName = new Map(links.map((link) => [link.ifname, link.ifindex]));
  return links.filter(isPaired).flatMap((link) => {
    const peerIndex = link.link_index ?? peerIndexByName(link, byName);
    if (peerIndex === undefined) {
      return [];
    }
    const id = linkId(namespace.id, link.ifindex);
    return [{ id, namespace: namespace.id, ifindex: link.ifindex, peerIndex, nsid: link.link_netnsid }];
  });
}

/** veth and netkit come in pairs; everything else that names another link lies on it. */
export function isPaired(link: LinkRecord): boolean {
  return ['veth', 'netkit'].includes(link.linkinfo?.info_kind ?? '');
}

/**
 * Same namespace: iproute2 prints the peer's name. Some kernels omit link_index when both indexes are equal
 * (rtnetlink's IFLA_LINK is left out when it equals the ifindex): then the peer has the link's own index.
 */
function peerIndexByName(link: LinkRecord, byName: ReadonlyMap<string, number>): number | undefined {
  if (link.link_netnsid !== undefined) {
    return link.ifindex;
  }
  return byName.get(link.link ?? '');
}

/** What `ip netns list` says by name, in the namespaces that were asked. */
function seedNsids(namespaces: readonly NamespaceSnapshot[]): Map<NamespaceId, Map<number, NamespaceId>> {
  const byName = new Map<string, NamespaceId>();
  for (const { id, paths } of namespaces) {
    for (const path of paths) {
      const name = /^(?:\/var)?\/run\/netns\/([^/]+)$/.exec(path)?.[1];
      if (name !== undefined) {
        byName.set(name, id);
      }
    }
  }
  return new Map(
    namespaces.map(({ id, nsids }) => [
      id,
      new Map(
        (nsids ?? []).flatMap(({ nsid, name, id: named }) =>
          entryIfKnown(nsid, named ?? byName.get(name ?? '')),
        ),
      ),
    ]),
  );
}

function entryIfKnown<K, V>(key: K, value: V | undefined): [K, V][] {
  return value === undefined ? [] : [[key, value]];
}

/**
 * The namespaces whose ids of others would decide what is open, and those that may be meant: for ends with
 * several candidates, and for links that lie on one in another namespace. Empty where everything is proven.
 */
export function openQuestions(
  namespaces: readonly NamespaceSnapshot[],
  { unproven, nsids }: Pairing,
): { readonly asked: readonly NamespaceSnapshot[]; readonly about: readonly NamespaceSnapshot[] } {
  const isOpen = (namespace: NamespaceSnapshot, link: LinkRecord): boolean =>
    isPaired(link)
      ? unproven.get(linkId(namespace.id, link.ifindex)) === 'ambiguous'
      : link.link_netnsid !== undefined && nsids.get(namespace.id)?.has(link.link_netnsid) !== true;
  const openLinks = (namespace: NamespaceSnapshot): LinkRecord[] =>
    (namespace.links ?? []).filter((link) => isOpen(namespace, link));
  const asked = namespaces.filter((namespace) => openLinks(namespace).length > 0);
  if (asked.length === 0) {
    return { asked, about: [] };
  }
  const wanted = new Set(asked.flatMap(openLinks).map((link) => link.link_index ?? link.ifindex));
  const about = namespaces.filter(({ links }) => (links ?? []).some(({ ifindex }) => wanted.has(ifindex)));
  return { asked, about };
}

class Solver {
  readonly peers = new Map<LinkId, LinkId>();
  readonly nsids: Map<NamespaceId, Map<number, NamespaceId>>;
  readonly #ends: readonly End[];
  /** For each namespace: the others that it has an id for. */
  readonly #taken: Map<NamespaceId, Set<NamespaceId>>;
  /** Ends by "ifindex→peerIndex": the candidates for an end are those of the mirrored key. */
  readonly #byIndexes: ReadonlyMap<string, readonly End[]>;

  constructor(ends: readonly End[], nsids: Map<NamespaceId, Map<number, NamespaceId>>) {
    this.#ends = ends;
    this.nsids = nsids;
    this.#taken = new Map([...nsids].map(([id, known]) => [id, new Set(known.values())]));
    this.#byIndexes = groupBy(ends, ({ ifindex, peerIndex }) => `${ifindex}→${peerIndex}`);
  }

  *solve(): Sliced<void> {
    let open = this.#ends;
    for (let before = -1; before !== open.length;) {
      before = open.length;
      for (const end of open) {
        this.#settle(end);
        yield;
      }
      open = open.filter(({ id }) => !this.peers.has(id));
    }
  }

  #settle(end: End): void {
    const [candidate, ...others] = this.candidates(end);
    if (candidate === undefined || others.length > 0) {
      return;
    }
    if (this.#namesPeer(end, candidate) || this.#isForced(candidate, end)) {
      this.#pair(end, candidate);
    }
  }

  /** The other end's only candidate is this one too; with both unique there is no other reading of what was read. */
  #isForced(candidate: End, end: End): boolean {
    const back = this.candidates(candidate);
    return back.length === 1 && back[0] === end;
  }

  /** The kernel itself names the candidate's namespace, so no unread one can be meant. */
  #namesPeer(end: End, candidate: End): boolean {
    return end.nsid !== undefined && this.nsids.get(end.namespace)?.get(end.nsid) === candidate.namespace;
  }

  /** Ends that mirror this one and contradict no id that is known. */
  candidates(end: End): End[] {
    const mirrored = this.#byIndexes.get(`${end.peerIndex}→${end.ifindex}`) ?? [];
    return mirrored.filter(
      (other) =>
        other.id !== end.id &&
        !this.peers.has(other.id) &&
        this.#allows(end, other.namespace) &&
        this.#allows(other, end.namespace),
    );
  }

  #allows(end: End, namespace: NamespaceId): boolean {
    if (end.nsid === undefined) {
      return namespace === end.namespace;
    }
    if (namespace === end.namespace) {
      return false;
    }
    const known = this.nsids.get(end.namespace);
    const named = known?.get(end.nsid);
    if (named !== undefined) {
      return named === namespace;
    }
    // An id names one namespace and a namespace has one id: what is taken cannot be meant again.
    return this.#taken.get(end.namespace)?.has(namespace) !== true;
  }

  #pair(a: End, b: End): void {
    this.peers.set(a.id, b.id);
    this.peers.set(b.id, a.id);
    this.#learn(a, b.namespace);
    this.#learn(b, a.namespace);
  }

  #learn(end: End, namespace: NamespaceId): void {
    if (end.nsid !== undefined) {
      const known = this.nsids.get(end.namespace) ?? new Map<number, NamespaceId>();
      known.set(end.nsid, namespace);
      this.nsids.set(end.namespace, known);
      this.#taken.set(end.namespace, (this.#taken.get(end.namespace) ?? new Set()).add(namespace));
    }
  }

  unproven(namespaces: readonly NamespaceSnapshot[]): Map<LinkId, 'not-readable' | 'ambiguous'> {
    const ends = new Map(this.#ends.map((end) => [end.id, end]));
    return new Map(
      namespaces.flatMap(({ id, links }) =>
        (links ?? []).filter(isPaired).flatMap((link) => {
          const own = linkId(id, link.ifindex);
          if (this.peers.has(own)) {
            return [];
          }
          const end = ends.get(own);
          const reason = end && this.candidates(end).length > 0 ? 'ambiguous' : 'not-readable';
          return [[own, reason] as const];
        }),
      ),
    );
  }
}
