import assert from 'node:assert/strict';
import ELK from 'elkjs/lib/elk.bundled.js';
import type { Selection } from '../../../src/protocol/messages.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { changedKeys } from '../../../webview/graph/changes.ts';
import { circuitOfSelection } from '../../../webview/graph/circuit.ts';
import { announce, describe as describeSelection } from '../../../webview/graph/describe.ts';
import { linkKey, selectionName, selectLink, selectNamespace } from '../../../webview/graph/selection.ts';
import { indexTopology, type TopologyIndex } from '../../../webview/graph/topologyIndex.ts';
import { walk, type WalkStep } from '../../../webview/graph/walk.ts';
import { layoutPlan } from '../../../webview/layout/layoutTopology.ts';
import { planLayout } from '../../../webview/layout/plan.ts';
import { buildRouter } from '../../../webview/layout/route.ts';
import { emptyMemory } from '../../../webview/layout/slots.ts';
import { tooltipOf } from '../../../webview/render/tooltip.ts';
import { composeScene } from '../../../webview/render/scene.ts';
import {
  broken,
  fiveBridges,
  hostileNames,
  podsOnBridge,
  topologies,
  trueShapes,
} from '../../harness/panel/topologies.ts';

function podOf(index: TopologyIndex, name: string): Selection {
  const namespace = index.topology.namespaces.find((one) => one.name === name);
  assert.ok(namespace, `pod ${name}`);
  return selectNamespace(namespace.id);
}

function linkOf(index: TopologyIndex, owner: string, name: string): string {
  const namespace = index.topology.namespaces.find((one) => one.name === owner);
  const link = index.topology.links.find((one) => one.namespace === namespace?.id && one.name === name);
  assert.ok(link, `${name} of ${owner}`);
  return link.id;
}

function follow(index: TopologyIndex, start: Selection | null, steps: readonly WalkStep[]): string[] {
  const trail: Selection[] = [];
  let at = start;
  return steps.map((step) => {
    const next = walk(index, at, step, trail);
    if (next !== undefined) {
      trail.push(...(at ? [at] : []));
      at = next;
    }
    return next === undefined ? '-' : selectionName(index, next);
  });
}

describe('walk', () => {
  const index = indexTopology(podsOnBridge(4).build());
  const veth = index.links.get(linkOf(index, 'app-2', 'eth0'))?.peer ?? '';
  const vethName = index.links.get(veth)?.name ?? '';

  it('goes pod → eth0 → veth → bridge → node, and back the same way', () => {
    const steps = follow(index, podOf(index, 'app-2'), [
      'in',
      'in',
      'in',
      'in',
      'in',
      'out',
      'out',
      'out',
      'out',
    ]);
    const way = ['eth0 of app-2', `${vethName} of node`, 'cbr0 of node', 'node'];
    assert.deepEqual(steps, [...way, '-', 'cbr0 of node', `${vethName} of node`, 'eth0 of app-2', 'app-2']);
  });

  it('goes up and down among the pods of a bridge and among its ports', () => {
    assert.deepEqual(
      new Set(follow(index, podOf(index, 'app-1'), ['previous', 'next', 'next', 'next', 'next'])).has(
        'app-4',
      ),
      true,
    );
    const ports = index.portsOf(linkOf(index, 'node', 'cbr0'));
    const names = follow(index, selectLink(ports[0]?.id ?? ''), ['next', 'next', 'next', 'next']);
    assert.deepEqual(names, [...ports.slice(1).map((port) => `${port.name} of node`), '-']);
  });

  it('starts at the node', () => {
    assert.deepEqual(follow(index, null, ['out']), ['node']);
  });

  for (const [name, make] of Object.entries(topologies).filter(([key]) => key !== '500-pods')) {
    it(`reaches every namespace and link of ${name} by keys alone`, () => {
      const whole = indexTopology(make());
      const seen = new Set<string>();
      const queue: Selection[] = [walk(whole, null, 'out') ?? selectNamespace('')];
      for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
        const key = `${at.kind} ${at.id}`;
        if (!seen.has(key)) {
          seen.add(key);
          for (const step of ['in', 'out', 'previous', 'next'] as const) {
            queue.push(...[walk(whole, at, step)].filter((one) => one !== undefined));
          }
        }
      }
      const all = [
        ...whole.topology.namespaces.map((one) => `namespace ${one.id}`),
        ...whole.topology.links.map((one) => `link ${one.id}`),
      ];
      assert.deepEqual(
        all.filter((key) => !seen.has(key)),
        [],
      );
    });
  }
});

