import type { MonitorEvent } from '../iproute/monitor.ts';
import { assignNsids } from '../iproute/nsids.ts';
import type { NamespaceSnapshot } from '../iproute/snapshot.ts';
import type { NamespaceId } from '../topology/topology.ts';
import type { Transport } from '../transport/transport.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';
import { describeError, isCancelled } from '../util/errors.ts';
import { Coalescer } from '../util/scheduler.ts';
import { LiveFeed } from './liveFeed.ts';
import type { NodeReading } from './readNode.ts';
import { doubtfulEntries, doubtfulPeers } from './rewired.ts';
import { Vouchers } from './vouchers.ts';

/** Waits for company of an event, and the longest wait under a storm. */
const settle = { delayMs: 25, maxWaitMs: 200 };

/** How often what nobody tells of is read: all while nothing is heard, else namespaces that cannot be given an id. */
const pollMs = 2_000;

/**
 * How often links that are down are read without being asked to: the kernel tells nobody of some changes to them, of their
 * alias first (net/core/dev.c, netdev_state_change).
 */
const auditMs = 60_000;

export interface LiveConnectionHost {
  /** Reads every namespace that is not clean. */
  read(clean: ReadonlySet<NamespaceId>, signal: AbortSignal): Promise<void>;
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
  /** There are namespaces that got no id: these are read at each poll. */
  #isDeaf = false;
  #reading: Promise<void> = Promise.resolve();
  #readsUnderWay = 0;
  /** The last read failed. */
  #owed = false;

  constructor(transport: Transport, host: LiveConnectionHost) {
    this.transport = this.owned.add(transport);
    this.#host = host;
    this.#reader = this.owned.add(new Coalescer(() => this.#readQuietly(), settle));
    this.#feed = this.owned.add(
      new LiveFeed(transport, {
        heard: (event) => this.#heard(event),
        listsChanged: () => this.#reader.ask(),
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
    return this.#enqueue();
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
    if (!this.#feed.hearing) {
      this.#doubtAll();
    } else if (this.#owed || this.#isDeaf) {
      this.#reader.ask();
    }
  }

  #audit(): void {
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
    this.#readsUnderWay++;
    this.#owed = true;
    const before = this.#host.known();
    const window = this.#vouchers.open(before?.snapshot.namespaces ?? []);
    try {
      await this.#host.read(window.clean, this.#abort.signal);
      const known = this.#host.known();
      if (known) {
        window.close(known.snapshot.namespaces);
        this.#doubt(before ? [...doubtfulPeers(before, known), ...doubtfulEntries(before, known)] : []);
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

  /** Sees to it that every namespace is heard; those that were not until now are read again. */
  async #giveIds(namespaces: readonly NamespaceSnapshot[]): Promise<void> {
    if (this.transport.privilege.way === 'none') {
      return;
    }
    const mute = this.#vouchers.without(namespaces);
    if (mute.length > 0 && this.#vouchers.learnLate(await assignNsids(this.transport, mute))) {
      this.#reader.ask();
    }
    this.#isDeaf = this.#vouchers.without(namespaces).length > 0;
  }

  #confirmIfIdle(): void {
    if (this.#readsUnderWay === 0 && !this.#reader.asked && !this.#owed && this.#feed.hearing) {
      this.#host.confirmed();
    }
  }

  dispose(): void {
    this.#abort.abort();
    this.owned.dispose();
  }
}
