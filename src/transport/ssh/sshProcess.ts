import type { Client, ClientChannel, PseudoTtyOptions } from 'ssh2';
import { PatchbayError } from '../../util/errors.ts';
import { Emitter } from '../../util/event.ts';
import type { RemoteProcess } from '../transport.ts';

/** A command on its channel. The server closes the channel when the command has ended. */
export class SshProcess implements RemoteProcess {
  readonly exit: Promise<{ readonly exitCode: number | null }>;
  readonly #channel: ClientChannel;
  readonly #stdout = new Emitter<Uint8Array>();
  readonly #stderr = new Emitter<Uint8Array>();
  readonly onStdout = this.#stdout.event;
  readonly onStderr = this.#stderr.event;
  #reject: (error: Error) => void = () => undefined;

  constructor(channel: ClientChannel) {
    this.#channel = channel;
    channel.on('error', () => undefined);
    channel.stderr.on('error', () => undefined);
    this.exit = new Promise((resolve, reject) => {
      this.#reject = reject;
      exitOf(channel).then(resolve, reject);
    });
    this.exit.catch(() => undefined);
    // Not before our starter, who awaits us, had its turn to add listeners.
    setImmediate(() => {
      channel.on('data', (chunk: Buffer) => this.#stdout.fire(chunk));
      channel.stderr.on('data', (chunk: Buffer) => this.#stderr.fire(chunk));
    });
  }

  write(data: Uint8Array | string): void {
    if (this.#channel.writable) {
      this.#channel.write(data);
    }
  }

  endInput(): void {
    this.#channel.end();
  }

  dispose(): void {
    this.#stdout.dispose();
    this.#stderr.dispose();
    this.#channel.destroy();
  }

  /** Rejects `exit`, because the connection is gone. */
  abandon(error: Error): void {
    this.#reject(error);
    this.#stdout.dispose();
    this.#stderr.dispose();
  }
}

/** Runs a command in a channel of its own, at a terminal where one is asked for. */
export function openChannel(
  client: Client,
  command: string,
  terminal?: PseudoTtyOptions,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, terminal === undefined ? {} : { pty: terminal }, (error, channel) => {
      if (error === undefined) {
        resolve(channel);
      } else {
        reject(error);
      }
    });
  });
}

/** stdout and stderr end each in their own time; both `close` events come once all of their data was read. */
export async function exitOf(channel: ClientChannel): Promise<{ exitCode: number | null }> {
  let exitCode: number | null = null;
  channel.once('exit', (code: number | null) => (exitCode = code));
  await Promise.all([closeOf(channel), closeOf(channel.stderr)]);
  return { exitCode };
}

function closeOf(stream: { once(event: 'close', listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => stream.once('close', resolve));
}

/** A refused channel open carries the reason of RFC 4254, 5.1; other errors carry none. */
export function isChannelRefusal(error: unknown): boolean {
  return error instanceof Error && 'reason' in error;
}

export function lost(label: string, cause: Error | undefined): PatchbayError {
  return new PatchbayError('connection-lost', `The connection to ${label} was lost.`, {
    hint: 'Check the network and the node, then connect again.',
    detail: cause?.message,
    cause,
  });
}

export function cannotRun(label: string, detail: string): PatchbayError {
  return new PatchbayError('command-failed', `${label} does not let this account run commands.`, {
    hint: 'Check ForceCommand and MaxSessions in the configuration of the SSH server.',
    detail,
  });
}
