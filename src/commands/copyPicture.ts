import { itemArgument, parseArgument } from './arguments.ts';
import { requireNode, requireTopology } from './nodeArgument.ts';
import type { Services } from './services.ts';

/** Puts what the panel of a node shows on the clipboard, as a picture; opens the panel where it is not in sight. */
export async function copyPicture(services: Services, argument: unknown): Promise<void> {
  const entry = requireNode(services, parseArgument(itemArgument, argument));
  requireTopology(entry);
  await services.panels.open(entry.id, { focus: true }).copyPicture();
}
