/** Pure: search by name, address or MAC. */
import type { Link, Namespace } from '../../src/topology/topology.ts';
import { linkKey, namespaceKey } from './selection.ts';
import type { TopologyIndex } from './topologyIndex.ts';

/** What a query found, in the order of the topology. */
export interface Matches {
  /** Keys of shapes (see selectionKey); a namespace whose link matches is among them. */
  readonly keys: ReadonlySet<string>;
  /** How many namespaces and links match by themselves. */
  readonly count: number;
}

function wordsOfLink(link: Link): string[] {
  return [link.name, link.mac ?? '', link.alias ?? '', ...link.addresses];
}

function wordsOfNamespace(namespace: Namespace): string[] {
  const processes = namespace.processes.flatMap((process) => [process.name, String(process.pid)]);
  return [namespace.name, namespace.id, namespace.pod?.name ?? '', ...namespace.names, ...processes];
}

/** All words of the query must be found, each anywhere, upper and lower case alike; null for an empty query. */
export function search(index: TopologyIndex, query: string): Matches | null {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) {
    return null;
  }
  const fits = (words: readonly string[]): boolean =>
    wanted.every((want) => words.some((word) => word.toLowerCase().includes(want)));
  const keys = new Set<string>();
  let count = 0;
  for (const namespace of index.namespaces.values()) {
    if (fits(wordsOfNamespace(namespace))) {
      keys.add(namespaceKey(namespace.id));
      count++;
    }
  }
  for (const link of index.links.values()) {
    const owner = index.namespaces.get(link.namespace);
    if (fits(wordsOfLink(link))) {
      keys.add(linkKey(link.id));
      count++;
      if (owner !== undefined && !owner.root) {
        keys.add(namespaceKey(owner.id));
      }
    }
  }
  return { keys, count };
}
