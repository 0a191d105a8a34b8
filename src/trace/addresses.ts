/** Pure: arithmetic on IPv4 and IPv6 addresses, as text in iproute2's form. */
import ipaddr from 'ipaddr.js';

export type Family = 4 | 6;

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What was read before: a node's addresses come again with each of its topologies, and reading one takes microseconds. */
const known = new Map<string, Address | null>();
const mostKnown = 16_384;

/** Reads an address, without its zone ("fe80::1%eth0"); null for anything else, also for "10.1" and "012.0.0.1". */
function parse(text: string): Address | null {
  const before = known.get(text);
  if (before !== undefined) {
    return before;
  }
  if (known.size >= mostKnown) {
    known.clear();
  }
  const address = parseAnew(text);
  known.set(text, address);
  return address;
}

function parseAnew(text: string): Address | null {
  const bare = text.replace(/%.*$/s, '');
  return ipaddr.IPv4.isValidFourPartDecimal(bare) || ipaddr.IPv6.isValid(bare) ? ipaddr.parse(bare) : null;
}

/** The one form in which equal addresses are equal texts; null for what is no address. */
export function canonicalAddress(text: string): string | null {
  return parse(text)?.toString() ?? null;
}

/** The address of "10.244.0.2/24", canonical; null for what is none. */
export function addressOf(withPrefix: string): string | null {
  return canonicalAddress(withPrefix.replace(/\/.*$/s, ''));
}

export function familyOf(address: string): Family {
  return address.includes(':') ? 6 : 4;
}

export function isLoopback(address: string): boolean {
  return parse(address)?.range() === 'loopback';
}

export function isLinkLocal(address: string): boolean {
  return parse(address)?.range() === 'linkLocal';
}

/** The length of a route's destination ("default", "10.244.0.0/24", "10.244.0.1") where it covers the address, else null. */
export function coveringLength(destination: string, address: string): number | null {
  const wanted = parse(address);
  if (wanted === null) {
    return null;
  }
  if (destination === 'default' || destination === 'all') {
    return 0;
  }
  const [text = '', bits] = destination.split('/');
  const network = parse(text);
  if (network?.kind() !== wanted.kind()) {
    return null;
  }
  const length = bits === undefined ? network.toByteArray().length * 8 : Number(bits);
  return wanted.match(network, length) ? length : null;
}

/** True where the address lies in the network of "10.244.0.2/24". */
export function isOnLink(withPrefix: string, address: string): boolean {
  return withPrefix.includes('/') && coveringLength(withPrefix, address) !== null;
}

/** The address from its bytes in network order: 4 or 16 of them. */
export function addressFromBytes(bytes: Uint8Array): string {
  return ipaddr.fromByteArray([...bytes]).toString();
}

/** The 32-bit words of an address, in hexadecimal: what a capture filter compares. */
export function addressWords(address: string): string[] {
  const hex = (parse(address)?.toByteArray() ?? [])
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  return hex.match(/.{8}/g) ?? [];
}

/** The group that an IPv6 address is asked for in (RFC 4291, 2.7.1). */
export function solicitedNode(address: string): string {
  const [, , , last = '00000000'] = addressWords(address);
  return canonicalAddress(`ff02::1:ff${last.slice(2, 4)}:${last.slice(4)}`) ?? '';
}
