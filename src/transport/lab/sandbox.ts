import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { Disposable } from '../../util/disposable.ts';
import { PatchbayError } from '../../util/errors.ts';
import { Emitter, type Event } from '../../util/event.ts';
import { buildInitScript, labPrograms } from './initScript.ts';
import { tcpdumpWithoutSetgroups } from './tcpdump.ts';
import { explainRefusal, findProgram, readSetting, requirePrograms } from './unavailable.ts';

/** A set of Linux namespaces with a first process that keeps them, and no way out to the machine's network. */
export interface Sandbox extends Disposable {
  /** The first process, as this machine counts it. */
  readonly initPid: number;
  /** Whether its root is this user in a user namespace, rather than the machine's root. */
  readonly unprivileged: boolean;
  /** The PATH of its commands. */
  readonly searchPath: string;
  /** The argv that runs argv inside, for this process to start at once. Throws `connection-lost` after the sandbox's end. */
  enter(argv: readonly string[]): readonly [string, ...string[]];
  /** Fires once, when the sandbox ended without `dispose()` having been called. */
  readonly onDidEnd: Event<Error>;
  /** Ends every process inside; settles when none is left. */
  dispose(): Promise<void>;
}

export interface SandboxOptions {
  readonly hostname: string;
  /** Where programs are looked for, outside and inside. */
  readonly searchPath: string;
  readonly signal?: AbortSignal | undefined;
}

/** How root inside is made: as root of this machine, or in a user namespace with many ids or with just one. */
type Way = 'root' | 'many-ids' | 'one-id';

type Keeper = ChildProcessByStdio<Writable, Readable, Readable>;

const startTimeoutMs = 10_000;
const endTimeoutMs = 2_000;
const namespaceKinds = ['net', 'mnt', 'pid', 'uts'] as const;

/** Starts a sandbox the best way this user may. Rejects with `lab-unavailable`, saying the ways out. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  requirePrograms(options.searchPath);
  const uid = process.getuid?.() ?? -1;
  let refusal: Refusal | undefined;
  for (const way of waysFor(uid, options.searchPath)) {
    try {
      return await startBy(way, options);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      refusal ??= error;
    }
  }
  throw explainRefusal(uid, refusal?.stderr ?? '', readSetting);
}

/** The kernel, or a policy above it, did not let a way of starting go through. */
class Refusal extends Error {
  readonly stderr: string;

  constructor(stderr: string) {
    super(stderr);
    this.stderr = stderr;
  }
}

/** Ways to try, best first. Many ids need the setuid helpers of the `uidmap` package and a line in both subid files. */
function waysFor(uid: number, searchPath: string): readonly Way[] {
  const helpers = ['newuidmap', 'newgidmap'].every((name) => findProgram(name, searchPath) !== null);
  const manyIds = helpers && ['/etc/subuid', '/etc/subgid'].every((file) => hasSubordinateIds(file, uid));
  return [...(uid === 0 ? (['root'] as const) : []), ...(manyIds ? (['many-ids'] as const) : []), 'one-id'];
}

/** Whether subuid(5) or subgid(5) grants this user ids, under the name or the number. */
function hasSubordinateIds(file: string, uid: number): boolean {
  try {
    const owners = readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(':')[0]);
    return owners.includes(String(uid)) || owners.includes(userInfo().username);
  } catch {
    return false;
  }
}

async function startBy(way: Way, options: SandboxOptions): Promise<Sandbox> {
  const [program, ...args] = unshareArgv(way, initScriptFor(way, options));
  const keeper = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: options.searchPath, LC_ALL: 'C' },
    cwd: '/',
    // A Ctrl-C in the terminal is for its owner, who ends the sandbox in order.
    detached: true,
  });
  keeper.stdin.on('error', () => undefined);
  try {
    const initPid = await readyPid(keeper, options.signal);
    return new RunningSandbox(keeper, initPid, way, options.searchPath);
  } catch (error) {
    await endKeeper(keeper);
    throw error;
  }
}

