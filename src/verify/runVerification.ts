/** One verification from beginning to end: choose the pairs, probe them, and say which rules hold. */
import type { Topology } from '../topology/topology.ts';
import { TopologyIndex } from '../trace/topologyIndex.ts';
import { plain } from '../trace/words.ts';
import type { Family } from '../trace/addresses.ts';
import type { Transport } from '../transport/transport.ts';
import { orCancelled } from '../util/cancellation.ts';
import { groupBy } from '../util/collections.ts';
import { PatchbayError } from '../util/errors.ts';
import type { Sliced } from '../util/sliced.ts';
import { doSliced } from '../util/slicer.ts';
import { chooseEnds } from './ends.ts';
import { foretell } from './foretell.ts';
import { judge } from './judge.ts';
import { learnedBy } from './learned.ts';
import { choosePairs, defaultLimit, type Choice, type Pair } from './pairs.ts';
import { cancelled, type Hearing, type Ping, type Site } from './prober.ts';
import { rulesOf } from './rules.ts';
import { startProber } from './startProber.ts';
import type { Cell, Verification } from './verification.ts';

export interface VerificationRequest {
  /** Null where there is no node to ask: only what the tables say is told then. */
  readonly transport: Transport | null;
  readonly topology: Topology;
}

/** What a person may ask for. */
export interface VerificationWish {
  /** One family alone; both where it is left out. */
  readonly family?: Family | undefined;
  /** Above so many pairs a sample of them is probed. */
  readonly limit?: number | undefined;
  /** Chooses the sample. */
  readonly seed?: number | undefined;
  /** The pods that are meant, by the ids of their namespaces; all where it is left out. */
  readonly pods?: readonly string[] | undefined;
}

export interface VerificationOptions extends VerificationWish {
  readonly id: string;
  readonly signal?: AbortSignal | undefined;
  /** Called before the first probe and after each with how many pairs are done, of how many. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
}

const both: readonly Family[] = [4, 6];

/**
 * Probes every pair of the node and its pods (above a limit a sample of them), and says which rules of the Kubernetes network
 * model hold. Leaves nothing on the node, also when it fails. Rejects with `not-found` where no pod has an address,
 * `bad-input`, `cancelled` or `connection-lost`; a node on which nothing can be sent is a result.
 */
export async function runVerification(
  { transport, topology }: VerificationRequest,
  options: VerificationOptions,
): Promise<Verification> {
  const startedAt = new Date();
  const index = new TopologyIndex(topology);
  const families = options.family === undefined ? both : [options.family];
  const wanted = options.pods === undefined ? null : new Set(options.pods);
  const { ends, notes } = chooseEnds(index, families, wanted);
  if (!ends.some(({ kind }) => kind === 'pod')) {
    throw new PatchbayError('not-found', `No pod of ${plain(topology.node.hostname)} has an address.`, {
      hint: notes[0],
    });
  }
  const choice = choosePairs(index, ends, families, sampleOf(options));
  const { cells, probedBy, notes: heard } = await probe(index, choice, transport, options);
  return {
    id: options.id,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    families: families.filter((family) => cells.some((cell) => cell.family === family)),
    ends,
    pairs: choice.total,
    sample: choice.sample,
    cells,
    rules: rulesOf(ends, cells),
    probedBy,
    notes: [...notes, ...heard],
  };
}

function sampleOf({ limit = defaultLimit, seed }: VerificationWish): { limit: number; seed: number } {
  if (!Number.isInteger(limit) || limit < 1) {
    throw new PatchbayError('bad-input', 'The limit must be a whole number from 1.');
  }
  return { limit, seed: seed ?? Math.floor(Math.random() * 1e6) };
}

type Probed = Pick<Verification, 'cells' | 'probedBy' | 'notes'>;

async function probe(
  index: TopologyIndex,
  { pairs }: Choice,
  transport: Transport | null,
  { signal, onProgress }: VerificationOptions,
): Promise<Probed> {
  const { prober, notes } =
    transport === null
      ? { prober: null, notes: ['This is a recording: what is told are its tables, and nothing was sent.'] }
      : await startProber(transport, siteOf(index, pairs), signal);
  if (prober === null) {
    return { cells: await doSliced(foretellSliced(index, pairs)), probedBy: 'none', notes };
  }
  try {
    let done = 0;
    const pings = pairs.map(pingOf(index)).filter(({ from }) => prober.canSendFrom(from));
    onProgress?.(0, pings.length);
    const sending = prober.send(pings, () => onProgress?.(++done, pings.length));
    const hearing = await orCancelled(sending, signal, cancelled);
    const tried = new Set(pings.map(({ pair }) => pair).filter((pair) => !hearing.untried.has(pair)));
    const cells = await doSliced(judgeSliced(index, pairs, tried, hearing));
    return { cells, probedBy: prober.probedBy, notes: [...notes, ...hearing.notes] };
  } finally {
    await prober.close();
  }
}

function siteOf(index: TopologyIndex, pairs: readonly Pair[]): Site {
  const ids = new Set(pairs.flatMap(({ from, to }) => [from.namespace, to.namespace]));
  const { namespaces } = index.topology;
  return {
    stations: namespaces.filter(({ id }) => ids.has(id)),
    nodeAddresses: namespaces.filter(({ root }) => root).flatMap(({ id }) => index.addressesOf(id)),
  };
}

function pingOf(index: TopologyIndex): (pair: Pair, number: number) => Ping {
  const learned = learnedBy(index);
  return (pair, number) => ({
    pair: number,
    from: pair.from.namespace,
    to: pair.to.namespace,
    family: pair.family,
    destination: pair.destination,
    learned: learned(pair),
  });
}

function* judgeSliced(
  index: TopologyIndex,
  pairs: readonly Pair[],
  tried: ReadonlySet<number>,
  { sightings, watched, unsent, answers }: Hearing,
): Sliced<Cell[]> {
  const byPair = groupBy(sightings, ({ pair }) => pair);
  const cells: Cell[] = [];
  for (const [number, pair] of pairs.entries()) {
    const evidence = {
      sightings: byPair.get(number) ?? [],
      watched: { sender: watched.has(pair.from.namespace), receiver: watched.has(pair.to.namespace) },
      unsent: unsent.get(number) ?? null,
      answer: answers.get(number) ?? null,
    };
    cells.push(tried.has(number) ? judge(index, pair, evidence) : foretell(index, pair));
    yield;
  }
  return cells;
}

function* foretellSliced(index: TopologyIndex, pairs: readonly Pair[]): Sliced<Cell[]> {
  const cells: Cell[] = [];
  for (const pair of pairs) {
    cells.push(foretell(index, pair));
    yield;
  }
  return cells;
}
