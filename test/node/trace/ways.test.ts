import assert from 'node:assert/strict';
import { describeTrace } from '../../../src/trace/describe.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { nameOfLink } from '../../../src/trace/words.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { inspect, sh, trace, traceIn, wiring } from './wiring.ts';

interface Way {
  readonly what: string;
  readonly setUp: string;
  readonly from: string;
  readonly to: string;
  readonly hops: readonly string[];
}

/** Two more namespaces; DAD off, so that links are of use at once. */
const ends = `
  for ns in a b; do
    ip netns add $ns
    ip -n $ns link set lo up
    ip netns exec $ns sh -c 'for file in all default; do echo 0 >/proc/sys/net/ipv6/conf/$file/accept_dad; done'
  done
`;

const ways: readonly Way[] = [
  {
    what: 'two macvlans on one link',
    setUp: `${ends}
      ip link add wire0 type veth peer name wire1; ip link set wire0 up; ip link set wire1 up
      for ns in a b; do ip link add mv0 link wire0 netns $ns type macvlan mode bridge; ip -n $ns link set mv0 up; done
      ip -n a addr add 192.0.2.1/24 dev mv0; ip -n b addr add 192.0.2.2/24 dev mv0`,
    from: 'a',
    to: 'b',
    hops: ['out mv0 of a', 'in mv0 of b'],
  },
  {
    what: 'a vxlan between two namespaces',
    setUp: `${ends}
      ip link add eth0 netns a type veth peer name eth0 netns b
      ip -n a addr add 198.51.100.1/24 dev eth0; ip -n b addr add 198.51.100.2/24 dev eth0
      for ns in a b; do ip -n $ns link set eth0 up; done
      ip -n a link add vx type vxlan id 7 remote 198.51.100.2 dstport 4789 dev eth0
      ip -n b link add vx type vxlan id 7 remote 198.51.100.1 dstport 4789 dev eth0
      ip -n a addr add 192.0.2.1/24 dev vx; ip -n b addr add 192.0.2.2/24 dev vx
      for ns in a b; do ip -n $ns link set vx up; done`,
    from: 'a',
    to: '192.0.2.2',
    hops: ['out vx of a', 'out eth0 of a', 'in eth0 of b', 'in vx of b'],
  },
  {
    what: 'a bridge behind a bridge',
    setUp: `${ends}
      ip link add br1 type bridge; ip link add br2 type bridge
      ip link add p1 type veth peer name p2; ip link set p1 master br1; ip link set p2 master br2
      ip link add va type veth peer name eth0 netns a; ip link set va master br1
      ip link add vb type veth peer name eth0 netns b; ip link set vb master br2
      for link in br1 br2 p1 p2 va vb; do ip link set $link up; done
      ip -n a addr add 192.0.2.1/24 dev eth0; ip -n b addr add 192.0.2.2/24 dev eth0
      for ns in a b; do ip -n $ns link set eth0 up; done`,
    from: 'a',
    to: 'b',
    hops: [
      'out eth0 of a',
      'in va',
      'through br1',
      'out p1',
      'in p2',
      'through br2',
      'out vb',
      'in eth0 of b',
    ],
  },
  {
    what: 'a policy rule to a table of its own',
    setUp: `${wiring}
      ip -n web rule add to 10.245.0.0/24 priority 100 table 50
      ip -n web route add default via 10.244.0.1 table 50
      ip -n web route del default via 10.244.0.1`,
    from: 'web',
    to: 'far',
    hops: ['out eth0 of web', 'in veth-web', 'in cbr0', 'out cbr1', 'out veth-far', 'in eth0 of far'],
  },
];

function hopNames(result: Trace, topology: Topology): string[] {
  const index = new TopologyIndex(topology);
  return result.path.hops.map(({ direction, link: id }) => {
    const link = index.link(id);
    return `${direction} ${link ? nameOfLink(index, link) : '?'}`;
  });
}

describe('ways that are foretold, seen, and confirmed by the kernel', () => {
  let sandbox: Sandbox;
  let transport: Transport;

  beforeEach(async () => {
    sandbox = await startSandbox();
    transport = sandbox.transport;
  });

  afterEach(() => sandbox.dispose());

  for (const { what, setUp, from, to, hops } of ways) {
    it(`follows ${what}`, async () => {
      await sh(transport, setUp);
      const { trace: result, topology } = await trace(transport, from, to);
      const told = describeTrace(result, topology);
      assert.deepEqual(hopNames(result, topology), hops, told);
      assert.equal(result.verdict.delivered, true, told);
      assert.ok(result.kernel.length > 0);
      assert.deepEqual(
        result.kernel.map(({ agrees }) => agrees),
        result.kernel.map(() => true),
        told,
      );
      const seen = new Set(result.sightings.map(({ link }) => link));
      const watched = result.path.hops.filter(({ direction }) => direction !== 'through');
      assert.deepEqual(
        watched.filter(({ link }) => !seen.has(link)),
        [],
        told,
      );
    });
  }

  it('names the rule that led to a table', async () => {
    await sh(transport, ways.at(-1)?.setUp ?? '');
    const { trace: result } = await trace(transport, 'web', 'far');
    assert.deepEqual(
      result.path.hops[0]?.alsoBy.map(({ kind, why }) => [kind, why]),
      [['rule', 'Rule 100 leads to table 50.']],
    );
  });

  const stops: [string, string, string, RegExp][] = [
    [
      'forwarding that is off',
      'echo 0 >/proc/sys/net/ipv4/ip_forward',
      'far',
      /does not forward IPv4 packets that come in through cbr0/,
    ],
    [
      'a strict rp_filter',
      'echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter; ip route add 10.244.0.2/32 dev cbr1',
      'far',
      /rp_filter of cbr0/,
    ],
    [
      'isolated ports',
      'command bridge link set dev veth-web isolated on; command bridge link set dev veth-db isolated on',
      'db',
      /are isolated ports/,
    ],
  ];
  for (const [what, fault, to, stopped] of stops) {
    it(`foretells that ${what} ends the way`, async () => {
      await sh(transport, `${wiring}${fault}`);
      const { trace: result, topology } = await trace(transport, 'web', to);
      assert.match(result.path.stopped ?? '', stopped, describeTrace(result, topology));
      assert.equal(result.verdict.delivered, false);
    });
  }

  it('says where the kernel disagrees with what was read', async () => {
    await sh(transport, wiring);
    const topology = await inspect(transport);
    await sh(
      transport,
      'ip -n web link add other type veth peer name end; ip -n web link set other up; ip -n web link set end up; ip -n web route add 10.245.0.0/24 dev other',
    );
    const result = await traceIn(transport, topology, 'web', 'far');
    assert.deepEqual(
      result.kernel.map(({ agrees }) => agrees),
      [false, true, true],
    );
    assert.match(
      result.notes[0] ?? '',
      /Web's kernel sends it out of other; its tables as read lead out of eth0\./i,
    );
  });
});
