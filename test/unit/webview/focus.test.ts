import assert from 'node:assert/strict';
import ELK from 'elkjs/lib/elk.bundled.js';
import { narrow, reachOf } from '../../../webview/graph/focus.ts';
import { selectLink, selectNamespace } from '../../../webview/graph/selection.ts';
import { indexTopology, type TopologyIndex } from '../../../webview/graph/topologyIndex.ts';
import { layoutPlan } from '../../../webview/layout/layoutTopology.ts';
import type { Placed } from '../../../webview/layout/place.ts';
import { planLayout } from '../../../webview/layout/plan.ts';
import { emptyMemory, type LayoutMemory } from '../../../webview/layout/slots.ts';
import { composeScene } from '../../../webview/render/scene.ts';
import { fiveBridges, podsOnBridge, trueShapes } from '../../harness/panel/topologies.ts';

const named = (index: TopologyIndex, name: string): string =>
  index.topology.namespaces.find((one) => one.name === name)?.id ?? '';
const linkNamed = (index: TopologyIndex, name: string): string =>
  index.topology.links.find((one) => one.name === name)?.id ?? '';
const names = (index: TopologyIndex): string[] => index.topology.namespaces.map((one) => one.name).sort();
const linksOfNode = (index: TopologyIndex): string[] =>
  index.linksOf(index.root?.id ?? '').map((link) => link.name);

describe('what a pod reaches', () => {
  it('is its cable, its bridge and the way out of that, without the other pods', () => {
    const index = indexTopology(fiveBridges().build());
    const reach = reachOf(index, selectNamespace(named(index, 'cni-5')));
    assert.ok(reach);
    const only = narrow(index, reach);
    assert.deepEqual(names(only), ['cni-5', 'node']);
    const [host] = linksOfNode(only).filter((name) => name.startsWith('veth'));
    assert.deepEqual(linksOfNode(only).sort(), ['cbr0', 'eth0', 'vxlan1', host].sort());
  });

  it('is the same for its interface and for the node’s end of its cable', () => {
    const index = indexTopology(podsOnBridge(3).build());
    const eth0 = index.linksOf(named(index, 'app-2')).find((link) => link.name === 'eth0');
    const reaches = [
      selectNamespace(named(index, 'app-2')),
      selectLink(eth0?.id ?? ''),
      selectLink(eth0?.peer ?? ''),
    ];
    const all = reaches.map((one) => [...(reachOf(index, one)?.links ?? [])].sort());
    assert.deepEqual(all[1], all[0]);
    assert.deepEqual(all[2], all[0]);
  });

  it('leads on through what stands between it and the node', () => {
    const index = indexTopology(trueShapes().build());
    const reach = reachOf(index, selectNamespace(named(index, 'nested-guest')));
    assert.ok(reach);
    const only = narrow(index, reach);
    assert.deepEqual(names(only), ['nested-guest', 'nested-host', 'node']);
    assert.deepEqual(linksOfNode(only), ['br-right', 'veth-nest']);
  });

  it('is all that hangs on it for a bridge, and nothing narrower for the node', () => {
    const index = indexTopology(fiveBridges().build());
    const reach = reachOf(index, selectLink(linkNamed(index, 'isolated')));
    assert.equal(reach?.namespaces.size, 6);
    assert.equal(reachOf(index, selectNamespace(index.root?.id ?? '')), null);
    assert.equal(reachOf(index, selectNamespace('gone')), null);
  });

  it('has the node’s default route with it', () => {
    const topology = podsOnBridge(2).build();
    const eth0 = topology.links.find(
      ({ name, namespace }) => name === 'eth0' && namespace === topology.namespaces[0]?.id,
    );
    const [pattern] = topology.routes;
    assert.ok(pattern && eth0);
    const route = { ...pattern, namespace: eth0.namespace, destination: 'default', link: eth0.id };
    const index = indexTopology({ ...topology, routes: [...topology.routes, route] });
    assert.ok(reachOf(index, selectNamespace(named(index, 'web')))?.links.has(eth0.id));
  });
});

describe('collapsing', () => {
  const elk = new ELK();
  const screen = { width: 1440, height: 860 };
  const index = indexTopology(fiveBridges().build());
  const lay = (collapsed: readonly string[], memory: LayoutMemory, of = index): Promise<Placed> =>
    layoutPlan(elk, { plan: planLayout(of, new Set(), new Set(collapsed)), memory, screen });

  it('leaves the name and the counts of a group, and gives every place back', async () => {
    const open = await lay([], emptyMemory);
    const group = `bridge/${linkNamed(index, 'cbr0')}`;
    const closed = await lay([group], open.memory);
    const shape = closed.geometry.groups.find(({ id }) => id === group);
    const item = composeScene(index, closed.geometry).items.find(({ key }) => key === `group ${group}`);
    assert.ok(shape?.collapsed && item?.kind === 'group');
    assert.match(`${item.title} ${item.subtitle}`, /▸ cbr0 bridge · 120 cables/);
    assert.ok(!closed.geometry.namespaces.some(({ id }) => id === named(index, 'cni-1')));
    assert.ok(shape.folded.includes(`namespace/${named(index, 'cni-1')}`));
    assert.deepEqual((await lay([], closed.memory)).geometry, open.geometry);
  });

  it('keeps the places of a group that is laid out collapsed at first', async () => {
    const group = `bridge/${linkNamed(index, 'cbr0')}`;
    const first = await lay([group], emptyMemory);
    assert.deepEqual((await lay([], first.memory)).geometry, (await lay([], emptyMemory)).geometry);
  });

  it('says how many of what is folded away are not up', async () => {
    const topology = podsOnBridge(3);
    topology.pod('sick', `${topology.root}:3`, '10.244.0.77/24', { up: false });
    const node = indexTopology(topology.build());
    const { geometry } = await lay([`bridge/${linkNamed(node, 'cbr0')}`], emptyMemory, node);
    const item = composeScene(node, geometry).items.find(({ kind }) => kind === 'group');
    assert.match(item?.kind === 'group' ? item.subtitle : '', /4 cables, 1 not up/);
  });

  it('shows of a box only what leads out of it', async () => {
    const node = indexTopology(trueShapes().build());
    const host = named(node, 'nested-host');
    const { geometry } = await lay([host], emptyMemory, node);
    const shown = geometry.links
      .filter(({ id }) => id.startsWith(`${host}:`))
      .map(({ id }) => node.links.get(id)?.name);
    assert.deepEqual(shown.sort(), ['up0', 'veth-in']);
  });
});
