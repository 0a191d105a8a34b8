import assert from 'node:assert/strict';
import ELK from 'elkjs/lib/elk.bundled.js';
import type { Topology } from '../../../src/topology/topology.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import { overlaps, type Geometry, type Point, type Rect } from '../../../webview/layout/geometry.ts';
import { layoutPlan } from '../../../webview/layout/layoutTopology.ts';
import type { Placed } from '../../../webview/layout/place.ts';
import { planLayout } from '../../../webview/layout/plan.ts';
import { emptyMemory, type LayoutMemory } from '../../../webview/layout/slots.ts';
import { fiveBridges, podsOnBridge, podsOnBridges, topologies } from '../../harness/panel/topologies.ts';

const elk = new ELK();
const screen = { width: 1200, height: 800 };

function layOut(topology: Topology, memory: LayoutMemory = emptyMemory): Promise<Placed> {
  const plan = planLayout(indexTopology(topology), new Set(Object.keys(memory.groups)));
  return layoutPlan(elk, { plan, memory, screen });
}

const inside = (inner: Rect, outer: Rect): boolean =>
  inner.x >= outer.x - 0.5 &&
  inner.y >= outer.y - 0.5 &&
  inner.x + inner.width <= outer.x + outer.width + 0.5 &&
  inner.y + inner.height <= outer.y + outer.height + 0.5;

function assertApart(shapes: readonly { readonly id: string; readonly rect: Rect }[]): void {
  shapes.forEach((a, at) => {
    for (const b of shapes.slice(at + 1)) {
      assert.ok(!overlaps(a.rect, b.rect), `${a.id} overlaps ${b.id}`);
    }
  });
}

/** The segments of a path as rects with no thickness. */
function segments(path: readonly Point[]): Rect[] {
  return path.slice(1).map((to, at) => {
    const from = path[at] ?? to;
    return {
      x: Math.min(from.x, to.x),
      y: Math.min(from.y, to.y),
      width: Math.abs(from.x - to.x),
      height: Math.abs(from.y - to.y),
    };
  });
}

function placesOf(geometry: Geometry): Map<string, string> {
  const shapes = [...geometry.namespaces, ...geometry.links];
  return new Map(shapes.map(({ id, rect }) => [id, `${rect.x},${rect.y}`]));
}

function movedBetween(before: Geometry, after: Geometry): string[] {
  const now = placesOf(after);
  return [...placesOf(before)]
    .filter(([id, place]) => now.has(id) && now.get(id) !== place)
    .map(([id]) => id);
}

