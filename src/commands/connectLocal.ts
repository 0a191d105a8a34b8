import type { NodeId } from '../session/nodeRegistry.ts';
import { openTarget } from './openTarget.ts';
import type { Services } from './services.ts';

/** Shows the network of the machine that runs the extension. */
export function connectLocal(services: Services): Promise<NodeId> {
  return openTarget(services, { kind: 'local' });
}
