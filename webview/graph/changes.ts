/** Pure: which shapes differ between two topologies of one node, for the short glow. Counters do not count. */
import type { Link, Topology } from '../../src/topology/topology.ts';
import { linkKey, namespaceKey } from './selection.ts';

/** What is drawn or told of a link. */
const facts = [
  ...(['name', 'kind', 'up', 'carrier', 'operstate', 'mac', 'mtu'] as const),
  ...(['master', 'peer', 'peerUnknown', 'alias', 'portState'] as const),
];

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((one, at) => one === b[at]));
}

function isSame(a: Link, b: Link): boolean {
  return a === b || (facts.every((fact) => a[fact] === b[fact]) && isSameList(a.addresses, b.addresses));
}

/** Keys of links and namespaces that are new or differ. Empty for the first topology, and for another node's. */
export function changedKeys(before: Topology | null, after: Topology): ReadonlySet<string> {
  const changed = new Set<string>();
  if (before?.node.hostname !== after.node.hostname) {
    return changed;
  }
  const links = new Map(before.links.map((link) => [link.id, link]));
  for (const link of after.links) {
    const old = links.get(link.id);
    if (old === undefined || !isSame(old, link)) {
      changed.add(linkKey(link.id));
    }
  }
  const names = new Map(before.namespaces.map((namespace) => [namespace.id, namespace.name]));
  for (const namespace of after.namespaces) {
    if (names.get(namespace.id) !== namespace.name) {
      changed.add(namespaceKey(namespace.id));
    }
  }
  return changed;
}
