/** Checks for input boxes: a sentence that says what is wrong, or null. */
import type { Topology } from '../topology/topology.ts';
import { describeError, PatchbayError } from '../util/errors.ts';
import { findOccupants, requireAddress } from './allocate.ts';
import { requireFreeSubnet, resolveBridge, type BridgeChoice } from './bridge.ts';
import { requireBridgeName, requirePodName, takenPodNames } from './names.ts';

/** Why no pod can have this name. */
export function validatePodName(topology: Topology, name: string): string | null {
  return problemOf(() => requirePodName(takenPodNames(topology), name));
}

/** Why a pod on this bridge cannot have this address. */
export function validateAddress(topology: Topology, bridge: BridgeChoice, text: string): string | null {
  return problemOf(() => {
    const board = resolveBridge(topology, bridge);
    requireAddress(board, findOccupants(topology, board), text.trim());
  });
}

/** Why no new bridge can have this name. */
export function validateBridgeName(topology: Topology, name: string): string | null {
  return problemOf(() => requireBridgeName(topology, name));
}

/** Why no new bridge can have this subnet. */
export function validateSubnet(topology: Topology, subnet: string): string | null {
  return problemOf(() => requireFreeSubnet(topology, subnet));
}

function problemOf(check: () => unknown): string | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof PatchbayError) {
      return describeError(error);
    }
    throw error;
  }
}
