import type { NodeId } from '../session/nodeRegistry.ts';
import { openTarget } from './openTarget.ts';
import type { Services } from './services.ts';

/** Starts a throw-away node, or shows the one that runs. */
export function connectLab(services: Services): Promise<NodeId> {
  return openTarget(services, { kind: 'lab' });
}
