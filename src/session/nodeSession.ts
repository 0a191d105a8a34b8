import type { NamespaceState, Snapshot } from '../iproute/snapshot.ts';
import { readNamespaceDetails } from '../iproute/state.ts';
import type { Plan } from '../pods/plan.ts';
import { parseOutcome, renderScript } from '../pods/script.ts';
import { buildTopology } from '../topology/build.ts';
import { pairVeths, type Pairing } from '../topology/pairing.ts';
import type { NamespaceId, Topology } from '../topology/topology.ts';
import type { Endpoint, Trace } from '../trace/trace.ts';
import { runTrace } from '../trace/runTrace.ts';
import type { Transport } from '../transport/transport.ts';
import { isEqual } from '../util/collections.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';
import { describeError, isCancelled, PatchbayError } from '../util/errors.ts';
import { Emitter } from '../util/event.ts';
import { Coalescer } from '../util/scheduler.ts';
import { LiveFeed } from './liveFeed.ts';
import { readNode } from './readNode.ts';

export type SessionState =
  | { readonly kind: 'discovering' }
  | { readonly kind: 'live' }
  | { readonly kind: 'recording' }
  /** The connection is gone; what is shown was true at `since`. */
  | { readonly kind: 'lost'; readonly since: Date; readonly message: string }
  | { readonly kind: 'ended' };

export interface TopologyChange {
  readonly topology: Topology;
  /** False while namespaces are still arriving. */
  readonly complete: boolean;
}

export interface SessionOptions {
  readonly label: string;
  /** Opens the connection: called once by `start`, and again by each `reconnect`. */
  readonly open: (signal: AbortSignal) => Promise<Transport>;
}

/** Waits for company of an event, and the longest wait under a storm. */
const settle = { delayMs: 40, maxWaitMs: 200 };

/** How often namespaces and processes that no link event tells of are looked for. */
const pollMs = 2_000;

/** Traces kept for looking back. */
const tracesKept = 50;

/**
 * One node over time: connect → discover → live → act, as events. Views listen; they never ask the node.
 * After `dispose` nothing of it runs on the node.
 */
export class NodeSession implements Disposable {
  readonly label: string;
  readonly #open: SessionOptions['open'];
  readonly #owned = new DisposableStore();
  readonly #topologyEmitter = this.#owned.add(new Emitter<TopologyChange>());
  readonly #stateEmitter = this.#owned.add(new Emitter<SessionState>());
  readonly #traceEmitter = this.#owned.add(new Emitter<Trace>());
  readonly #logEmitter = this.#owned.add(new Emitter<string>());
  #state: SessionState = { kind: 'discovering' };
  #connection: Connection | null = null;
  #known: { readonly snapshot: Snapshot; readonly pairing: Pairing; readonly topology: Topology } | null =
    null;
  #complete = false;
  #traces: readonly Trace[] = [];
  #traceCount = 0;

  /** The topology changed, or more of it arrived. */
  readonly onDidChangeTopology = this.#topologyEmitter.event;
  readonly onDidChangeState = this.#stateEmitter.event;
  readonly onDidTrace = this.#traceEmitter.event;
  /** Lines for the output channel; never a secret. */
  readonly onDidLog = this.#logEmitter.event;

  constructor(options: SessionOptions) {
    this.label = options.label;
    this.#open = options.open;
  }

  /** A session over a saved snapshot: read-only, already complete. */
  static ofRecording(label: string, snapshot: Snapshot): NodeSession {
    const refuse = (): Promise<never> => Promise.reject(readOnly());
    const session = new NodeSession({ label, open: refuse });
    session.#state = { kind: 'recording' };
    session.#learn(snapshot, true);
    return session;
  }

  get state(): SessionState {
    return this.#state;
  }

  get topology(): Topology | null {
    return this.#known?.topology ?? null;
  }

  get snapshot(): Snapshot | null {
    return this.#known?.snapshot ?? null;
  }

  get complete(): boolean {
    return this.#complete;
  }

  /** Newest last. */
  get traces(): readonly Trace[] {
    return this.#traces;
  }

  /** The connection to act through; throws `read-only` on a recording and `connection-lost` when it is gone. */
  get transport(): Transport {
    if (this.#state.kind === 'recording') {
      throw readOnly();
    }
    return this.#requireConnection().transport;
  }

