/** Pure: look-ups over one topology, the way a packet asks. */
import type {
  Edge,
  FdbEntry,
  Link,
  LinkId,
  Namespace,
  NamespaceId,
  Neighbour,
  Route,
  Rule,
  Topology,
  Unknown,
} from '../topology/topology.ts';
import { groupBy } from '../util/collections.ts';
import { addressOf, canonicalAddress, isLoopback } from './addresses.ts';

export class TopologyIndex {
  readonly topology: Topology;
  readonly #namespaces: ReadonlyMap<NamespaceId, Namespace>;
  readonly #links: ReadonlyMap<LinkId, Link>;
  readonly #linksOf: ReadonlyMap<NamespaceId, readonly Link[]>;
  readonly #ports: ReadonlyMap<LinkId | null, readonly Link[]>;
  readonly #owners: ReadonlyMap<string, readonly Link[]>;
  readonly #edgesFrom: ReadonlyMap<LinkId, readonly Edge[]>;
  readonly #edgesInto: ReadonlyMap<LinkId, readonly Edge[]>;
  readonly #routes: ReadonlyMap<NamespaceId, readonly Route[]>;
  readonly #rules: ReadonlyMap<NamespaceId, readonly Rule[]>;

  constructor(topology: Topology) {
    this.topology = topology;
    this.#namespaces = new Map(topology.namespaces.map((namespace) => [namespace.id, namespace]));
    this.#links = new Map(topology.links.map((link) => [link.id, link]));
    this.#linksOf = groupBy(topology.links, ({ namespace }) => namespace);
    this.#ports = groupBy(topology.links, ({ master }) => master);
    this.#owners = ownersByAddress(topology.links);
    this.#edgesFrom = groupBy(topology.edges, ({ a }) => a);
    this.#edgesInto = groupBy(topology.edges, ({ b }) => b);
    this.#routes = groupBy(topology.routes, ({ namespace }) => namespace);
    this.#rules = groupBy(topology.rules, ({ namespace }) => namespace);
  }

  namespace(id: NamespaceId): Namespace | undefined {
    return this.#namespaces.get(id);
  }

  link(id: LinkId | null): Link | undefined {
    return id === null ? undefined : this.#links.get(id);
  }

  linksOf(namespace: NamespaceId): readonly Link[] {
    return this.#linksOf.get(namespace) ?? [];
  }

  routesOf(namespace: NamespaceId): readonly Route[] {
    return this.#routes.get(namespace) ?? [];
  }

  rulesOf(namespace: NamespaceId): readonly Rule[] {
    return this.#rules.get(namespace) ?? [];
  }

  loopbackOf(namespace: NamespaceId): Link | undefined {
    return this.linksOf(namespace).find(({ kind }) => kind === 'loopback');
  }

  /** The links whose master is this one. */
  portsOf(bridge: LinkId): readonly Link[] {
    return this.#ports.get(bridge) ?? [];
  }

  /** What lies on a link: vlan, macvlan, ipvlan. */
  uppersOf(link: LinkId): readonly Link[] {
    return this.#linked(this.#edgesInto.get(link), 'lower', ({ a }) => a);
  }

  /** What a link lies on. */
  lowerOf(link: LinkId): Link | undefined {
    return this.#linked(this.#edgesFrom.get(link), 'lower', ({ b }) => b)[0];
  }

  /** The members of a bond or team. */
  membersOf(link: LinkId): readonly Link[] {
    return this.#linked(this.#edgesInto.get(link), 'member', ({ a }) => a);
  }

  #linked(edges: readonly Edge[] = [], kind: Edge['kind'], end: (edge: Edge) => LinkId): Link[] {
    return edges.filter((edge) => edge.kind === kind).flatMap((edge) => this.link(end(edge)) ?? []);
  }

  /** The bridge that a link is a port of. */
  bridgeOf(link: Link): Link | undefined {
    const master = this.link(link.master);
    return master?.kind === 'bridge' ? master : undefined;
  }

  /** Links that have the address, over all namespaces. Loopback addresses belong to every namespace: none is named. */
  owners(address: string): readonly Link[] {
    return this.#owners.get(canonicalAddress(address) ?? '') ?? [];
  }

  /** True where the namespace answers for the address on any of its links (Linux's weak host model). */
  owns(namespace: NamespaceId, address: string): boolean {
    return this.owners(address).some((link) => link.namespace === namespace);
  }

  /** All addresses of a namespace but its loopback ones, canonical. */
  addressesOf(namespace: NamespaceId): string[] {
    return this.linksOf(namespace)
      .flatMap(({ addresses }) => addresses.map(addressOf))
      .filter((address) => address !== null && !isLoopback(address)) as string[];
  }

  /** The neighbour entry that a link would use now; null without one, or with one that failed or is not answered yet. */
  neighbour(link: Link, address: string): (Neighbour & { readonly mac: string }) | null {
    const wanted = canonicalAddress(address);
    const entry = this.topology.neighbours.find(
      (candidate) => candidate.link === link.id && canonicalAddress(candidate.address) === wanted,
    );
    return entry && isUsable(entry) ? entry : null;
  }

  /** Where a bridge's table says that a hardware address is. */
  fdb(bridge: LinkId, mac: string): FdbEntry | undefined {
    return this.topology.fdb.find(
      (entry) => entry.bridge === bridge && entry.mac === mac && entry.link !== null,
    );
  }

  /** What could not be read of a namespace, or of the node as a whole. */
  unknown(namespace: NamespaceId, what: string): Unknown | undefined {
    return this.topology.unknown.find((entry) => entry.namespace === namespace && entry.what === what);
  }
}

function isUsable(entry: Neighbour): entry is Neighbour & { readonly mac: string } {
  return entry.mac !== null && !entry.states.includes('FAILED') && !entry.states.includes('INCOMPLETE');
}

function ownersByAddress(links: readonly Link[]): Map<string, Link[]> {
  const pairs = links.flatMap((link) =>
    link.addresses.flatMap((text) => {
      const address = addressOf(text);
      return address === null || isLoopback(address) ? [] : [{ address, link }];
    }),
  );
  const groups = groupBy(pairs, ({ address }) => address);
  return new Map([...groups].map(([address, owned]) => [address, owned.map(({ link }) => link)]));
}
