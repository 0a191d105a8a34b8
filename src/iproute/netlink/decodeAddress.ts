/** RTM_NEWADDR (linux/if_addr.h) → an entry of `addr_info` (iproute2: ip/ipaddress.c, print_addrinfo). */
import type { LinkRecord } from '../records.ts';
import { Attributes, named, said } from './attributes.ts';
import type { Bytes } from './bytes.ts';
import { isSince, type Iproute2Version } from './version.ts';
import { addressText, familyName, inet6, scopes } from './words.ts';

/** IFA_… */
const attribute = {
  ...{
    address: 1,
    local: 2,
    label: 3,
    broadcast: 4,
    anycast: 5,
    cacheInfo: 6,
    flags: 8,
    priority: 9,
    protocol: 11,
  },
} as const;
const known = new Set<number>(Object.values(attribute));

/** IFA_F_… that are printed where they are set; what IPv4 calls secondary is temporary in IPv6. */
const flags = {
  ...{ secondary: 0x1, nodad: 0x2, optimistic: 0x4, dadfailed: 0x8, home: 0x10, deprecated: 0x20 },
  ...{ tentative: 0x40, mngtmpaddr: 0x100, noprefixroute: 0x200, autojoin: 0x400, 'stable-privacy': 0x800 },
} as const;
/** The others are dynamic. */
const isPermanent = 0x80;

/** Who made an address (iproute2: lib/rt_names.c). */
const protocols = { 0: 'unspec', 1: 'kernel_lo', 2: 'kernel_ra', 3: 'kernel_ll' } as const;

export interface LinkAddress {
  readonly index: number;
  readonly address: LinkRecord['addr_info'][number];
}

/** The message's struct ifaddrmsg and its attributes. Throws Undecodable for what only `ip` has words for. */
export function decodeAddress(payload: Bytes, version: Iproute2Version): LinkAddress {
  const family = payload.u8(0);
  const attributes = new Attributes(payload.from(8)).allow(known);
  const text = (bytes: Bytes | undefined): string | undefined => bytes && addressText(family, bytes);
  const peer = text(attributes.bytes(attribute.address));
  const local = text(attributes.bytes(attribute.local)) ?? peer;
  const protocol = isSince(version, 6, 4) ? attributes.u8(attribute.protocol) : undefined;
  const address = said({
    family: familyName(family),
    local,
    address: peer === local ? undefined : peer,
    prefixlen: local === undefined ? undefined : payload.u8(1),
    metric: local === undefined ? undefined : attributes.u32(attribute.priority),
    broadcast: text(attributes.bytes(attribute.broadcast)),
    anycast: text(attributes.bytes(attribute.anycast)),
    scope: named(scopes, payload.u8(3), 'scope'),
    ...flagsOf(family, attributes.u32(attribute.flags) ?? payload.u8(2)),
    protocol: protocol === undefined ? undefined : named(protocols, protocol, 'address protocol'),
    label: attributes.text(attribute.label),
    ...lifetimesOf(attributes),
  });
  return { index: payload.u32(4), address };
}

function flagsOf(family: number, bits: number): Record<string, true | string> {
  const found = Object.entries(flags).filter(([, bit]) => (bits & bit) !== 0);
  const names = found.map(([name]) => (name === 'secondary' && family === inet6 ? 'temporary' : name));
  const others = found.reduce((rest, [, bit]) => rest & ~bit, bits & ~isPermanent);
  return {
    ...((bits & isPermanent) === 0 ? { dynamic: true } : {}),
    ...Object.fromEntries(names.map((name) => [name, true])),
    ...(others === 0 ? {} : { ifa_flags: others.toString(16).padStart(2, '0') }),
  };
}

/** struct ifa_cacheinfo: preferred, then valid, in seconds. */
function lifetimesOf(attributes: Attributes): Record<string, number> {
  const info = attributes.bytes(attribute.cacheInfo);
  if (!info) {
    return {};
  }
  return { valid_life_time: info.u32(4), preferred_life_time: info.u32(0) };
}
