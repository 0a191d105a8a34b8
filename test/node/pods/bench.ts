/** What the tests of pods share: a node in a sandbox, plans run on it, and what can be seen there afterwards. */
import assert from 'node:assert/strict';
import { collectSnapshot } from '../../../src/iproute/collect.ts';
import { planCreatePods, type CreatePodsRequest } from '../../../src/pods/create.ts';
import { planDeletePods, type DeletePodsOptions } from '../../../src/pods/delete.ts';
import type { Plan } from '../../../src/topology/plan.ts';
import { parseOutcome, renderScript } from '../../../src/pods/script.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Link, Namespace, Topology } from '../../../src/topology/topology.ts';
import type { CommandOutput, Transport } from '../../../src/transport/transport.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';

export const newBridge = { create: 'cbr0', subnet: '10.244.0.0/24' };

export class Bench {
  readonly sandbox: Sandbox;
  readonly transport: Transport;

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.transport = sandbox.transport;
  }

  static async start(): Promise<Bench> {
    return new Bench(await startSandbox());
  }

  dispose(): void {
    this.sandbox.dispose();
  }

  /** Runs a script; fails the test with what it said. */
  async sh(script: string): Promise<string> {
    const { stdout, stderr, exitCode } = await this.transport.exec(['sh', '-e', '-s'], { stdin: script });
    assert.equal(exitCode, 0, `${script}\n${stderr}`);
    return stdout;
  }

  async topology(): Promise<Topology> {
    return buildTopology(await collectSnapshot(this.transport));
  }

  send(script: string): Promise<CommandOutput> {
    return this.transport.exec(['sh', '-s'], { stdin: script });
  }

  async run(plan: Plan): Promise<void> {
    parseOutcome(plan, await this.send(renderScript(plan)));
  }

  async create(request: CreatePodsRequest): Promise<Topology> {
    await this.run(planCreatePods(await this.topology(), request));
    return this.topology();
  }

  async planDelete(names: readonly string[], options: Partial<DeletePodsOptions> = {}): Promise<Plan> {
    const topology = await this.topology();
    const ids = names.map((name) => namespaceOf(topology, name).id);
    return planDeletePods(topology, ids, { connection: null, ...options });
  }

  /** One ping, from a pod or (null) from the node. */
  async ping(from: string | null, to: string): Promise<void> {
    await this.sh(`${from === null ? '' : `ip netns exec ${from} `}ping -c 1 -W 2 ${to} >/dev/null`);
  }

  /**
   * All that a plan may change, to compare: links, addresses, routes, the names of namespaces and the files that hold
   * them. Without what the kernel does by itself and in its own time: operational state, counters, link-local IPv6.
   */
  async state(): Promise<unknown> {
    const text = await this.sh(
      'ip -j -d addr; ip -j route show table all; ip -j -6 route; ip netns list; ls -li /run/netns',
    );
    const [links = '[]', routes = '[]', routes6 = '[]', ...names] = text.split('\n');
    return {
      links: (JSON.parse(links) as RawLink[]).map(lasting),
      routes: [...(JSON.parse(routes) as RawRoute[]), ...(JSON.parse(routes6) as RawRoute[])]
        .filter(({ dst }) => !/^f[ef]/.test(dst))
        .map(({ dst, dev, table, gateway }) => ({ dst, dev, table, gateway })),
      names,
    };
  }
}

interface RawLink {
  readonly [key: string]: unknown;
  readonly flags: readonly string[];
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
}

interface RawRoute {
  readonly dst: string;
  readonly dev: string;
  readonly table?: string;
  readonly gateway?: string;
}

function lasting(link: RawLink): unknown {
  const keys = [
    'ifindex',
    'ifname',
    'link_index',
    'link_netnsid',
    'mtu',
    'master',
    'address',
    'ifalias',
    'group',
    'qdisc',
  ];
  return {
    ...Object.fromEntries(keys.map((key) => [key, link[key]])),
    up: link.flags.includes('UP'),
    addresses: link.addr_info
      .filter(({ scope }) => scope !== 'link')
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`),
  };
}

export function namespaceOf(topology: Topology, name: string): Namespace {
  const found = topology.namespaces.find((namespace) => namespace.name === name);
  assert.ok(found, `There is no namespace ${name}.`);
  return found;
}

export function linkOf(topology: Topology, namespace: string, name: string): Link {
  const { id } = namespaceOf(topology, namespace);
  const found = topology.links.find((link) => link.namespace === id && link.name === name);
  assert.ok(found, `There is no link ${name} in ${namespace}.`);
  return found;
}
