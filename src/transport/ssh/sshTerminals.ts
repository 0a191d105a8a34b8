import type { Client, ClientChannel } from 'ssh2';
import { PatchbayError } from '../../util/errors.ts';
import { Emitter } from '../../util/event.ts';
import { quoteArgv } from '../../util/quote.ts';
import type { RemoteTerminal, TerminalSize } from '../transport.ts';
import type { ChannelBudget } from './channelBudget.ts';
import { cannotRun, exitOf, isChannelRefusal, lost, openChannel } from './sshProcess.ts';

/** So many fit beside the commands in the sessions that sshd grants; each more takes the place of a command. */
const terminalsBeside = 2;
/** What is left then is enough to follow a node and to trace on it. */
const maxTerminals = 4;

/** The terminals of one connection. A person keeps them open for hours, so they never take all of its sessions. */
export class SshTerminals {
  readonly #client: Client;
  readonly #budget: ChannelBudget;
  readonly #label: string;
  readonly #terminals = new Set<SshTerminal>();
  #count = 0;
  #end: Error | undefined;

  constructor(client: Client, budget: ChannelBudget, label: string) {
    this.#client = client;
    this.#budget = budget;
    this.#label = label;
  }

  /** Starts argv at a terminal. Rejects with `command-failed` at once where there is no session for it. */
  async open(argv: readonly string[], size: TerminalSize): Promise<RemoteTerminal> {
    if (this.#count >= maxTerminals) {
      throw tooMany(this.#label, `Patchbay opens ${maxTerminals} at most.`);
    }
    const borrows = this.#count++ >= terminalsBeside;
    try {
      if (borrows) {
        await this.#budget.acquire();
      }
      return this.#adopt(await this.#openChannel(quoteArgv(argv), size, borrows), borrows);
    } catch (error) {
      this.#count--;
      throw error;
    }
  }

  /** Ends them because the connection is gone. */
  abandon(error: Error): void {
    this.#end = error;
    for (const terminal of this.#terminals) {
      terminal.abandon(error);
    }
  }

  async #openChannel(command: string, size: TerminalSize, borrows: boolean): Promise<ClientChannel> {
    try {
      return await openChannel(this.#client, command, { ...ptySize(size), term: 'xterm-256color' });
    } catch (error) {
      if (borrows) {
        this.#budget.release();
      }
      throw this.#end ?? this.#explain(error as Error);
    }
  }

  #explain(error: Error): PatchbayError {
    if (isChannelRefusal(error)) {
      return tooMany(this.#label, 'Its SSH server grants no more sessions (MaxSessions).');
    }
    return /pseudo-terminal|Unable to exec/.test(error.message)
      ? cannotRun(this.#label, error.message)
      : lost(this.#label, error);
  }

  #adopt(channel: ClientChannel, borrows: boolean): SshTerminal {
    const terminal = new SshTerminal(channel);
    this.#terminals.add(terminal);
    channel.once('close', () => {
      this.#terminals.delete(terminal);
      this.#count--;
      if (borrows) {
        this.#budget.release();
      } else {
        this.#budget.raise();
      }
    });
    if (this.#end !== undefined) {
      terminal.abandon(this.#end);
    }
    return terminal;
  }
}

class SshTerminal implements RemoteTerminal {
  readonly exit: Promise<{ readonly exitCode: number | null }>;
  readonly #channel: ClientChannel;
  readonly #data = new Emitter<Uint8Array>();
  readonly onData = this.#data.event;
  #reject: (error: Error) => void = () => undefined;

  constructor(channel: ClientChannel) {
    this.#channel = channel;
    channel.on('error', () => undefined);
    this.exit = new Promise((resolve, reject) => {
      this.#reject = reject;
      exitOf(channel).then(resolve, reject);
    });
    this.exit.catch(() => undefined);
    // Not before our starter, who awaits us, had its turn to add listeners.
    setImmediate(() => {
      channel.on('data', (chunk: Buffer) => this.#data.fire(chunk));
      // A terminal has one stream; this one ends only when it was read.
      channel.stderr.resume();
    });
  }

  write(data: string): void {
    if (this.#channel.writable) {
      this.#channel.write(data);
    }
  }

  resize(size: TerminalSize): void {
    const { rows, cols } = ptySize(size);
    if (this.#channel.writable) {
      this.#channel.setWindow(rows, cols, 0, 0);
    }
  }

  dispose(): void {
    this.#data.dispose();
    this.#channel.destroy();
  }

  abandon(error: Error): void {
    this.#reject(error);
    this.#data.dispose();
  }
}

/** sshd takes a size of 0 for none at all. */
function ptySize({ columns, rows }: TerminalSize): { readonly cols: number; readonly rows: number } {
  return { cols: Math.max(1, columns), rows: Math.max(1, rows) };
}

function tooMany(label: string, why: string): PatchbayError {
  return new PatchbayError('command-failed', `${label} has no session left for another terminal. ${why}`, {
    hint: 'Close a terminal of this node and try again.',
  });
}