describe('layout', () => {
  for (const [name, make] of Object.entries(topologies)) {
    it(`of ${name}: every namespace and link once, nothing overlaps, links in their boxes`, async () => {
      const topology = make();
      const { geometry } = await layOut(topology);
      assertApart(geometry.namespaces.map(({ id, rect }) => ({ id, rect })));
      assertApart(geometry.groups);
      const boxes = geometry.namespaces.filter((shape) => shape.style === 'box');
      assertApart(geometry.links.filter((link) => link.style === 'box' || link.style === 'chip'));
      assert.deepEqual(
        geometry.namespaces.map((shape) => shape.id).sort(),
        topology.namespaces.map((one) => one.id).sort(),
      );
      assert.deepEqual(
        geometry.links.map((shape) => shape.id).sort(),
        topology.links.map((link) => link.id).sort(),
      );
      const owners = new Map(topology.links.map((link) => [link.id, link.namespace]));
      for (const link of geometry.links.filter(({ style }) => style === 'box' || style === 'chip')) {
        const box = boxes.find((shape) => shape.id === owners.get(link.id));
        assert.ok(box && inside(link.rect, box.rect), `${link.id} is in its box`);
      }
    });
  }

  for (const name of ['five-bridges', 'true-shapes', 'broken'] as const) {
    it(`of ${name}: trunks run under no namespace but the node, and under no other group`, async () => {
      const topology = (topologies[name] as () => Topology)();
      const root = topology.namespaces.find((namespace) => namespace.root)?.id;
      const { geometry } = await layOut(topology);
      for (const trunk of geometry.wires.filter((wire) => wire.kind === 'trunk')) {
        const blocks = [
          ...geometry.namespaces.filter((shape) => shape.id !== root),
          ...geometry.groups.filter((group) => group.id !== trunk.group),
          ...geometry.links.filter((link) => link.style === 'box' && !trunk.links.includes(link.id)),
        ];
        for (const segment of trunk.paths.flatMap(segments)) {
          for (const block of blocks) {
            assert.ok(!overlaps(segment, block.rect), `${trunk.id} crosses ${block.id}`);
          }
        }
      }
    });
  }

  for (const [name, make] of Object.entries({
    ...topologies,
    'ten bridges': () => podsOnBridges(10, 9).build(),
  })) {
    it(`of ${name}: no cable runs under a box`, async () => {
      const { geometry } = await layOut(make());
      const boxes = geometry.links.filter(({ style }) => style !== 'pin' && style !== 'plug');
      for (const wire of geometry.wires) {
        const others = boxes.filter(({ id }) => !wire.links.includes(id));
        for (const segment of wire.paths.flatMap(segments)) {
          const under = others.find(({ rect }) => overlaps(segment, rect));
          assert.equal(under, undefined, `${wire.id} runs under ${under?.id ?? ''}`);
        }
      }
    });
  }

  it('draws a trunk from every bridge with pods to its bus bar', async () => {
    const { geometry } = await layOut(fiveBridges().build());
    for (const group of geometry.groups) {
      const trunk = geometry.wires.find((wire) => wire.kind === 'trunk' && wire.group === group.id);
      const hub = geometry.links.find((link) => link.id === group.hub)?.rect;
      const [first, last] = [trunk?.paths[0]?.[0], trunk?.paths[0]?.at(-1)];
      assert.ok(first && last && hub);
      assert.ok(Math.abs(first.x - hub.x - hub.width) < 1 && first.y > hub.y && first.y < hub.y + hub.height);
      assert.equal(last.x, group.railX);
    }
  });

  it('moves nothing when a pod is removed, and nothing when one is added in its place', async () => {
    const full = podsOnBridge(100).build();
    const before = await layOut(full);
    const gone = full.namespaces.find((namespace) => namespace.name === 'app-37')?.id ?? '';
    const host = full.links.find((link) => link.namespace === gone && link.peer !== null)?.peer;
    const without: Topology = {
      ...full,
      namespaces: full.namespaces.filter((namespace) => namespace.id !== gone),
      links: full.links.filter((link) => link.namespace !== gone && link.id !== host),
    };
    const after = await layOut(without, before.memory);
    assert.deepEqual(movedBetween(before.geometry, after.geometry), []);
    const again = await layOut(full, after.memory);
    assert.deepEqual(movedBetween(before.geometry, again.geometry), []);
  });

  it('moves nothing when pods are added, up to a new row of the last group', async () => {
    const before = await layOut(podsOnBridge(99).build());
    const after = await layOut(podsOnBridge(100).build(), before.memory);
    assert.deepEqual(movedBetween(before.geometry, after.geometry), []);
  });

  it('moves no pod when the node’s own structure grows', async () => {
    const before = await layOut(podsOnBridge(10).build());
    const grown = podsOnBridge(10);
    grown.stack(
      'lower',
      grown.link(grown.root, 'eth0.7', { kind: 'vlan', addresses: ['10.7.0.1/24'] }),
      `${grown.root}:2`,
    );
    const after = await layOut(grown.build(), before.memory);
    const cells = after.geometry.namespaces
      .filter((shape) => shape.style === 'cell')
      .map((shape) => shape.id);
    const moved = movedBetween(before.geometry, after.geometry);
    assert.deepEqual(
      cells.filter((id) => moved.includes(id)),
      [],
    );
  });

  it('takes the shape of the panel', async () => {
    const plan = planLayout(indexTopology(podsOnBridge(200).build()));
    const ratio = async (width: number): Promise<number> => {
      const { geometry } = await layoutPlan(elk, {
        plan,
        memory: emptyMemory,
        screen: { width, height: 800 },
      });
      const rect = geometry.groups[0]?.rect;
      return rect ? rect.width / rect.height : NaN;
    };
    const [tall, wide] = [await ratio(640), await ratio(1600)];
    assert.ok(tall < 1 && wide > 1.6, `${tall} and ${wide}`);
  });
});
