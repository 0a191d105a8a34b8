/**
 * `npm run bench:trace -- [--pods 10,300] [--rounds 7] [--write]`: from the start of a trace to its verdict, over a real SSH
 * server, less the time that the ping itself takes. Needs root and sshd. `--write` puts the table into docs/BENCHMARKS.md.
 */
import { parseArgs } from 'node:util';
import { readNode } from '../../src/session/readNode.ts';
import { buildTopology } from '../../src/topology/build.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { resolveEndpoint } from '../../src/trace/endpoint.ts';
import { runTrace } from '../../src/trace/runTrace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { startSshd } from '../node/support/sshd.ts';
import { startPodNode } from './node/podNode.ts';
import { connectInto } from './node/sshWay.ts';
import { markdownTable, median, writeSection } from './section.ts';

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '10,300' },
    rounds: { type: 'string', default: '7' },
    write: { type: 'boolean', default: false },
  },
});

interface Measured {
  readonly pods: number;
  readonly cold: readonly number[];
  readonly warm: readonly number[];
  /** Links of the largest event of the first trace: the bridge's flood. */
  readonly floodLinks: number;
  readonly events: number;
}

async function timed(transport: Transport, topology: Topology): Promise<{ trace: Trace; ms: number }> {
  const ends = { from: resolveEndpoint(topology, 'pod2'), to: resolveEndpoint(topology, 'pod3') };
  const begun = performance.now();
  const trace = await runTrace({ transport, topology, ...ends }, { id: 'bench' });
  const ms = performance.now() - begun - (trace.verdict.rttMs ?? 0);
  if (!trace.verdict.delivered) {
    throw new Error(`The ping was lost: ${trace.verdict.reason ?? ''}`);
  }
  return { trace, ms };
}

async function measure(pods: number): Promise<Measured> {
  const sshd = await startSshd();
  const sandbox = await startPodNode(pods);
  const transport = await connectInto(sandbox, sshd);
  try {
    const { snapshot, pairing } = await readNode(transport);
    const topology = buildTopology(snapshot, pairing);
    const [cold, warm]: [number[], number[]] = [[], []];
    let first: Trace | null = null;
    for (let round = 0; round < Number(values.rounds); round++) {
      await transport.exec(['sh', '-c', 'ip -n pod2 neigh flush all; ip -n pod3 neigh flush all'], {
        privileged: true,
      });
      const asked = await timed(transport, topology);
      first ??= asked.trace;
      cold.push(asked.ms);
      warm.push((await timed(transport, topology)).ms);
    }
    const floodLinks = Math.max(0, ...(first?.events ?? []).map(({ links }) => links.length));
    return { pods, cold, warm, floodLinks, events: first?.events.length ?? 0 };
  } finally {
    transport.dispose();
    sandbox.dispose();
    await sshd.stop();
  }
}

const all: Measured[] = [];
for (const pods of values.pods.split(',').map(Number)) {
  console.error(`${pods} pods…`);
  all.push(await measure(pods));
}
const ms = (samples: readonly number[], of: (samples: readonly number[]) => number): string =>
  `${Math.round(of(samples))} ms`;
const text = [
  `One ping between two pods of one bridge over SSH, from the start to the verdict, less the ping itself; ${values.rounds} rounds.`,
  '_First_: after their neighbour entries were flushed, so that the bridge floods a question. The goal is 1.5 s with 300 pods.',
  '',
  markdownTable(
    [
      'pods',
      'first, median',
      'first, worst',
      'again, median',
      'again, worst',
      'links in the flood',
      'events told',
    ],
    all.map(({ pods, cold, warm, floodLinks, events }) => [
      String(pods),
      ms(cold, median),
      ms(cold, (samples) => Math.max(...samples)),
      ms(warm, median),
      ms(warm, (samples) => Math.max(...samples)),
      String(floodLinks),
      String(events),
    ]),
  ),
].join('\n');
console.log(text);
if (values.write) {
  await writeSection('trace', `## Tracing a ping\n\n${text}`);
}
