/** Which addresses of a bridge's subnet are free, and whether a given one is. */
import type { LinkId, Topology } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import {
  addressKey,
  contains,
  formatAddress,
  formatSubnet,
  hostRange,
  parseAddress,
  parsePrefixedAddress,
  specialRange,
  subnetOf,
  type Address,
} from './address.ts';
import type { BridgeSubnet, Switchboard } from './bridge.ts';
import { counted, describeLink, isUnknown } from './lookup.ts';

/** A pod's address as the plan sets it. */
export interface PodAddress {
  readonly address: Address;
  readonly prefix: number;
  /** The bridge's address in the same subnet; null where the bridge has none. */
  readonly gateway: Address | null;
}

/** Who has an address already ("eth0 of db has it."), by {@link addressKey}. */
export type Occupants = Map<string, string>;

/**
 * Gives every pod its address: those in `wanted` as given, the others ("" or missing) the lowest free ones.
 * Throws `bad-input`.
 */
export function allocateAddresses(
  topology: Topology,
  board: Switchboard,
  names: readonly string[],
  wanted: readonly string[],
): PodAddress[] {
  const occupants = findOccupants(topology, board);
  const given = names.map((name, at) => {
    const text = wanted[at]?.trim() ?? '';
    return text === '' ? null : takeAddress(board, occupants, text, name);
  });
  const missing = given.filter((address) => address === null).length;
  const free = missing === 0 ? [] : takeFree(board, occupants, missing);
  return given.flatMap((address) => address ?? free.shift() ?? []);
}

function takeAddress(board: Switchboard, occupants: Occupants, text: string, pod: string): PodAddress {
  const taken = requireAddress(board, occupants, text);
  occupants.set(addressKey(taken.address), `The pod ${pod} of this request has it.`);
  return taken;
}

/** Throws `bad-input` unless a pod on this bridge can have this address. */
export function requireAddress(board: Switchboard, occupants: Occupants, text: string): PodAddress {
  const [subnet] = board.subnets;
  const chosen = subnet === undefined ? freeStanding(board, text) : insideSubnet(board, text);
  const occupant = occupants.get(addressKey(chosen.address));
  if (occupant !== undefined) {
    throw refused(board, occupants, `${formatAddress(chosen.address)} is taken.`, occupant);
  }
  const [first, last] = hostRange(subnetOf(chosen));
  if (chosen.address.value < first || chosen.address.value > last) {
    const end = chosen.address.value < first ? 'network' : 'broadcast';
    throw refused(
      board,
      occupants,
      `${formatAddress(chosen.address)} is the ${end} address of ${formatSubnet(subnetOf(chosen))}.`,
    );
  }
  return chosen;
}

function refused(board: Switchboard, occupants: Occupants, message: string, why?: string): PatchbayError {
  const [subnet] = board.subnets;
  const next = subnet === undefined ? undefined : freeAddresses(subnet, occupants).next();
  const hint = next === undefined || next.done === true ? undefined : `${formatAddress(next.value)} is free.`;
  return new PatchbayError('bad-input', why === undefined ? message : `${message} ${why}`, { hint });
}

/** An address on a bridge without one of its own: nothing says the prefix but the person. */
function freeStanding(board: Switchboard, text: string): PodAddress {
  const prefixed = parsePrefixedAddress(text);
  if (prefixed === null) {
    throw parseAddress(text) === null ? malformed(text) : noSubnet(board);
  }
  const special = specialRange(prefixed.address);
  if (special !== null) {
    throw new PatchbayError('bad-input', `${text} is not for a pod: it is a ${special} address.`);
  }
  return { ...prefixed, gateway: null };
}

function insideSubnet(board: Switchboard, text: string): PodAddress {
  const prefixed = parsePrefixedAddress(text);
  const address = prefixed?.address ?? parseAddress(text);
  if (address === null) {
    throw malformed(text);
  }
  const found = board.subnets.find(({ subnet }) => contains(subnet, address));
  if (found === undefined) {
    throw outside(board, address);
  }
  const { prefix } = found.subnet;
  if (prefixed !== null && prefixed.prefix !== prefix) {
    throw new PatchbayError(
      'bad-input',
      `${board.name}’s subnet is ${formatSubnet(found.subnet)}, so the address ends in /${prefix}, not /${prefixed.prefix}.`,
      { hint: `Give it as ${formatAddress(address)}.` },
    );
  }
  return { address, prefix, gateway: found.gateway };
}

function malformed(text: string): PatchbayError {
  return new PatchbayError('bad-input', `${JSON.stringify(text)} is not an IP address.`, {
    hint: 'Give one such as 10.244.0.2.',
  });
}

