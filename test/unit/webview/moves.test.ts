import assert from 'node:assert/strict';
import ELK from 'elkjs/lib/elk.bundled.js';
import fc from 'fast-check';
import type { Topology } from '../../../src/topology/topology.ts';
import { linkKey, namespaceKey } from '../../../webview/graph/selection.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import { detour } from '../../../webview/layout/detour.ts';
import {
  groupKey,
  overlaps,
  type Geometry,
  type Point,
  type Rect,
} from '../../../webview/layout/geometry.ts';
import { layoutPlan } from '../../../webview/layout/layoutTopology.ts';
import { applyMoves, handleAt, handleOf, placeOf } from '../../../webview/layout/moves.ts';
import { planLayout } from '../../../webview/layout/plan.ts';
import { emptyMemory } from '../../../webview/layout/slots.ts';
import { fiveBridges, podsOnBridge, trueShapes } from '../../harness/panel/topologies.ts';

const elk = new ELK();
const screen = { width: 1440, height: 860 };

async function laidOut(topology: Topology): Promise<Geometry> {
  const plan = planLayout(indexTopology(topology));
  return (await layoutPlan(elk, { plan, memory: emptyMemory, screen })).geometry;
}

const named = (topology: Topology, name: string): string =>
  topology.namespaces.find((one) => one.name === name)?.id ?? '';
const rectOf = (geometry: Geometry, key: string): Rect => {
  const rect = placeOf(geometry, key);
  assert.ok(rect, key);
  return rect;
};

/** Pieces of a path as thin boxes. */
function pieces(path: readonly Point[]): Rect[] {
  return path.slice(1).map((to, at) => {
    const from = path[at] ?? to;
    return {
      x: Math.min(from.x, to.x),
      y: Math.min(from.y, to.y),
      width: Math.abs(from.x - to.x) || 0.01,
      height: Math.abs(from.y - to.y) || 0.01,
    };
  });
}

describe('moving a pod by hand', () => {
  const topology = podsOnBridge(12).build();
  const app5 = named(topology, 'app-5');
  const key = namespaceKey(app5);

  it('puts it there with its plug, and moves nothing else', async () => {
    const before = await laidOut(topology);
    const after = applyMoves(before, { [key]: { x: 900, y: -300 } });
    assert.deepEqual(rectOf(after, key), { ...rectOf(before, key), x: 900, y: -300 });
    const moved = after.namespaces.filter((shape, at) => shape !== before.namespaces[at]);
    assert.deepEqual(
      moved.map(({ id }) => id),
      [app5],
    );
    const links = after.links.filter((shape, at) => shape !== before.links[at]);
    assert.ok(links.every(({ id }) => id.startsWith(`${app5}:`)));
  });

  it('leads its cable there at right angles, under no box', async () => {
    const before = await laidOut(topology);
    const place = fc.record({
      x: fc.integer({ min: -900, max: 1800 }),
      y: fc.integer({ min: -900, max: 1500 }),
    });
    fc.assert(
      fc.property(place, (to) => {
        const after = applyMoves(before, { [key]: to });
        const rect = rectOf(after, key);
        const others = after.namespaces.filter(({ id }) => id !== app5).map((shape) => shape.rect);
        const hosts = after.links.filter(({ style }) => style === 'host').map((shape) => shape.rect);
        fc.pre(![...others, ...hosts].some((other) => overlaps(grown(rect, 30), other)));
        const [wire] = after.wires.filter((one, at) => one !== before.wires[at]);
        const path = wire?.paths[0] ?? [];
        assert.ok(
          path.slice(1).every(({ x, y }, at) => x === path[at]?.x || y === path[at]?.y),
          'right angles',
        );
        const crossed = [...others, rect].filter((box) =>
          pieces(path).some((piece) => overlaps(piece, grown(box, -1))),
        );
        assert.deepEqual(crossed, []);
      }),
      { numRuns: 40 },
    );
  });

  it('survives a pod that comes and goes', async () => {
    const moves = { [key]: { x: 900, y: -300 } };
    const after = applyMoves(await laidOut(podsOnBridge(13).build()), moves);
    assert.deepEqual([rectOf(after, key).x, rectOf(after, key).y], [900, -300]);
  });
});

function grown(box: Rect, by: number): Rect {
  return { x: box.x - by, y: box.y - by, width: box.width + 2 * by, height: box.height + 2 * by };
}

