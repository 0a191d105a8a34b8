/**
 * `npm run bench:verify -- [--pods 10,50,100] [--rounds 3] [--write]`: the Kubernetes network model verified over a real SSH
 * server, from the start to the verdict. Needs root and sshd. `--write` puts the table into docs/BENCHMARKS.md.
 */
import { parseArgs } from 'node:util';
import type { Transport } from '../../src/transport/transport.ts';
import { runVerification } from '../../src/verify/runVerification.ts';
import type { Verification } from '../../src/verify/verification.ts';
import { without } from '../node/support/hide.ts';
import { startSshd } from '../node/support/sshd.ts';
import { inspect, sh } from '../node/trace/wiring.ts';
import { startPodNode } from './node/podNode.ts';
import { connectInto } from './node/sshWay.ts';
import { markdownTable, median, writeSection } from './section.ts';

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '10,50,100' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
});

interface Case {
  readonly name: string;
  readonly setup: string;
  /** Programs that it is to do without. */
  readonly lacks: readonly string[];
  /** Not measured with more pods. */
  readonly mostPods: number;
  /** How many pairs may not hold. */
  readonly failing: (pods: number) => number;
}

const cases: readonly Case[] = [
  { name: 'perl', setup: ':', lacks: [], mostPods: Infinity, failing: () => 0 },
  { name: 'python3', setup: ':', lacks: ['perl'], mostPods: Infinity, failing: () => 0 },
  {
    name: 'perl, a pod cut off',
    setup: 'ip link set veth2 down',
    lacks: [],
    mostPods: 50,
    failing: (pods) => 2 * pods,
  },
  { name: '`ping` and `tcpdump`', setup: ':', lacks: ['perl', 'python3'], mostPods: 50, failing: () => 0 },
];

async function timed(transport: Transport): Promise<{ readonly ms: number; readonly result: Verification }> {
  const topology = await inspect(transport);
  const begun = performance.now();
  const result = await runVerification({ transport, topology }, { id: 'bench' });
  return { ms: performance.now() - begun, result };
}

async function measure(pods: number, { name, setup, lacks, failing }: Case): Promise<string[]> {
  const sshd = await startSshd();
  const sandbox = await startPodNode(pods);
  const transport = await connectInto(sandbox, sshd);
  try {
    await sh(sandbox.transport, setup);
    const over = lacks.length === 0 ? transport : await without(transport, ...lacks);
    const samples: number[] = [];
    let pairs = 0;
    for (let round = 0; round < Number(values.rounds); round++) {
      const { ms, result } = await timed(over);
      const wrong = result.cells.filter(({ verdict }) => verdict !== 'holds');
      if (wrong.length !== failing(pods)) {
        throw new Error(`${name}: ${wrong.length} pairs do not hold: ${wrong[0]?.text ?? ''}`);
      }
      samples.push(ms);
      pairs = result.pairs;
    }
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
    return [name, String(pods), String(pairs), seconds(median(samples)), seconds(Math.max(...samples))];
  } finally {
    transport.dispose();
    sandbox.dispose();
    await sshd.stop();
  }
}

const rows: string[][] = [];
for (const pods of values.pods.split(',').map(Number)) {
  for (const one of cases.filter(({ mostPods }) => pods <= mostPods)) {
    console.error(`${pods} pods, ${one.name}…`);
    rows.push(await measure(pods, one));
  }
}
const text = [
  `Every pair of the node and its pods on one bridge, over SSH, from the start to the verdict; ${values.rounds} rounds. The goal is 60 s for 50 pods.`,
  '_Cut off_: the cable of one pod is down, and each of its pairs is tried twice, for a second each. Of 100 pods a sample of 6,000 pairs is probed.',
  '',
  markdownTable(['probed by', 'pods', 'pairs', 'median', 'worst'], rows),
].join('\n');
console.log(text);
if (values.write) {
  await writeSection('verify', `## Verifying the network model\n\n${text}`);
}
