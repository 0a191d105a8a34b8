/** What to offer in an input box: free names, addresses and bridges. */
import type { Topology } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import { addressKey, formatAddress, parseAddress, parsePrefixedAddress } from './address.ts';
import { findOccupants, freeAddresses } from './allocate.ts';
import { findFreeSubnet, resolveBridge, type BridgeChoice } from './bridge.ts';
import { numberedName, takenLinkNames, takenPodNames } from './names.ts';

/** A free name for one pod. */
export function suggestPodName(topology: Topology, base = 'pod'): string {
  return numberedName(base, takenPodNames(topology));
}

/** `count` free names in a row: pod1, pod2, … without those that exist. */
export function suggestPodNames(topology: Topology, count: number, base = 'pod'): string[] {
  const taken = takenPodNames(topology);
  return Array.from({ length: count }, () => {
    const name = numberedName(base, taken);
    taken.add(name);
    return name;
  });
}

/**
 * The lowest free address on a bridge ("10.244.0.2"); null where its subnet is full or it has none. `alsoTaken` are
 * addresses, with or without prefix, that are promised to others. Throws what the bridge itself is refused for.
 */
export function suggestAddress(
  topology: Topology,
  bridge: BridgeChoice,
  alsoTaken: readonly string[] = [],
): string | null {
  const board = resolveBridge(topology, bridge);
  const [subnet] = board.subnets;
  if (subnet === undefined) {
    return null;
  }
  const occupants = findOccupants(topology, board);
  for (const text of alsoTaken) {
    const address = parseAddress(text) ?? parsePrefixedAddress(text)?.address;
    if (address !== undefined) {
      occupants.set(addressKey(address), 'It is promised to another pod.');
    }
  }
  const next = freeAddresses(subnet, occupants).next();
  return next.done === true ? null : formatAddress(next.value);
}

/** A bridge to make: cbr0 with 10.244.0.0/24, or the next name and subnet that are free. Throws `bad-input`. */
export function suggestBridge(topology: Topology): { readonly create: string; readonly subnet: string } {
  const taken = takenLinkNames(topology);
  const subnet = findFreeSubnet(topology);
  if (subnet === null) {
    throw new PatchbayError('bad-input', 'The node uses every private subnet that Patchbay would suggest.', {
      hint: 'Give a subnet of your own.',
    });
  }
  let number = 0;
  while (taken.has(`cbr${number}`)) {
    number++;
  }
  return { create: `cbr${number}`, subnet };
}
