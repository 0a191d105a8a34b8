/** Pure: which pairs are probed: all of them, or a sample that leaves nobody out. */
import type { Family } from '../trace/addresses.ts';
import type { TopologyIndex } from '../trace/topologyIndex.ts';
import { addressOfEnd, dialled } from './ends.ts';
import type { End, Sample } from './verification.ts';

/** One end that dials another. */
export interface Pair {
  readonly from: End;
  readonly to: End;
  readonly family: Family;
  readonly destination: string;
}

/** More pairs are sampled: 54 pods of both families, 77 of one. */
export const defaultLimit = 6_000;

export interface Choice {
  /** By family, sender and receiver, in the order of the ends. */
  readonly pairs: readonly Pair[];
  /** How many there are to choose from. */
  readonly total: number;
  readonly sample: Sample | null;
}

/**
 * The pairs of all ends over each family. Above the limit a sample of them, chosen by the seed: everybody sends and receives at
 * least once (which may take some pairs more), then the node's pairs come first.
 */
export function choosePairs(
  index: TopologyIndex,
  ends: readonly End[],
  families: readonly Family[],
  { limit, seed }: Sample,
): Choice {
  const groups = families.map((family) => ({
    family,
    members: ends.filter((end) => addressOfEnd(end, family) !== null),
  }));
  const count = ({ members }: { readonly members: readonly End[] }): number =>
    members.length * (members.length - 1);
  const total = groups.reduce((sum, group) => sum + count(group), 0);
  const random = randomFrom(seed);
  const pairs = groups.flatMap((group) => {
    const { family, members } = group;
    const share = total > limit ? Math.floor((limit * count(group)) / total) : count(group);
    return places(members, share, random).flatMap(([from, to]) => {
      const destination = dialled(index, from, to, family);
      return destination === null ? [] : [{ from, to, family, destination }];
    });
  });
  return { pairs, total, sample: total > limit ? { limit, seed } : null };
}

/** So many pairs of members, in their order: numbered by sender and receiver, so that even a million are only counted. */
function places(members: readonly End[], wanted: number, random: () => number): [End, End][] {
  const size = members.length;
  const chosen =
    wanted >= size * (size - 1)
      ? members.flatMap((_, from) => members.map((__, to) => from * size + to))
      : [...sampled(members, wanted, random)].sort((a, b) => a - b);
  return chosen.flatMap((place): [End, End][] => {
    const [from, to] = [members[Math.floor(place / size)], members[place % size]];
    return from !== undefined && to !== undefined && from !== to ? [[from, to]] : [];
  });
}

function sampled(members: readonly End[], wanted: number, random: () => number): Set<number> {
  const size = members.length;
  const below = (bound: number): number => Math.floor(random() * bound);
  const ring = shuffled([...members.keys()], below);
  const chosen = new Set(ring.map((from, i) => from * size + (ring[(i + 1) % size] ?? 0)));
  const node = members.findIndex(({ kind }) => kind === 'node');
  const nodes = node === -1 ? [] : shuffled([...members.keys()], below).filter((other) => other !== node);
  for (const place of nodes.flatMap((other) => [node * size + other, other * size + node])) {
    if (chosen.size < wanted) {
      chosen.add(place);
    }
  }
  while (chosen.size < wanted) {
    const [from, to] = [below(size), below(size)];
    if (from !== to) {
      chosen.add(from * size + to);
    }
  }
  return chosen;
}

function shuffled(numbers: readonly number[], below: (bound: number) => number): number[] {
  const order = [...numbers];
  for (let last = order.length - 1; last > 0; last--) {
    const other = below(last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}

/** Mulberry32: numbers from 0 to 1 that are the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
