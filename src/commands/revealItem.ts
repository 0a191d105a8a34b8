import { itemArgument, parseArgument } from './arguments.ts';
import { requireNode, selectionFor } from './nodeArgument.ts';
import type { Services } from './services.ts';

/** Selects an item on its node's panel and brings the panel to the front. */
export function revealInPanel(services: Services, argument: unknown): void {
  const item = parseArgument(itemArgument, argument);
  const entry = requireNode(services, item);
  services.selection.select(entry.id, selectionFor(services, entry, item), 'command');
  services.panels.open(entry.id, { focus: true }).revealSelection();
}

/** Selects an item in the tree and brings the tree to the front. */
export async function revealInTree(services: Services, argument: unknown): Promise<void> {
  const item = parseArgument(itemArgument, argument);
  const entry = requireNode(services, item);
  services.selection.select(entry.id, selectionFor(services, entry, item), 'command');
  await services.view.reveal(entry.id, { focus: true });
}
