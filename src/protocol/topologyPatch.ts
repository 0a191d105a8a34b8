/** What makes a topology of the one that the page has: a change of one pod on a crowded node is a small message. Pure. */
import type { Topology } from '../topology/topology.ts';

/** The lists of a topology. */
export type TopologyLists = Omit<Topology, 'node' | 'takenAt'>;

/** A stretch of the list before: from where, and how many; or records that were not in it. */
export type Piece<T> = readonly [start: number, count: number] | { readonly records: readonly T[] };

/** The new list in order. A list that stays as it was has no entry. */
export type TopologyPatch = Pick<Topology, 'node' | 'takenAt'> & {
  readonly [K in keyof TopologyLists]?: readonly Piece<TopologyLists[K][number]>[];
};

function isStretch<T>(piece: Piece<T>): piece is readonly [number, number] {
  return Array.isArray(piece);
}

function joinPieces<T>(before: readonly T[], pieces: readonly Piece<T>[]): T[] {
  return pieces.flatMap((piece) =>
    isStretch(piece) ? before.slice(piece[0], piece[0] + piece[1]) : piece.records,
  );
}

/** Takes a patch in. Records that stay are the same objects in both topologies. */
export function applyPatch(before: Topology, patch: TopologyPatch): Topology {
  const list = <K extends keyof TopologyLists>(name: K): TopologyLists[K] => {
    const pieces = patch[name] as readonly Piece<unknown>[] | undefined;
    const records: readonly unknown[] = before[name];
    return (pieces === undefined ? records : joinPieces(records, pieces)) as TopologyLists[K];
  };
  return {
    node: patch.node,
    takenAt: patch.takenAt,
    namespaces: list('namespaces'),
    links: list('links'),
    edges: list('edges'),
    routes: list('routes'),
    rules: list('rules'),
    neighbours: list('neighbours'),
    fdb: list('fdb'),
    vlans: list('vlans'),
    containers: list('containers'),
    sockets: list('sockets'),
    unknown: list('unknown'),
  };
}
