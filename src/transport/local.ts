import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { PatchbayError } from '../util/errors.ts';
import { Emitter } from '../util/event.ts';
import { footholdArgv, parseFoothold, withPrivilege } from './privilege.ts';
import { runCommand } from './processRunner.ts';
import type { CommandOutput, ExecOptions, Privilege, RemoteProcess, Transport } from './transport.ts';

/** Opens this machine as a node. Rejects with `bad-input` where it does not run Linux. */
export async function openLocal(): Promise<Transport> {
  if (process.platform !== 'linux') {
    throw new PatchbayError(
      'bad-input',
      'This machine does not run Linux, so it has no network namespaces.',
      {
        hint: 'Connect to a Linux machine over SSH, or open a recording.',
      },
    );
  }
  const probe = await runCommand((argv) => Promise.resolve(new LocalProcess(argv)), footholdArgv);
  return new LocalTransport(parseFoothold(probe).privilege);
}

class LocalTransport implements Transport {
  readonly kind = 'local';
  readonly label = 'This machine';
  readonly connection = null;
  readonly openTerminal = null;
  readonly privilege: Privilege;
  readonly #closed = new Emitter<Error>();
  readonly #processes = new Set<LocalProcess>();
  readonly onDidClose = this.#closed.event;
  #disposed = false;

  constructor(privilege: Privilege) {
    this.privilege = privilege;
  }

  exec(argv: readonly string[], options: ExecOptions = {}): Promise<CommandOutput> {
    const start = (toStart: readonly string[]): Promise<RemoteProcess> => this.spawn(toStart, options);
    return runCommand(start, argv, options);
  }

  spawn(argv: readonly string[], options: Pick<ExecOptions, 'privileged'> = {}): Promise<RemoteProcess> {
    if (this.#disposed) {
      return Promise.reject(disconnected());
    }
    const process = new LocalProcess(withPrivilege(argv, this.privilege, options.privileged));
    this.#processes.add(process);
    const forget = (): boolean => this.#processes.delete(process);
    process.exit.then(forget, forget);
    return Promise.resolve(process);
  }

  dispose(): void {
    this.#disposed = true;
    for (const process of this.#processes) {
      process.abandon();
    }
    this.#closed.dispose();
  }
}

/** A child process. One that cannot be started ends as a shell would say it: 127 not found, 126 not allowed. */
class LocalProcess implements RemoteProcess {
  readonly exit: Promise<{ readonly exitCode: number | null }>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #stdout = new Emitter<Uint8Array>();
  readonly #stderr = new Emitter<Uint8Array>();
  readonly onStdout = this.#stdout.event;
  readonly onStderr = this.#stderr.event;
  #reject: (error: Error) => void = () => undefined;

  constructor(argv: readonly string[]) {
    const [file = '', ...args] = argv;
    this.#child = spawn(file, args, { stdio: 'pipe' });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#stdout.fire(chunk));
    this.#child.stderr.on('data', (chunk: Buffer) => this.#stderr.fire(chunk));
    // EPIPE only says that the command ended before it read all; its exit code says the rest.
    this.#child.stdin.on('error', () => undefined);
    this.exit = new Promise((resolve, reject) => {
      this.#reject = reject;
      const started = this.#child.pid !== undefined;
      this.#child.once('close', (exitCode) => {
        if (started) {
          resolve({ exitCode });
        }
      });
      this.#child.on('error', (error) => {
        // An error of a child that did start is about a signal that it may not get, which its exit tells as well.
        if (!started) {
          setImmediate(() => resolve({ exitCode: this.#sayWhyNotStarted(file, error) }));
        }
      });
    });
    this.exit.catch(() => undefined);
  }

  write(data: Uint8Array | string): void {
    if (this.#child.stdin.writable) {
      this.#child.stdin.write(data);
    }
  }

  endInput(): void {
    this.#child.stdin.end();
  }

  dispose(): void {
    this.#child.stdin.destroy();
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    this.#child.kill('SIGTERM');
  }

  /** Disposes the process because its transport ended. */
  abandon(): void {
    this.#reject(disconnected());
    this.dispose();
  }

  #sayWhyNotStarted(file: string, error: NodeJS.ErrnoException): number {
    const missing = error.code === 'ENOENT';
    this.#stderr.fire(Buffer.from(`${file}: ${missing ? 'not found' : error.message}\n`));
    return missing ? 127 : 126;
  }
}

function disconnected(): PatchbayError {
  return new PatchbayError('connection-lost', 'The connection to this machine was closed.');
}