describe('moving a grid by hand', () => {
  it('takes all that hangs on it along, and leads its trunk there', async () => {
    const topology = fiveBridges().build();
    const before = await laidOut(topology);
    const shop = before.groups.find(({ hub }) =>
      topology.links.some((link) => link.id === hub && link.name === 'docker0'),
    );
    const key = groupKey(shop?.id ?? '');
    const from = rectOf(before, key);
    const after = applyMoves(before, { [key]: { x: from.x + 500, y: from.y + 900 } });
    const inside = before.wires.filter(({ group, kind }) => group === shop?.id && kind !== 'trunk');
    for (const wire of inside) {
      const now = after.wires.find(({ id }) => id === wire.id);
      assert.deepEqual(
        now?.paths,
        wire.paths.map((path) => path.map(({ x, y }) => ({ x: x + 500, y: y + 900 }))),
      );
    }
    const trunk = after.wires.find(({ id }) => id === `trunk ${shop?.id ?? ''}`)?.paths[0];
    const old = before.wires.find(({ id }) => id === `trunk ${shop?.id ?? ''}`)?.paths[0];
    assert.deepEqual(trunk?.[0], old?.[0]);
    const end = old?.at(-1);
    assert.deepEqual(trunk?.at(-1), { x: (end?.x ?? 0) + 500, y: (end?.y ?? 0) + 900 });
  });
});

describe('moving a box by hand', () => {
  it('takes its interfaces along and leads their cables there', async () => {
    const topology = trueShapes().build();
    const before = await laidOut(topology);
    const router = named(topology, 'router');
    const from = rectOf(before, namespaceKey(router));
    const after = applyMoves(before, { [namespaceKey(router)]: { x: from.x + 200, y: from.y + 700 } });
    for (const link of before.links.filter(({ id }) => id.startsWith(`${router}:`))) {
      const now = after.links.find(({ id }) => id === link.id)?.rect;
      assert.deepEqual(now, { ...link.rect, x: link.rect.x + 200, y: link.rect.y + 700 });
    }
    for (const wire of after.wires.filter(
      ({ kind, links }) => kind === 'veth' && links.some((id) => id.startsWith(`${router}:`)),
    )) {
      const ends = [wire.paths[0]?.[0], wire.paths[0]?.at(-1)];
      wire.links.forEach((id, at) => {
        const rect = after.links.find((link) => link.id === id)?.rect;
        assert.ok(
          rect && ends[at] && overlaps(grown(rect, 2), { ...ends[at], width: 1, height: 1 }),
          `${id} is left behind`,
        );
      });
    }
  });
});

describe('what is taken hold of', () => {
  it('is the pod under the pointer, the title of a grid, or a box; between them the ground', async () => {
    const topology = podsOnBridge(4).build();
    const geometry = await laidOut(topology);
    const [pod, grid] = [geometry.namespaces.find(({ style }) => style === 'cell'), geometry.groups[0]];
    assert.ok(pod && grid);
    assert.equal(handleAt(geometry, { x: pod.rect.x + 5, y: pod.rect.y + 5 }), namespaceKey(pod.id));
    assert.equal(handleAt(geometry, { x: grid.rect.x + 40, y: grid.rect.y + 8 }), groupKey(grid.id));
    assert.equal(handleAt(geometry, { x: grid.rect.x + 4, y: grid.rect.y + 60 }), null);
  });

  it('is its own box for a pod, and the grid for a bridge and for the node’s ends of its cables', async () => {
    const topology = podsOnBridge(4).build();
    const geometry = await laidOut(topology);
    const bridge = topology.links.find((link) => link.name === 'cbr0');
    const host = topology.links.find((link) => link.master === bridge?.id);
    const grid = groupKey(geometry.groups[0]?.id ?? '');
    assert.equal(handleOf(geometry, linkKey(bridge?.id ?? '')), grid);
    assert.equal(handleOf(geometry, linkKey(host?.id ?? '')), grid);
    assert.equal(
      handleOf(geometry, linkKey(host?.peer ?? '')),
      namespaceKey(host?.peer?.split(':')[0] ?? ''),
    );
  });
});

describe('a detour', () => {
  it('is straight where nothing is in the way', () => {
    const way = detour({ x: 0, y: 0, side: 'right' }, { x: 100, y: 0, side: 'left' }, []);
    assert.deepEqual(way, [
      { x: 0, y: 0 },
      { x: 100, y: 0 },
    ]);
  });

  it('leads to an end that is shut in all the same', () => {
    const wall = [
      { x: 150, y: -60, width: 20, height: 120 },
      { x: 230, y: -60, width: 20, height: 120 },
      { x: 150, y: -80, width: 100, height: 20 },
      { x: 150, y: 60, width: 100, height: 20 },
    ];
    const way = detour({ x: 0, y: 0, side: 'right' }, { x: 210, y: 0, side: 'left' }, wall);
    assert.deepEqual(way.at(-1), { x: 210, y: 0 });
  });
});
