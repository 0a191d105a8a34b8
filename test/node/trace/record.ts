/**
 * Records test/fixtures/KERNEL-IPROUTE2/traces/: for each scenario what a lab's kernel said and what tcpdump and ping wrote,
 * byte by byte. Run it as root: `node test/node/trace/record.ts`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectSnapshot } from '../../../src/iproute/collect.ts';
import { formatSnapshot } from '../../../src/iproute/snapshot.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import { resolveEndpoint } from '../../../src/trace/endpoint.ts';
import { runTrace } from '../../../src/trace/runTrace.ts';
import { openLab } from '../../../src/transport/lab/openLab.ts';
import type {
  CommandOutput,
  ExecOptions,
  RemoteProcess,
  Transport,
} from '../../../src/transport/transport.ts';
import { sh, wiring } from './wiring.ts';

interface Scenario {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** What is done to the node before it is read. */
  readonly before?: string;
}

const scenarios: readonly Scenario[] = [
  { name: 'cold', from: 'web', to: 'db' },
  { name: 'warm', from: 'web', to: 'db' },
  { name: 'pod-to-node', from: 'web', to: 'node' },
  { name: 'node-to-pod', from: 'node', to: 'db' },
  { name: 'routed', from: 'web', to: 'far' },
  { name: 'itself', from: 'web', to: 'web' },
  { name: 'ipv6', from: 'web', to: 'fd00:244::3' },
  { name: 'absent', from: 'web', to: '10.244.0.9' },
  { name: 'no-route-at-node', from: 'web', to: '192.0.2.1' },
  { name: 'not-forwarded', from: 'web', to: 'far', before: 'echo 0 >/proc/sys/net/ipv4/ip_forward' },
  {
    name: 'ignored',
    from: 'web',
    to: 'db',
    before:
      'echo 1 >/proc/sys/net/ipv4/ip_forward; ip netns exec db sh -c "echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all"',
  },
  {
    name: 'veth-down',
    from: 'web',
    to: 'db',
    before:
      'ip netns exec db sh -c "echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_all"; ip link set veth-db down; ip -n web neigh flush all',
  },
];

/** A transport that keeps what captures and ping wrote. */
class Recorder implements Transport {
  readonly #inner: Transport;
  readonly captures: { argv: readonly string[]; stdout: Uint8Array[] }[] = [];
  ping: { argv: readonly string[]; output: CommandOutput } | null = null;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get kind(): Transport['kind'] {
    return this.#inner.kind;
  }

  get label(): string {
    return this.#inner.label;
  }

  get privilege(): Transport['privilege'] {
    return this.#inner.privilege;
  }

  get connection(): Transport['connection'] {
    return this.#inner.connection;
  }

  get onDidClose(): Transport['onDidClose'] {
    return this.#inner.onDidClose;
  }

  get openTerminal(): Transport['openTerminal'] {
    return this.#inner.openTerminal;
  }

  async exec(argv: readonly string[], options?: ExecOptions): Promise<CommandOutput> {
    const output = await this.#inner.exec(argv, options);
    if (argv.includes('LC_ALL=C')) {
      this.ping = { argv, output };
    }
    return output;
  }

  async spawn(argv: readonly string[], options?: Pick<ExecOptions, 'privileged'>): Promise<RemoteProcess> {
    const process = await this.#inner.spawn(argv, options);
    const capture = { argv, stdout: [] as Uint8Array[] };
    this.captures.push(capture);
    process.onStdout((chunk) => capture.stdout.push(chunk));
    return process;
  }

  dispose(): void {
    this.#inner.dispose();
  }
}

function namespaceIn(argv: readonly string[]): string {
  const at = argv.indexOf('netns');
  return at < 0 ? 'node' : (argv[at + 2] ?? 'node');
}

async function record(transport: Transport, scenario: Scenario): Promise<void> {
  await sh(transport, scenario.before ?? ':');
  const snapshot = await collectSnapshot(transport);
  const topology = buildTopology(snapshot);
  const recorder = new Recorder(transport);
  await runTrace(
    {
      transport: recorder,
      topology,
      from: resolveEndpoint(topology, scenario.from),
      to: resolveEndpoint(topology, scenario.to),
    },
    { id: scenario.name },
  );
  const kernel = snapshot.node.kernel.split('-')[0] ?? '';
  const tools = /iproute2-([\d.]+)/.exec(snapshot.node.iproute2)?.[1] ?? '';
  const folder = join(
    import.meta.dirname,
    '../../fixtures',
    `linux-${kernel}-iproute2-${tools}`,
    'traces',
    scenario.name,
  );
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'node.patchbay.json'), formatSnapshot(snapshot));
  await writeFile(
    join(folder, 'ping.json'),
    `${JSON.stringify({ from: scenario.from, to: scenario.to, argv: recorder.ping?.argv, ...recorder.ping?.output }, null, 2)}\n`,
  );
  for (const { argv, stdout } of recorder.captures) {
    await writeFile(join(folder, `${namespaceIn(argv)}.pcap`), Buffer.concat(stdout));
  }
}

const transport = await openLab();
try {
  await sh(transport, wiring);
  for (const scenario of scenarios) {
    await record(transport, scenario);
  }
} finally {
  transport.dispose();
}
