/** Pure but for ELK: the whole layout, as the worker runs it. */
import type { ELK } from 'elkjs/lib/elk-api.js';
import { buildElkGraph } from './elkGraph.ts';
import { placeAll, type Placed } from './place.ts';
import type { Size } from './geometry.ts';
import type { LayoutPlan } from './plan.ts';
import { remember, type LayoutMemory } from './slots.ts';

export interface LayoutRequest {
  readonly plan: LayoutPlan;
  readonly memory: LayoutMemory;
  /** The panel's size, whose shape a picture takes that is laid out for the first time. */
  readonly screen: Size;
}

const [narrowest, widest] = [0.7, 2.2];

function aspectOf({ width, height }: Size): number {
  return width > 0 && height > 0 ? Math.min(widest, Math.max(narrowest, width / height)) : 1.6;
}

/** Lays a plan out beside what was laid out before. Rejects where ELK does. */
export async function layoutPlan(elk: Pick<ELK, 'layout'>, request: LayoutRequest): Promise<Placed> {
  const { plan, screen } = request;
  const memory = remember(request.memory, plan, aspectOf(screen));
  return placeAll(plan, await elk.layout(buildElkGraph(plan)), memory, screen);
}
