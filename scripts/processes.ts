/** Programs that are run to their end. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { onEndingSignal } from './signals.ts';

export interface ProcessOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

export interface ProcessEnd {
  /** Absent when a signal ended the process. */
  code: number | undefined;
  signal: NodeJS.Signals | undefined;
}

export interface RunProcessOptions extends ProcessOptions {
  /** After this long the program is asked to end. */
  timeoutMs?: number;
}

/**
 * Runs a program on this terminal and resolves when it has ended; rejects when it cannot be started. It gets the
 * ending signals from this process, and only from it: a session of its own keeps the terminal's Ctrl-C away.
 */
export async function runProcess(
  file: string,
  args: readonly string[],
  { timeoutMs, ...options }: RunProcessOptions = {},
): Promise<ProcessEnd> {
  const tied = tiedToUs(file, args);
  const child = spawn(tied.file, tied.args, {
    ...options,
    timeout: timeoutMs,
    detached: true,
    stdio: 'inherit',
  });
  const release = onEndingSignal((signal) => child.kill(signal));
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        resolve({ code: code ?? undefined, signal: signal ?? undefined });
      });
    });
  } finally {
    release();
  }
}

/** Runs a program to its end and returns what it printed to stdout; rejects with its stderr when it fails. */
export async function readProcess(
  file: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<string> {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) {
        resolve(stdout);
      } else {
        reject(
          new Error(`${file} ${args.join(' ')} ended with ${signal ?? String(code)}\n${stderr}${stdout}`),
        );
      }
    });
  });
}

/** On Linux the kernel asks the program to end when this process dies, even when it is killed. */
export function tiedToUs(file: string, args: readonly string[]): { file: string; args: string[] } {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  return setpriv === undefined
    ? { file, args: [...args] }
    : { file: setpriv, args: ['--pdeathsig', 'TERM', file, ...args] };
}

/** The full path of a program on PATH (or in the system folders that PATH of a plain user lacks). */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
