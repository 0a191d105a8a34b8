import { MonitorReader, monitorCommand } from '../iproute/monitor.ts';
import { supervise } from '../transport/supervise.ts';
import type { RemoteProcess, Transport } from '../transport/transport.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';

/** How soon a monitor that ended is started again. */
const restartMs = 1_000;

export interface LiveFeedListener {
  /** A namespace changed; null is the root namespace. */
  changed(nsid: number | null): void;
  /** Events were lost, or may have been: nothing that was read before is certain. */
  lostEvents(): void;
  /** The monitor said something that is not an event. */
  complained(message: string): void;
}

/** Follows `ip monitor` on a node, and starts it again when it ends, for as long as it is not disposed. */
export class LiveFeed implements Disposable {
  readonly #transport: Transport;
  readonly #listener: LiveFeedListener;
  readonly #owned = new DisposableStore();
  #process: RemoteProcess | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;

  constructor(transport: Transport, listener: LiveFeedListener) {
    this.#transport = transport;
    this.#listener = listener;
  }

  /** Resolves when the monitor has been started. */
  async start(): Promise<void> {
    const argv = supervise(monitorCommand(this.#transport.privilege.way !== 'none'));
    const process = await this.#transport.spawn(argv, { privileged: true });
    if (this.#owned.disposed) {
      process.dispose();
      return;
    }
    this.#process = process;
    const reader = new MonitorReader();
    this.#owned.add(process.onStdout((chunk) => this.#take(reader, chunk)));
    this.#owned.add(
      process.onStderr((chunk) => this.#listener.complained(new TextDecoder().decode(chunk).trimEnd())),
    );
    process.exit.then(
      () => this.#ended(),
      () => undefined, // The connection was lost: its owner hears of it from the transport.
    );
  }

  #take(reader: MonitorReader, chunk: Uint8Array): void {
    for (const nsid of new Set(reader.push(chunk).map((event) => event.nsid))) {
      this.#listener.changed(nsid);
    }
  }

  /** `ip monitor` gives up when its socket overflows: what it missed must be read. */
  #ended(): void {
    if (this.#owned.disposed) {
      return;
    }
    this.#restart = setTimeout(() => {
      this.start().then(
        () => this.#listener.lostEvents(),
        (error: unknown) => this.#listener.complained(String(error)),
      );
    }, restartMs);
  }

  dispose(): void {
    clearTimeout(this.#restart);
    this.#owned.dispose();
    this.#process?.dispose();
  }
}
