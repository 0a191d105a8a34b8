import type { Target } from '../transport/target.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';
import { describeError, isCancelled, PatchbayError } from '../util/errors.ts';
import { Emitter } from '../util/event.ts';
import type { NodeSession, SessionState } from './nodeSession.ts';
import { targetKey } from './targetKey.ts';

/** Names one node among those that are open: its target's key, the same in the next run. */
export type NodeId = string;

export type NodeState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'recording' }
  | { readonly kind: 'lost'; readonly since: Date; readonly message: string }
  /** Connecting again did not work; what is shown is what was true before. */
  | { readonly kind: 'failed'; readonly message: string };

/** One open node. */
export interface NodeEntry {
  readonly id: NodeId;
  readonly target: Target;
  readonly label: string;
  readonly session: NodeSession;
  readonly state: NodeState;
}

export interface ConnectOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
  readonly identityFiles?: readonly string[];
  readonly knownHostsFiles?: readonly string[];
}

/** Makes the session of a target, not yet started unless it is a recording. */
export type OpenSession = (target: Target, options: Omit<ConnectOptions, 'signal'>) => Promise<NodeSession>;

/** The open nodes side by side, one of them active. Owns their sessions. */
export class NodeRegistry implements Disposable {
  readonly #open: OpenSession;
  readonly #owned = new DisposableStore();
  readonly #entries = new Map<NodeId, OpenEntry>();
  /** First connections under way: who asks meanwhile for the same target waits for the same one. */
  readonly #opening = new Map<NodeId, Promise<NodeEntry>>();
  readonly #addEmitter = this.#owned.add(new Emitter<NodeEntry>());
  readonly #removeEmitter = this.#owned.add(new Emitter<NodeEntry>());
  readonly #stateEmitter = this.#owned.add(new Emitter<NodeEntry>());
  readonly #activeEmitter = this.#owned.add(new Emitter<NodeEntry | null>());
  #active: OpenEntry | null = null;

  readonly onDidAdd = this.#addEmitter.event;
  /** The session of a removed node has ended. */
  readonly onDidRemove = this.#removeEmitter.event;
  readonly onDidChangeState = this.#stateEmitter.event;
  readonly onDidChangeActive = this.#activeEmitter.event;

  constructor(open: OpenSession) {
    this.#open = open;
  }

  /** In order of opening. */
  get entries(): readonly NodeEntry[] {
    return [...this.#entries.values()];
  }

  get active(): NodeEntry | null {
    return this.#active;
  }

  get(id: NodeId): NodeEntry | undefined {
    return this.#entries.get(id);
  }

  activate(id: NodeId): void {
    const entry = this.#entries.get(id);
    if (entry) {
      this.#setActive(entry);
    }
  }

  /**
   * Opens a target and makes it the active node; one that is open already is only made active, or connected again
   * where its connection is gone. Rejects as the transport and the collector do; then it is not in the list.
   */
  async connect(target: Target, options: ConnectOptions): Promise<NodeEntry> {
    const id = targetKey(target);
    const known = this.#entries.get(id);
    if (known) {
      this.#setActive(known);
    }
    if (known && !this.#opening.has(id)) {
      return known.isGone ? this.reconnect(id, options) : known;
    }
    const opening = this.#opening.get(id) ?? this.#openAndConnect(target, options);
    this.#opening.set(id, opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(id);
    }
  }

  /** Connects again; the last picture stays meanwhile, and when it does not work. Rejects as `connect` does. */
  async reconnect(id: NodeId, options: ConnectOptions): Promise<NodeEntry> {
    const entry = this.#entries.get(id);
    if (!entry) {
      throw new PatchbayError('not-found', 'This node is no longer open.', { hint: 'Connect to it again.' });
    }
    await entry.connect(options, (signal) => entry.session.reconnect(signal));
    return entry;
  }

  /** Ends a node's session and forgets it. */
  disconnect(id: NodeId): void {
    const entry = this.#entries.get(id);
    if (!entry) {
      return;
    }
    this.#entries.delete(id);
    if (this.#active === entry) {
      this.#setActive([...this.#entries.values()].at(-1) ?? null);
    }
    entry.dispose();
    this.#removeEmitter.fire(entry);
  }

  async #openAndConnect(target: Target, { signal, ...options }: ConnectOptions): Promise<NodeEntry> {
    const relay = new Emitter<string>();
    const session = await this.#open(target, { ...options, onProgress: (text) => relay.fire(text) });
    const entry = new OpenEntry(target, session, relay, () => this.#stateEmitter.fire(entry));
    this.#add(entry);
    try {
      await entry.connect({ signal, ...options }, (either) => session.start(either));
      return entry;
    } catch (error) {
      this.disconnect(entry.id);
      throw error;
    }
  }

  #add(entry: OpenEntry): void {
    this.#entries.set(entry.id, entry);
    this.#addEmitter.fire(entry);
    this.#setActive(entry);
  }

  #setActive(entry: OpenEntry | null): void {
    if (this.#active !== entry) {
      this.#active = entry;
      this.#activeEmitter.fire(entry);
    }
  }

  dispose(): void {
    this.#owned.dispose();
    this.#entries.forEach((entry) => entry.dispose());
    this.#entries.clear();
  }
}

class OpenEntry implements NodeEntry, Disposable {
  readonly id: NodeId;
  readonly target: Target;
  readonly session: NodeSession;
  readonly #progress: Emitter<string>;
  readonly #changed: () => void;
  readonly #listening: Disposable;
  readonly #closing = new AbortController();
  #state: NodeState;
  #connecting: Promise<void> | null = null;

  constructor(target: Target, session: NodeSession, progress: Emitter<string>, changed: () => void) {
    this.id = targetKey(target);
    this.target = target;
    this.session = session;
    this.#progress = progress;
    this.#changed = changed;
    this.#state = { kind: session.state.kind === 'recording' ? 'recording' : 'connecting' };
    this.#listening = session.onDidChangeState((state) => this.#follow(state));
  }

  get label(): string {
    return this.session.label;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** True where only the picture is left. */
  get isGone(): boolean {
    return this.#state.kind === 'lost' || this.#state.kind === 'failed';
  }

  /** Runs one attempt to connect; who comes meanwhile waits for the same one. Closing the entry cancels it. */
  async connect(options: ConnectOptions, start: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    if (this.#state.kind === 'recording') {
      return;
    }
    this.#connecting ??= this.#attempt(options, start).finally(() => (this.#connecting = null));
    await this.#connecting;
  }

  async #attempt(options: ConnectOptions, start: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    const before = this.#state;
    const wasGone = this.isGone;
    const listening = options.onProgress && this.#progress.event(options.onProgress);
    try {
      await start(AbortSignal.any([options.signal, this.#closing.signal]));
    } catch (error) {
      this.#set(isCancelled(error) && wasGone ? before : { kind: 'failed', message: describeError(error) });
      throw error;
    } finally {
      listening?.dispose();
    }
  }

  #follow(state: SessionState): void {
    switch (state.kind) {
      case 'discovering':
        this.#set({ kind: 'connecting' });
        break;
      case 'live':
      case 'lost':
        this.#set(state);
        break;
      case 'recording':
      case 'ended':
        break;
    }
  }

  #set(state: NodeState): void {
    this.#state = state;
    if (!this.#closing.signal.aborted) {
      this.#changed();
    }
  }

  dispose(): void {
    this.#closing.abort();
    this.#listening.dispose();
    this.#progress.dispose();
    this.session.dispose();
  }
}
