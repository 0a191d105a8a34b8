/** Watches the links on a path while a probe is under way: by captures, else by counters, else not at all. */
import type { Namespace, NamespaceId } from '../topology/topology.ts';
import type { Transport } from '../transport/transport.ts';
import { PatchbayError } from '../util/errors.ts';
import { Capture, captureArgv, type CaptureTool } from './capture.ts';
import type { Captured } from './correlate.ts';
import { countersArgv, countersBetween, parseCounters, type LinkCounters } from './counters.ts';
import { inside } from './inside.ts';
import type { Trace } from './trace.ts';
import { plain } from './words.ts';

/** What was watched, when it is over. */
export interface Observation {
  readonly observedBy: Trace['observedBy'];
  /** The namespaces that were watched. */
  readonly watched: ReadonlySet<NamespaceId>;
  readonly captured: readonly Captured[];
  /** Packets per link where only counters could be read. */
  readonly counters: LinkCounters;
  readonly notes: readonly string[];
}

/** A watch that runs. */
export interface Watch {
  /** Ends it on the node, and gives what it saw. Rejects with `connection-lost`. */
  finish(): Promise<Observation>;
  /** Ends it on the node, whatever it saw. Never rejects. */
  abandon(): Promise<void>;
}

/** What to watch. */
export interface WatchRequest {
  readonly namespaces: readonly Namespace[];
  readonly filter: string;
  /** Capture tools that the node has, best first. */
  readonly tools: readonly CaptureTool[];
  readonly signal: AbortSignal | undefined;
}

/** Starts to watch, the best way that works; resolves once every packet from now on is seen. */
export async function startWatch(transport: Transport, request: WatchRequest): Promise<Watch> {
  const complaints: string[] = [];
  for (const tool of request.tools) {
    const watch = await startCaptures(transport, tool, request);
    if (watch instanceof CaptureWatch) {
      return watch;
    }
    complaints.push(`${tool} does not capture here: ${watch}.`);
  }
  if (request.tools.length === 0) {
    complaints.push('No capture tool is installed on the node.');
  }
  return CounterWatch.start(transport, request, [
    `${complaints.join(' ')} Only link counters were watched; they count all traffic, not only the probe.`,
    'Install tcpdump (4.99 or newer), or dumpcap (wireshark-common), on the node to see each packet with its time.',
  ]);
}

/** The captures, or the first complaint where not one of them runs. */
async function startCaptures(
  transport: Transport,
  tool: CaptureTool,
  request: WatchRequest,
): Promise<CaptureWatch | string> {
  const { namespaces, filter, signal } = request;
  const watch = new CaptureWatch(tool);
  try {
    const started = namespaces.map(async (namespace) => {
      const argv = inside(namespace, captureArgv(tool, filter)) ?? [];
      await watch.add(Capture.start(transport, namespace.id, argv, watch.onFrame));
    });
    await Promise.all(started);
    const complaints = await orCancelled(watch.ready(namespaces), signal);
    if (watch.size > 0) {
      return watch;
    }
    await watch.abandon();
    return complaints[0] ?? 'it saw no namespace';
  } catch (error) {
    await watch.abandon();
    throw error;
  }
}

/** Settles as `work` does, or rejects with `cancelled` as soon as the signal aborts. */
export function orCancelled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) {
    return work;
  }
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(new PatchbayError('cancelled', 'The trace was cancelled.'));
    signal.addEventListener('abort', cancel);
    if (signal.aborted) {
      cancel();
    }
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}

/**
 * The probe is over when no packet came for so long. tcpdump hands on each packet at once; dumpcap has no such mode, and the
 * kernel keeps packets for it up to a quarter of a second (wireshark: capture/capture-pcap-util.h, CAP_READ_TIMEOUT).
 */
const settling: Record<CaptureTool, { readonly quietMs: number; readonly longestMs: number }> = {
  tcpdump: { quietMs: 60, longestMs: 400 },
  dumpcap: { quietMs: 350, longestMs: 1_200 },
};

class CaptureWatch implements Watch {
  readonly #captures: Capture[] = [];
  readonly #notes: string[] = [];
  readonly #tool: CaptureTool;
  #lastFrameAt = 0;
  #over = false;

  constructor(tool: CaptureTool) {
    this.#tool = tool;
  }

