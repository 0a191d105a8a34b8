/** Small questions about a topology. */
import type { Link, LinkId, Namespace, NamespaceId, Topology } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';

/** The node's own namespace. Throws `not-found` for a topology that was read without it. */
export function rootNamespace(topology: Topology): Namespace {
  const root = topology.namespaces.find((namespace) => namespace.root);
  if (root === undefined) {
    throw new PatchbayError('not-found', 'The node’s own namespace has not been read.', {
      hint: 'Refresh the node and try again.',
    });
  }
  return root;
}

export function rootLinks(topology: Topology): Link[] {
  const { id } = rootNamespace(topology);
  return topology.links.filter(({ namespace }) => namespace === id);
}

export function namespaceById(topology: Topology, id: NamespaceId): Namespace | undefined {
  return topology.namespaces.find((namespace) => namespace.id === id);
}

export function linkById(topology: Topology, id: LinkId | null): Link | undefined {
  return id === null ? undefined : topology.links.find((link) => link.id === id);
}

export function portsOf(topology: Topology, bridge: LinkId): Link[] {
  return topology.links.filter(({ master }) => master === bridge);
}

/** "eth0 of db", "cbr0 of the node". */
export function describeLink(topology: Topology, link: Link): string {
  const namespace = namespaceById(topology, link.namespace);
  return `${link.name} of ${namespace === undefined || namespace.root ? 'the node' : namespace.name}`;
}

/** True where a part of a namespace could not be read, so that what is not listed may still exist. */
export function isUnknown(topology: Topology, namespace: NamespaceId, what: string): boolean {
  return topology.unknown.some(
    (entry) => entry.what === what && (entry.namespace === null || entry.namespace === namespace),
  );
}

/** "1 pod", "3 pods". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
