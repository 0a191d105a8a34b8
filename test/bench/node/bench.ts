/**
 * `npm run bench -- [--sizes 10,100,300,1000] [--rounds 5] [--write]`: how long it takes to read a node, beside others that
 * read it, interleaved in one run. Needs root, sshd and plotnetcfg. `--write` puts the tables into docs/BENCHMARKS.md.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs, promisify } from 'node:util';
import { enteredThrough } from '../../node/support/sandbox.ts';
import { startSshd, type Sshd } from '../../node/support/sshd.ts';
import { markdownTable, median, writeSection } from '../section.ts';
import type { ColdRead } from './coldRead.ts';
import * as contenders from './contenders.ts';
import type { Contender, Run } from './contenders.ts';
import { descendants, peakOfChildrenKiB } from './memory.ts';
import { countProcesses, startPodNode } from './podNode.ts';
import { connectInto, countWireBytes } from './sshWay.ts';

const run = promisify(execFile);

interface Row {
  readonly name: string;
  readonly whole: number[];
  readonly first: number[];
  processes: number;
  nodeKiB: number;
}

interface Measured {
  readonly pods: number;
  readonly rows: readonly Row[];
  readonly wireBytes: number;
  readonly cold: readonly ColdRead[];
}

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10,100,300,1000' },
    rounds: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const facts = await machineFacts();
const sshd = await startSshd();
const all: Measured[] = [];
try {
  for (const pods of values.sizes.split(',').map(Number)) {
    console.error(`${pods} pods…`);
    all.push(await measure(pods, sshd));
    console.log(`\n${describe(all.slice(-1))}`);
  }
} finally {
  await sshd.stop();
}
const text = `${facts}\n\n${describe(all)}\n\n${describeGoals(all)}`;
console.log(`\n${describeGoals(all)}`);
if (values.write) {
  await writeSection('node', text);
}

async function measure(pods: number, server: Sshd): Promise<Measured> {
  const node = await startPodNode(pods);
  const overSsh = await connectInto(node, server);
  try {
    const runners = [
      contenders.ours(contenders.oursOverSsh, overSsh),
      contenders.ours(contenders.oursLocal, enteredThrough(node.transport, contenders.ownSession)),
      ...contenders.peers(node),
    ];
    const rows = runners.map(({ name }): Row => ({ name, whole: [], first: [], processes: 0, nodeKiB: 0 }));
    const cold: ColdRead[] = [];
    await interleave(runners, rows, async () => {
      const script = new URL('coldRead.ts', import.meta.url).pathname;
      const { stdout } = await run(process.execPath, [script, JSON.stringify(node.enter)]);
      cold.push(JSON.parse(stdout) as ColdRead);
    });
    const bystanders = new Set(await descendants(process.pid));
    for (const [i, runner] of runners.entries()) {
      const row = rows[i];
      if (row) {
        row.processes = await countProcesses(node, () => runner.run());
        row.nodeKiB = await peakOfChildrenKiB(bystanders, () => runner.run());
      }
    }
    const wireBytes = await countWireBytes(node, server, (transport) => contenders.ours('', transport).run());
    return { pods, rows, wireBytes, cold };
  } finally {
    overSsh.dispose();
    node.dispose();
  }
}

/** Each round runs each contender once, and begins with another one; a first round warms up and is dropped. */
async function interleave(
  runners: readonly Contender[],
  rows: readonly Row[],
  afterRound: () => Promise<void>,
): Promise<void> {
  for (let round = -1; round < rounds; round++) {
    for (let turn = 0; turn < runners.length; turn++) {
      const i = (turn + round + 1) % runners.length;
      const [runner, row] = [runners[i], rows[i]];
      if (runner && row && !isSlow(row)) {
        const took: Run = await runner.run();
        if (round >= 0) {
          row.whole.push(took.wholeMs);
          row.first.push(...(took.firstMs === undefined ? [] : [took.firstMs]));
        }
      }
    }
    if (round >= 0) {
      await afterRound();
    }
  }
}

