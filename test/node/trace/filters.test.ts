import assert from 'node:assert/strict';
import { NodeSession } from '../../../src/session/nodeSession.ts';
import { describeTrace } from '../../../src/trace/describe.ts';
import { resolveEndpoint } from '../../../src/trace/endpoint.ts';
import type { ProbeWish } from '../../../src/trace/probe.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { inspect, listen, sh, traceIn, wiring } from './wiring.ts';

/** A chain of its own at a hook, in a namespace ("node" for the node's own). */
interface Chain {
  readonly at: string;
  readonly family: string;
  readonly hook: string;
  readonly rules: string;
  readonly priority?: string;
  readonly policy?: 'drop';
}

function chainScript({ at, family, hook, rules, priority = '0', policy }: Chain, i: number): string {
  const enter = at === 'node' ? '' : `ip netns exec ${at} `;
  return `${enter}nft -f - <<'END'
table ${family} t${i} {
  set odd { type ipv4_addr; flags interval; elements = { 10.244.0.0/31, 10.244.0.2 }; }
  chain away { drop; }
  chain c { type filter hook ${hook} priority ${priority}; policy ${policy ?? 'accept'};
    ${rules}
  }
}
END`;
}

interface Case {
  readonly what: string;
  readonly chains: readonly Chain[];
  readonly to?: string;
  readonly probe?: ProbeWish;
  /** "WHO drops it: RULE, at the hook HOOK", of the request, or of its answer. */
  readonly ends: RegExp;
  readonly on: 'request' | 'reply';
  readonly hook: string;
  readonly bridgeNetfilter?: true;
  /** Pods that are to have forgotten all hardware addresses. */
  readonly asking?: readonly string[];
}

const ping = 'icmp type echo-request drop';
const inNode = (hook: string, rules = ping): Chain => ({ at: 'node', family: 'ip', hook, rules });

