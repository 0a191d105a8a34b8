import {
  isOverflow,
  LineReader,
  MonitorReader,
  parseWatchWord,
  type MonitorEvent,
} from '../iproute/monitor.ts';
import { watchCommand } from '../iproute/watchScript.ts';
import { supervise } from '../transport/supervise.ts';
import type { RemoteProcess, Transport } from '../transport/transport.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';
import { describeError } from '../util/errors.ts';

/** How soon a watch that ended is started again, and the longest wait when it ends every time. */
const restartMs = { first: 250, longest: 30_000 };

/**
 * The watch has a word to say every few seconds (iproute/watchScript.ts). When it has said none for this long, its look at lists
 * stands still, however much is heard of the monitor beside it.
 */
const silentMs = 15_000;

/** How long a watch may take until it hears; a node that is slower is read once more when it does. */
const readyMs = 3_000;

export interface LiveFeedListener {
  /** Something happened in a namespace. */
  heard(event: MonitorEvent): void;
  /** Namespaces or processes came or went. */
  listsChanged(): void;
  /** Nothing happened for some seconds. */
  quiet(): void;
  /** Events were lost, or may have been: nothing that was read before is certain. */
  lostEvents(): void;
  /** The watch said something that is neither. */
  complained(message: string): void;
}

/** Follows a node (iproute/monitor.ts), and starts again when that ends, for as long as it is not disposed. */
export class LiveFeed implements Disposable {
  readonly #transport: Transport;
  readonly #listener: LiveFeedListener;
  readonly #owned = new DisposableStore();
  #process: RemoteProcess | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #restartMs = restartMs.first;
  #hearing = false;
  #deaf = false;

  constructor(transport: Transport, listener: LiveFeedListener) {
    this.#transport = transport;
    this.#listener = listener;
  }

  /** True while every change is told. */
  get hearing(): boolean {
    return this.#hearing;
  }

  /** True where the node has nothing to be heard by: only lists are told, and what else there is to know is read now and then. */
  get deaf(): boolean {
    return this.#deaf;
  }

  /** Resolves when every change from now on is told, or when the node does not get that far. */
  async start(): Promise<void> {
    const argv = supervise(watchCommand(this.#transport.privilege.way !== 'none'));
    const process = await this.#transport.spawn(argv, { privileged: true });
    if (this.#owned.disposed) {
      process.dispose();
      return;
    }
    this.#process = process;
    this.#expectAnother();
    const ended = process.exit.then(
      () => this.#ended(),
      () => undefined, // The connection was lost: its owner hears of it from the transport.
    );
    const events = new MonitorReader();
    const words = new LineReader();
    process.onStdout((chunk) => events.push(chunk).forEach((event) => this.#listener.heard(event)));
    const ready = new Promise<void>((resolve) => {
      process.onStderr((chunk) => words.push(chunk).forEach((line) => this.#take(line, resolve)));
    });
    if (!(await isWithin(Promise.race([ready, ended]), readyMs))) {
      void ready.then(() => this.#listener.lostEvents());
    }
  }

  #take(line: string, ready: () => void): void {
    const word = parseWatchWord(line);
    if (word !== null) {
      this.#expectAnother();
    }
    switch (word) {
      case 'ready':
        this.#hearing = true;
        ready();
        break;
      case 'deaf':
        this.#deaf = true;
        this.#listener.complained('the node has no iproute2, whose monitor tells of changes.');
        ready();
        break;
      case 'lists':
        this.#listener.listsChanged();
        break;
      case 'alive':
        this.#restartMs = restartMs.first;
        this.#listener.quiet();
        break;
      case null:
        this.#listener.complained(line);
        if (isOverflow(line)) {
          this.#listener.lostEvents();
        }
    }
  }

  #expectAnother(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#fellSilent(), silentMs);
  }

  /** Without its input the watch ends (transport/supervise.ts), and what ended is started again. */
  #fellSilent(): void {
    this.#hearing = false;
    this.#listener.complained(`it has been silent for ${silentMs / 1000} s and is started again.`);
    this.#process?.endInput();
  }

  #ended(): void {
    this.#hearing = false;
    this.#deaf = false;
    clearTimeout(this.#silence);
    if (!this.#owned.disposed) {
      this.#restart = setTimeout(() => void this.#startAgain(), this.#restartMs);
      this.#restartMs = Math.min(2 * this.#restartMs, restartMs.longest);
    }
  }

  /** What the watch missed must be read. */
  async #startAgain(): Promise<void> {
    try {
      await this.start();
      this.#listener.lostEvents();
    } catch (error) {
      this.#listener.complained(describeError(error));
      this.#ended();
    }
  }

  dispose(): void {
    clearTimeout(this.#restart);
    clearTimeout(this.#silence);
    this.#owned.dispose();
    this.#process?.dispose();
  }
}

async function isWithin(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeOut = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([work.then(() => true), timeOut]);
  } finally {
    clearTimeout(timer);
  }
}
