/**
 * Reads a node once in a fresh process, as an extension host does: nothing is compiled yet. Prints how long the event
 * loop was held up at most while reading, pairing and building, and the memory it took. argv[2]: words that enter the node.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { NodeSession } from '../../../src/session/nodeSession.ts';
import { openLocal } from '../../../src/transport/local.ts';
import { runCommand } from '../../../src/transport/processRunner.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { enteredThrough } from '../../node/support/sandbox.ts';

export interface ColdRead {
  /** The longest time between two turns of the event loop: with what other processes took of the machine meanwhile. */
  readonly longestWallMs: number;
  /** The most processor time that this thread used between two turns: its own work alone. */
  readonly longestCpuMs: number;
  /** What the process grew by at its peak, over what it was before. */
  readonly peakGrowthKiB: number;
}

const enter = JSON.parse(process.argv[2] ?? '[]') as string[];
const node = uncounted(enteredThrough(await openLocal(), enter));
const session = new NodeSession({ label: 'bench', open: () => Promise.resolve(node) });

/** Starting a process on this machine holds the event loop up for some milliseconds, which reading over SSH does not. */
function uncounted(transport: Transport): Transport {
  const spawn: Transport['spawn'] = (argv, options) => {
    tick();
    const started = transport.spawn(argv, options);
    ({ wall, cpu } = now());
    return started;
  };
  const exec: Transport['exec'] = (argv, options = {}) =>
    runCommand((toStart) => spawn(toStart, options), argv, options);
  return { ...transport, spawn, exec };
}

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
const memoryKiB = (what: 'VmHWM' | 'VmRSS'): number =>
  Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

let longestWallMs = 0;
let longestCpuMs = 0;
let wall = performance.now();
let cpu = cpuMs();
const now = (): { wall: number; cpu: number } => ({ wall: performance.now(), cpu: cpuMs() });
const tick = (): void => {
  const at = now();
  longestWallMs = Math.max(longestWallMs, at.wall - wall);
  longestCpuMs = Math.max(longestCpuMs, at.cpu - cpu);
  ({ wall, cpu } = at);
};
const before = memoryKiB('VmRSS');
writeFileSync('/proc/self/clear_refs', '5');
const timer = setInterval(tick, 1);
await session.start(new AbortController().signal);
tick();
clearInterval(timer);
session.dispose();
const result: ColdRead = { longestWallMs, longestCpuMs, peakGrowthKiB: memoryKiB('VmHWM') - before };
console.log(JSON.stringify(result));