const cases: readonly Case[] = [
  {
    what: 'output, of the pod that sends',
    chains: [
      { at: 'web', family: 'inet', hook: 'output', rules: 'oifname "eth0" ip daddr 10.245.0.0/24 drop' },
    ],
    ends: /^web drops it: `oifname "eth0" ip daddr 10\.245\.0\.0\/24 drop` in chain c of table inet t0, at the hook output\.$/i,
    on: 'request',
    hook: 'output',
  },
  {
    what: 'prerouting',
    chains: [inNode('prerouting', 'iifname "cbr0" ip saddr @odd drop')],
    ends: /^The node drops it: `iifname "cbr0" ip saddr @odd drop` .*, at the hook prerouting\.$/,
    on: 'request',
    hook: 'prerouting',
  },
  {
    what: 'forward, by the policy of the chain',
    chains: [
      { ...inNode('forward', 'ct state established,related accept; iifname "cbr1" accept'), policy: 'drop' },
    ],
    ends: /^The node drops it: the policy of chain c of table ip t0, at the hook forward\.$/,
    on: 'request',
    hook: 'forward',
  },
  {
    what: 'postrouting, by a chain that it is sent to',
    chains: [inNode('postrouting', 'oifname vmap { "cbr1" : jump away }')],
    ends: /^The node drops it: `drop` in chain away of table ip t0, at the hook postrouting\.$/,
    on: 'request',
    hook: 'postrouting',
  },
  {
    what: 'input, of the pod that receives',
    chains: [{ at: 'far', family: 'inet', hook: 'input', rules: ping }],
    ends: /^far drops it: `icmp type echo-request drop` in chain c of table inet t0, at the hook input\.$/i,
    on: 'request',
    hook: 'input',
  },
  {
    what: 'forward, by a mark that a chain of lower priority gave it',
    chains: [
      { ...inNode('prerouting', 'iifname "cbr0" meta mark set 0x10'), priority: 'mangle' },
      inNode('forward', 'meta mark & 0xf0 == 0x10 drop'),
    ],
    ends: /^The node drops it: `meta mark & 0x000000f0 == 0x00000010 drop` .*, at the hook forward\.$/,
    on: 'request',
    hook: 'forward',
  },
  {
    what: 'the answer, on its way out of the pod',
    chains: [
      { at: 'far', family: 'ip', hook: 'output', rules: 'ip daddr 10.244.0.2 icmp type echo-reply drop' },
    ],
    ends: /^far drops it: `ip daddr 10\.244\.0\.2 icmp type echo-reply drop` .*, at the hook output\.$/i,
    on: 'reply',
    hook: 'output',
  },
  {
    what: 'the answer, in a pod that takes only what it did not ask for',
    chains: [{ at: 'web', family: 'ip', hook: 'input', rules: 'ct state established drop' }],
    ends: /^web drops it: `ct state established drop` .*, at the hook input\.$/i,
    on: 'reply',
    hook: 'input',
  },
  {
    what: 'TCP, refused by the pod that receives',
    chains: [{ at: 'far', family: 'inet', hook: 'input', rules: 'tcp dport 80 reject with tcp reset' }],
    probe: { kind: 'tcp', port: 80 },
    ends: /^far refuses it: `tcp dport 80 reject with tcp reset` .*, at the hook input\.$/i,
    on: 'request',
    hook: 'input',
  },
  {
    what: 'IPv6 alone',
    chains: [
      {
        at: 'node',
        family: 'inet',
        hook: 'forward',
        rules: 'meta nfproto ipv6 ip6 daddr fd00:245::/64 drop',
      },
    ],
    to: 'fd00:245::2',
    ends: /`ip6 daddr fd00:245::\/64 drop` .*, at the hook forward\.$/,
    on: 'request',
    hook: 'forward',
  },
  {
    what: 'a bridge, where the frame comes in',
    chains: [
      { at: 'node', family: 'bridge', hook: 'prerouting', rules: 'iifname "veth-web" ip protocol icmp drop' },
    ],
    to: 'db',
    ends: /`iifname "veth-web" ip protocol icmp drop` in chain c of table bridge t0, at the hook prerouting of the bridge\.$/,
    on: 'request',
    hook: 'prerouting',
  },
  {
    what: 'a bridge, from port to port',
    chains: [
      {
        at: 'node',
        family: 'bridge',
        hook: 'forward',
        rules: 'ip saddr 10.244.0.2 ip daddr 10.244.0.3 drop',
      },
    ],
    to: 'db',
    ends: /table bridge t0, at the hook forward of the bridge\.$/,
    on: 'request',
    hook: 'forward',
  },
  {
    what: 'a bridge, where the answer goes out',
    chains: [
      {
        at: 'node',
        family: 'bridge',
        hook: 'postrouting',
        rules: 'oifname "veth-web" ip saddr 10.244.0.3 drop',
      },
    ],
    to: 'db',
    ends: /at the hook postrouting of the bridge\.$/,
    on: 'reply',
    hook: 'postrouting',
  },
  {
    what: 'rules of IP that br_netfilter calls on what a bridge forwards',
    chains: [inNode('forward', 'iifname "cbr0" oifname "cbr0" drop')],
    to: 'db',
    ends: /`iifname "cbr0" oifname "cbr0" drop` in chain c of table ip t0, at the hook forward\.$/,
    on: 'request',
    hook: 'forward',
    bridgeNetfilter: true,
  },
  {
    what: 'the question for a hardware address, at a bridge',
    chains: [{ at: 'node', family: 'bridge', hook: 'forward', rules: 'ether type arp drop' }],
    to: 'db',
    ends: /^The node drops the question of web who has 10\.244\.0\.3 \(ARP\): `ether type arp drop` .*, at the hook forward of the bridge\.$/,
    on: 'request',
    hook: 'forward',
    asking: ['web', 'db'],
  },
  {
    what: 'the question for a hardware address, in the pod that is asked for',
    chains: [
      { at: 'db', family: 'arp', hook: 'input', rules: 'arp operation request arp daddr ip 10.244.0.3 drop' },
    ],
    to: 'db',
    ends: /^db drops the question of web who has 10\.244\.0\.3 \(ARP\): .*, at the hook input\.$/i,
    on: 'request',
    hook: 'input',
    asking: ['web', 'db'],
  },
  {
    what: 'neighbour discovery, in the pod that is asked for',
    chains: [{ at: 'db', family: 'ip6', hook: 'input', rules: 'icmpv6 type nd-neighbor-solicit drop' }],
    to: 'fd00:244::3',
    ends: /^db drops the question of web who has fd00:244::3 \(neighbour discovery\): .*, at the hook input\.$/i,
    on: 'request',
    hook: 'input',
    asking: ['web', 'db'],
  },
  {
    what: 'the answer of neighbour discovery, in the pod that asks',
    chains: [
      {
        at: 'web',
        family: 'inet',
        hook: 'input',
        rules: 'icmpv6 type { echo-reply, nd-neighbor-solicit } accept; meta nfproto ipv6 drop',
      },
    ],
    to: 'fd00:244::3',
    ends: /^web drops the answer to web, who asks for fd00:244::3 \(neighbour discovery\): .*, at the hook input\.$/i,
    on: 'request',
    hook: 'input',
    asking: ['web', 'db'],
  },
  {
    what: 'a single link, before all else',
    chains: [
      { at: 'node', family: 'netdev', hook: 'ingress device "veth-web"', rules: 'ip protocol icmp drop' },
    ],
    ends: /in chain c of table netdev t0, at the hook ingress\.$/,
    on: 'request',
    hook: 'ingress',
  },
];

