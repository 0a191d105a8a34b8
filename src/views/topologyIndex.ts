/** Pure: look-ups over one topology, each built when it is first asked for. */
import type { FdbEntry, Link, LinkId, Namespace, NamespaceId, Topology } from '../topology/topology.ts';
import { groupBy } from '../util/collections.ts';
import { compareNames } from './text.ts';

export class TopologyIndex {
  readonly topology: Topology;
  readonly #namespaces: () => ReadonlyMap<NamespaceId, Namespace>;
  readonly #links: () => ReadonlyMap<LinkId, Link>;
  readonly #ports: () => ReadonlyMap<LinkId | null, readonly Link[]>;
  readonly #fdb: () => ReadonlyMap<LinkId | null, readonly FdbEntry[]>;
  readonly #sorted: () => readonly Namespace[];

  constructor(topology: Topology) {
    this.topology = topology;
    this.#namespaces = once(() => new Map(topology.namespaces.map((namespace) => [namespace.id, namespace])));
    this.#links = once(() => new Map(topology.links.map((link) => [link.id, link])));
    this.#ports = once(() => groupBy(sortedByName(topology.links), (link) => link.master));
    this.#fdb = once(() => groupBy(topology.fdb, (entry) => entry.bridge));
    this.#sorted = once(() => sortedByName(topology.namespaces));
  }

  /** The first namespace of the node. */
  get root(): Namespace | undefined {
    return this.topology.namespaces.find((namespace) => namespace.root);
  }

  namespace(id: NamespaceId): Namespace | undefined {
    return this.#namespaces().get(id);
  }

  link(id: LinkId): Link | undefined {
    return this.#links().get(id);
  }

  /** The links of a namespace in order of ifindex. */
  linksOf(namespace: Namespace): Link[] {
    const links = namespace.links.map((id) => this.link(id)).filter((link) => link !== undefined);
    return links.sort((a, b) => a.ifindex - b.ifindex);
  }

  /** Namespaces that people made or named, in natural order. */
  get pods(): Namespace[] {
    return this.#sorted().filter(isPod);
  }

  /** The node's own namespace first, then those that only processes hold. */
  get otherNamespaces(): Namespace[] {
    const others = this.#sorted().filter((namespace) => !isPod(namespace));
    return [...others.filter(({ root }) => root), ...others.filter(({ root }) => !root)];
  }

  /** The bridges of the node's own namespace first, then those inside pods. */
  get bridges(): Link[] {
    const bridges = sortedByName(this.topology.links.filter((link) => link.kind === 'bridge'));
    const root = this.root?.id;
    return [
      ...bridges.filter((link) => link.namespace === root),
      ...bridges.filter((link) => link.namespace !== root),
    ];
  }

  portsOf(bridge: LinkId): readonly Link[] {
    return this.#ports().get(bridge) ?? [];
  }

  fdbOf(bridge: LinkId): readonly FdbEntry[] {
    return this.#fdb().get(bridge) ?? [];
  }
}

const indexes = new WeakMap<Topology, TopologyIndex>();

/** The index of a topology: the same one every time. */
export function indexOf(topology: Topology): TopologyIndex {
  const known = indexes.get(topology);
  if (known) {
    return known;
  }
  const index = new TopologyIndex(topology);
  indexes.set(topology, index);
  return index;
}

export function isPod(namespace: Namespace): boolean {
  return namespace.pod !== null && namespace.pod.kind !== 'process';
}

/** The address that people know a namespace by: the first of its links that is neither loopback nor link-local. */
export function addressOf(index: TopologyIndex, namespace: Namespace): string | null {
  const links = index.linksOf(namespace).filter((link) => link.kind !== 'loopback');
  return firstAddress(links.flatMap((link) => link.addresses));
}

/** IPv4 before global IPv6; link-local IPv6 only where there is nothing else. With its prefix length. */
export function firstAddress(addresses: readonly string[]): string | null {
  const rank = (address: string): number => (!address.includes(':') ? 0 : /^fe80:/i.test(address) ? 2 : 1);
  return [...addresses].sort((a, b) => rank(a) - rank(b))[0] ?? null;
}

function sortedByName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => compareNames(a.name, b.name));
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
