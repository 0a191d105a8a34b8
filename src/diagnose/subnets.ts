/** Pure: which subnets are at home on a segment, and what is free in them. */
import {
  addressKey,
  contains,
  formatAddress,
  hostRange,
  parseAddress,
  parsePrefixedAddress,
  subnetOf,
  type Address as NumericAddress,
  type Subnet,
} from '../pods/address.ts';
import type { Address, Link } from '../topology/topology.ts';
import { globalAddresses, withPrefix, type Ground } from './ground.ts';
import type { Segment } from './segments.ts';

/** An address at one end of a segment. */
export interface Held {
  readonly link: Link;
  readonly address: Address;
  readonly subnet: Subnet;
  /** The address as a number. */
  readonly value: NumericAddress;
}

/** A subnet that a segment is known to have. */
export interface Home {
  readonly subnet: Subnet;
  /** Who says so: the address of the bridge, or the first of those that agree. */
  readonly from: Held;
  /** Whom to send through to get out: the bridge's own address where it has one. */
  readonly gateway: string | null;
}

const heldBySegment = new WeakMap<Segment, readonly Held[]>();

/** All addresses of a segment that others can use. */
export function heldOn(segment: Segment): readonly Held[] {
  const known = heldBySegment.get(segment);
  if (known) {
    return known;
  }
  const held = segment.ends.flatMap((link) =>
    globalAddresses(link).flatMap((address) => {
      const prefixed = parsePrefixedAddress(withPrefix(address));
      return prefixed ? [{ link, address, subnet: subnetOf(prefixed), value: prefixed.address }] : [];
    }),
  );
  heldBySegment.set(segment, held);
  return held;
}

/** The subnets of the bridges' own addresses; on a bridge without one, those that most pods agree on. */
export function homesOf(segment: Segment, held: readonly Held[] = heldOn(segment)): Home[] {
  const routers = held.filter(({ link, address }) => link.kind === 'bridge' && !isSingle(address));
  const fromRouters = routers.map((from) => ({ subnet: from.subnet, from, gateway: from.address.address }));
  const families = new Set(fromRouters.map(({ subnet }) => subnet.family));
  const rest = held.filter(({ address }) => !families.has(address.family) && !isSingle(address));
  return [...fromRouters, ...agreed(rest)];
}

/** A single address (/32, /128) says nothing about who else is there. */
function isSingle({ family, prefixLength }: Address): boolean {
  return prefixLength === (family === 4 ? 32 : 128);
}

function agreed(held: readonly Held[]): Home[] {
  const votes = new Map<string, Held[]>();
  for (const one of held) {
    const key = `${addressKey({ family: one.subnet.family, value: one.subnet.base })}/${one.subnet.prefix}`;
    votes.set(key, [...(votes.get(key) ?? []), one]);
  }
  return [...votes.values()].flatMap((voters) => {
    const [from] = voters;
    return from && voters.length > 1 ? [{ subnet: from.subnet, from, gateway: null }] : [];
  });
}

/** The home that an address of this segment belongs to. */
export function homeOfAddress(homes: readonly Home[], { value }: Held): Home | undefined {
  return homes.find(({ subnet }) => contains(subnet, value));
}

/** Hands out addresses that nothing on the node has, each once. */
export class FreeAddresses {
  readonly #ground: Ground;
  #taken: Set<string> | null = null;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** Made when the first one is needed: on most nodes none is. */
  #takenNow(): Set<string> {
    const { topology } = this.#ground;
    const texts = [
      ...topology.links.flatMap(({ addressDetails }) => addressDetails.map(({ address }) => address)),
      ...topology.neighbours.map(({ address }) => address),
    ];
    this.#taken ??= new Set(
      texts.map(parseAddress).flatMap((address) => (address ? [addressKey(address)] : [])),
    );
    return this.#taken;
  }

  take({ subnet }: Home): string | null {
    const taken = this.#takenNow();
    const [first, last] = hostRange(subnet);
    for (let value = first; value <= last; value++) {
      const address = { family: subnet.family, value };
      if (!taken.has(addressKey(address))) {
        taken.add(addressKey(address));
        return formatAddress(address);
      }
    }
    return null;
  }
}
