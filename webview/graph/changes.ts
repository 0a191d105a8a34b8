/** Pure: which shapes differ between two topologies of one node, for the short glow. Counters do not count. */
import type { Link, Topology } from '../../src/topology/topology.ts';
import { linkKey, namespaceKey } from './selection.ts';

function factsOf(link: Link): string {
  const {
    name,
    kind,
    up,
    carrier,
    operstate,
    mac,
    mtu,
    addresses,
    master,
    peer,
    peerUnknown,
    alias,
    portState,
  } = link;
  return JSON.stringify([
    ...[name, kind, up, carrier, operstate, mac, mtu, addresses],
    ...[master, peer, peerUnknown, alias, portState],
  ]);
}

/**
 * Keys of links and namespaces that are new or differ; a pod differs where one of its links does. Empty for the first
 * topology, and for another node's.
 */
export function changedKeys(before: Topology | null, after: Topology): ReadonlySet<string> {
  const changed = new Set<string>();
  if (before?.node.hostname !== after.node.hostname) {
    return changed;
  }
  const links = new Map(before.links.map((link) => [link.id, link]));
  const root = after.namespaces.find((namespace) => namespace.root)?.id;
  for (const link of after.links) {
    const old = links.get(link.id);
    if (old !== link && (old === undefined || factsOf(old) !== factsOf(link))) {
      changed.add(linkKey(link.id));
      if (link.namespace !== root) {
        changed.add(namespaceKey(link.namespace));
      }
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
