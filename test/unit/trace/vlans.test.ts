import assert from 'node:assert/strict';
import type { Link, PortVlan, Topology } from '../../../src/topology/topology.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import { hopNames, indexOf, linkName, namespaceNamed, predicted } from './recorded.ts';

const recordedIndex = indexOf('warm');

function linkNamed(index: TopologyIndex, name: string): Link {
  const link = index.topology.links.find(({ id }) => linkName(index, id) === name);
  assert.ok(link, name);
  return link;
}

/** The recorded node with its bridge filtering VLANs: web at an access port, db at a trunk with a vlan link on its eth0. */
function filtering(
  vlans: readonly (readonly [string, Partial<PortVlan> & { readonly first: number }])[],
): TopologyIndex {
  const { topology } = recordedIndex;
  const [bridge, eth0] = [linkNamed(recordedIndex, 'cbr0'), linkNamed(recordedIndex, 'eth0 of db')];
  const upper: Link = {
    ...eth0,
    id: `${eth0.namespace}:99`,
    ifindex: 99,
    name: 'eth0.20',
    kind: 'vlan',
    vlanId: 20,
    peer: null,
  };
  const changed: Topology = {
    ...topology,
    links: [
      ...topology.links.map((link) =>
        link.id === bridge.id
          ? { ...link, raw: { ...link.raw, linkinfo: { info_data: { vlan_filtering: 1 } } } }
          : link.id === eth0.id
            ? { ...link, addresses: [] }
            : link,
      ),
      upper,
    ],
    edges: [...topology.edges, { kind: 'lower', a: upper.id, b: eth0.id }],
    vlans: vlans.map(([name, vlan]) => ({
      namespace: bridge.namespace,
      link: linkNamed(recordedIndex, name).id,
      last: vlan.first,
      pvid: false,
      untagged: false,
      ...vlan,
    })),
    neighbours: [],
    routes: topology.routes.map((route) => (route.link === eth0.id ? { ...route, link: upper.id } : route)),
  };
  return new TopologyIndex(changed);
}

const access = ['veth-web', { first: 20, pvid: true, untagged: true }] as const;

describe('predictPath, through VLANs', () => {
  it('goes from an access port to a trunk, and up to the link that takes the tag off', () => {
    const index = filtering([access, ['veth-db', { first: 20 }]]);
    const { path } = predicted(index, 'web', 'db');
    assert.deepEqual(hopNames(index, path).slice(2), [
      'through cbr0',
      'out veth-db',
      'in eth0 of db',
      'in eth0.20 of db',
    ]);
    assert.equal(path.stopped, null);
    assert.equal(path.to.namespace, namespaceNamed(index, 'db').id);
    assert.deepEqual(
      path.hops[3]?.alsoBy.map(({ kind, why }) => [kind, why]),
      [['vlan', 'veth-db lets VLAN 20 out with its tag.']],
    );
  });

  it('goes down into the tag on the way back', () => {
    const index = filtering([access, ['veth-db', { first: 20 }]]);
    const { path } = predicted(index, 'db', 'web');
    assert.deepEqual(hopNames(index, path), [
      'out eth0.20 of db',
      'out eth0 of db',
      'in veth-db',
      'through cbr0',
      'out veth-web',
      'in eth0 of web',
    ]);
    assert.equal(path.stopped, null);
  });

  it('ends where the ports have no VLAN in common, and says so', () => {
    const { path } = predicted(filtering([access, ['veth-db', { first: 30 }]]), 'web', 'db');
    assert.match(path.stopped ?? '', /cbr0 filters VLANs, and veth-db is not in the frame's/);
  });

  it('ends at a port without a VLAN for untagged frames', () => {
    const { path } = predicted(
      filtering([
        ['veth-web', { first: 20 }],
        ['veth-db', { first: 20 }],
      ]),
      'web',
      'db',
    );
    assert.match(path.stopped ?? '', /veth-web takes no frames without a tag/);
  });

  it('ends where nothing takes the tag', () => {
    const { path } = predicted(
      filtering([
        ['veth-web', { first: 40, pvid: true, untagged: true }],
        ['veth-db', { first: 40 }],
      ]),
      'web',
      'db',
    );
    assert.match(path.stopped ?? '', /Nothing on eth0 of db takes frames of VLAN 40/);
  });
});
