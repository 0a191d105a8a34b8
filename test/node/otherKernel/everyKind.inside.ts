/** Runs inside the guest (otherKernel.test.ts): links of the kinds that need modules, by both readers and as a topology. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { collectSnapshot } from '../../../src/iproute/collect.ts';
import type { Snapshot } from '../../../src/iproute/snapshot.ts';
import { readNode } from '../../../src/session/readNode.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Link, Topology } from '../../../src/topology/topology.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { assertReadAlike } from '../iproute/readers.ts';
import { without } from '../support/hide.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';
import { loadModule } from '../support/userModeLinux.ts';
import { sh } from '../trace/wiring.ts';
import { compare } from '../truth/compare.ts';
import { arbitraryModel } from '../truth/model.ts';
import { realise, supportedKinds } from '../truth/realise.ts';

/** What makes a link of its own in each namespace when it is there. */
const modules = ['ipip', 'sit', 'ip_gre', 'ip6_tunnel', 'ip6_gre', 'ip_vti', 'ip6_vti'];

function loadModules(): void {
  modules.forEach((module) => execFileSync(loadModule, [module]));
}

const wiring = `
ip netns add web
ip link add name v0 type veth peer name eth0 netns web
in_web="ip -n web link add"
$in_web link eth0 name eth0.5 type vlan id 5 ingress-qos-map 1:2 egress-qos-map 3:4 5:6
$in_web link eth0 name eth0.6 type vlan protocol 802.1ad id 6 reorder_hdr off gvrp on loose_binding on
$in_web name d0 type dummy
$in_web name w1 type veth peer name w2
$in_web link w1 name iv2 type ipvlan mode l2 vepa
$in_web link w1 name iv3 type ipvlan mode l2 private
$in_web link w2 name mt0 type macvtap mode vepa
$in_web link d0 name mv0 type macvlan mode passthru nopromisc
$in_web name t0 type ipip local 192.0.2.1 remote 192.0.2.2 ttl 64
$in_web name t1 type sit local 192.0.2.1 remote 192.0.2.3 nopmtudisc
$in_web name t2 type gre local 192.0.2.1 remote 192.0.2.4 ttl 64
$in_web name t3 type gretap local 192.0.2.1 remote 192.0.2.5
$in_web name t9 type gre local 192.0.2.1 remote 192.0.2.7 key 5 seq
$in_web name t10 type gretap local 192.0.2.1 remote 192.0.2.8 ikey 1 okey 10.0.0.2 icsum ocsum
$in_web name t11 type ip6gretap local 2001:db8::1 remote 2001:db8::5 okey 3
$in_web name t4 type ip6tnl local 2001:db8::1 remote 2001:db8::2 dev d0 encaplimit none
$in_web name t5 type ip6tnl local 2001:db8::1 remote 2001:db8::3 tclass inherit flowlabel 0x12345 dscp inherit
$in_web name t6 type ip6gre local 2001:db8::1 remote 2001:db8::4 tclass 0x2a
$in_web name t7 type vti local 192.0.2.1 remote 192.0.2.6
$in_web name t8 type ip6tnl mode any external
for link in d0 t0 t1 t2 t4; do ip -n web link set $link up; done
ip -n web addr add 10.5.0.1 peer 10.5.0.2 dev t0
ip -n web neigh add 10.6.0.2 lladdr 192.0.2.9 dev t2 nud permanent || true
ip netns add bonded
ip -n bonded link add b0 type bond mode active-backup
ip -n bonded link add d1 type dummy
ip -n bonded link set d1 master b0
ip -n bonded link add r0 type vrf table 7
ip -n bonded link add d2 type dummy
ip -n bonded link set d2 master r0
ip link add br0 type bridge vlan_filtering 1
ip link set v0 master br0
bridge vlan add dev v0 vid 5 pvid untagged
bridge vlan add dev v0 vid 7-9
`;

