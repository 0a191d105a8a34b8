import type { ClientChannel } from 'ssh2';
import { PatchbayError } from '../../util/errors.ts';
import { Emitter } from '../../util/event.ts';
import { quoteArgv } from '../../util/quote.ts';
import { withPrivilege, type Foothold } from '../privilege.ts';
import { runCommand } from '../processRunner.ts';
import type {
  CommandOutput,
  ExecOptions,
  RemoteProcess,
  RemoteTerminal,
  TerminalOptions,
  Transport,
} from '../transport.ts';
import { ChannelBudget } from './channelBudget.ts';
import type { SshConnection } from './connection.ts';
import { cannotRun, isChannelRefusal, lost, openChannel, SshProcess } from './sshProcess.ts';
import { SshTerminals } from './sshTerminals.ts';

/** Two less than sshd grants by default, so that terminals fit beside the commands. */
const maxChannels = 8;

/** Starts commands over one connection. Exists before anything is known about the node. */
export class SshChannels {
  readonly #connection: SshConnection;
  readonly #label: string;
  readonly #budget = new ChannelBudget(maxChannels);
  readonly #processes = new Set<SshProcess>();
  readonly terminals: SshTerminals;
  readonly #closed = new Emitter<Error>();
  readonly onDidClose = this.#closed.event;
  #end: Error | undefined;

  constructor(connection: SshConnection, label: string) {
    this.#connection = connection;
    this.#label = label;
    this.terminals = new SshTerminals(connection.client, this.#budget, label);
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
    this.terminals.abandon(error);
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

  openTerminal = (argv: readonly string[], options: TerminalOptions): Promise<RemoteTerminal> => {
    const command = withPrivilege(argv, this.privilege, options.privileged);
    return this.#channels.terminals.open(command, options.size);
  };

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
