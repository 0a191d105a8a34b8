import type { MonitorEvent } from '../iproute/monitor.ts';
import { assignNsids } from '../iproute/nsids.ts';
import type { NamespaceSnapshot } from '../iproute/snapshot.ts';
import type { NamespaceId } from '../topology/topology.ts';
import type { Transport } from '../transport/transport.ts';
import { orCancelled } from '../util/cancellation.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';
import { describeError, isCancelled } from '../util/errors.ts';
import { Coalescer } from '../util/scheduler.ts';
import type { DetailsFailure, DetailsOptions } from './details.ts';
import { LiveFeed } from './liveFeed.ts';
import type { ChangesReading, NodeReading } from './readNode.ts';
import { doubtfulEntries, doubtfulPeers } from './rewired.ts';
import type { AddBeside } from './surroundings.ts';
import { Vouchers, type ReadWindow } from './vouchers.ts';

/** Waits for company of an event, and the longest wait under a storm. */
const settle = { delayMs: 25, maxWaitMs: 200 };

/** The same for details of namespaces that changed: they take a dozen processes each, and the wiring comes first. */
const settleDetails = { delayMs: 100, maxWaitMs: 1_000 };

/** Details of so many namespaces are kept true, of those that were asked for last. */
const followedAtMost = 32;

/**
 * How often what nobody tells of is read: all while nothing is heard that could be, else namespaces that cannot be given an
 * id.
 */
const pollMs = 2_000;

/**
 * How often links that are down are read without being asked to: the kernel tells nobody of some changes to them, of their
 * alias first (net/core/dev.c, netdev_state_change). And everything on a node that has nothing to be heard by.
 */
const auditMs = 60_000;

/**
 * After so long the watch has looked at its lists once more (iproute/watchScript.ts): what a read found, and of which it has said
 * nothing by then, came and went between two of its looks.
 */
const lookMs = 1_500;

/** What a read may rely on, and what is read after it. */
export interface ReadScope extends Pick<ReadWindow, 'clean' | 'gone'> {
  /** Their details are read again after this. */
  readonly followed: ReadonlySet<NamespaceId>;
  /** What is beside the wiring is being read since an earlier read. */
  readonly besideUnderWay: boolean;
}

export interface LiveConnectionHost {
  /** Reads every namespace that is not clean; what is beside the wiring may follow. */
  read(scope: ReadScope, signal: AbortSignal): Promise<Pick<ChangesReading, 'beside'>>;
  /** Takes in what followed. */
  addBeside(add: AddBeside, signal: AbortSignal): Promise<void>;
  /** Reads what of namespaces is read on demand; returns those of which it could not be. */
  readDetails(ids: readonly NamespaceId[], options: DetailsOptions): Promise<DetailsFailure[]>;
  /** The last reading. */
  known(): NodeReading | null;
  /** The last reading is true as of now. */
  confirmed(): void;
  log(line: string): void;
}

/** What lives as long as one connection: the watch, and the reads that it asks for, one at a time. */
export class LiveConnection implements Disposable {
  readonly transport: Transport;
  readonly owned = new DisposableStore();
  readonly #host: LiveConnectionHost;
  readonly #abort = new AbortController();
  readonly #vouchers = new Vouchers();
  readonly #feed: LiveFeed;
  readonly #reader: Coalescer;
  readonly #detailsReader: Coalescer;
  /** Whose details somebody asked for, the latest last; and those of them that changed since. */
  readonly #followed = new Set<NamespaceId>();
  readonly #detailsOwed = new Set<NamespaceId>();
  /** There are namespaces that got no id, so that nothing is heard of them: these are read at each poll. */
  #hasMute = false;
  #look: ReturnType<typeof setTimeout> | undefined;
  #reading: Promise<void> = Promise.resolve();
  #readsUnderWay = 0;
  #besideUnderWay = 0;
  /** The last read failed. */
  #owed = false;

  constructor(transport: Transport, host: LiveConnectionHost) {
    this.transport = this.owned.add(transport);
    this.#host = host;
    this.#reader = this.owned.add(new Coalescer(() => this.#readQuietly(), settle));
    this.#detailsReader = this.owned.add(new Coalescer(() => this.#readOwedDetails(), settleDetails));
    this.#feed = this.owned.add(
      new LiveFeed(transport, {
        heard: (event) => this.#heard(event),
        listsChanged: () => {
          clearTimeout(this.#look);
          this.#reader.ask();
        },
        quiet: () => this.#confirmIfIdle(),
        lostEvents: () => this.#doubtAll(),
        complained: (message) => host.log(`ip monitor: ${message}`),
      }),
    );
  }

