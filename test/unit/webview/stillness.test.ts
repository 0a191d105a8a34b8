import assert from 'node:assert/strict';
import ELK from 'elkjs/lib/elk.bundled.js';
import * as fc from 'fast-check';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import type { Point } from '../../../webview/layout/geometry.ts';
import { layoutPlan } from '../../../webview/layout/layoutTopology.ts';
import { planLayout } from '../../../webview/layout/plan.ts';
import { emptyMemory, type LayoutMemory } from '../../../webview/layout/slots.ts';
import { podsOnBridge } from '../../harness/panel/topologies.ts';

const elk = new ELK();
const whole = podsOnBridge(120).build();
const podIds = whole.namespaces.filter(({ root }) => !root).map(({ id }) => id);

interface Laid {
  readonly memory: LayoutMemory;
  readonly places: ReadonlyMap<string, Point>;
}

/** Lays the node out with only some of its pods. */
async function layOut(present: ReadonlySet<string>, memory: LayoutMemory): Promise<Laid> {
  const isThere = (namespace: string): boolean => !podIds.includes(namespace) || present.has(namespace);
  const gone = new Set(
    whole.links.filter(({ namespace }) => !isThere(namespace)).flatMap(({ id, peer }) => [id, peer]),
  );
  const topology = {
    ...whole,
    namespaces: whole.namespaces.filter(({ id }) => isThere(id)),
    links: whole.links.filter(({ id }) => !gone.has(id)),
    edges: whole.edges.filter(({ a, b }) => !gone.has(a) && !gone.has(b)),
  };
  const plan = planLayout(indexTopology(topology), new Set(Object.keys(memory.groups)));
  const placed = await layoutPlan(elk, { plan, memory, screen: { width: 1600, height: 900 } });
  const places = placed.geometry.namespaces.map(({ id, rect }) => [id, { x: rect.x, y: rect.y }] as const);
  return { memory: placed.memory, places: new Map(places) };
}

describe('the picture of some hundred pods', () => {
  it('moves nothing else when one pod comes or goes, however often', async () => {
    const steps = fc.array(fc.nat(podIds.length - 1), { minLength: 1, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(steps, async (turns) => {
        const present = new Set(podIds.slice(0, 100));
        let before = await layOut(present, emptyMemory);
        for (const turn of turns) {
          const pod = podIds[turn] ?? '';
          if (!present.delete(pod)) {
            present.add(pod);
          }
          const after = await layOut(present, before.memory);
          for (const [id, place] of before.places) {
            assert.deepEqual(after.places.get(id) ?? place, place);
          }
          before = after;
        }
      }),
      { numRuns: 25 },
    );
  });
});
