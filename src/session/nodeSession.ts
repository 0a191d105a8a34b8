import type { Snapshot } from '../iproute/snapshot.ts';
import type { Plan } from '../topology/plan.ts';
import { parseOutcome, renderScript } from '../pods/script.ts';
import { buildTopology, buildTopologySliced } from '../topology/build.ts';
import { pairVeths, pairVethsSliced, type Pairing } from '../topology/pairing.ts';
import type { LinkId, LinkStatistics, NamespaceId, Topology } from '../topology/topology.ts';
import { foretell } from '../trace/foretell.ts';
import { probeOf, type ProbeWish } from '../trace/probe.ts';
import { runTrace } from '../trace/runTrace.ts';
import { TopologyIndex } from '../trace/topologyIndex.ts';
import type { Endpoint, Probe, Trace } from '../trace/trace.ts';
import type { Transport } from '../transport/transport.ts';
import { runVerification, type VerificationOptions } from '../verify/runVerification.ts';
import type { Verification } from '../verify/verification.ts';
import { alignTopologiesSliced, type Alignment } from '../topology/align.ts';
import { diffOfSliced, isEmptyDiff, type TopologyDiff } from '../topology/diff.ts';
import { isEqual } from '../util/collections.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';
import { describeError, isCancelled, PatchbayError } from '../util/errors.ts';
import { Emitter } from '../util/event.ts';
import type { Sliced } from '../util/sliced.ts';
import { doSliced } from '../util/slicer.ts';
import { History } from './history.ts';
import { readDetailsOf, type DetailsFailure, type DetailsOptions } from './details.ts';
import { explain, readOnWay } from './explain.ts';
import { LiveConnection, type ReadScope } from './liveConnection.ts';
import { planReach } from './planReach.ts';
import { readLinkCounters } from './readLinkCounters.ts';
import { readChanges, readNode, type ChangesReading, type NodeReading } from './readNode.ts';
import type { AddBeside } from './surroundings.ts';
import { TraceShelf } from './traceShelf.ts';
import { VerificationShelf } from './verificationShelf.ts';

export type SessionState =
  | { readonly kind: 'discovering' }
  | { readonly kind: 'live' }
  | { readonly kind: 'recording' }
  /** The connection is gone; what is shown was true at `since`, and nobody knows since. */
  | { readonly kind: 'lost'; readonly since: Date; readonly message: string }
  | { readonly kind: 'ended' };

export interface TopologyChange {
  readonly topology: Topology;
  /** False while namespaces are still arriving. */
  readonly complete: boolean;
  /** What changed since the last time; null the first time. */
  readonly diff: TopologyDiff | null;
}

export interface SessionOptions {
  readonly label: string;
  /** Opens the connection: called once by `start`, and again by each `reconnect`. */
  readonly open: (signal: AbortSignal) => Promise<Transport>;
}

/** How one topology became the next. */
interface Change {
  readonly alignment: Alignment;
  readonly diff: TopologyDiff;
}

interface Known extends NodeReading {
  readonly topology: Topology;
}

/**
 * One node over time: connect → discover → live → act, as events. Views listen; they never ask the node.
 * After `dispose` nothing of it runs on the node.
 */
export class NodeSession implements Disposable {
  readonly label: string;
  readonly #open: SessionOptions['open'];
  readonly #owned = new DisposableStore();
  /** What the node was like, from the first complete picture on; a recording has one moment. */
  readonly history = this.#owned.add(new History());
  readonly #topologyEmitter = this.#owned.add(new Emitter<TopologyChange>());
  readonly #stateEmitter = this.#owned.add(new Emitter<SessionState>());
  readonly #traceEmitter = this.#owned.add(new Emitter<Trace>());
  readonly #verifyEmitter = this.#owned.add(new Emitter<Verification>());
  readonly #confirmEmitter = this.#owned.add(new Emitter<Date>());
  readonly #logEmitter = this.#owned.add(new Emitter<string>());
  #state: SessionState = { kind: 'discovering' };
  #connection: LiveConnection | null = null;
  #known: Known | null = null;
  #complete = false;
  #trueAt: Date | null = null;
  readonly #shelf = new TraceShelf();
  readonly #verified = new VerificationShelf();