  #requireConnection(): Connection {
    if (!this.#connection) {
      throw new PatchbayError('connection-lost', `The connection to ${this.label} is gone.`, {
        hint: 'Reconnect and try again.',
      });
    }
    return this.#connection;
  }

  /** Connects and reads the whole node; resolves when the picture is complete. Rejects as `open` and the collector do. */
  async start(signal: AbortSignal): Promise<Topology> {
    this.#setState({ kind: 'discovering' });
    const transport = await this.#open(signal);
    if (this.#owned.disposed || signal.aborted) {
      transport.dispose();
      throw new PatchbayError('cancelled', 'Connecting was cancelled.');
    }
    const connection = new Connection(transport, {
      read: (clean, abort) => this.#read(transport, clean, abort),
      known: () => this.#known,
      log: (line) => this.#logEmitter.fire(line),
    });
    this.#connection = connection;
    connection.owned.add(transport.onDidClose((error) => this.#lost(connection, error)));
    try {
      await connection.start(signal);
    } catch (error) {
      this.#drop(connection);
      throw error;
    }
    this.#setState({ kind: 'live' });
    return this.#requireTopology();
  }

  /** Connects again after the connection was lost; the last picture stays until the new one is there. */
  async reconnect(signal: AbortSignal): Promise<Topology> {
    if (this.#state.kind === 'recording') {
      throw readOnly();
    }
    if (this.#connection) {
      this.#drop(this.#connection);
    }
    return this.start(signal);
  }

  /** Reads everything anew. */
  async refresh(): Promise<Topology> {
    if (this.#state.kind === 'recording') {
      return this.#requireTopology();
    }
    await this.#requireConnection().readAll();
    return this.#requireTopology();
  }

  /**
   * Reads what of a namespace is read on demand only (rules of IPv6, switches, netfilter, all sockets) into the topology.
   * Rejects with `not-found`, `cancelled`, `connection-lost` or `read-only`.
   */
  async readDetails(id: NamespaceId, signal?: AbortSignal): Promise<Topology> {
    const transport = this.transport;
    const place = this.#requireTopology().namespaces.find((namespace) => namespace.id === id);
    if (!place) {
      throw new PatchbayError('not-found', 'The network namespace is gone.');
    }
    const { state, unknown } = await readNamespaceDetails(transport, place, signal);
    if (this.#known) {
      const { snapshot, pairing } = this.#known;
      const namespaces = snapshot.namespaces.map((namespace) =>
        namespace.id === id ? { ...namespace, state: withDetails(namespace.state, state) } : namespace,
      );
      const others = snapshot.unknown.filter(
        (one) => one.namespace !== id || !unknown.some(({ what }) => what === one.what),
      );
      this.#learn({ ...snapshot, namespaces, unknown: [...others, ...unknown] }, this.#complete, pairing);
    }
    return this.#requireTopology();
  }

  /** Carries out a plan, whole or not at all, and reads what it changed. Rejects with `command-failed`. */
  async run(plan: Plan): Promise<void> {
    const transport = this.transport;
    this.#logEmitter.fire(`# ${plan.title}`);
    const output = await transport.exec(['sh', '-s'], { stdin: renderScript(plan), privileged: true });
    try {
      parseOutcome(plan, output);
    } finally {
      await this.#connection?.readAll();
    }
  }

  /** Predicts, sends and watches one ping. Rejects with `bad-input`, `cancelled` or `connection-lost`. */
  async trace(
    from: Endpoint,
    to: Endpoint,
    options: { readonly signal?: AbortSignal; readonly onProgress?: (text: string) => void } = {},
  ): Promise<Trace> {
    const id = String(++this.#traceCount);
    const trace = await runTrace(
      { transport: this.transport, topology: this.#requireTopology(), from, to },
      { ...options, id },
    );
    this.#traces = [...this.#traces, trace].slice(-tracesKept);
    this.#traceEmitter.fire(trace);
    return trace;
  }

  #requireTopology(): Topology {
    if (!this.#known) {
      throw new PatchbayError('not-found', `${this.label} has not been read yet.`, {
        hint: 'Refresh and try again.',
      });
    }
    return this.#known.topology;
  }

  async #read(transport: Transport, clean: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const first = !this.#complete;
    const { snapshot, pairing } = await readNode(transport, {
      signal,
      ...(this.#known ? { previous: { snapshot: this.#known.snapshot, clean } } : {}),
      ...(first ? { onPartial: (partial: Snapshot) => this.#learn(partial, false) } : {}),
    });
    if (!signal.aborted) {
      this.#learn(snapshot, true, pairing);
    }
  }

  #learn(snapshot: Snapshot, complete: boolean, pairing = pairVeths(snapshot.namespaces)): void {
    const before = this.#known?.snapshot;
    if (before && complete === this.#complete && isSame(before, snapshot)) {
      return;
    }
    const topology = buildTopology(snapshot, pairing);
    this.#known = { snapshot, pairing, topology };
    this.#complete = complete;
    this.#topologyEmitter.fire({ topology, complete });
  }

  #lost(connection: Connection, error: Error): void {
    if (this.#connection === connection) {
      this.#drop(connection);
      this.#setState({ kind: 'lost', since: new Date(), message: describeError(error) });
    }
  }

  #drop(connection: Connection): void {
    this.#connection = null;
    connection.dispose();
  }

  #setState(state: SessionState): void {
    this.#state = state;
    this.#stateEmitter.fire(state);
  }

  dispose(): void {
    if (this.#owned.disposed) {
      return;
    }
    this.#setState({ kind: 'ended' });
    this.#connection?.dispose();
    this.#connection = null;
    this.#owned.dispose();
  }
}

