import assert from 'node:assert/strict';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import { planLayout, type LayoutPlan } from '../../../webview/layout/plan.ts';
import { broken, podsOnBridge, TopologyBuilder, trueShapes } from '../../harness/panel/topologies.ts';

const planOf = (builder: TopologyBuilder, packed?: ReadonlySet<string>): LayoutPlan =>
  planLayout(indexTopology(builder.build()), packed);

function routedPods(count: number): TopologyBuilder {
  const builder = new TopologyBuilder();
  for (let number = 0; number < count; number++) {
    const eth0 = builder.link(builder.namespace(`pod${number}`), 'eth0', { kind: 'veth' });
    builder.plug(eth0, builder.link(builder.root, `cali${number}`, { kind: 'veth' }));
  }
  return builder;
}

const kinds = (plan: LayoutPlan): string[] =>
  plan.groups.map((group) => `${group.kind} ${group.cells.length}`);

describe('planLayout', () => {
  it('packs the pods of a bridge into one grid and does not repeat their host ends in the node', () => {
    const builder = podsOnBridge(20);
    const plan = planOf(builder);
    assert.deepEqual(kinds(plan), ['bridge 20']);
    const names = new Map(builder.build().links.map((link) => [link.id, link.name]));
    const node = plan.boxes[0];
    assert.deepEqual(
      [...(node?.wired ?? []), ...(node?.chips ?? [])].map((link) => names.get(link.id)),
      ['eth0', 'cbr0', 'lo'],
    );
  });

  it('gives the true shape to what hangs on no bridge, on several, or on another pod', () => {
    const builder = trueShapes();
    const plan = planOf(builder);
    const names = new Map(builder.build().namespaces.map((namespace) => [namespace.id, namespace.name]));
    assert.deepEqual(plan.boxes.map((box) => names.get(box.id)).sort(), [
      'calico-like',
      'mac-pod',
      'nested-guest',
      'nested-host',
      'node',
      'router',
    ]);
    assert.deepEqual(kinds(plan).sort(), ['bridge 1', 'bridge 2']);
  });

  it('packs routed pods when there are many, and does not unpack them again', () => {
    assert.deepEqual(kinds(planOf(routedPods(3))), []);
    assert.deepEqual(kinds(planOf(routedPods(30))), ['routed 30']);
    assert.deepEqual(kinds(planOf(routedPods(3), new Set(['routed']))), ['routed 3']);
  });

  it('hangs a host end with an unknown other end on its bridge, as nobody’s', () => {
    const plan = planOf(broken());
    const orphans = plan.groups
      .find((group) => group.kind === 'bridge')
      ?.cells.filter((cell) => cell.namespace === null);
    assert.deepEqual(
      orphans?.map((cell) => cell.peerUnknown),
      [true, true],
    );
  });

  it('shows namespaces without a known cable apart', () => {
    const loose = planOf(broken()).groups.find((group) => group.kind === 'loose');
    assert.deepEqual(
      loose?.cells.map((cell) => [cell.sort, cell.peerUnknown]),
      [
        ['who-am-i', true],
        ['empty', false],
      ],
    );
  });

  it('keeps a pod with fallback tunnel links in the grid, as pins', () => {
    const builder = podsOnBridge(1);
    const pod = builder.build().namespaces[1]?.id ?? '';
    builder.link(pod, 'tunl0', { kind: 'ipip', up: false });
    const cell = planOf(builder).groups[0]?.cells[0];
    assert.equal(cell?.pins.length, 2);
  });

  it('runs wires away from the node: bridge → host end → pod, uplink → VLAN', () => {
    const builder = trueShapes();
    const topology = builder.build();
    const name = (id: string): string => topology.links.find((link) => link.id === id)?.name ?? '';
    const wires = planOf(builder).wires.map(({ a, b }) => `${name(a)} → ${name(b)}`);
    for (const wire of [
      'br-left → r-port0',
      'r-port0 → eth0',
      'eth0 → mv0',
      'br-in → veth-in',
      'veth-in → eth0',
    ]) {
      assert.ok(wires.includes(wire), `${wire} in ${wires.join(', ')}`);
    }
  });

  it('bears edges and masters that lead nowhere', () => {
    const topology = podsOnBridge(2).build();
    const gone = topology.links.filter((link) => link.name !== 'cbr0');
    const plan = planLayout(indexTopology({ ...topology, links: gone }));
    assert.equal(plan.boxes.length + plan.groups.flatMap((group) => group.cells).length, 3);
  });

  it('bears a topology without a node namespace', () => {
    const topology = podsOnBridge(2).build();
    const namespaces = topology.namespaces.filter((namespace) => !namespace.root);
    assert.equal(kinds(planLayout(indexTopology({ ...topology, namespaces }))).join(), 'loose 2');
  });
});
