/** Probes by one process of an interpreter on the node: echo requests of our own, and eyes in every namespace. Leaves nothing behind. */
import { pathsTo } from '../iproute/enterNamespace.ts';
import type { NamespaceId } from '../topology/topology.ts';
import { errorWords } from '../trace/decodeIcmp.ts';
import { plain } from '../trace/words.ts';
import type { RemoteProcess, Transport } from '../transport/transport.ts';
import { encodeText } from '../util/bytes.ts';
import { orCancelled } from '../util/cancellation.ts';
import { PatchbayError } from '../util/errors.ts';
import { inLanes } from '../util/lanes.ts';
import { probeFilter } from './probeFilter.ts';
import { socketPrograms, type Interpreter } from './socketPrograms.ts';
import {
  cancelled,
  missedNote,
  type Hearing,
  type Ping,
  type Prober,
  type Sighting,
  type Site,
} from './prober.ts';

/** A namespace needs four sockets, and a shell's limit of open files is meant for programs that need few. */
const start = 'ulimit -n "$(ulimit -H -n)" 2>/dev/null; exec "$@"';

/**
 * Pings under way at a time. Each adds two entries to the neighbour tables of the node's namespaces, which share one limit
 * (net.ipv4.neigh.default.gc_thresh3: 1,024), and are removed after it.
 */
const mostUnderWay = 128;

/** How often an echo request is sent where no answer comes, and how long one is waited for. */
const tries = 2;
const patienceMs = 1_000;

/** How long it may take to open every namespace, or to tell what was seen. */
const answerTimeoutMs = 20_000;

const requests = new Set(['8/0', '128/0']);
const replies = new Set(['0/0', '129/0']);

export class SocketProber implements Prober {
  readonly probedBy: Interpreter;
  readonly #process: RemoteProcess;
  readonly #stations: Site['stations'];
  readonly #ends: ReadonlyMap<NamespaceId, number>;
  readonly #shut = new Map<NamespaceId, string>();
  readonly #missed = new Set<NamespaceId>();
  readonly #unsent = new Map<number, string>();
  readonly #senders = new Map<number, NamespaceId>();
  #sightings: Sighting[] = [];
  /** Who waits for what, by the words that answer it. */
  readonly #waiting = new Map<string, () => void>();
  #ended: PatchbayError | null = null;
  #written = '';
  #read = '';
  #complaint = '';
  #syncs = 0;