/** The collector hands on what it did not read anew, so identity tells that a poll found nothing. */
function isSame(before: Snapshot, after: Snapshot): boolean {
  return (
    before.namespaces.length === after.namespaces.length &&
    before.namespaces.every((namespace, i) => namespace === after.namespaces[i]) &&
    [before.unknown, before.containers, before.tunHolders].every((part, i) =>
      isEqual(part, [after.unknown, after.containers, after.tunHolders][i]),
    )
  );
}

/** A pod's resolv.conf is that of its own files, which are not seen from its network namespace alone. */
function withDetails(before: NamespaceState | null, read: NamespaceState): NamespaceState {
  return { ...read, resolvConf: before?.resolvConf ?? null };
}

function readOnly(): PatchbayError {
  return new PatchbayError('read-only', 'This is a recording: it can be looked at, not changed.', {
    hint: 'Connect to the node itself to change or test it.',
  });
}

interface ConnectionHost {
  /** Reads every namespace that is not clean. */
  read(clean: ReadonlySet<string>, signal: AbortSignal): Promise<void>;
  known(): { readonly snapshot: Snapshot; readonly pairing: Pairing } | null;
  log(line: string): void;
}

/** What lives as long as one connection: the monitor, the poll, and the reads they ask for, one at a time. */
class Connection implements Disposable {
  readonly transport: Transport;
  readonly owned = new DisposableStore();
  readonly #host: ConnectionHost;
  readonly #abort = new AbortController();
  readonly #dirty = new Set<NamespaceId>();
  #allDirty = false;
  #reading: Promise<void> = Promise.resolve();
  readonly #reader: Coalescer;

  constructor(transport: Transport, host: ConnectionHost) {
    this.transport = this.owned.add(transport);
    this.#host = host;
    this.#reader = this.owned.add(new Coalescer(() => this.#readDirty(), settle));
  }

  async start(signal: AbortSignal): Promise<void> {
    const abort = (): void => this.#abort.abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      const feed = this.owned.add(
        new LiveFeed(this.transport, {
          changed: (nsid) => this.#changed(nsid),
          lostEvents: () => this.#markAll(),
          complained: (message) => this.#host.log(`ip monitor: ${message}`),
        }),
      );
      // The monitor first: what changes while the node is read must not be missed.
      await feed.start();
      await this.readAll();
    } finally {
      signal.removeEventListener('abort', abort);
    }
    const poll = setInterval(() => this.#reader.ask(), pollMs);
    this.owned.add({ dispose: () => clearInterval(poll) });
  }

  /** Reads everything, after the read that is under way. Rejects as the collector does. */
  readAll(): Promise<void> {
    this.#allDirty = true;
    return this.#enqueue();
  }

  #changed(nsid: number | null): void {
    const known = this.#host.known();
    const root = known?.snapshot.namespaces.find((namespace) => namespace.root)?.id;
    const id = nsid === null ? root : known?.pairing.nsids.get(root ?? '')?.get(nsid);
    if (id !== undefined) {
      this.#dirty.add(id);
      this.#reader.ask();
    } else {
      this.#markAll();
    }
  }

  #markAll(): void {
    this.#allDirty = true;
    this.#reader.ask();
  }

  async #readDirty(): Promise<void> {
    try {
      await this.#enqueue();
    } catch (error) {
      if (!isCancelled(error) && !this.#abort.signal.aborted) {
        this.#host.log(`Reading the node failed: ${describeError(error)}`);
      }
    }
  }

  #enqueue(): Promise<void> {
    const next = this.#reading.then(
      () => this.#readOnce(),
      () => this.#readOnce(),
    );
    this.#reading = next;
    return next;
  }

  async #readOnce(): Promise<void> {
    const clean = this.#takeClean();
    try {
      await this.#host.read(clean, this.#abort.signal);
    } catch (error) {
      this.#allDirty = true;
      throw error;
    }
  }

  /** The namespaces of which nothing was heard since they were read; what is dirty now will be read now. */
  #takeClean(): ReadonlySet<NamespaceId> {
    const namespaces = this.#host.known()?.snapshot.namespaces ?? [];
    const clean = this.#allDirty
      ? []
      : namespaces.filter(({ id, links }) => links !== null && !this.#dirty.has(id));
    this.#allDirty = false;
    this.#dirty.clear();
    return new Set(clean.map(({ id }) => id));
  }

  dispose(): void {
    this.#abort.abort();
    this.owned.dispose();
  }
}
