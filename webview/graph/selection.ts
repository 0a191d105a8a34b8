/** Pure: selections and their keys. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { LinkId, NamespaceId } from '../../src/topology/topology.ts';
import { displayName, namespaceTitle } from './text.ts';
import type { TopologyIndex } from './topologyIndex.ts';

/** The key of a selection, unique over namespaces and links: also the key of its shape in the picture. */
export function selectionKey(selection: Selection): string {
  return selection.kind === 'link' ? linkKey(selection.id) : namespaceKey(selection.id);
}

export const linkKey = (id: LinkId): string => `link/${id}`;
export const namespaceKey = (id: NamespaceId): string => `namespace/${id}`;

export const selectLink = (id: LinkId): Selection => ({ kind: 'link', id });
export const selectNamespace = (id: NamespaceId): Selection => ({ kind: 'namespace', id });

export function sameSelection(a: Selection | null, b: Selection | null): boolean {
  return a === b || (a !== null && b !== null && a.kind === b.kind && a.id === b.id);
}

/** True where the topology still has what is selected. */
export function selectionExists(index: TopologyIndex, selection: Selection): boolean {
  return selection.kind === 'link' ? index.links.has(selection.id) : index.namespaces.has(selection.id);
}

/** "eth0 of web", "node", or "" for what is gone. */
export function selectionName(index: TopologyIndex, selection: Selection): string {
  if (selection.kind === 'namespace') {
    const namespace = index.namespaces.get(selection.id);
    return namespace === undefined ? '' : namespaceTitle(namespace);
  }
  const link = index.links.get(selection.id);
  const owner = link && index.namespaces.get(link.namespace);
  return link && owner ? `${displayName(link.name)} of ${namespaceTitle(owner)}` : '';
}