  /** Reads the whole node; from then on it is followed. Rejects as the collector does. */
  async start(signal: AbortSignal): Promise<void> {
    const abort = (): void => this.#abort.abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      // The watch first: what changes while the node is read must not be missed.
      await this.#feed.start();
      await this.readAll();
    } finally {
      signal.removeEventListener('abort', abort);
    }
    const poll = setInterval(() => this.#poll(), pollMs);
    const audit = setInterval(() => this.#audit(), auditMs);
    this.owned.add({ dispose: () => clearInterval(poll) });
    this.owned.add({ dispose: () => clearInterval(audit) });
  }

  /** Reads everything, after the read that is under way. Rejects as the collector does. */
  readAll(): Promise<void> {
    this.#vouchers.doubtAll();
    return this.#enqueue(() => this.#readOnce());
  }

  /** Reads these and what else is in doubt, or everything where that is not known. Rejects as the collector does. */
  readAgain(ids: ReadonlySet<NamespaceId> | null): Promise<void> {
    if (ids === null || !this.#feed.hearing) {
      return this.readAll();
    }
    this.#vouchers.doubt([...ids]);
    return this.#enqueue(() => this.#readOnce());
  }

  /**
   * Reads the details of a namespace in turn with all else that is read; from then on they are read again after the
   * namespace changed. Rejects as `readNamespaceDetails` does.
   */
  readDetails(id: NamespaceId, signal?: AbortSignal): Promise<void> {
    this.#followed.delete(id);
    this.#followed.add(id);
    for (const oldest of [...this.#followed].slice(0, -followedAtMost)) {
      this.#followed.delete(oldest);
    }
    const signals = [this.#abort.signal, ...(signal ? [signal] : [])];
    const either = AbortSignal.any(signals);
    const reading = this.#enqueue(() => this.#readDetailsOnce(id, either));
    return orCancelled(reading, either, 'Reading the details was cancelled.');
  }

  /**
   * Reads the details of many namespaces once, in turn with all else that is read: they are not followed. Returns those that
   * could not be read. Rejects with `cancelled` or `connection-lost`.
   */
  async readDetailsOf(ids: readonly NamespaceId[], options: DetailsOptions): Promise<DetailsFailure[]> {
    const signal = AbortSignal.any([this.#abort.signal, ...(options.signal ? [options.signal] : [])]);
    let failed: DetailsFailure[] = [];
    const reading = this.#enqueue(async () => {
      failed = signal.aborted ? [] : await this.#host.readDetails(ids, { ...options, signal });
    });
    await orCancelled(reading, signal, 'Reading the details was cancelled.');
    return failed;
  }

  #heard(event: MonitorEvent): void {
    if (this.#vouchers.hear(event, this.#rootId())) {
      this.#reader.ask();
    }
  }

  #doubtAll(): void {
    this.#vouchers.forgetAll();
    this.#reader.ask();
  }

  #poll(): void {
    if (!this.#feed.hearing && !this.#feed.deaf) {
      this.#doubtAll();
    } else if (this.#owed || (this.#hasMute && !this.#feed.deaf)) {
      this.#reader.ask();
    }
  }

