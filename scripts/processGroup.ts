/** Long-running programs, ended together with all they started. */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { tiedToUs, type ProcessEnd, type ProcessOptions } from './processes.ts';

export interface ProcessGroup extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<ProcessEnd>;
  /** Asks the leader to end, and ends by force whatever of its group is left 5 s later. Safe to call twice. */
  dispose(): Promise<void>;
}

export interface ProcessGroupOptions extends ProcessOptions {
  onOutput?: (text: string) => void;
  /** Members whose command line matches have nothing to save: disposal does not wait for them (Linux only). */
  disposable?: RegExp;
}

/**
 * Starts a program as the leader of its own process group, so that everything it starts can be ended with it.
 * It does not outlive this process: on Linux the kernel sees to that even when this process is killed.
 */
export async function startProcessGroup(
  file: string,
  args: readonly string[],
  { onOutput, disposable, ...options }: ProcessGroupOptions = {},
): Promise<ProcessGroup> {
  const tied = tiedToUs(file, args);
  const child = spawn(tied.file, tied.args, {
    ...options,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  }
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  });
  const endWithUs = () => signalProcess(pid, 'SIGTERM');
  process.once('exit', endWithUs);
  let disposing: Promise<void> | undefined;
  const dispose = () => {
    process.off('exit', endWithUs);
    return (disposing ??= endGroup(pid, disposable));
  };
  return { pid, ended, dispose, [Symbol.asyncDispose]: dispose };
}

async function endGroup(leader: number, disposable: RegExp | undefined): Promise<void> {
  signalProcess(leader, 'SIGTERM');
  const isSettled = async () => {
    const members = await groupMembers(leader);
    return members.every((commandLine) => disposable?.test(commandLine));
  };
  await waitUntil(isSettled, 5_000);
  signalProcess(-leader, 'SIGKILL');
  await waitUntil(async () => (await groupMembers(leader)).length === 0, 10_000);
}

/** The kernel has no event for "the last process of a group ended", so this asks until it did. */
async function waitUntil(condition: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition()) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The command lines of a process group's living members; where there is no /proc, one empty line for all. */
async function groupMembers(leader: number): Promise<string[]> {
  if (!signalProcess(-leader, 0)) {
    return [];
  }
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) {
    return [''];
  }
  const lines = await Promise.all(pids.map((pid) => commandLineInGroup(pid, leader)));
  return lines.filter((line) => line !== undefined);
}

/** /proc/PID/stat is "pid (name) state ppid pgrp …", and the name may hold anything (man 5 proc). */
async function commandLineInGroup(pid: string, leader: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(group) !== leader || state === 'Z') {
      return undefined;
    }
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  } catch {
    return undefined;
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
