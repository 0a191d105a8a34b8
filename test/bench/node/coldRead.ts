/**
 * Reads a node once in a fresh process, as an extension host does: nothing is compiled yet. Prints how long the event
 * loop was held up at most while reading, pairing and building, and the memory it took. argv[2]: words that enter the node.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { NodeSession } from '../../../src/session/nodeSession.ts';
import { openLocal } from '../../../src/transport/local.ts';
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
const session = new NodeSession({
  label: 'bench',
  open: async () => enteredThrough(await openLocal(), enter),
});

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
const tick = (): void => {
  const now = { wall: performance.now(), cpu: cpuMs() };
  longestWallMs = Math.max(longestWallMs, now.wall - wall);
  longestCpuMs = Math.max(longestCpuMs, now.cpu - cpu);
  ({ wall, cpu } = now);
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
