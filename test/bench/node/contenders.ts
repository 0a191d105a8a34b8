import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readNode } from '../../../src/session/readNode.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import type { Sandbox } from '../../node/support/sandbox.ts';

/** What one run of a contender took. */
export interface Run {
  readonly wholeMs: number;
  /** Until the root namespace was known. */
  readonly firstMs?: number;
}

export interface Contender {
  readonly name: string;
  run(): Promise<Run>;
}

export const plotnetcfg = 'plotnetcfg';
export const floor = 'floor: `ip -V` per namespace';
export const allExec = '`ip -all netns exec ip -j -d addr`';
export const fourCalls = 'four `ip -n` per namespace';
export const oursOverSsh = 'Patchbay over SSH';
export const oursLocal = 'Patchbay local';

/** Those who read the node by a script inside it; their output is read to its end, and dropped. */
export function peers(sandbox: Sandbox): Contender[] {
  const scripts: Record<string, string> = {
    [plotnetcfg]: 'plotnetcfg',
    [allExec]: 'ip -all netns exec ip -j -d addr 2>&1',
    [floor]: 'for n in *; do ip -V; done',
    [fourCalls]:
      'for n in *; do ip -n $n -j -d addr; ip -n $n -j route show table all; ip -n $n -j rule; ip -n $n -j neigh; done',
  };
  return Object.entries(scripts).map(([name, script]) => ({
    name,
    run: () => timed(() => runInside(sandbox, `cd /run/netns; ${script}`)),
  }));
}

export function ours(name: string, transport: Transport): Contender {
  return {
    name,
    run: async () => {
      const startedAt = performance.now();
      let firstMs: number | undefined;
      await readNode(transport, {
        onPartial: () => {
          firstMs ??= performance.now() - startedAt;
        },
      });
      const wholeMs = performance.now() - startedAt;
      return { wholeMs, firstMs: firstMs ?? wholeMs };
    },
  };
}

async function timed(work: () => Promise<void>): Promise<Run> {
  const startedAt = performance.now();
  await work();
  return { wholeMs: performance.now() - startedAt };
}

async function runInside(sandbox: Sandbox, script: string): Promise<void> {
  const [file, ...args] = [...sandbox.enter, 'sh', '-c', script];
  assert.ok(file);
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) {
    throw new Error(`Exit code ${String(code)}: ${script}`);
  }
}
