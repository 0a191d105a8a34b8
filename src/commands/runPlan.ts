import type { Plan } from '../pods/plan.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import { withProgress } from '../views/progress.ts';

/**
 * Runs a plan under a progress notification. Cancelling stops the waiting, not the plan: half a pod would be worse
 * than one too many, so the node finishes what it began.
 */
export async function runPlan({ session }: NodeEntry, plan: Plan): Promise<void> {
  await withProgress(plan.title, () => session.run(plan));
}