describe('circuit', () => {
  const index = indexTopology(podsOnBridge(3).build());

  it('of a pod runs from its eth0 over the cable to the bridge', () => {
    const eth0 = linkOf(index, 'app-1', 'eth0');
    const circuit = circuitOfSelection(index, podOf(index, 'app-1'));
    assert.deepEqual(circuit.chains, [[eth0, index.links.get(eth0)?.peer, linkOf(index, 'node', 'cbr0')]]);
  });

  it('of a bridge is all that hangs on it', () => {
    const circuit = circuitOfSelection(index, selectLink(linkOf(index, 'node', 'cbr0')));
    assert.equal(circuit.links.size, 1 + 3 + 3);
    assert.equal(circuit.wholeBridges.size, 1);
  });

  it('of a tunnel on a bridge runs on both ways, and that of what carries it takes in what lies on it', () => {
    const node = indexTopology(fiveBridges().build());
    const [vxlan, cbr0, eth0] = ['vxlan1', 'cbr0', 'eth0'].map((name) => linkOf(node, 'node', name));
    const circuit = circuitOfSelection(node, selectLink(vxlan ?? ''));
    assert.deepEqual(circuit.chains, [[cbr0, vxlan, eth0]]);
    const carrier = circuitOfSelection(node, selectLink(eth0 ?? ''));
    assert.deepEqual([...carrier.links].sort(), [eth0, vxlan, linkOf(node, 'node', 'eth0.100')].sort());
  });

  it('goes down all that a link lies on, one after the other', () => {
    const builder = podsOnBridge(1);
    const { root } = builder;
    const bond = builder.link(root, 'bond0', { kind: 'bond' });
    const vlan = builder.link(root, 'bond0.5', { kind: 'vlan' });
    const macvlan = builder.link(builder.namespace('mac'), 'mv0', { kind: 'macvlan' });
    builder.stack('lower', vlan, bond);
    builder.stack('lower', macvlan, vlan);
    const circuit = circuitOfSelection(indexTopology(builder.build()), selectLink(macvlan));
    assert.deepEqual(circuit.chains, [[macvlan, vlan, bond]]);
  });

  it('of what is gone is empty', () => {
    assert.equal(circuitOfSelection(index, selectLink('1:1')).links.size, 0);
  });
});

describe('changedKeys', () => {
  const change = (topology: Topology, link: Partial<Topology['links'][number]>): Topology => ({
    ...topology,
    links: topology.links.map((one) => (one.name === 'cbr0' ? { ...one, ...link } : one)),
  });
  const before = podsOnBridge(2).build();
  const cbr0 = before.links.find((link) => link.name === 'cbr0')?.id ?? '';

  it('tells a link whose facts differ', () => {
    assert.deepEqual([...changedKeys(before, change(before, { up: false }))], [linkKey(cbr0)]);
  });

  it('does not tell counters', () => {
    assert.equal(changedKeys(before, change(before, { raw: { stats64: { rx: { bytes: 1 } } } })).size, 0);
  });

  it('is silent about the first topology and about another node', () => {
    const other = { ...before, links: [], node: { ...before.node, hostname: 'other' } };
    assert.equal(changedKeys(null, before).size + changedKeys(other, before).size, 0);
  });
});

describe('describe', () => {
  it('says why the other end is unknown, and what to do', () => {
    const index = indexTopology(broken().build());
    const description = describeSelection(index, selectLink(linkOf(index, 'node', 'vethunread')));
    const notes = description?.sections.flatMap((section) => section.notes ?? []) ?? [];
    assert.match(notes[0]?.text ?? '', /cannot be read/);
    assert.match(notes[0]?.remedy ?? '', /root/);
  });

  it('shows a bridge with its ports, their pods and its forwarding table', () => {
    const index = indexTopology(podsOnBridge(3).build());
    const description = describeSelection(index, selectLink(linkOf(index, 'node', 'cbr0')));
    const counts = description?.sections.flatMap(({ title, count }) =>
      count === undefined ? [] : `${title} ${count}`,
    );
    assert.deepEqual(counts, ['Ports 3', 'Forwarding table 3']);
  });

  it('makes the other end of a cable a way to go there', () => {
    const index = indexTopology(podsOnBridge(1).build());
    const eth0 = linkOf(index, 'web', 'eth0');
    const facts = describeSelection(index, selectLink(eth0))?.sections.flatMap(
      (section) => section.facts ?? [],
    );
    const peer = facts?.find((fact) => fact.label === 'Other end')?.values[0]?.selection;
    assert.deepEqual(peer, selectLink(index.links.get(eth0)?.peer ?? ''));
  });

  it('announces what is selected and what it is plugged into', () => {
    const index = indexTopology(podsOnBridge(1).build());
    const words = announce(index, selectLink(linkOf(index, 'web', 'eth0')));
    assert.match(
      words,
      /^eth0 of web, veth \(virtual cable\), up, 10\.244\.0\.2\/24, cable to veth\w+ of node$/,
    );
  });
});