  /** The topology changed, or more of it arrived. Counters and ages that moved are no change (topology/counters.ts). */
  readonly onDidChangeTopology = this.#topologyEmitter.event;
  readonly onDidChangeState = this.#stateEmitter.event;
  readonly onDidTrace = this.#traceEmitter.event;
  readonly onDidVerify = this.#verifyEmitter.event;
  /** The picture was found to be true as of now: after each read, and now and then while nothing changes. Counters in it may have moved. */
  readonly onDidConfirm = this.#confirmEmitter.event;
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
    const pairing = pairVeths(snapshot.namespaces);
    session.#shelf.restore(snapshot.traces ?? []);
    session.#verified.restore(snapshot.verifications ?? []);
    session.#show({ snapshot, pairing, topology: buildTopology(snapshot, pairing) }, true, null);
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

  /** When the whole picture was last known to be true; null before the first. */
  get trueAt(): Date | null {
    return this.#trueAt;
  }

  /** Newest last. */
  get traces(): readonly Trace[] {
    return this.#shelf.traces;
  }

  /** Newest last. */
  get verifications(): readonly Verification[] {
    return this.#verified.verifications;
  }

  /** The frames that a trace captured, as a pcapng file; null where there are none. */
  captureOf(trace: Trace): Uint8Array | null {
    return this.#shelf.captureOf(trace.id);
  }

  /** What a recording of this node holds; null before the first reading. */
  get recording(): Snapshot | null {
    const [traces, verifications] = [this.#shelf.save(), this.#verified.save()];
    return (
      this.snapshot && {
        ...this.snapshot,
        ...(traces.length > 0 ? { traces } : {}),
        ...(verifications.length > 0 ? { verifications } : {}),
      }
    );
  }

  /** The connection to act through; throws `read-only` on a recording and `connection-lost` when it is gone. */
  get transport(): Transport {
    if (this.#state.kind === 'recording') {
      throw readOnly();
    }
    return this.#requireConnection().transport;
  }

  #requireConnection(): LiveConnection {
    if (!this.#connection) {
      throw new PatchbayError('connection-lost', `The connection to ${this.label} is gone.`, {
        hint: 'Reconnect and try again.',
      });
    }
    return this.#connection;
  }

