import type { Client, ClientChannel } from 'ssh2';
import { PatchbayError } from '../../util/errors.ts';
import { Emitter } from '../../util/event.ts';
import { quoteArgv } from '../../util/quote.ts';
import { withPrivilege, type Foothold } from '../privilege.ts';
import { runCommand } from '../processRunner.ts';
import type { CommandOutput, ExecOptions, RemoteProcess, Transport } from '../transport.ts';
import { ChannelBudget } from './channelBudget.ts';
import type { SshConnection } from './connection.ts';

/** Two less than sshd grants by default, so that a person's own multiplexed session still fits. */
const maxChannels = 8;

/** Starts commands over one connection. Exists before anything is known about the node. */
export class SshChannels {
  readonly #connection: SshConnection;
  readonly #label: string;
  readonly #budget = new ChannelBudget(maxChannels);
  readonly #processes = new Set<SshProcess>();
  readonly #closed = new Emitter<Error>();
  readonly onDidClose = this.#closed.event;
  #end: Error | undefined;

  constructor(connection: SshConnection, label: string) {
    this.#connection = connection;
    this.#label = label;
    let cause: Error | undefined;
    connection.client.on('error', (error) => (cause = error));
    connection.client.once('close', () => this.#lose(cause));
  }

  /** Starts argv as soon as a channel is free. Rejects with `connection-lost`, or the signal's reason. */
  async start(argv: readonly string[], signal?: AbortSignal): Promise<SshProcess> {
    const command = quoteArgv(argv);
    for (;;) {
      await this.#budget.acquire(signal);
      // sshd counts a session for a moment after it has closed its channel: its first refusal may not be true.
      const channel = (await this.#open(command)) ?? (await this.#open(command));
      if (channel !== undefined) {
        return this.#adopt(channel);
      }
      if (!this.#budget.refuse()) {
        throw cannotRun(this.#label, 'no session was granted');
      }
    }
  }

  dispose(): void {
    if (this.#end === undefined) {
      this.#finish(new PatchbayError('connection-lost', `The connection to ${this.#label} was closed.`));
      this.#connection.dispose();
    }
  }

  /** Runs a command in a channel of its own; undefined where the server grants no more channels. */
  async #open(command: string): Promise<ClientChannel | undefined> {
    try {
      return await openChannel(this.#connection.client, command);
    } catch (error) {
      if (this.#end === undefined && isChannelRefusal(error)) {
        return undefined;
      }
      this.#budget.release();
      throw this.#end ?? this.#explain(error as Error);
    }
  }

  #explain(error: Error): PatchbayError {
    return error.message === 'Unable to exec'
      ? cannotRun(this.#label, error.message)
      : lost(this.#label, error);
  }

  #adopt(channel: ClientChannel): SshProcess {
    const process = new SshProcess(channel);
    this.#processes.add(process);
    channel.once('close', () => {
      this.#processes.delete(process);
      this.#budget.release();
    });
    if (this.#end !== undefined) {
      process.abandon(this.#end);
    }
    return process;
  }

  #lose(cause: Error | undefined): void {
    if (this.#end === undefined) {
      const error = lost(this.#label, cause);
      this.#finish(error);
      this.#closed.fire(error);
    }
  }

  #finish(error: Error): void {
    this.#end = error;
    this.#budget.close(error);
    for (const process of this.#processes) {
      process.abandon(error);
    }
  }
}

/** A node over SSH. */
export class SshTransport implements Transport {
  readonly kind = 'ssh';
  readonly label: string;
  readonly privilege: Transport['privilege'];
  readonly connection: Transport['connection'];
  readonly onDidClose: Transport['onDidClose'];
  readonly #channels: SshChannels;

  constructor(channels: SshChannels, label: string, foothold: Foothold) {
    this.#channels = channels;
    this.label = label;
    this.privilege = foothold.privilege;
    this.connection = foothold.connection;
    this.onDidClose = channels.onDidClose;
  }

  exec(argv: readonly string[], options: ExecOptions = {}): Promise<CommandOutput> {
    return runCommand((toStart, signal) => this.#start(toStart, options.privileged, signal), argv, options);
  }

  spawn(argv: readonly string[], options: Pick<ExecOptions, 'privileged'> = {}): Promise<RemoteProcess> {
    return this.#start(argv, options.privileged);
  }

  dispose(): void {
    this.#channels.dispose();
  }

  #start(
    argv: readonly string[],
    privileged: boolean | undefined,
    signal?: AbortSignal,
  ): Promise<RemoteProcess> {
    return this.#channels.start(withPrivilege(argv, this.privilege, privileged), signal);
  }
}

/** A command on its channel. The server closes the channel when the command has ended. */
class SshProcess implements RemoteProcess {
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

function openChannel(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error === undefined) {
        resolve(channel);
      } else {
        reject(error);
      }
    });
  });
}

/** stdout and stderr end each in their own time; both `close` events come once all of their data was read. */
async function exitOf(channel: ClientChannel): Promise<{ exitCode: number | null }> {
  let exitCode: number | null = null;
  channel.once('exit', (code: number | null) => (exitCode = code));
  await Promise.all([closeOf(channel), closeOf(channel.stderr)]);
  return { exitCode };
}

function closeOf(stream: { once(event: 'close', listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => stream.once('close', resolve));
}

/** A refused channel open carries the reason of RFC 4254, 5.1; other errors carry none. */
function isChannelRefusal(error: unknown): boolean {
  return error instanceof Error && 'reason' in error;
}

function lost(label: string, cause: Error | undefined): PatchbayError {
  return new PatchbayError('connection-lost', `The connection to ${label} was lost.`, {
    hint: 'Check the network and the node, then connect again.',
    detail: cause?.message,
    cause,
  });
}

function cannotRun(label: string, detail: string): PatchbayError {
  return new PatchbayError('command-failed', `${label} does not let this account run commands.`, {
    hint: 'Check ForceCommand and MaxSessions in the configuration of the SSH server.',
    detail,
  });
}