describe('With a kernel that has every kind of link', function () {
  this.timeout(600_000);
  let node: Sandbox;

  beforeEach(async () => {
    node = await startSandbox();
  });
  afterEach(() => node.dispose());

  const assertAlike = async (transport: Transport): Promise<Snapshot> =>
    assertReadAlike(transport, await without(transport, 'perl', 'python3'), 'netlink');

  it('random nodes are read as they are', async () => {
    const kinds = await supportedKinds();
    const property = fc.asyncProperty(arbitraryModel(kinds), async (model) => {
      const sandbox = await startSandbox();
      try {
        const holders = await realise(sandbox.transport, model);
        const { snapshot, pairing } = await readNode(sandbox.transport);
        compare(model, holders, withoutState(buildTopology(snapshot, pairing)));
        await assertAlike(sandbox.transport);
      } finally {
        sandbox.dispose();
      }
    });
    await fc.assert(property, { numRuns: 5 });
  });

  it('netlink is read as ip reads it', async () => {
    loadModules();
    await sh(node.transport, wiring);
    const { namespaces } = await assertAlike(node.transport);
    const kinds = new Set(
      namespaces.flatMap(({ links }) => links?.map(({ linkinfo }) => linkinfo?.info_kind)),
    );
    const expected =
      'vlan dummy ipvlan macvtap macvlan ipip sit gre gretap erspan ip6tnl ip6gre vti vti6 bond vrf';
    for (const kind of expected.split(' ')) {
      assert.ok(kinds.has(kind), kind);
    }
  });

  it('only links that ip alone has words for are left to it', async () => {
    loadModules();
    await sh(node.transport, wiring);
    const asked: string[] = [];
    const listening: Transport = {
      ...node.transport,
      spawn: async (argv, options) => {
        const process = await node.transport.spawn(argv, options);
        const write = process.write.bind(process);
        process.write = (data) => {
          asked.push(String(data));
          write(data);
        };
        return process;
      },
    };
    const { namespaces } = await collectSnapshot(listening);
    const bonded = namespaces.find(({ paths }) => paths.includes('/run/netns/bonded'));
    assert.equal(asked.at(-1)?.trim(), bonded?.id);
  });

  it('the topology says what they are', async () => {
    loadModules();
    await sh(node.transport, wiring);
    const { snapshot, pairing } = await readNode(node.transport);
    const topology = buildTopology(snapshot, pairing);
    const link = (name: string): Link => linkNamed(topology, name);
    assert.deepEqual([link('eth0.5').vlanId, link('eth0.6').vlanId], [5, 6]);
    assert.deepEqual(
      [link('iv2').mode, link('mv0').mode, link('b0').mode],
      ['l2', 'passthru', 'active-backup'],
    );
    assert.equal(link('t2').tunnel?.remote, '192.0.2.4');
    assert.equal(link('t4').tunnel?.remote, '2001:db8::2');
    const joins = (kind: string, a: string, b: string): boolean =>
      topology.edges.some((edge) => edge.kind === kind && edge.a === link(a).id && edge.b === link(b).id);
    assert.ok(joins('member', 'd1', 'b0') && joins('member', 'd2', 'r0'));
    assert.ok(joins('lower', 'eth0.5', 'eth0') && joins('tunnel', 't4', 'd0'));
    const vlans = topology.vlans.filter((vlan) => vlan.link === link('v0').id);
    assert.deepEqual(
      vlans.map(({ first, last, pvid, untagged }) => [first, last, pvid, untagged]),
      [
        [1, 1, false, true],
        [5, 5, true, true],
        [7, 7, false, false],
        [8, 8, false, false],
        [9, 9, false, false],
      ],
    );
  });
});

/** The guest is slow: what is read beside the wiring may be given up, and is not looked at here. */
function withoutState(topology: Topology): Topology {
  return { ...topology, unknown: topology.unknown.filter(({ what }) => what !== 'state') };
}

function linkNamed(topology: Topology, name: string): Link {
  const found = topology.links.find((link) => link.name === name);
  assert.ok(found, name);
  return found;
}