function noSubnet(board: Switchboard): PatchbayError {
  return new PatchbayError(
    'bad-input',
    `${board.name} has no address, so it says nothing about its subnet.`,
    {
      hint: 'Give the pod’s address with its prefix, such as 10.1.0.2/24.',
    },
  );
}

function outside(board: Switchboard, address: Address): PatchbayError {
  const families = new Set(board.subnets.map(({ subnet }) => subnet.family));
  const subnets = board.subnets.map(({ subnet }) => formatSubnet(subnet)).join(' and ');
  const text = formatAddress(address);
  return new PatchbayError(
    'bad-input',
    families.has(address.family)
      ? `${text} is outside ${board.name}’s subnet ${subnets}.`
      : `${text} is an IPv${address.family} address, but ${board.name} has only ${subnets}.`,
    { hint: 'Choose an address inside, or leave it to Patchbay.' },
  );
}

function takeFree(board: Switchboard, occupants: Occupants, count: number): PodAddress[] {
  const [first] = board.subnets;
  if (first === undefined) {
    throw noSubnet(board);
  }
  const taken: PodAddress[] = [];
  for (const address of freeAddresses(first, occupants)) {
    taken.push({ address, prefix: first.subnet.prefix, gateway: first.gateway });
    if (taken.length === count) {
      return taken;
    }
  }
  throw full(board, first, taken.length, count);
}

function full(board: Switchboard, { subnet }: BridgeSubnet, free: number, needed: number): PatchbayError {
  const text = `The subnet ${formatSubnet(subnet)} of ${board.name}`;
  return new PatchbayError(
    'bad-input',
    free === 0
      ? `${text} is full.`
      : `${text} has ${counted(free, 'free address', 'free addresses')} left; ${needed} are needed.`,
    { hint: 'Delete pods, or use another bridge.' },
  );
}

/** Free addresses in rising order. The bridge's own is among the occupants, or is the gateway of a bridge to be. */
export function* freeAddresses({ subnet, gateway }: BridgeSubnet, occupants: Occupants): Generator<Address> {
  const [first, last] = hostRange(subnet);
  for (let value = first; value <= last; value++) {
    const address = { family: subnet.family, value };
    if (value !== gateway.value && !occupants.has(addressKey(address))) {
      yield address;
    }
  }
}

/** Every address that a pod on this bridge must not have because somebody has it. */
export function findOccupants(topology: Topology, board: Switchboard): Occupants {
  const occupants: Occupants = new Map();
  for (const { address, who } of [...heldAddresses(topology), ...neighbourAddresses(topology, board)]) {
    if (!occupants.has(addressKey(address))) {
      occupants.set(addressKey(address), who);
    }
  }
  for (const { gateway } of board.subnets) {
    occupants.set(addressKey(gateway), `It is the address of ${board.name} itself.`);
  }
  return occupants;
}

interface Held {
  readonly address: Address;
  readonly who: string;
}

/** Addresses of links in any namespace: a pod that is unplugged now may be plugged in again. */
function heldAddresses(topology: Topology): Held[] {
  return topology.links.flatMap((link) =>
    link.addresses.flatMap((text) => {
      const address = parsePrefixedAddress(text)?.address;
      return address === undefined ? [] : [{ address, who: `${describeLink(topology, link)} has it.` }];
    }),
  );
}

/** Hosts that the node talks to on this bridge though they are not on this node. */
function neighbourAddresses(topology: Topology, board: Switchboard): Held[] {
  const { link } = board;
  if (link === null) {
    return [];
  }
  const macs = macsBehind(topology, link.id);
  return topology.neighbours.flatMap((neighbour) => {
    const address = parseAddress(neighbour.address);
    return neighbour.link === link.id && address !== null && isPresent(neighbour.mac, neighbour.states, macs)
      ? [{ address, who: `${neighbour.mac ?? 'A host'} answers for it on ${board.name}.` }]
      : [];
  });
}

/**
 * A neighbour entry outlives its host by half a minute and more; the bridge forgets a MAC at once when its port goes.
 * So a pod deleted a moment ago does not keep its address, while a host beyond an uplink does.
 */
function isPresent(mac: string | null, states: readonly string[], macs: ReadonlySet<string> | null): boolean {
  if (states.includes('PERMANENT')) {
    return true;
  }
  const answered = states.some((state) => ['REACHABLE', 'DELAY', 'PROBE'].includes(state));
  return answered && mac !== null && (macs?.has(mac) ?? true);
}

/** The MAC addresses that a bridge has learned; null where its table could not be read. */
function macsBehind(topology: Topology, bridge: LinkId): Set<string> | null {
  const namespace = topology.links.find(({ id }) => id === bridge)?.namespace;
  if (namespace === undefined || isUnknown(topology, namespace, 'fdb')) {
    return null;
  }
  return new Set(topology.fdb.filter((entry) => entry.bridge === bridge).map(({ mac }) => mac));
}