describe('route', () => {
  const lay = async (topology: Topology) => {
    const index = indexTopology(topology);
    const request = { plan: planLayout(index), memory: emptyMemory, screen: { width: 1200, height: 800 } };
    const { geometry } = await layoutPlan(new ELK(), request);
    return { index, geometry, router: buildRouter(geometry) };
  };

  it('joins two pods of a bridge by one line: down one cable, along the bars, up the other', async () => {
    const { index, geometry, router } = await lay(podsOnBridge(20).build());
    const [from, to] = [linkOf(index, 'app-2', 'eth0'), linkOf(index, 'app-14', 'eth0')];
    const [hostA, hostB] = [from, to].map((id) => index.links.get(id)?.peer ?? '');
    const routes = router.route([from, hostA ?? '', linkOf(index, 'node', 'cbr0'), hostB ?? '', to]);
    assert.equal(routes.length, 1);
    const points = routes[0] ?? [];
    points
      .slice(1)
      .forEach((point, at) =>
        assert.ok(point.x === points[at]?.x || point.y === points[at]?.y, 'orthogonal'),
      );
    const plug = (id: string) => geometry.links.find((link) => link.id === id)?.rect;
    for (const [end, id] of [
      [points[0], from],
      [points.at(-1), to],
    ] as const) {
      const rect = plug(id);
      assert.ok(end && rect && end.x > rect.x && end.x < rect.x + rect.width && end.y === rect.y);
    }
  });

  it('leads from a pod to its bridge in the node over the trunk', async () => {
    const { index, geometry, router } = await lay(podsOnBridge(20).build());
    const chain = circuitOfSelection(index, podOf(index, 'app-9')).chains[0] ?? [];
    const end = router.route(chain)[0]?.at(-1);
    const bridge = geometry.links.find((link) => link.id === linkOf(index, 'node', 'cbr0'))?.rect;
    assert.ok(end && bridge && Math.abs(end.x - bridge.x - bridge.width) < 1);
  });

  it('breaks where nothing joins two links', async () => {
    const { index, router } = await lay(trueShapes().build());
    assert.deepEqual(
      router.route([linkOf(index, 'calico-like', 'eth0'), linkOf(index, 'mac-pod', 'mv0')]),
      [],
    );
  });
});

describe('scene', () => {
  it('holds hostile names as text only, none of them with control characters', async () => {
    const index = indexTopology(hostileNames().build());
    const request = { plan: planLayout(index), memory: emptyMemory, screen: { width: 1200, height: 800 } };
    const { geometry } = await layoutPlan(new ELK(), request);
    for (const item of composeScene(index, geometry).items) {
      const told = tooltipOf(index, item);
      const words = 'title' in item ? [item.title, told] : [told];
      words.forEach((word) => assert.doesNotMatch(word.replaceAll('\n', ''), /[\u0000-\u001f\u202e]/));
    }
  });

  it('marks a pod whose cable has a bad end', async () => {
    const index = indexTopology(broken().build());
    const request = { plan: planLayout(index), memory: emptyMemory, screen: { width: 1200, height: 800 } };
    const { geometry } = await layoutPlan(new ELK(), request);
    const pods = composeScene(index, geometry).items.filter((item) => item.kind === 'pod');
    const state = (name: string): string | undefined => pods.find((pod) => pod.title === name)?.state;
    assert.deepEqual([state('app-1'), state('cache-down'), state('half-open')], ['up', 'down', 'no-carrier']);
  });
});
