import { PatchbayError } from '../util/errors.ts';
import { supervise } from './supervise.ts';
import type { CommandOutput, ExecOptions, RemoteProcess } from './transport.ts';

/** Starts argv, with root rights already arranged for. Rejects with `cancelled` when aborted before the start. */
export type StartProcess = (argv: readonly string[], signal: AbortSignal) => Promise<RemoteProcess>;

/**
 * Runs argv to its end and collects its output as UTF-8. Rejects with `cancelled` when `signal` aborts, with
 * `timed-out` after `timeoutMs`, and with whatever `start` or the process rejects with.
 *
 * A command that can be cancelled or can time out, and has no stdin of its own, runs under {@link supervise}, so
 * that giving up here also ends it on the node (and a signal that ends it shows as exit code 128 + its number).
 * With a stdin, it is told by end-of-file only.
 */
export async function runCommand(
  start: StartProcess,
  argv: readonly string[],
  options: Pick<ExecOptions, 'stdin' | 'timeoutMs' | 'signal'> = {},
): Promise<CommandOutput> {
  const giveUp = new GiveUp(argv, options);
  try {
    giveUp.signal.throwIfAborted();
    const supervised = options.stdin === undefined && giveUp.possible;
    const starting = start(supervised ? supervise(argv) : argv, giveUp.signal);
    const process = await giveUp.orLate(starting, (late) => late.dispose());
    const output = collect(process);
    if (!supervised) {
      process.write(options.stdin ?? '');
      process.endInput();
    }
    return await giveUp.orLate(
      output,
      () => undefined,
      () => process.dispose(),
    );
  } finally {
    giveUp.dispose();
  }
}

/** Gathers everything a process writes, until it ends. Must be called before control returns to the event loop. */
async function collect(process: RemoteProcess): Promise<CommandOutput> {
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  process.onStdout((chunk) => void stdout.push(chunk));
  process.onStderr((chunk) => void stderr.push(chunk));
  const { exitCode } = await process.exit;
  return { stdout: decode(stdout), stderr: decode(stderr), exitCode };
}

/** Decodes at the end, and not chunk by chunk: a character may lie across two of them. */
function decode(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString('utf8');
}

/** The two reasons to stop waiting for a command, as one signal whose reason is the error to reject with. */
class GiveUp {
  readonly possible: boolean;
  readonly #controller = new AbortController();
  readonly #cancelled: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onCancel = (): void => this.#controller.abort(new PatchbayError('cancelled', 'Cancelled.'));

  constructor(argv: readonly string[], options: Pick<ExecOptions, 'timeoutMs' | 'signal'>) {
    const { timeoutMs, signal } = options;
    this.possible = timeoutMs !== undefined || signal !== undefined;
    this.#cancelled = signal;
    if (signal?.aborted === true) {
      this.#onCancel();
    }
    signal?.addEventListener('abort', this.#onCancel);
    if (timeoutMs !== undefined) {
      this.#timer = setTimeout(() => this.#controller.abort(timedOut(argv, timeoutMs)), timeoutMs);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles like `work`, or rejects at once when given up; then `onLate` gets what `work` still brings. */
  orLate<T>(work: Promise<T>, onLate: (value: T) => void, onGiveUp?: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const quit = (): void => {
        onGiveUp?.();
        work.then(onLate, () => undefined);
        reject(this.signal.reason as Error);
      };
      if (this.signal.aborted) {
        quit();
        return;
      }
      this.signal.addEventListener('abort', quit);
      work.then(resolve, reject).finally(() => this.signal.removeEventListener('abort', quit));
    });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#cancelled?.removeEventListener('abort', this.#onCancel);
  }
}

function timedOut(argv: readonly string[], timeoutMs: number): PatchbayError {
  return new PatchbayError(
    'timed-out',
    `${argv[0] ?? 'The command'} did not end within ${timeoutMs / 1000} s.`,
    { hint: 'The node may be busy. Try again.' },
  );
}
