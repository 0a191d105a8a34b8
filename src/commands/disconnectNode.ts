import { itemArgument, parseArgument } from './arguments.ts';
import { requireNode } from './nodeArgument.ts';
import type { Services } from './services.ts';

/** Ends the connection to a node and takes it from the list; a lab ends with it. */
export function disconnectNode(services: Services, argument: unknown): void {
  const entry = requireNode(services, parseArgument(itemArgument, argument));
  services.nodes.disconnect(entry.id);
}
