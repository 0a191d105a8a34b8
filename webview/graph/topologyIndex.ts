/** Pure: look-ups over one topology, built once per message in O(n). No DOM. */
import type { Edge, Link, LinkId, Namespace, NamespaceId, Topology } from '../../src/topology/topology.ts';

/** One end of an edge as seen from a link. */
export interface Joint {
  readonly kind: Edge['kind'];
  readonly other: Link;
}

/** What the page asks of a topology. Ids that lead nowhere are left out, so every answer is drawable. */
export interface TopologyIndex {
  readonly topology: Topology;
  readonly root: Namespace | null;
  readonly namespaces: ReadonlyMap<NamespaceId, Namespace>;
  readonly links: ReadonlyMap<LinkId, Link>;
  /** The links of a namespace in order of ifindex. */
  linksOf(namespace: NamespaceId): readonly Link[];
  /** The ports of a bridge (bond, vrf …), by name in natural order. */
  portsOf(master: LinkId): readonly Link[];
  /** How many ports it has; to count them costs nothing. */
  portCountOf(master: LinkId): number;
  jointsOf(link: LinkId): readonly Joint[];
}

const naturalOrder = new Intl.Collator('en', { numeric: true });

/** Compares names as people do: "pod2" before "pod10". */
export function compareNames(a: string, b: string): number {
  return naturalOrder.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) {
    map.set(key, [value]);
  } else {
    list.push(value);
  }
}

function collectJoints(topology: Topology, links: ReadonlyMap<LinkId, Link>): Map<LinkId, Joint[]> {
  const joints = new Map<LinkId, Joint[]>();
  for (const { kind, a, b } of topology.edges) {
    const [from, to] = [links.get(a), links.get(b)];
    if (from !== undefined && to !== undefined && from !== to) {
      append(joints, a, { kind, other: to });
      append(joints, b, { kind, other: from });
    }
  }
  return joints;
}

/** Indexes a topology. The first namespace marked `root` is the node itself. */
export function indexTopology(topology: Topology): TopologyIndex {
  const namespaces = new Map(topology.namespaces.map((namespace) => [namespace.id, namespace]));
  const links = new Map(
    topology.links.filter((link) => namespaces.has(link.namespace)).map((link) => [link.id, link]),
  );
  const linksByNamespace = new Map<NamespaceId, Link[]>();
  const portsByMaster = new Map<LinkId, Link[]>();
  for (const link of links.values()) {
    append(linksByNamespace, link.namespace, link);
    if (link.master !== null) {
      append(portsByMaster, link.master, link);
    }
  }
  linksByNamespace.forEach((list) => list.sort((a, b) => a.ifindex - b.ifindex));
  const sortedPorts = new Map<LinkId, readonly Link[]>();
  const portsOf = (master: LinkId): readonly Link[] => {
    const ports =
      sortedPorts.get(master) ??
      (portsByMaster.get(master) ?? []).toSorted((a, b) => compareNames(a.name, b.name));
    sortedPorts.set(master, ports);
    return ports;
  };
  const joints = collectJoints(topology, links);
  return {
    topology,
    root: topology.namespaces.find((namespace) => namespace.root) ?? null,
    namespaces,
    links,
    linksOf: (namespace) => linksByNamespace.get(namespace) ?? [],
    portsOf,
    portCountOf: (master) => portsByMaster.get(master)?.length ?? 0,
    jointsOf: (link) => joints.get(link) ?? [],
  };
}

/** True where a namespace's own record, its links and what they are wired to are the same records in both. */
export function isSameInside(index: TopologyIndex, before: TopologyIndex, id: NamespaceId): boolean {
  if (index.namespaces.get(id) !== before.namespaces.get(id)) {
    return false;
  }
  const [links, old] = [index.linksOf(id), before.linksOf(id)];
  return (
    links.length === old.length &&
    links.every((link, at) => {
      const [joints, oldJoints] = [index.jointsOf(link.id), before.jointsOf(link.id)];
      return (
        link === old[at] &&
        joints.length === oldJoints.length &&
        joints.every(({ kind, other }, j) => kind === oldJoints[j]?.kind && other === oldJoints[j].other)
      );
    })
  );
}

/** The link at the other end of a veth pair, where it is proven. */
export function vethPeer(index: TopologyIndex, link: LinkId): Link | undefined {
  return index.jointsOf(link).find((joint) => joint.kind === 'veth')?.other;
}

/** True for `lo`. */
export function isLoopback(link: Link): boolean {
  return link.kind === 'loopback' || link.name === 'lo';
}