  #audit(): void {
    if (this.#feed.deaf) {
      this.#doubtAll();
      return;
    }
    const namespaces = this.#host.known()?.snapshot.namespaces ?? [];
    const mute = namespaces.filter(({ links }) =>
      links?.some(({ flags }) => !flags.includes('UP') && !flags.includes('LOOPBACK')),
    );
    this.#doubt(mute.map(({ id }) => id));
  }

  #doubt(ids: readonly NamespaceId[]): void {
    if (ids.length > 0) {
      this.#vouchers.doubt(ids);
      this.#reader.ask();
    }
  }

  #rootId(): NamespaceId | undefined {
    return this.#host.known()?.snapshot.namespaces.find(({ root }) => root)?.id;
  }

  async #readQuietly(): Promise<void> {
    try {
      await this.#enqueue(() => this.#readOnce());
    } catch (error) {
      this.#logFailure(error);
    }
  }

  #logFailure(error: unknown): void {
    if (!isCancelled(error) && !this.#abort.signal.aborted) {
      this.#host.log(`Reading the node failed: ${describeError(error)}`);
    }
  }

  /** One at a time: each starts from what the one before has learned. */
  #enqueue(read: () => Promise<void>): Promise<void> {
    const next = this.#reading.then(read, read);
    this.#reading = next;
    return next;
  }

  async #readDetailsOnce(id: NamespaceId, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) {
      this.#detailsOwed.delete(id);
      const [failed] = await this.#host.readDetails([id], { signal });
      if (failed) {
        throw failed.error;
      }
    }
  }

  async #readOwedDetails(): Promise<void> {
    for (const id of this.#detailsOwed) {
      try {
        await this.#enqueue(() => this.#readDetailsOnce(id, this.#abort.signal));
      } catch (error) {
        this.#logFailure(error);
        // What was read before is not true any more: the next reading drops it.
        this.#followed.delete(id);
        this.#doubt([id]);
      }
      this.#detailsOwed.delete(id);
    }
  }

  /** After a reading: what was read on demand of the namespaces that it read anew. */
  #oweDetails(namespaces: readonly NamespaceSnapshot[], clean: ReadonlySet<NamespaceId>): void {
    const present = new Set(namespaces.map(({ id }) => id));
    for (const id of this.#followed) {
      if (!present.has(id)) {
        this.#followed.delete(id);
      } else if (!clean.has(id)) {
        this.#detailsOwed.add(id);
      }
    }
    if (this.#detailsOwed.size > 0) {
      this.#detailsReader.ask();
    }
  }

  async #readOnce(): Promise<void> {
    this.#readsUnderWay++;
    this.#owed = true;
    const before = this.#host.known();
    const window = this.#vouchers.open(before?.snapshot.namespaces ?? []);
    try {
      const { clean, gone } = window;
      const besideUnderWay = this.#besideUnderWay > 0;
      const scope = { clean, gone, followed: this.#followed, besideUnderWay };
      const { beside } = await this.#host.read(scope, this.#abort.signal);
      if (beside) {
        void this.#addBeside(beside);
      }
      const known = this.#host.known();
      if (known) {
        window.close(known.snapshot.namespaces);
        this.#oweDetails(known.snapshot.namespaces, window.clean);
        this.#doubt(before ? [...doubtfulPeers(before, known), ...doubtfulEntries(before, known)] : []);
        if (before && listsOf(before) !== listsOf(known)) {
          this.#lookAgain();
        }
        await this.#giveIds(known.snapshot.namespaces);
      }
      this.#owed = false;
    } catch (error) {
      window.fail();
      throw error;
    } finally {
      this.#readsUnderWay--;
    }
    this.#confirmIfIdle();
  }

  #lookAgain(): void {
    clearTimeout(this.#look);
    this.#look = setTimeout(() => this.#reader.ask(), lookMs);
  }

  async #addBeside(reading: Promise<AddBeside>): Promise<void> {
    this.#besideUnderWay++;
    try {
      const add = await reading;
      await this.#enqueue(() => this.#host.addBeside(add, this.#abort.signal));
    } catch (error) {
      this.#logFailure(error);
    } finally {
      this.#besideUnderWay--;
    }
  }

  /** Sees to it that every namespace is heard; those that were not until now are read again. */
  async #giveIds(namespaces: readonly NamespaceSnapshot[]): Promise<void> {
    if (this.transport.privilege.way === 'none') {
      return;
    }
    const mute = this.#vouchers.without(namespaces);
    if (mute.length > 0 && this.#vouchers.learnLate(await assignNsids(this.transport, mute))) {
      this.#reader.ask();
    }
    this.#hasMute = this.#vouchers.without(namespaces).length > 0;
  }

  #confirmIfIdle(): void {
    if (this.#readsUnderWay === 0 && !this.#reader.asked && !this.#owed && this.#feed.hearing) {
      this.#host.confirmed();
    }
  }

  dispose(): void {
    this.#abort.abort();
    clearTimeout(this.#look);
    this.owned.dispose();
  }
}

/** What the watch looks at: the namespaces, and what holds each. */
function listsOf({ snapshot }: NodeReading): string {
  return JSON.stringify(
    snapshot.namespaces.map(({ id, names, processes }) => [id, names, processes.map(({ pid }) => pid)]),
  );
}