/** What takes ten seconds need not be known to the millisecond: two rounds do. */
function isSlow({ whole }: Row): boolean {
  return whole.length >= 2 && median(whole) > 10_000;
}

function describe(measured: readonly Measured[]): string {
  return measured.flatMap(describeSize).join('\n\n');
}

function describeSize({ pods, rows, wireBytes, cold }: Measured): string[] {
  const reference = wholeOf(rows, contenders.floor);
  const table = markdownTable(
    ['', 'first picture', 'complete', '× floor', 'processes started', 'peak memory on the node'],
    rows.map((row) => [
      row.name,
      row.first.length > 0 ? ms(median(row.first)) : '',
      ms(median(row.whole)),
      (median(row.whole) / reference).toFixed(2),
      String(row.processes),
      mebibytes(row.nodeKiB),
    ]),
  );
  const most = (of: (read: ColdRead) => number): string => median(cold.map(of)).toFixed(1);
  const wire = `On the wire over SSH, both ways: ${Math.round(wireBytes / 1024)} KiB.`;
  const held = `A fresh process that reads, pairs and builds is held up for at most ${most((read) => read.longestCpuMs)} ms of its own work (${most((read) => read.longestWallMs)} ms by the clock), and grows by ${mebibytes(median(cold.map((read) => read.peakGrowthKiB)))}.`;
  return [`### ${pods} pods`, table, `${wire} ${held}`];
}

/** What is wanted at 300 pods, and that the cost grows in a line with the pods. */
function describeGoals(measured: readonly Measured[]): string {
  const at = measured.find(({ pods }) => pods === 300);
  const lines: string[] = [];
  if (at) {
    const ssh = wholeOf(at.rows, contenders.oursOverSsh);
    const first = at.rows.find(({ name }) => name === contenders.oursOverSsh)?.first ?? [];
    const held = median(at.cold.map(({ longestCpuMs }) => longestCpuMs));
    lines.push(
      `- complete over SSH ÷ floor: ${(ssh / wholeOf(at.rows, contenders.floor)).toFixed(2)} (wanted: at most 1.3)`,
      `- complete over SSH ÷ ${contenders.allExec}: ${(ssh / wholeOf(at.rows, contenders.allExec)).toFixed(2)} (wanted: below 1)`,
      `- first picture over SSH ÷ plotnetcfg: ${(median(first) / wholeOf(at.rows, contenders.plotnetcfg)).toFixed(2)} (wanted: at most 0.25)`,
      `- longest slice of work: ${held.toFixed(1)} ms (wanted: at most 16 ms)`,
    );
  }
  const perPod = measured.map(
    ({ pods, rows }) => `${pods}: ${(wholeOf(rows, contenders.oursOverSsh) / pods).toFixed(2)} ms`,
  );
  lines.push(`- complete over SSH, for each pod: ${perPod.join(', ')}`);
  return `### Goals\n\n${lines.join('\n')}`;
}

function wholeOf(rows: readonly Row[], name: string): number {
  return median(rows.find((row) => row.name === name)?.whole ?? []);
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function mebibytes(kib: number): string {
  return `${(kib / 1024).toFixed(1)} MiB`;
}

async function machineFacts(): Promise<string> {
  const version = async (file: string, ...args: string[]): Promise<string> => {
    // plotnetcfg tells its version with exit code 1.
    const { stdout } = await run(file, args).catch((error: unknown) => error as { stdout: string });
    return stdout.trim().split('\n')[0] ?? '';
  };
  const os = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const kernel = /^\d+\.\d+/.exec(release())?.[0] ?? '';
  return [
    `Medians of ${rounds} rounds, each contender once a round, after one round to warm up. Measured on ${os}, Linux ${kernel},`,
    `${await version('ip', '-V')}, plotnetcfg ${await version('plotnetcfg', '--version')}, Node.js ${process.version},`,
    `${cpus().length} cores (${cpus()[0]?.model ?? ''}), ${Math.round(totalmem() / 2 ** 30)} GiB; load average at the start ${loadavg()[0]?.toFixed(1)}.`,
  ].join('\n');
}
