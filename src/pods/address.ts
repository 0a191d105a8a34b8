/** IPv4 and IPv6 addresses and subnets as numbers. Pure; texts go in and come out through `ipaddr.js`. */
import ipaddr from 'ipaddr.js';

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** An address with its prefix length: "10.244.0.1/24". */
export interface PrefixedAddress {
  readonly address: Address;
  readonly prefix: number;
}

/** The addresses that share the first `prefix` bits of `base`; all other bits of `base` are zero. */
export interface Subnet {
  readonly family: 4 | 6;
  readonly base: bigint;
  readonly prefix: number;
}

/** Reads one address in its full form; null for anything else, also for "10.1", "010.0.0.1" and zones ("fe80::1%eth0"). */
export function parseAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return { family: 4, value: toValue(ipaddr.IPv4.parse(text).toByteArray()) };
  }
  if (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text)) {
    return { family: 6, value: toValue(ipaddr.IPv6.parse(text).toByteArray()) };
  }
  return null;
}

/** Reads "ADDRESS/LENGTH"; null for anything else. */
export function parsePrefixedAddress(text: string): PrefixedAddress | null {
  const [head = '', tail, ...rest] = text.split('/');
  const address = parseAddress(head);
  if (address === null || tail === undefined || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(tail)) {
    return null;
  }
  const prefix = Number(tail);
  return prefix <= bitsOf(address.family) ? { address, prefix } : null;
}

/** The canonical text: dotted decimal, or RFC 5952. */
export function formatAddress({ family, value }: Address): string {
  const bytes = toBytes(value, bitsOf(family) / 8);
  return family === 4 ? new ipaddr.IPv4(bytes).toString() : new ipaddr.IPv6(bytes).toRFC5952String();
}

export function formatSubnet({ family, base, prefix }: Subnet): string {
  return `${formatAddress({ family, value: base })}/${prefix}`;
}

/** One text per address, cheap to make: a key for maps. */
export function addressKey({ family, value }: Address): string {
  return `${family}:${value.toString(36)}`;
}

export function bitsOf(family: 4 | 6): 32 | 128 {
  return family === 4 ? 32 : 128;
}

export function subnetOf({ address, prefix }: PrefixedAddress): Subnet {
  const hostBits = BigInt(bitsOf(address.family) - prefix);
  return { family: address.family, base: (address.value >> hostBits) << hostBits, prefix };
}

export function contains(subnet: Subnet, address: Address): boolean {
  return (
    subnet.family === address.family && subnetOf({ address, prefix: subnet.prefix }).base === subnet.base
  );
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  const [wide, narrow] = a.prefix <= b.prefix ? [a, b] : [b, a];
  return contains(wide, { family: narrow.family, value: narrow.base });
}

/**
 * The first and last address that a host may have. The network address (for IPv6 the subnet-router anycast
 * address, RFC 4291 2.6.1) and the IPv4 broadcast address are not hosts; pairs (/31, /127) and single addresses
 * have neither (RFC 3021, RFC 6164).
 */
export function hostRange({ family, base, prefix }: Subnet): readonly [first: bigint, last: bigint] {
  const hostBits = bitsOf(family) - prefix;
  const end = base + (1n << BigInt(hostBits)) - 1n;
  return hostBits <= 1 ? [base, end] : [base + 1n, family === 4 ? end - 1n : end];
}

const specialRanges = new Set([
  'loopback',
  'linkLocal',
  'multicast',
  'broadcast',
  'unspecified',
  'ipv4Mapped',
]);

/** What no pod can have as an address of its own, by name ("loopback", "multicast" …); null for an ordinary address. */
export function specialRange(address: Address): string | null {
  const range: string = ipaddr.parse(formatAddress(address)).range();
  return specialRanges.has(range) ? range : null;
}

/** True for addresses that mean something only on one link (fe80::/10): every IPv6 link has one. */
export function isIpv6LinkLocal({ family, value }: Address): boolean {
  return family === 6 && value >> 118n === 0x3fan;
}

function toValue(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function toBytes(value: bigint, length: number): number[] {
  return Array.from({ length }, (_, at) => Number((value >> BigInt(8 * (length - 1 - at))) & 0xffn));
}
