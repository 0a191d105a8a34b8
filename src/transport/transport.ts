import type { Disposable } from '../util/disposable.ts';
import type { Event } from '../util/event.ts';

/** How a node is reached. */
export type TransportKind = 'ssh' | 'local' | 'lab';

/** What one finished command said. `exitCode` is null when a signal, or the loss of the connection, ended it. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

/** A running command on a node. Disposing it closes its stdin and its streams; see {@link Transport.spawn}. */
export interface RemoteProcess extends Disposable {
  /** Raw bytes in order of arrival. Listeners must be added before control returns to the event loop. */
  readonly onStdout: Event<Uint8Array>;
  readonly onStderr: Event<Uint8Array>;
  /** Settles once all output was delivered. Rejects only when the connection was lost (`connection-lost`). */
  readonly exit: Promise<{ readonly exitCode: number | null }>;
  /** Writes to the command's standard input. */
  write(data: Uint8Array | string): void;
  /** Closes the command's standard input. */
  endInput(): void;
}

/** In characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A command at a terminal of its own on a node. Disposing it hangs up, which ends the command and what it started. */
export interface RemoteTerminal extends Disposable {
  /** What the terminal shows, raw bytes. Listeners must be added before control returns to the event loop. */
  readonly onData: Event<Uint8Array>;
  /** Settles once all was shown. Rejects only when the connection was lost (`connection-lost`). */
  readonly exit: Promise<{ readonly exitCode: number | null }>;
  /** Types. */
  write(data: string): void;
  resize(size: TerminalSize): void;
}

export interface TerminalOptions {
  readonly size: TerminalSize;
  readonly privileged?: boolean;
}

export interface ExecOptions {
  /** Standard input; closed after it. Without it the command reads end-of-file. */
  readonly stdin?: string;
  /** Run as root through `sudo -n` where the user is not root and sudo allows it. */
  readonly privileged?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What the node lets us do, read once when the connection opens. */
export interface Privilege {
  readonly uid: number;
  /** `root`: uid 0. `sudo`: `sudo -n` works. `none`: neither; what needs root is unknown. */
  readonly way: 'root' | 'sudo' | 'none';
}

/**
 * How commands reach a node. One connection, many channels; a transport queues what exceeds the peer's channel
 * budget. A disposed or lost transport rejects every call with `connection-lost`.
 */
export interface Transport extends Disposable {
  readonly kind: TransportKind;
  /** What people call this node before its own hostname is known: "root@10.0.0.5", "This machine", "Lab". */
  readonly label: string;
  readonly privilege: Privilege;
  /**
   * The node's own end of our connection (the server's address and port in $SSH_CONNECTION): whatever carries this
   * address on the node must never be touched. Null where there is no connection to lose.
   */
  readonly connection: { readonly localAddress: string; readonly localPort: number } | null;
  /** Fires once, when the connection ended without `dispose()` having been called. */
  readonly onDidClose: Event<Error>;
  /**
   * Runs argv to its end and collects its output. A non-zero exit is a result, not an error. Rejects with `cancelled`
   * or `timed-out`; the command then ends on the node too, unless it has a stdin of its own (see `runCommand`).
   */
  exec(argv: readonly string[], options?: ExecOptions): Promise<CommandOutput>;
  /**
   * Starts argv and streams. The started command must end by itself when its stdin reaches end-of-file
   * (see `supervise`), because SSH servers do not signal what a closed channel leaves behind.
   */
  spawn(argv: readonly string[], options?: Pick<ExecOptions, 'privileged'>): Promise<RemoteProcess>;
  /**
   * Starts argv at a terminal. It takes none of the places that commands need; rejects with `command-failed` where the peer
   * grants no session for it. Null on this machine: whoever has a terminal here starts argv in it by themselves.
   */
  readonly openTerminal:
    ((argv: readonly string[], options: TerminalOptions) => Promise<RemoteTerminal>) | null;
}