describe('ways that rules end', () => {
  let sandbox: Sandbox;
  let session: NodeSession;

  before(async () => {
    sandbox = await startSandbox();
    const { transport } = sandbox;
    await sh(transport, wiring);
    await listen(transport, 'far', 'tcp', 80);
    session = new NodeSession({ label: 'test', open: () => Promise.resolve(transport) });
    await session.start(new AbortController().signal);
    // So that no question for a hardware address stands before what is tested.
    await traced('far');
    await traced('db');
    await traced('fd00:245::2');
  });

  after(() => {
    session.dispose();
    sandbox.dispose();
  });

  afterEach(() =>
    sh(
      sandbox.transport,
      `nft flush ruleset; for pod in web db far; do ip netns exec $pod nft flush ruleset; done
       echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables`,
    ),
  );

  const traced = async (
    to: string,
    probe: ProbeWish = { kind: 'icmp' },
  ): Promise<Trace & { told: string }> => {
    const { topology } = session;
    assert.ok(topology);
    const ends = [resolveEndpoint(topology, 'web'), resolveEndpoint(topology, to)] as const;
    const result = await session.trace(...ends, { probe });
    return { ...result, told: describeTrace(result, session.topology ?? topology) };
  };

  for (const { what, chains, to = 'far', probe, ends, on, hook, bridgeNetfilter, asking = [] } of cases) {
    it(`are foretold to end there, and seen to: ${what}`, async () => {
      await sh(
        sandbox.transport,
        `echo ${bridgeNetfilter ? 1 : 0} >/proc/sys/net/bridge/bridge-nf-call-iptables
         ${asking.map((pod) => `ip -n ${pod} neigh flush all`).join('\n')}
         ${chains.map(chainScript).join('\n')}`,
      );
      await session.refresh();
      const { path, wayBack, verdict, told, causes } = await traced(to, probe);
      const way = on === 'request' ? path : wayBack;
      assert.match(way?.stopped ?? '', ends, told);
      const { kind, record } = way?.stoppedBy ?? {};
      assert.deepEqual([kind, (record as { hook?: string } | undefined)?.hook], ['filter', hook]);
      assert.deepEqual([verdict.delivered, verdict.lostOn], [false, on], told);
      assert.ok(verdict.reason?.includes(way?.stopped ?? '?'), verdict.reason ?? '');
      assert.deepEqual(
        causes.slice(0, 1).map(({ rule }) => rule.includes('filter')),
        [true],
        told,
      );
    });
  }

  it('go on where a rule may drop it, and say so', async () => {
    await sh(sandbox.transport, chainScript(inNode('forward', 'limit rate over 1000/second drop'), 0));
    const { path, verdict, told } = await traced('far');
    assert.deepEqual([path.stopped, verdict.outcome], [null, 'answered'], told);
    const voices = path.hops.flatMap(({ alsoBy }) => alsoBy).filter(({ kind }) => kind === 'filter');
    assert.deepEqual(
      voices.map(({ why }) => why),
      [
        'In the node, chain c of table ip t0: it may be dropped by `limit rate over 1000/second drop`; that depends on what is not known here (limit rate over 1000/second).',
      ],
    );
  });

  it('go on where a rule lets the packet pass and its answer, and name it', async () => {
    await sh(
      sandbox.transport,
      chainScript(
        {
          ...inNode('forward', 'ct state established,related accept; iifname "cbr0" accept'),
          policy: 'drop',
        },
        0,
      ),
    );
    const { path, wayBack, verdict, told } = await traced('far', { kind: 'tcp', port: 80 });
    assert.deepEqual([path.stopped, wayBack?.stopped, verdict.outcome], [null, null, 'answered'], told);
    const voices = (way: Trace['path'] | null): string[] =>
      (way?.hops ?? []).flatMap(({ alsoBy }) =>
        alsoBy.filter(({ kind }) => kind === 'filter').map(({ why }) => why),
      );
    assert.deepEqual(voices(path), [
      'In the node, chain c of table ip t0: it passes by `iifname "cbr0" accept`.',
    ]);
    assert.deepEqual(voices(wayBack), [
      'In the node, chain c of table ip t0: it passes by `ct state established,related accept`.',
    ]);
  });

  it('are told to have ended otherwise where what was read is no longer so', async () => {
    await sh(sandbox.transport, chainScript(inNode('forward'), 0));
    const topology = await inspect(sandbox.transport);
    await sh(sandbox.transport, 'nft flush ruleset');
    const { path, verdict, notes } = await traceIn(sandbox.transport, topology, 'web', 'far');
    assert.match(path.stopped ?? '', /at the hook forward/);
    assert.equal(verdict.outcome, 'answered');
    assert.match(
      notes[0] ?? '',
      /^It was foretold to end on its way, and came through: The node drops it: .* That may have changed since it was read\.$/,
    );
  });

  it('are foretold of a recording alone, with what would mend them', async () => {
    await sh(sandbox.transport, chainScript({ at: 'far', family: 'inet', hook: 'input', rules: ping }, 0));
    const { namespaces } = await session.refresh();
    await session.readDetailsOf(namespaces.map(({ id }) => id));
    const { snapshot } = session;
    assert.ok(snapshot);
    const saved = NodeSession.ofRecording('saved', { ...snapshot, traces: [] });
    const topology = saved.topology ?? assert.fail();
    const trace = await saved.trace(resolveEndpoint(topology, 'web'), resolveEndpoint(topology, 'far'));
    assert.match(trace.path.stopped ?? '', /^far drops it/i);
    assert.deepEqual([trace.observedBy, trace.verdict.outcome], ['none', 'unsent']);
    assert.equal(trace.causes[0]?.rule, 'filter-drops-probe');
    const fine = await saved.trace(resolveEndpoint(topology, 'web'), resolveEndpoint(topology, 'db'));
    assert.deepEqual([fine.path.stopped, fine.causes], [null, []]);
    assert.match(
      fine.verdict.reason ?? '',
      /^This is foretold, and nothing was sent\. Nothing that was read stands in its way\.$/,
    );
    saved.dispose();
  });
});
