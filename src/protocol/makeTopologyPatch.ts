/** The extension host's side of patches. Pure. */
import { alignTopologies, collections, recordsOf, type Origins } from '../topology/align.ts';
import type { Topology } from '../topology/topology.ts';
import type { Piece, TopologyPatch } from './topologyPatch.ts';

function isUnchanged({ from, differing }: Origins, length: number): boolean {
  return differing.length === 0 && from.length === length && from.every((place, at) => place === at);
}

function piecesOf(after: readonly unknown[], { from, differing }: Origins): Piece<unknown>[] {
  const isNew = new Set(differing);
  const pieces: ([number, number] | { records: unknown[] })[] = [];
  after.forEach((record, at) => {
    const [last, place] = [pieces.at(-1), from[at] ?? -1];
    if (isNew.has(at)) {
      if (last !== undefined && 'records' in last) {
        last.records.push(record);
      } else {
        pieces.push({ records: [record] });
      }
    } else if (Array.isArray(last) && last[0] + last[1] === place) {
      last[1]++;
    } else {
      pieces.push([place, 1]);
    }
  });
  return pieces;
}

/**
 * What makes `after` of `before`, to the last counter. Null where most of it is new, so that the whole is the
 * smaller message.
 */
export function makePatch(before: Topology, after: Topology): TopologyPatch | null {
  const { origins } = alignTopologies(before, after, { counters: true });
  const fresh = collections.reduce((sum, name) => sum + origins[name].differing.length, 0);
  const total = collections.reduce((sum, name) => sum + after[name].length, 0);
  if (before.node.hostname !== after.node.hostname || fresh * 2 > total) {
    return null;
  }
  const lists = collections
    .filter((name) => !isUnchanged(origins[name], before[name].length))
    .map((name) => [name, piecesOf(recordsOf(after, name), origins[name])] as const);
  const { node, takenAt } = after;
  return { node, takenAt, ...(Object.fromEntries(lists) as Omit<TopologyPatch, 'node' | 'takenAt'>) };
}
