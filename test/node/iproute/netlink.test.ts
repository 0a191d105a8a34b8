import assert from 'node:assert/strict';
import fc from 'fast-check';
import { collectSnapshot } from '../../../src/iproute/collect.ts';
import { countProcesses } from '../../bench/node/podNode.ts';
import { replace } from '../support/hide.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { arbitraryModel } from '../truth/model.ts';
import { realise, supportedKinds } from '../truth/realise.ts';
import { sh } from '../trace/wiring.ts';
import { assertReadAlike, readersOf, type Readers } from './readers.ts';

/** Addresses, routes, rules, neighbours and links of every sort that pods have. */
const rich = `
ip link add br0 type bridge
ip addr add 10.1.0.1/24 dev br0
ip addr add fd00::1/64 dev br0 nodad
ip link set br0 up
for pod in web db "$(printf 'b\\377d\\nname')" broken; do
  n=$((n + 1))
  ip netns add "$pod"
  ip link add veth$n alias "to $pod" type veth peer name eth0 netns "$pod"
  ip link set veth$n up master br0
  ip -n "$pod" link set lo up
  ip -n "$pod" addr add 10.1.0.$((n + 1))/24 brd + dev eth0
  ip -n "$pod" addr add fd00::$((n + 1))/64 dev eth0 nodad
  ip -n "$pod" link set eth0 up alias '<eth0> of "pod"'
  ip -n "$pod" route add default via 10.1.0.1 mtu 1400 advmss 1360
  ip -n "$pod" -6 route add default via fd00::1 metric 7 hoplimit 3
done
ip -n web addr add 10.2.0.1 peer 10.2.0.2/32 dev eth0
ip -n web addr add 10.3.0.1/24 dev eth0 label eth0:x valid_lft 4000 preferred_lft 3000
ip -n web addr add 10.3.0.2/24 dev eth0 metric 300 noprefixroute
ip -n web addr add fd00:1::1/64 dev eth0 valid_lft 4000 preferred_lft 0 mngtmpaddr home
ip -n web link property add dev eth0 altname also-eth0
ip -n web link add link eth0 name mv0 type macvlan mode bridge
ip -n web link add link eth0 name mv1 type macvlan mode private
ip -n web link set mv0 up txqueuelen 7
ip -n web link add ifb7 type ifb
ip -n web link add inner type veth peer name outer
ip -n web link set inner up
ip -n web route add blackhole 10.9.0.0/16
ip -n web route add unreachable 10.10.0.0/16 metric 5
ip -n web route add prohibit 2001:db8::/32
ip -n web route add throw 10.11.0.0/16
ip -n web route add 10.12.0.0/16 nexthop via 10.1.0.3 weight 2 nexthop via 10.1.0.4 dev eth0
ip -n web route add 10.13.0.0/16 via inet6 fd00::3 dev eth0
ip -n web route add 10.14.0.1 via 10.99.0.1 dev eth0 onlink src 10.3.0.1 proto static scope global
ip -n web -6 route add 2001:db8:1::/48 from fd00::/64 via fd00::3 pref high
ip -n web -6 route add 2001:db8:2::/48 nexthop via fd00::3 nexthop via fd00::4
ip -n web route add local 10.15.0.0/16 dev lo table local
ip -n web neigh add 10.1.0.200 lladdr 02:00:00:00:00:01 dev eth0
ip -n web neigh add fd00::200 lladdr 02:00:00:00:00:02 dev eth0 nud reachable router
ip -n web neigh add 10.1.0.201 dev eth0 nud noarp lladdr 02:00:00:00:00:03
ip -n web neigh add 10.1.0.202 lladdr 02:00:00:00:00:04 dev eth0 nud stale extern_learn
ip -n web neigh add 10.1.0.203 lladdr 02:00:00:00:00:05 dev eth0 protocol bgp
ip -n web rule add from 10.1.0.0/24 to 10.9.0.0/16 iif eth0 lookup main priority 100
ip -n web rule add from 10.1.0.2 lookup default priority 101 protocol static
ip netns exec web sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 2 >/proc/sys/net/ipv4/conf/eth0/rp_filter'
ip netns exec db ping -c 1 -W 2 10.1.0.2 >/dev/null
ip -n broken link set eth0 down
ip link set veth4 down
ip netns add empty
unshare --net sleep 1000 </dev/null >/dev/null 2>&1 &
until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ] && [ "$(cat /proc/$!/comm)" = sleep ]; do :; done
`;

/** What only \`ip\` has all the words for. */
const particular = `
for pod in bridged tunnelled tapped ruled tabled; do ip netns add $pod; done
ip -n bridged link add br1 type bridge
ip -n tunnelled link add vx0 type vxlan id 7 dstport 4789
ip -n tapped tuntap add dev tap0 mode tap
ip -n ruled rule add fwmark 0x10 lookup main priority 100
ip -n tabled link set lo up
ip -n tabled route add 10.0.0.0/8 dev lo table 100
`;

describe('Reading by netlink, beside ip', function () {
  this.timeout(300_000);
  let node: Sandbox;

  beforeEach(async () => {
    node = await startSandbox();
  });
  afterEach(() => node.dispose());

  const assertAlike = async ({ ip, ...readers }: Readers, only?: keyof Readers): Promise<void> => {
    for (const [name, reader] of Object.entries(readers)) {
      if (only === undefined || only === name) {
        await assertReadAlike(reader, ip, name);
      }
    }
  };

  it('reads the same of pods of every sort, in perl and in python', async () => {
    await sh(node.transport, rich);
    const readers = await readersOf(node.transport);
    await assertAlike(readers);
  });

  it('starts no process for any of them', async () => {
    const reading = async (): Promise<number> => countProcesses(node, () => collectSnapshot(node.transport));
    await sh(node.transport, 'ip netns add first');
    const before = await reading();
    await sh(node.transport, rich);
    // What is sorted and joined beside it takes one process more where there is something to join.
    assert.ok((await reading()) - before <= 3, 'a namespace was read by ip');
  });

  it('leaves to ip what only ip can say', async () => {
    await sh(node.transport, particular);
    const readers = await readersOf(node.transport);
    await assertAlike(readers, 'perl');
    const read = await collectSnapshot(node.transport);
    const kinds = read.namespaces.flatMap(
      ({ links }) => links?.map(({ linkinfo }) => linkinfo?.info_kind) ?? [],
    );
    assert.deepEqual(kinds.filter(Boolean).sort(), ['bridge', 'tun', 'vxlan']);
  });

  it('reads the same of random nodes', async () => {
    const kinds = await supportedKinds();
    const property = fc.asyncProperty(arbitraryModel(kinds), async (model) => {
      const sandbox = await startSandbox();
      try {
        await realise(sandbox.transport, model);
        await assertAlike(await readersOf(sandbox.transport), 'perl');
      } finally {
        sandbox.dispose();
      }
    });
    await fc.assert(property, { numRuns: 15 });
  });

  it('falls back to ip where an interpreter is broken', async () => {
    await sh(node.transport, 'ip netns add web');
    await sh(node.transport, replace('perl', 'echo half an answer; exit 1'));
    const { namespaces, unknown } = await collectSnapshot(node.transport);
    assert.deepEqual(unknown, []);
    assert.deepEqual(
      namespaces[1]?.links?.map(({ ifname }) => ifname),
      ['lo'],
    );
  });
});
