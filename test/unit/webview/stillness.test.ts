import assert from 'node:assert/strict';
import ELK from 'elkjs/lib/elk.bundled.js';
import * as fc from 'fast-check';
import type { NamespaceId, Topology } from '../../../src/topology/topology.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import type { Point } from '../../../webview/layout/geometry.ts';
import { layoutPlan } from '../../../webview/layout/layoutTopology.ts';
import { planLayout } from '../../../webview/layout/plan.ts';
import { emptyMemory, type LayoutMemory } from '../../../webview/layout/slots.ts';
import { podsOnBridge, podsOnBridges } from '../../harness/panel/topologies.ts';

const elk = new ELK();

interface Laid {
  readonly memory: LayoutMemory;
  readonly places: ReadonlyMap<NamespaceId, Point>;
}

/** A node whose pods come and go. */
class ChangingNode {
  readonly #whole: Topology;
  readonly pods: readonly NamespaceId[];
  readonly #present: Set<NamespaceId>;

  constructor(whole: Topology, present: number) {
    this.#whole = whole;
    this.pods = whole.namespaces.filter(({ root }) => !root).map(({ id }) => id);
    this.#present = new Set(this.pods.slice(0, present));
  }

  toggle(pod: NamespaceId): void {
    if (!this.#present.delete(pod)) {
      this.#present.add(pod);
    }
  }

  has(pod: NamespaceId): boolean {
    return this.#present.has(pod);
  }

  async layOut(memory: LayoutMemory): Promise<Laid> {
    const plan = planLayout(indexTopology(this.#topology()), new Set(Object.keys(memory.groups)));
    const placed = await layoutPlan(elk, { plan, memory, screen: { width: 1600, height: 900 } });
    const places = placed.geometry.namespaces
      .filter(({ style }) => style === 'cell')
      .map(({ id, rect }) => [id, { x: rect.x, y: rect.y }] as const);
    return { memory: placed.memory, places: new Map(places) };
  }

  #topology(): Topology {
    const whole = this.#whole;
    const isThere = (id: NamespaceId): boolean => !this.pods.includes(id) || this.#present.has(id);
    const gone = new Set(
      whole.links.filter(({ namespace }) => !isThere(namespace)).flatMap(({ id, peer }) => [id, peer]),
    );
    return {
      ...whole,
      namespaces: whole.namespaces.filter(({ id }) => isThere(id)),
      links: whole.links.filter(({ id }) => !gone.has(id)),
      edges: whole.edges.filter(({ a, b }) => !gone.has(a) && !gone.has(b)),
    };
  }
}

function assertStill(before: Laid, after: Laid): void {
  for (const [id, place] of before.places) {
    assert.deepEqual(after.places.get(id) ?? place, place);
  }
}

/** Some pods are not there at first. Grids of four columns and three rows, or eight and seven, are full. */
const nodes: Readonly<Record<string, () => ChangingNode>> = {
  'one bridge with a hundred pods': () => new ChangingNode(podsOnBridge(120).build(), 100),
  'two bridges with fifty pods each': () => new ChangingNode(podsOnBridges(2, 60).build(), 100),
  'ten bridges with ten pods each': () => new ChangingNode(podsOnBridges(10, 12).build(), 100),
  'two bridges whose grids are full': () => new ChangingNode(podsOnBridges(2, 60).build(), 112),
  'ten bridges whose grids are full': () => new ChangingNode(podsOnBridges(10, 14).build(), 120),
};

describe('the picture of a hundred pods', () => {
  for (const [name, make] of Object.entries(nodes)) {
    it(`on ${name} moves nothing else when one comes or goes, however often`, async () => {
      const steps = fc.array(fc.nat({ max: make().pods.length - 1 }), { minLength: 1, maxLength: 25 });
      await fc.assert(
        fc.asyncProperty(steps, async (turns) => {
          const node = make();
          let before = await node.layOut(emptyMemory);
          for (const turn of turns) {
            node.toggle(node.pods[turn] ?? '');
            const after = await node.layOut(before.memory);
            assertStill(before, after);
            before = after;
          }
        }),
        { numRuns: 8 },
      );
    });
  }

  it('keeps the room of a bridge that loses all of its pods, and gives it back', async () => {
    const node = new ChangingNode(podsOnBridges(10, 10).build(), 100);
    const full = await node.layOut(emptyMemory);
    const ofThird = node.pods.filter((_, at) => at % 10 === 3);
    ofThird.forEach((pod) => node.toggle(pod));
    const without = await node.layOut(full.memory);
    assert.equal(without.places.size, 90);
    assertStill(full, without);
    ofThird.forEach((pod) => node.toggle(pod));
    assert.deepEqual((await node.layOut(without.memory)).places, full.places);
  });

  it('stays where it is when another bridge gets its first pod', async () => {
    const node = new ChangingNode(podsOnBridges(8, 10).build(), 80);
    const [, , , , ...others] = Array.from({ length: 8 }, (_, bridge) =>
      node.pods.filter((__, at) => at % 8 === bridge),
    );
    others.flat().forEach((pod) => node.toggle(pod));
    let before = await node.layOut(emptyMemory);
    for (const pods of others) {
      pods.forEach((pod) => node.toggle(pod));
      const after = await node.layOut(before.memory);
      assertStill(before, after);
      before = after;
    }
  });

  it('moves the groups below by whole rows where one has outgrown its room, and re-orders no grid', async () => {
    const node = new ChangingNode(podsOnBridges(2, 80).build(), 40);
    let before = await node.layOut(emptyMemory);
    const ofFirst = node.pods.filter((pod, at) => at % 2 === 0 && !node.has(pod));
    let pushes = 0;
    for (const pod of ofFirst) {
      node.toggle(pod);
      const after = await node.layOut(before.memory);
      const shifts = new Set(
        [...before.places].map(([id, { x, y }]) => {
          const now = after.places.get(id);
          return `${(now?.x ?? x) - x} ${(now?.y ?? y) - y}`;
        }),
      );
      shifts.delete('0 0');
      assert.ok(shifts.size <= 1, `groups moved apart: ${[...shifts].join(', ')}`);
      pushes += shifts.size;
      before = after;
    }
    assert.ok(pushes <= 5, `${ofFirst.length} pods more pushed the other group ${pushes} times`);
  });
});
