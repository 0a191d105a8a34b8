import type { Readable, Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';

/** What ssh2's Channel keeps of a write that waits for window, and does not forget once it went through. */
interface WaitingWrites {
  _chunk: unknown;
  _chunkcb: unknown;
  _chunkErr: unknown;
  _chunkcbErr: unknown;
}

/**
 * Sends a command's two outputs through one channel, one write at a time.
 *
 * ssh2 1.17 resumes only one of two writes that wait for window, and sends a finished one again when the other
 * output waits later; so they take turns here, and each leaves nothing behind.
 */
export class ChannelWriter {
  readonly #channel: ServerChannel;
  #turn: Promise<void> = Promise.resolve();
  /** Ends the wait for the write under way. */
  #release: () => void = () => undefined;
  #closed = false;

  constructor(channel: ServerChannel) {
    this.#channel = channel;
  }

  /** The channel closed: what still comes is read and dropped, so that its writer does not die of a closed pipe. */
  close(): void {
    this.#closed = true;
    this.#release();
  }

  /** Forwards a stream to its end, no faster than the client takes it. */
  async forward(source: Readable, name: 'stdout' | 'stderr'): Promise<void> {
    const sink: Writable = name === 'stdout' ? this.#channel : this.#channel.stderr;
    try {
      for await (const chunk of source) {
        await this.#inTurn(() => this.#write(sink, chunk as Buffer));
      }
    } catch {
      // The source was destroyed because its channel closed.
    }
  }

  #inTurn(write: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(write);
    return this.#turn;
  }

  #write(sink: Writable, chunk: Buffer): Promise<void> {
    if (this.#closed) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#release = resolve;
      sink.write(chunk, () => {
        const waiting = this.#channel as unknown as WaitingWrites;
        waiting._chunk = waiting._chunkcb = waiting._chunkErr = waiting._chunkcbErr = undefined;
        resolve();
      });
    });
  }
}