  private constructor(probedBy: Interpreter, process: RemoteProcess, stations: Site['stations']) {
    this.probedBy = probedBy;
    this.#process = process;
    this.#stations = stations;
    this.#ends = new Map(stations.map(({ id }, end) => [id, end]));
    const [stdout, stderr] = [new TextDecoder(), new TextDecoder()];
    process.onStdout((chunk) => this.#take(stdout.decode(chunk, { stream: true })));
    process.onStderr((chunk) => {
      this.#complaint = (this.#complaint + stderr.decode(chunk, { stream: true })).slice(-1024);
    });
    process.exit.then(
      () => this.#end(new PatchbayError('command-failed', `${probedBy} ended: ${this.#lastWords()}.`)),
      (error: unknown) => this.#end(error as PatchbayError),
    );
  }

  /**
   * Opens every station. Returns why not, where the interpreter cannot do it on this node. Rejects with `connection-lost`,
   * and as `spawn` does.
   */
  static async start(
    transport: Transport,
    { stations }: Site,
    interpreter: Interpreter,
    signal: AbortSignal | undefined,
  ): Promise<SocketProber | string> {
    const nonce = globalThis.crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    const numbers = [nonce, ...probeFilter(nonce)].map(String);
    const argv = ['sh', '-c', start, 'sh', ...socketPrograms[interpreter], ...numbers];
    const process = await transport.spawn(argv, { privileged: true });
    const prober = new SocketProber(interpreter, process, stations);
    try {
      await orCancelled(prober.#open(), signal, cancelled);
      return prober;
    } catch (error) {
      await prober.close();
      if (error instanceof PatchbayError && (error.code === 'command-failed' || error.code === 'timed-out')) {
        return error.message;
      }
      throw error;
    }
  }

  async #open(): Promise<void> {
    for (const [end, namespace] of this.#stations.entries()) {
      const paths = pathsTo(namespace).map((path) => Buffer.from(encodeText(path)).toString('hex'));
      this.#write(`open ${end} ${namespace.id} ${paths.join(' ')}`);
    }
    await this.#sync();
    if (this.#shut.size === this.#stations.length) {
      const why = [...this.#shut.values()][0] ?? 'there is nothing to open';
      throw new PatchbayError('command-failed', `No namespace can be entered: ${why}.`);
    }
  }

  canSendFrom(namespace: NamespaceId): boolean {
    return !this.#shut.has(namespace);
  }

  async send(pings: readonly Ping[], onDone: () => void): Promise<Hearing> {
    await inLanes(pings, mostUnderWay, async (ping) => {
      await this.#send(ping);
      onDone();
    });
    await this.#sync();
    const watched = this.#stations.filter(({ id }) => !this.#shut.has(id) && !this.#missed.has(id));
    return {
      sightings: this.#sightings,
      watched: new Set(watched.map(({ id }) => id)),
      untried: new Set(),
      unsent: this.#unsent,
      answers: new Map(),
      notes: this.#notes(),
    };
  }

  async #send(ping: Ping): Promise<void> {
    const { pair, from, family, destination, learned } = ping;
    this.#senders.set(pair, from);
    for (let attempt = 1, over = false; attempt <= tries && !over; attempt++) {
      this.#write(`ping ${pair} ${attempt} ${this.#ends.get(from) ?? -1} ${family} ${destination}`);
      over = await this.#answered(`pair ${pair}`, patienceMs);
    }
    for (const { namespace, ifindex, address } of learned) {
      this.#write(`forget ${this.#ends.get(namespace) ?? -1} ${ifindex} ${address}`);
    }
  }

  async #sync(): Promise<void> {
    const word = `sync ${++this.#syncs}`;
    this.#write(word);
    if (!(await this.#answered(word, answerTimeoutMs))) {
      throw new PatchbayError(
        'timed-out',
        `${this.probedBy} did not answer within ${answerTimeoutMs / 1000} s.`,
      );
    }
  }

  /** True when the answer came; false after the time. Rejects where the process ended. */
  #answered(word: string, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const settle = (came: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(word);
        if (this.#ended === null) {
          resolve(came);
        } else {
          reject(this.#ended);
        }
      };
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#waiting.set(word, () => settle(true));
      if (this.#ended !== null) {
        settle(false);
      }
    });
  }

  /** What is written in one turn goes out together. */
  #write(line: string): void {
    if (this.#written === '') {
      queueMicrotask(() => {
        this.#process.write(this.#written);
        this.#written = '';
      });
    }
    this.#written += `${line}\n`;
  }

  #take(text: string): void {
    const lines = (this.#read + text).split('\n');
    this.#read = lines.pop() ?? '';
    lines.forEach((line) => this.#hear(line));
  }

  #hear(line: string): void {
    const [word, ...rest] = line.split(' ');
    const [first = '', ...others] = rest;
    const station = this.#stations[Number(first)]?.id ?? '';
    if (word === 'seen') {
      this.#see(station, others);
    } else if (word === 'unsent') {
      this.#unsent.set(Number(first), plain(others.join(' ')));
      this.#waiting.get(`pair ${first}`)?.();
    } else if (word === 'shut') {
      this.#shut.set(station, plain(others.join(' ')));
    } else if (word === 'missed') {
      this.#missed.add(station);
    } else if (word === 'sync') {
      this.#waiting.get(line)?.();
    }
  }

  #see(namespace: NamespaceId, words: readonly string[]): void {
    const [direction, kind = '', number, source = '', destination = ''] = words;
    const pair = Number(number);
    const message = requests.has(kind) ? 'request' : replies.has(kind) ? 'reply' : 'error';
    this.#sightings.push({
      pair,
      namespace,
      direction: direction === 'out' ? 'out' : 'in',
      message,
      source,
      destination,
      error: message === 'error' ? errorWords(source.includes(':') ? 6 : 4, kind) : null,
    });
    if (message === 'reply' && direction === 'in' && this.#senders.get(pair) === namespace) {
      this.#waiting.get(`pair ${pair}`)?.();
    }
  }

  #notes(): string[] {
    return this.#stations.flatMap((station) => {
      const why = this.#shut.get(station.id);
      const shut = why === undefined ? [] : [`${plain(station.name)} could not be entered: ${why}.`];
      return this.#missed.has(station.id) ? [...shut, missedNote(station)] : shut;
    });
  }

  #lastWords(): string {
    const line = this.#complaint.split('\n').findLast((candidate) => candidate.trim() !== '');
    return plain(line?.trim() ?? 'it gave no reason');
  }

  #end(error: PatchbayError): void {
    this.#ended ??= error;
    [...this.#waiting.values()].forEach((settle) => settle());
  }

  async close(): Promise<void> {
    this.#end(new PatchbayError('cancelled', cancelled));
    this.#process.endInput();
    await this.#process.exit.catch(() => undefined);
    this.#process.dispose();
  }
}
