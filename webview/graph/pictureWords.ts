/** Pure: what an exported picture says of itself, for those who hear it and for whoever finds the file. */
import { displayName, plural } from './text.ts';
import type { TopologyIndex } from './topologyIndex.ts';

export interface PictureWords {
  readonly title: string;
  readonly description: string;
}

export function pictureWords(
  { topology, links, namespaces, root }: TopologyIndex,
  { isWhole, isStale }: { readonly isWhole: boolean; readonly isStale: boolean },
): PictureWords {
  const bridges = [...links.values()].filter(({ kind }) => kind === 'bridge');
  const holds = [
    plural(namespaces.size - (root === null ? 0 : 1), 'pod'),
    plural(bridges.length, 'bridge'),
    plural(links.size, 'interface'),
  ].join(', ');
  return {
    title: `Network of ${displayName(topology.node.hostname)}`,
    description: [
      `${holds}, as of ${topology.takenAt}.`,
      ...(isStale ? ['No longer current.'] : []),
      ...(isWhole ? [] : ['A part of the graph, as it was on screen.']),
    ].join(' '),
  };
}
