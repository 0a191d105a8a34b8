import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { withoutCounters } from '../topology/counters.ts';
import { applyEdits, type TopologyEdits } from '../topology/edits.ts';
import type { Topology } from '../topology/topology.ts';
import { flatMapSliced, type Sliced } from '../util/sliced.ts';
import { doSliced } from '../util/slicer.ts';

/** Records of one node repeat each other all over a segment, so the window of the compression holds the whole of it. */
const compression = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_LGWIN]: 22 },
};

/**
 * Topologies in a row: the first, and the edits that lead from each to the next. Packed when it is full; until then, the
 * first is the very object that was handed in.
 */
export class HistorySegment {
  /** Null once it is packed: then the first line is the first topology. */
  #first: Topology | null;
  #lines: string[] = [];
  #linesBytes = 0;
  #packed: Uint8Array | null = null;
  #replay: Replay | null = null;

  constructor(first: Topology) {
    this.#first = first;
  }

  /** What it takes, less the first topology while that is kept as it is. */
  get sizeBytes(): number {
    return this.#packed?.byteLength ?? this.#linesBytes;
  }

  /** Adds a topology by the way to it from the one before, and says which step it is. The first is step 0. */
  add(edits: TopologyEdits): number {
    const line = JSON.stringify(edits);
    this.#linesBytes += line.length;
    return this.#lines.push(line);
  }

  /** Makes it small: nothing can be added any more. It may be read meanwhile. */
  async pack(): Promise<void> {
    if (this.#first) {
      const first = await doSliced(formatTopology(this.#first));
      const text = [first, ...this.#lines].join('\n');
      this.#packed = await promisify(brotliCompress)(text, compression);
      this.#first = null;
      this.#lines = [];
    }
  }

  /** The topology of a step, without counters. What was unpacked for that stays until `close`. */
  async read(step: number): Promise<Topology> {
    this.#replay ??= await this.#unpack();
    return doSliced(this.#replay.reach(step));
  }

  /** Lets go of what was unpacked. */
  close(): void {
    this.#replay = null;
  }

  async #unpack(): Promise<Replay> {
    if (this.#first) {
      return new Replay(await doSliced(copyTopology(this.#first)), this.#lines);
    }
    const text = await promisify(brotliDecompress)(this.#packed ?? new Uint8Array());
    const [first = '', ...lines] = text.toString('utf8').split('\n');
    return new Replay(JSON.parse(first) as Topology, lines);
  }
}

/** Goes along the lines of a segment: on from where it was last, where that is before. */
class Replay {
  readonly #first: Topology;
  readonly #lines: readonly string[];
  #reached: { readonly step: number; readonly topology: Topology };

  constructor(first: Topology, lines: readonly string[]) {
    this.#first = first;
    this.#lines = lines;
    this.#reached = { step: 0, topology: first };
  }

  *reach(target: number): Sliced<Topology> {
    const { step, topology } =
      this.#reached.step <= target ? this.#reached : { step: 0, topology: this.#first };
    let reached = topology;
    for (const line of this.#lines.slice(step, target)) {
      reached = applyEdits(reached, JSON.parse(line) as TopologyEdits);
      yield;
    }
    this.#reached = { step: target, topology: reached };
    return reached;
  }
}

function* copyTopology(topology: Topology): Sliced<Topology> {
  const copy: [string, unknown][] = [];
  for (const [key, part] of Object.entries(topology) as [string, unknown][]) {
    copy.push([
      key,
      Array.isArray(part)
        ? yield* flatMapSliced(part as readonly unknown[], (record) => [withoutCounters(record)])
        : part,
    ]);
  }
  return Object.fromEntries(copy) as unknown as Topology;
}

/** As JSON, without counters. */
function* formatTopology(topology: Topology): Sliced<string> {
  const parts: string[] = [];
  for (const [key, part] of Object.entries(topology) as [string, unknown][]) {
    const text = Array.isArray(part) ? yield* formatRecords(part) : JSON.stringify(part);
    parts.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${parts.join(',')}}`;
}

function* formatRecords(records: readonly unknown[]): Sliced<string> {
  const texts = yield* flatMapSliced(records, (record) => [JSON.stringify(withoutCounters(record))]);
  return `[${texts.join(',')}]`;
}
