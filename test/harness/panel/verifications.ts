/** Makes verifications of generated topologies, as the verifier would report them. */
import type { NamespaceId, Topology } from '../../../src/topology/topology.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import { chooseEnds } from '../../../src/verify/ends.ts';
import { judge } from '../../../src/verify/judge.ts';
import { choosePairs, type Pair } from '../../../src/verify/pairs.ts';
import type { Sighting } from '../../../src/verify/prober.ts';
import { rulesOf } from '../../../src/verify/rules.ts';
import type { Verification } from '../../../src/verify/verification.ts';

/** What goes wrong, by numbers of pods in their order: whose cable is cut, who is masqueraded towards whom, who drops ICMP. */
export interface Faults {
  readonly cut?: number;
  readonly masqueraded?: readonly [number, number];
  readonly mute?: number;
}

const usual: Faults = { cut: 7, masqueraded: [1, 4], mute: 2 };

/** A verification with some of everything; of two pods one in which all holds. */
export function verificationOf(topology: Topology, faults: Faults = usual, limit = 6_000): Verification {
  const index = new TopologyIndex(topology);
  const { ends, notes } = chooseEnds(index, [4, 6]);
  const { pairs, total, sample } = choosePairs(index, ends, [4, 6], { limit, seed: 1 });
  const pods = ends.filter(({ kind }) => kind === 'pod').map(({ namespace }) => namespace);
  const cells = pairs.map((pair) =>
    judge(index, pair, {
      sightings: sightingsOf(index, pair, pods, faults),
      watched: { sender: true, receiver: true },
      unsent: null,
      answer: null,
    }),
  );
  return {
    id: '1',
    startedAt: '2026-01-15T10:00:05.000Z',
    durationMs: 1_240,
    families: [4],
    ends,
    pairs: total,
    sample,
    cells,
    rules: rulesOf(ends, cells),
    probedBy: 'perl',
    notes,
  };
}

function sightingsOf(
  index: TopologyIndex,
  { from, to, destination }: Pair,
  pods: readonly NamespaceId[],
  { cut, masqueraded, mute }: Faults,
): Sighting[] {
  const numbers = [from, to].map(({ namespace }) => pods.indexOf(namespace));
  const source = index.addressesOf(from.namespace).at(-1) ?? '';
  const seen = (
    message: Sighting['message'],
    direction: Sighting['direction'],
    namespace: NamespaceId,
    addresses: readonly [string, string],
  ): Sighting => {
    const [sourceSeen, destinationSeen] = addresses;
    return {
      pair: 0,
      namespace,
      direction,
      message,
      source: sourceSeen,
      destination: destinationSeen,
      error: null,
    };
  };
  if (cut !== undefined && numbers.includes(cut)) {
    return numbers[0] === cut ? [] : [seen('request', 'out', from.namespace, [source, destination])];
  }
  const isMasqueraded = masqueraded?.every((number, i) => numbers[i] === number) === true;
  const shown = isMasqueraded ? '192.168.12.7' : source;
  const request = [
    seen('request', 'out', from.namespace, [source, destination]),
    seen('request', 'in', to.namespace, [shown, destination]),
  ];
  return mute !== undefined && numbers[1] === mute
    ? request
    : [
        ...request,
        seen('reply', 'out', to.namespace, [destination, shown]),
        seen('reply', 'in', from.namespace, [destination, source]),
      ];
}
