/** RTM_NEWNEIGH (linux/neighbour.h) → the record that `ip -j -s neigh show` prints (iproute2: ip/ipneigh.c, print_neigh). */
import type { NeighbourRecord } from '../records.ts';
import { Attributes, named, said, Undecodable, unlessZero } from './attributes.ts';
import type { Bytes } from './bytes.ts';
import type { LinkMessage } from './decodeLink.ts';
import { addressText, inet, inet6, linkAddressText, protocols } from './words.ts';

/** NDA_… */
const attribute = {
  destination: 1,
  linkAddress: 2,
  cacheInfo: 3,
  probes: 4,
  protocol: 12,
  flags: 15,
} as const;
const known = new Set<number>(Object.values(attribute));

/** NUD_… in the order in which iproute2 prints them. */
const states = [
  ...([
    [0x1, 'INCOMPLETE'],
    [0x2, 'REACHABLE'],
    [0x4, 'STALE'],
    [0x8, 'DELAY'],
    [0x10, 'PROBE'],
  ] as const),
  ...([
    [0x20, 'FAILED'],
    [0x40, 'NOARP'],
    [0x80, 'PERMANENT'],
  ] as const),
] as const;
/** Without one of these states an entry is shown only where somebody put it in (NTF_PROXY, NTF_EXT_LEARNED). */
const shownStates = 0xff & ~0x40;

/** NTF_… of the message and, from `managed` on, of NDA_FLAGS_EXT; each is told as null. */
const flags = { router: 0x80, proxy: 0x8, extern_learn: 0x10, offload: 0x20 } as const;
const otherFlags = { managed: 0x1 } as const;

/** USER_HZ. */
const ticksPerSecond = 100;

/** The message's struct ndmsg and its attributes; null for what `ip` does not show. Throws Undecodable. */
export function decodeNeighbour(
  payload: Bytes,
  linkOf: (index: number) => LinkMessage,
): NeighbourRecord | null {
  const family = payload.u8(0);
  const state = payload.u16(8);
  const bits = payload.u8(10);
  if ((state & shownStates) === 0 && (bits & (flags.proxy | flags.extern_learn)) === 0) {
    return null;
  }
  const attributes = new Attributes(payload.from(12)).allow(known);
  const destination = attributes.bytes(attribute.destination);
  if ((family !== inet && family !== inet6) || !destination) {
    throw new Undecodable('neighbour of another family');
  }
  const link = linkOf(payload.i32(4));
  const linkAddress = attributes.bytes(attribute.linkAddress);
  const protocol = attributes.u8(attribute.protocol) ?? 0;
  return said({
    dst: addressText(family, destination),
    dev: link.name,
    lladdr: linkAddress && linkAddressText(link.type, linkAddress),
    ...flagsOf(flags, bits),
    ...flagsOf(otherFlags, extendedFlags(attributes)),
    ...usageOf(attributes),
    state: states.filter(([bit]) => (state & bit) !== 0).map(([, name]) => name),
    protocol: protocol === 0 ? undefined : named(protocols, protocol, 'protocol'),
  });
}

function extendedFlags(attributes: Attributes): number {
  const bits = attributes.u32(attribute.flags) ?? 0;
  if ((bits & ~otherFlags.managed) !== 0) {
    throw new Undecodable('flags of a neighbour');
  }
  return bits;
}

function flagsOf(names: Readonly<Record<string, number>>, bits: number): Record<string, null> {
  const set = Object.entries(names).filter(([, bit]) => (bits & bit) !== 0);
  return Object.fromEntries(set.map(([name]) => [name, null]));
}

/** struct nda_cacheinfo: confirmed, used, updated in ticks, and the references to it. */
function usageOf(attributes: Attributes): Record<string, number | undefined> {
  const info = attributes.bytes(attribute.cacheInfo);
  const seconds = (at: number): number | undefined => info && Math.trunc(info.u32(at) / ticksPerSecond);
  return {
    refcnt: unlessZero(info?.u32(12)),
    used: seconds(4),
    confirmed: seconds(0),
    updated: seconds(8),
    probes: attributes.u32(attribute.probes),
  };
}
