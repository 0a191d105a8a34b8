/** One look at a node before a probe: what it can send and watch with, and what its kernel says to each routing decision. */
import { runFramed } from '../iproute/runFramed.ts';
import type { Transport } from '../transport/transport.ts';
import { quoteArgv } from '../util/quote.ts';
import { inside } from './inside.ts';
import { questionFor, readAnswer } from './kernelAnswers.ts';
import type { RoutingStep } from './router.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { KernelAnswer } from './trace.ts';

export interface Survey {
  /** Programs that the node has, of those that were looked for. */
  readonly tools: ReadonlySet<string>;
  /** One for each routing decision that could be asked about. */
  readonly kernel: readonly KernelAnswer[];
}

const lookedFor = ['tcpdump', 'dumpcap', 'ping'];

/** Surveys in one round trip. Rejects with `cancelled` or `connection-lost`; what cannot be asked is left out. */
export async function survey(
  transport: Transport,
  index: TopologyIndex,
  routing: readonly RoutingStep[],
  signal: AbortSignal | undefined,
): Promise<Survey> {
  const asked = distinct(index, routing).flatMap((step) => {
    const namespace = index.namespace(step.namespace);
    const canEnter = namespace && (namespace.root || transport.privilege.way !== 'none');
    const argv = canEnter ? inside(namespace, questionFor(index, step)) : null;
    return argv === null ? [] : [{ step, argv }];
  });
  const script = [
    `mark() { printf '\\036%s %s\\n' "$nonce" "$1"; }`,
    'nonce=$1; LC_ALL=C; export LC_ALL',
    'mark tools',
    `for tool in ${lookedFor.join(' ')}; do command -v "$tool" >/dev/null 2>&1 && echo "$tool"; done`,
    ...asked.map(({ argv }) => `mark kernel\n${quoteArgv(argv)} 2>&1 </dev/null`),
    ':',
  ].join('\n');
  const { frames } = await runFramed(transport, script, { timeoutMs: 10_000, signal });
  const answers = frames.filter(({ header }) => header[0] === 'kernel');
  const tools = frames.find(({ header }) => header[0] === 'tools')?.body ?? '';
  return {
    tools: new Set(tools.split('\n').filter((line) => line !== '')),
    kernel: asked.flatMap(({ step }, i) => {
      const printed = answers[i]?.body;
      return printed === undefined ? [] : [readAnswer(index, step, printed)];
    }),
  };
}

/** Ways that part later have their first decisions in common. */
function distinct(index: TopologyIndex, routing: readonly RoutingStep[]): RoutingStep[] {
  const steps = routing.map(
    (step) => [`${step.namespace} ${questionFor(index, step).join(' ')}`, step] as const,
  );
  return [...new Map(steps).values()];
}