  readonly onFrame = (): void => {
    this.#lastFrameAt = performance.now();
  };

  get size(): number {
    return this.#captures.length;
  }

  async add(starting: Promise<Capture>): Promise<void> {
    const capture = await starting;
    if (this.#over) {
      await capture.stop().catch(() => undefined);
    } else {
      this.#captures.push(capture);
    }
  }

  /** Waits for each to run; those that do not are dropped and noted. Returns their complaints. */
  async ready(namespaces: readonly Namespace[]): Promise<string[]> {
    const complaints: string[] = [];
    for (const capture of [...this.#captures]) {
      const complaint = await capture.ready;
      if (complaint !== null) {
        complaints.push(complaint);
        this.#captures.splice(this.#captures.indexOf(capture), 1);
        const name = namespaces.find(({ id }) => id === capture.namespace)?.name ?? capture.namespace;
        this.#notes.push(`What happened in ${plain(name)} was not seen: ${complaint}.`);
        await capture.stop();
      }
    }
    return complaints;
  }

  async finish(): Promise<Observation> {
    await this.#settle();
    await this.#stop();
    const dropped = this.#captures.reduce((sum, capture) => sum + capture.dropped, 0);
    const lossy =
      dropped > 0
        ? [`The node was too busy to keep ${dropped} of the captured packets: something may be missing.`]
        : [];
    return {
      observedBy: this.#tool,
      watched: new Set(this.#captures.map(({ namespace }) => namespace)),
      captured: this.#captures,
      counters: new Map(),
      notes: [...this.#notes, ...lossy],
    };
  }

  async abandon(): Promise<void> {
    await this.#stop().catch(() => undefined);
  }

  async #stop(): Promise<void> {
    this.#over = true;
    const stopped = await Promise.allSettled(this.#captures.map((capture) => capture.stop()));
    const failed = stopped.find((result) => result.status === 'rejected');
    if (failed) {
      throw failed.reason;
    }
  }

  async #settle(): Promise<void> {
    const begun = performance.now();
    const { quietMs, longestMs } = settling[this.#tool];
    for (;;) {
      const now = performance.now();
      const wait = Math.min(Math.max(begun, this.#lastFrameAt) + quietMs, begun + longestMs) - now;
      if (wait <= 0) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** Counters of several namespaces; `watched` names those that could be read. */
interface Reading {
  readonly counters: LinkCounters;
  readonly watched: ReadonlySet<NamespaceId>;
}

class CounterWatch implements Watch {
  readonly #read: () => Promise<Reading>;
  readonly #before: LinkCounters;
  readonly #notes: readonly string[];

  private constructor(read: () => Promise<Reading>, before: LinkCounters, notes: readonly string[]) {
    this.#read = read;
    this.#before = before;
    this.#notes = notes;
  }

  static async start(
    transport: Transport,
    request: WatchRequest,
    notes: readonly string[],
  ): Promise<CounterWatch> {
    const read = (): Promise<Reading> => readCounters(transport, request);
    return new CounterWatch(read, (await read()).counters, notes);
  }

  async finish(): Promise<Observation> {
    const { counters, watched } = await this.#read();
    return {
      observedBy: watched.size > 0 ? 'counters' : 'none',
      watched,
      captured: [],
      counters: countersBetween(this.#before, counters),
      notes: this.#notes,
    };
  }

  abandon(): Promise<void> {
    return Promise.resolve();
  }
}

async function readCounters(transport: Transport, { namespaces, signal }: WatchRequest): Promise<Reading> {
  const readings = await Promise.all(
    namespaces.map(async (namespace) => {
      const argv = inside(namespace, countersArgv) ?? [];
      const output = await transport.exec(argv, {
        privileged: true,
        timeoutMs: 10_000,
        ...(signal && { signal }),
      });
      return {
        id: namespace.id,
        counters: readable(namespace.id, output.stdout),
      };
    }),
  );
  const read = readings.filter(({ counters }) => counters !== null);
  return {
    counters: new Map(read.flatMap(({ counters }) => [...(counters ?? [])])),
    watched: new Set(read.map(({ id }) => id)),
  };
}

function readable(namespace: NamespaceId, json: string): LinkCounters | null {
  try {
    const counters = parseCounters(namespace, json);
    return counters.size > 0 ? counters : null;
  } catch {
    return null;
  }
}
