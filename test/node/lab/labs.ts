/** Labs for tests: in this process, in a process that may be killed, and as a user who is not root. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { startLab } from '../../../src/transport/lab/lab.ts';

/** What a test needs of a lab, wherever it runs. */
export interface TestLab {
  readonly port: number;
  readonly hostKey: { readonly publicLine: string; readonly fingerprint: string };
  readonly clientPrivateKey: string;
  readonly initPid: number;
  dispose(): Promise<unknown>;
}

/** A lab whose owner is another process. */
export interface OwnedLab extends TestLab {
  readonly owner: Owner;
}

/** The owning process: it ends the lab and itself when its standard input ends. */
export type Owner = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable };

/** What a refused owner printed. */
export interface RefusedLab {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export const isRoot = process.getuid?.() === 0;
export const nobody = 65534;

export const startOwnLab = (): Promise<TestLab> => startLab({ killAfterMs: 100 });

/** The owner as one file that every user may read, wherever the project lies. */
export interface OwnerProgram {
  readonly file: string;
  dispose(): void;
}

export async function buildOwnerProgram(): Promise<OwnerProgram> {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchbay-lab-test-'));
  chmodSync(folder, 0o755);
  const file = path.join(folder, 'labOwner.cjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'labOwner.ts')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['cpu-features', '*.node'],
    logLevel: 'error',
  });
  chmodSync(file, 0o644);
  return { file, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs the owner as the given user, under a prefix such as `nsenter …`; the runtime need not be in that user's reach. */
export async function runOwner(
  program: OwnerProgram,
  options: { readonly uid?: number; readonly prefix?: readonly string[] } = {},
): Promise<{ readonly owner: Owner; readonly said: unknown }> {
  const runtime = openSync(process.execPath, 'r');
  const argv = [...(options.prefix ?? []), '/proc/self/fd/3', program.file];
  const identity = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const owner = spawn('env', argv, {
    stdio: ['pipe', 'pipe', 'inherit', runtime],
    cwd: '/',
    ...identity,
  }) as Owner;
  closeSync(runtime);
  const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
  return { owner, said: JSON.parse(line) as unknown };
}

export async function startOwnedLab(program: OwnerProgram, uid?: number): Promise<OwnedLab> {
  const { owner, said } = await runOwner(program, uid === undefined ? {} : { uid });
  const lab = said as Omit<TestLab, 'dispose'>;
  const dispose = async (): Promise<void> => {
    if (owner.exitCode === null && owner.signalCode === null) {
      const exited = once(owner, 'exit');
      owner.stdin.end();
      await exited;
    }
  };
  return { ...lab, owner, dispose };
}

/** The process ids, as this machine counts them, of all that runs in the PID namespace of a process. */
export function processesWith(initPid: number): { readonly namespace: string; list(): number[] } {
  const namespace = readlinkSync(`/proc/${initPid}/ns/pid`);
  return { namespace, list: () => processesIn(namespace) };
}

function processesIn(pidNamespace: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => linkOf(`/proc/${pid}/ns/pid`) === pidNamespace).map(Number);
}

function linkOf(file: string): string | null {
  try {
    return readlinkSync(file);
  } catch {
    return null;
  }
}

/** The command line of a process, "" once it is gone. */
export function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

/** Waits for a condition that nothing announces, such as another process's death; the test's own time-out bounds it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await delay(10);
  }
}
