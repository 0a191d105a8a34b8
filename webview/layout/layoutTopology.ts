/** Pure but for ELK: the whole layout. */
import type { ELK, ElkNode } from 'elkjs/lib/elk-api.js';
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

/** Places a plan in the structure that ELK made of it, beside what was placed before. */
export function placePlan({ plan, memory, screen }: LayoutRequest, structure: ElkNode): Placed {
  return placeAll(plan, structure, remember(memory, plan, aspectOf(screen)), screen);
}

/** Lays a plan out at one go. Rejects where ELK does. */
export async function layoutPlan(elk: Pick<ELK, 'layout'>, request: LayoutRequest): Promise<Placed> {
  return placePlan(request, await elk.layout(buildElkGraph(request.plan)));
}