  /**
   * Connects and reads the whole node; resolves when the picture is complete. Rejects as `open` and the collector do; the
   * session is lost then, or as lost as it was where it was only cancelled.
   */
  async start(signal: AbortSignal): Promise<Topology> {
    const before = this.#state;
    this.#setState({ kind: 'discovering' });
    try {
      await this.#connect(signal);
    } catch (error) {
      this.#startFailed(before, error);
      throw error;
    }
    this.history.find(new Date());
    this.#setState({ kind: 'live' });
    return this.#requireTopology();
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const transport = await this.#open(signal);
    if (this.#owned.disposed || signal.aborted) {
      transport.dispose();
      throw new PatchbayError('cancelled', 'Connecting was cancelled.');
    }
    const connection = new LiveConnection(transport, {
      read: (scope, abort) => this.#read(transport, scope, abort),
      readDetails: (ids, rest) => this.#readDetails(transport, ids, rest),
      addBeside: (add, abort) => this.#addBeside(add, abort),
      known: () => this.#known,
      confirmed: () => this.#confirm(),
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
  }

  #startFailed(before: SessionState, error: unknown): void {
    if (this.#state.kind !== 'discovering') {
      return; // The connection was lost meanwhile, which has been said, or the session has ended.
    }
    if (before.kind !== 'lost') {
      this.#lose(error);
    } else {
      this.#setState(isCancelled(error) ? before : { ...before, message: describeError(error) });
    }
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
   * Reads what of a namespace is read on demand only (rules of IPv6, switches, netfilter, all sockets) into the topology, and
   * again after it changed (`stateReadAt` dates it; what is not kept true is named by `unread` again). Rejects with
   * `not-found`, `cancelled`, `connection-lost` or `read-only`.
   */
  async readDetails(id: NamespaceId, signal?: AbortSignal): Promise<Topology> {
    if (this.#state.kind === 'recording') {
      throw readOnly();
    }
    await this.#requireConnection().readDetails(id, signal);
    return this.#requireTopology();
  }

  /**
   * Reads the details of several namespaces into one new topology, once: unlike those of {@link readDetails} they are not
   * read again after a change. Returns those that could not be read. Rejects with `cancelled`, `connection-lost` or `read-only`.
   */
  async readDetailsOf(ids: readonly NamespaceId[], options: DetailsOptions = {}): Promise<DetailsFailure[]> {
    if (this.#state.kind === 'recording') {
      throw readOnly();
    }
    return this.#requireConnection().readDetailsOf(ids, options);
  }

  /**
   * Reads the counters of links as they are now, not into the topology; those that cannot be read are left out. Rejects with
   * `connection-lost` or `read-only`.
   */
  async readCounters(ids: readonly LinkId[]): Promise<ReadonlyMap<LinkId, LinkStatistics>> {
    return readLinkCounters(this.transport, this.#requireTopology(), ids);
  }

  /** Carries out a plan, whole or not at all, and reads what it changed. Rejects with `command-failed`. */
  async run(plan: Plan): Promise<void> {
    const transport = this.transport;
    this.#logEmitter.fire(`# ${plan.title}`);
    const reach = planReach(plan, this.#requireTopology());
    const output = await transport.exec(['sh', '-s'], { stdin: renderScript(plan), privileged: true });
    try {
      parseOutcome(plan, output);
    } finally {
      await this.#connection?.readAgain(reach);
    }
  }

  /**
   * Predicts, sends and watches one probe, a ping where none is given; of a recording it only predicts. Rejects with `bad-input`,
   * `cancelled` or `connection-lost`.
   */
  async trace(
    from: Endpoint,
    to: Endpoint,
    options: {
      readonly signal?: AbortSignal;
      readonly onProgress?: (text: string) => void;
      readonly probe?: ProbeWish;
    } = {},
  ): Promise<Trace> {
    const probe = probeOf(options.probe);
    const request = { from, to, probe };
    if (this.#state.kind === 'recording') {
      return this.#foretell(request);
    }
    let capture: Uint8Array | null = null;
    const transport = this.transport;
    const topology = this.#requireTopology();
    const reading = readOnWay(this, request, options.signal);
    const details = reading.then(
      ({ topology: fuller }) => fuller,
      () => null,
    );
    const seen = await runTrace(
      { transport, topology, ...request, details },
      { ...options, id: this.#shelf.nextId(), onCapture: (file) => (capture = file) },
    );
    // What came through does not wait for what would have explained that it did not.
    const isThrough = seen.verdict.outcome === 'answered';
    const known = isThrough ? { topology: this.topology, notes: [] } : reading;
    const trace = explain(seen, await Promise.race([reading, known]));
    this.#shelf.add(trace, capture);
    this.#traceEmitter.fire(trace);
    return trace;
  }

  /** Of what was saved nothing can be asked: its way is told, and what would end it. */
  #foretell(request: { readonly from: Endpoint; readonly to: Endpoint; readonly probe: Probe }): Trace {
    const topology = this.#requireTopology();
    const seen = foretell(new TopologyIndex(topology), request, this.#shelf.nextId());
    const trace = explain(seen, { topology, notes: [] });
    this.#shelf.add(trace, null);
    this.#traceEmitter.fire(trace);
    return trace;
  }

  /** Puts the Kubernetes network model to the test; of a recording it says what its tables foretell. Rejects as `runVerification`. */
  async verify(options: Omit<VerificationOptions, 'id'> = {}): Promise<Verification> {
    const transport = this.#state.kind === 'recording' ? null : this.transport;
    const request = { transport, topology: this.#requireTopology() };
    const verification = await runVerification(request, { ...options, id: this.#verified.nextId() });
    this.#verified.add(verification);
    this.#verifyEmitter.fire(verification);
    return verification;
  }

  #requireTopology(): Topology {
    if (!this.#known) {
      throw new PatchbayError('not-found', `${this.label} has not been read yet.`, {
        hint: 'Refresh and try again.',
      });
    }
    return this.#known.topology;
  }

  async #read(
    transport: Transport,
    { clean, gone, followed, besideUnderWay }: ReadScope,
    signal: AbortSignal,
  ): Promise<Pick<ChangesReading, 'beside'>> {
    const before = this.#known && withoutNamespaces(this.#known.snapshot, gone);
    const options = {
      signal,
      followed,
      ...(before ? { previous: { snapshot: before, clean } } : {}),
    };
    if (clean.size > 0) {
      const reading = await readChanges(transport, { ...options, stateUnderWay: besideUnderWay });
      await this.#learn(reading.snapshot, true, signal, reading.pairing);
      return reading;
    }
    const reading = await readNode(transport, {
      ...options,
      ...(this.#complete ? {} : { onPartial: (partial: Snapshot) => this.#learn(partial, false, signal) }),
    });
    await this.#learn(reading.snapshot, true, signal, reading.pairing);
    return { beside: null };
  }

  async #addBeside(add: AddBeside, signal: AbortSignal): Promise<void> {
    if (this.#known) {
      const { snapshot, pairing } = this.#known;
      await this.#learn(await add(snapshot), this.#complete, signal, pairing);
    }
  }

  async #readDetails(
    transport: Transport,
    ids: readonly NamespaceId[],
    options: DetailsOptions,
  ): Promise<DetailsFailure[]> {
    const known = this.#known;
    if (!known) {
      return [];
    }
    const { snapshot, failed } = await readDetailsOf(transport, known, ids, options);
    await this.#learn(
      snapshot,
      this.#complete,
      options.signal ?? new AbortController().signal,
      known.pairing,
    );
    return failed;
  }

  /** Builds the graph in slices: on a big node it takes longer than a key press should wait. */
  async #learn(snapshot: Snapshot, complete: boolean, signal: AbortSignal, proven?: Pairing): Promise<void> {
    const before = this.#known;
    if (before && complete === this.#complete && isSame(before.snapshot, snapshot)) {
      return;
    }
    const pairing = proven ?? (await doSliced(pairVethsSliced(snapshot.namespaces)));
    const topology = await doSliced(buildTopologySliced(snapshot, pairing));
    const change = await this.#changeTo(topology, signal);
    if (!signal.aborted) {
      this.#show({ snapshot, pairing, topology }, complete, change);
    }
  }

  /** What leads from the last topology to this one; null where this is the first. Compared anew where it was replaced meanwhile. */
  async #changeTo(topology: Topology, signal: AbortSignal): Promise<Change | null> {
    for (;;) {
      const before = this.#known?.topology;
      if (before === undefined) {
        return null;
      }
      const change = await doSliced(changeSliced(before, topology));
      if (this.#known?.topology === before || signal.aborted) {
        return change;
      }
    }
  }

  #show(known: Known, complete: boolean, change: Change | null): void {
    const { alignment = null, diff = null } = change ?? {};
    const isNews = diff === null || complete !== this.#complete || !isEmptyDiff(diff);
    this.#known = known;
    this.#complete = complete;
    if (complete) {
      this.history.add(known.topology, alignment ?? undefined, diff ?? undefined);
    }
    if (isNews) {
      this.#topologyEmitter.fire({ topology: known.topology, complete, diff });
    }
  }

  #confirm(): void {
    this.#trueAt = new Date();
    this.history.confirm(this.#trueAt);
    this.#confirmEmitter.fire(this.#trueAt);
  }

  #lost(connection: LiveConnection, error: Error): void {
    if (this.#connection === connection) {
      this.#drop(connection);
      this.#lose(error);
    }
  }

  #lose(error: unknown): void {
    const since = this.#trueAt ?? new Date();
    // It may be lost again before it was found.
    if (this.history.gaps.at(-1)?.toMs !== null) {
      this.history.lose(since);
    }
    this.#setState({ kind: 'lost', since, message: describeError(error) });
  }

  #drop(connection: LiveConnection): void {
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

function* changeSliced(before: Topology, after: Topology): Sliced<Change> {
  const alignment = yield* alignTopologiesSliced(before, after);
  return { alignment, diff: yield* diffOfSliced(alignment) };
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

/** Nothing that was read of a namespace is true of the one that has its id now. */
function withoutNamespaces(snapshot: Snapshot, gone: ReadonlySet<NamespaceId>): Snapshot {
  return gone.size === 0
    ? snapshot
    : { ...snapshot, namespaces: snapshot.namespaces.filter(({ id }) => !gone.has(id)) };
}

function readOnly(): PatchbayError {
  return new PatchbayError('read-only', 'This is a recording: it can be looked at, not changed.', {
    hint: 'Connect to the node itself to change or test it.',
  });
}
