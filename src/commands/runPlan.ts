import type { Plan } from '../topology/plan.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import { withProgress } from '../views/progress.ts';

/**
 * Runs a plan under a progress notification. It cannot be cancelled: half a pod would be worse than one too many, so
 * the node finishes what it began, or takes it back by itself.
 */
export async function runPlan({ session }: NodeEntry, plan: Plan): Promise<void> {
  await withProgress(plan.title, () => session.run(plan), { cancellable: false });
}
