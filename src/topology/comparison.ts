/** Pure: two topologies of one node side by side. */
import type { ChangeEntry } from './changeEntry.ts';
import { describeChanges } from './changeWords.ts';
import { diffTopology } from './diff.ts';
import type { Topology } from './topology.ts';

export interface Comparison {
  /** What is there after, and what was there before and is gone: drawn together. */
  readonly topology: Topology;
  readonly entries: readonly ChangeEntry[];
}

/** What changed between two topologies of one node. */
export function compareTopologies(before: Topology, after: Topology): Comparison {
  const diff = diffTopology(before, after);
  return { topology: withGone(before, after), entries: describeChanges(diff, before, after) };
}

/**
 * The later topology with the namespaces and links that are gone. A cable that was pulled from what is still there is not
 * drawn: its end has another now, or none, and would move.
 */
function withGone(before: Topology, after: Topology): Topology {
  const namespaces = new Set(after.namespaces.map(({ id }) => id));
  const links = new Set(after.links.map(({ id }) => id));
  const goneNamespaces = before.namespaces.filter(({ id }) => !namespaces.has(id));
  const goneLinks = before.links.filter(({ id }) => !links.has(id));
  const gone = new Set(goneLinks.map(({ id }) => id));
  const plugged = new Set(after.edges.flatMap(({ kind, a, b }) => (kind === 'veth' ? [a, b] : [])));
  const goneEdges = before.edges.filter(
    ({ kind, a, b }) =>
      (gone.has(a) || gone.has(b)) && !(kind === 'veth' && (plugged.has(a) || plugged.has(b))),
  );
  return {
    ...after,
    namespaces: [...after.namespaces, ...goneNamespaces],
    links: [...after.links, ...goneLinks],
    edges: [...after.edges, ...goneEdges],
  };
}
