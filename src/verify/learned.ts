/** Pure: what neighbour tables learn on account of a ping. */
import { canonicalAddress } from '../trace/addresses.ts';
import type { TopologyIndex } from '../trace/topologyIndex.ts';
import { dialled, linkTowards } from './ends.ts';
import type { Pair } from './pairs.ts';
import type { LearnedNeighbour } from './prober.ts';

/**
 * The entries that sender and receiver of each pair get, and did not have before. Every pod that talks to every other fills the
 * tables, which the kernel bounds for all namespaces of a node together: who has no entry then is heard by nobody.
 */
export function learnedBy(index: TopologyIndex): (pair: Pair) => LearnedNeighbour[] {
  const known = new Set(
    index.topology.neighbours.map(({ link, address }) => `${link ?? ''} ${canonicalAddress(address) ?? ''}`),
  );
  return ({ from, to, family, destination }) => {
    const back = dialled(index, to, from, family);
    return [
      { end: from, address: destination },
      ...(back === null ? [] : [{ end: to, address: back }]),
    ].flatMap(({ end, address }) => {
      const link = linkTowards(index, end.namespace, address)?.link;
      return link === undefined || known.has(`${link.id} ${address}`)
        ? []
        : [{ namespace: end.namespace, ifindex: link.ifindex, address }];
    });
  };
}