function unshareArgv(way: Way, initScript: string): readonly [string, ...string[]] {
  const user = {
    root: [],
    'one-id': ['--user', '--map-root-user'],
    'many-ids': ['--user', '--map-root-user', '--map-auto'],
  };
  const isolate = ['--net', '--mount', '--pid', '--uts', '--fork', '--kill-child', ...user[way]];
  return ['unshare', ...isolate, 'sh', '-c', initScript];
}

function initScriptFor(way: Way, options: SandboxOptions): string {
  const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8');
  const tcpdump = way === 'one-id' ? tcpdumpWithoutSetgroups(options.searchPath) : null;
  const programs = new Map(tcpdump === null ? [] : [['tcpdump', tcpdump]]);
  return buildInitScript({ hostname: options.hostname, mountinfo, programs });
}

/** Waits for the first process to say that the node is set up. */
function readyPid(keeper: Keeper, signal: AbortSignal | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ['', ''];
    const timer = setTimeout(
      () => fail(new Refusal(`It was not ready within ${startTimeoutMs / 1000} s. ${stderr}`)),
      startTimeoutMs,
    );
    const cancel = (): void => fail(new PatchbayError('cancelled', 'Starting the lab was cancelled.'));
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
    };
    keeper.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      const ready = /^ready (\d+)$/m.exec(stdout);
      if (ready !== null) {
        settle();
        resolve(Number(ready[1]));
      }
    });
    keeper.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(0, 4096)));
    keeper.once('error', (error) => fail(new Refusal(error.message)));
    keeper.once('close', () => fail(new Refusal(stderr)));
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted === true) {
      cancel();
    }
  });
}

/** End-of-file ends the first process, and the kernel everything after it; what does not listen is killed. */
async function endKeeper(keeper: ChildProcess): Promise<void> {
  if (keeper.pid === undefined || keeper.exitCode !== null || keeper.signalCode !== null) {
    return;
  }
  const ended = new Promise((resolve) => keeper.once('exit', resolve));
  const timer = setTimeout(() => keeper.kill('SIGKILL'), endTimeoutMs);
  keeper.stdin?.end();
  await ended;
  clearTimeout(timer);
}

class RunningSandbox implements Sandbox {
  readonly initPid: number;
  readonly unprivileged: boolean;
  readonly searchPath: string;
  readonly #keeper: Keeper;
  /** Held open so that a command enters these very namespaces, also when the first process's number is used again. */
  readonly #namespaces: readonly { readonly kind: string; readonly fd: number }[];
  readonly #didEnd = new Emitter<Error>();
  readonly onDidEnd = this.#didEnd.event;
  #disposed = false;
  #closed = false;

  constructor(keeper: Keeper, initPid: number, way: Way, searchPath: string) {
    this.#keeper = keeper;
    this.initPid = initPid;
    this.unprivileged = way !== 'root';
    this.searchPath = `${labPrograms}:${searchPath}`;
    const kinds = this.unprivileged ? ['user', ...namespaceKinds] : namespaceKinds;
    this.#namespaces = kinds.map((kind) => ({ kind, fd: openSync(`/proc/${initPid}/ns/${kind}`, 'r') }));
    keeper.once('exit', () => this.#ended());
  }

  enter(argv: readonly string[]): readonly [string, ...string[]] {
    if (this.#closed) {
      throw new PatchbayError('connection-lost', 'The lab has ended.');
    }
    const credentials = this.unprivileged ? ['--preserve-credentials'] : [];
    const namespaces = this.#namespaces.map(
      ({ kind, fd }) => `--${kind === 'mnt' ? 'mount' : kind}=/proc/${process.pid}/fd/${fd}`,
    );
    return ['nsenter', ...credentials, ...namespaces, '--', ...argv];
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    await endKeeper(this.#keeper);
  }

  #ended(): void {
    this.#closed = true;
    for (const { fd } of this.#namespaces) {
      closeSync(fd);
    }
    if (!this.#disposed) {
      this.#didEnd.fire(new Error('The lab ended.'));
    }
    this.#didEnd.dispose();
  }
}
