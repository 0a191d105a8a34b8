import assert from 'node:assert/strict';
import { describeTrace } from '../../../src/trace/describe.ts';
import type { ProbeWish } from '../../../src/trace/probe.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { listen, sh, trace, wiring } from './wiring.ts';

/** Beside the pods an outside, which knows no way to them. */
const outside = `${wiring}
  ip netns add outside
  ip netns exec outside sh -c 'for file in all default; do echo 0 >/proc/sys/net/ipv6/conf/$file/accept_dad; done'
  ip link add up0 type veth peer name eth0 netns outside
  ip link set up0 up; ip -n outside link set eth0 up; ip -n outside link set lo up
  ip addr add 203.0.113.1/24 dev up0; ip -n outside addr add 203.0.113.2/24 dev eth0
  ip addr add fd00:99::1/64 dev up0 nodad; ip -n outside addr add fd00:99::2/64 dev eth0 nodad
`;

const nftRules = `nft -f - <<E
table ip nat {
  chain post { type nat hook postrouting priority srcnat; ip saddr 10.244.0.0/24 oifname "up0" counter masquerade; }
  chain services { ip daddr 10.96.0.10 tcp dport 80 dnat to 10.245.0.2:8080; ip daddr 203.0.113.1 tcp dport 30080 dnat to 10.245.0.2:8080; }
  chain pre { type nat hook prerouting priority dstnat; jump services; }
  chain out { type nat hook output priority -100; jump services; }
}
table ip6 nat {
  chain post { type nat hook postrouting priority srcnat; ip6 saddr fd00:244::/64 oifname "up0" masquerade; }
}
E`;

const iptablesRules = `
  iptables -t nat -A POSTROUTING -s 10.244.0.0/24 -o up0 -j MASQUERADE
  iptables -t nat -N SERVICES
  iptables -t nat -A SERVICES -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.245.0.2:8080
  iptables -t nat -A SERVICES -d 203.0.113.1/32 -p tcp -m tcp --dport 30080 -j DNAT --to-destination 10.245.0.2:8080
  iptables -t nat -A PREROUTING -j SERVICES
  iptables -t nat -A OUTPUT -j SERVICES
  ip6tables -t nat -A POSTROUTING -s fd00:244::/64 -o up0 -j MASQUERADE
`;

interface Case {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  readonly probe: ProbeWish;
  readonly nat: RegExp;
}

const web = { kind: 'tcp', port: 80 } as const;

const cases: readonly Case[] = [
  {
    what: 'a pod to the outside',
    from: 'web',
    to: '203.0.113.2',
    probe: { kind: 'icmp' },
    nat: /the source 10\.244\.0\.2 becomes 203\.0\.113\.1 \(masquerade\)/,
  },
  {
    what: 'a pod to the outside, by TCP',
    from: 'web',
    to: '203.0.113.2',
    probe: web,
    nat: /the source 10\.244\.0\.2 becomes 203\.0\.113\.1 \(masquerade\)/,
  },
  {
    what: 'a pod to the outside, over IPv6',
    from: 'web',
    to: 'fd00:99::2',
    probe: { kind: 'icmp' },
    nat: /the source fd00:244::2 becomes fd00:99::1 \(masquerade\)/,
  },
  {
    what: 'a pod to a service',
    from: 'web',
    to: '10.96.0.10',
    probe: web,
    nat: /the destination 10\.96\.0\.10 becomes 10\.245\.0\.2 port 8080 \(dnat\)/,
  },
  {
    what: 'the node to a service',
    from: 'node',
    to: '10.96.0.10',
    probe: web,
    nat: /the destination 10\.96\.0\.10 becomes 10\.245\.0\.2 port 8080 \(dnat\)/,
  },
  {
    what: 'the outside to a service',
    from: 'outside',
    to: '203.0.113.1',
    probe: { kind: 'tcp', port: 30080 },
    nat: /the destination 203\.0\.113\.1 becomes 10\.245\.0\.2 port 8080 \(dnat\)/,
  },
];

describe('ways through address translation', () => {
  let sandbox: Sandbox;
  let transport: Transport;

  beforeEach(async () => {
    sandbox = await startSandbox();
    transport = sandbox.transport;
    await sh(transport, outside);
    await sh(transport, 'ip route add default via 203.0.113.2');
    await listen(transport, 'far', 'tcp', 8080);
    await listen(transport, 'outside', 'tcp', 80);
  });

  afterEach(() => sandbox.dispose());

  for (const [tool, rules] of [
    ['nftables', nftRules],
    ['iptables', iptablesRules],
  ] as const) {
    for (const { what, from, to, probe, nat } of cases) {
      it(`are foretold and seen: ${what}, by ${tool}`, async () => {
        await sh(transport, rules);
        const { trace: result, topology } = await trace(transport, from, to, { probe });
        const told = describeTrace(result, topology);
        assert.deepEqual([result.verdict.outcome, result.path.stopped], ['answered', null], told);
        const voices = result.path.hops.flatMap(({ alsoBy }) => alsoBy).filter(({ kind }) => kind === 'nat');
        assert.match(voices.map(({ why }) => why).join('\n'), nat, told);
        assert.doesNotMatch(voices.map(({ why }) => why).join('\n'), /not certain/);
        const seen = new Set(result.sightings.map(({ link }) => link));
        const watched = result.path.hops.filter(({ direction }) => direction !== 'through');
        assert.deepEqual(
          watched.filter(({ link }) => !seen.has(link)),
          [],
          told,
        );
        assert.deepEqual(
          result.kernel.filter(({ agrees }) => agrees !== true),
          [],
          told,
        );
      });
    }
  }

  it('say so where chance decides between backends', async () => {
    await sh(
      transport,
      `iptables -t nat -A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.245.0.2:8080
       iptables -t nat -A PREROUTING -d 10.96.0.10/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.245.0.2:8080`,
    );
    const { trace: result } = await trace(transport, 'web', '10.96.0.10', { probe: web });
    const voices = result.path.hops.flatMap(({ alsoBy }) => alsoBy).filter(({ kind }) => kind === 'nat');
    assert.match(voices[0]?.why ?? '', /Whether it does, or which of several rules does, is not certain/);
    assert.equal(result.verdict.outcome, 'answered');
  });
});
