/** Pure: what a capture is to let through, as a filter of pcap-filter(7). */
import { addressWords, familyOf } from './addresses.ts';

/**
 * Lets through only what a ping between two addresses causes: its own messages and errors, and questions for the hardware
 * addresses on its way (`addresses`: both ends, and every next hop between them).
 */
export function captureFilter(addresses: readonly string[]): string {
  const unique = [...new Set(addresses)];
  const v4 = unique.filter((address) => familyOf(address) === 4).map((address) => `host ${address}`);
  const v6 = unique.filter((address) => familyOf(address) === 6);
  const parts = [
    ...(v4.length > 0 ? [`((arp or icmp) and (${v4.join(' or ')}))`] : []),
    ...(v6.length > 0
      ? [`(icmp6 and (${v6.flatMap((address) => [`host ${address}`, solicits(address)]).join(' or ')}))`]
      : []),
  ];
  return parts.join(' or ');
}

/** Neighbour solicitations and advertisements for an address: they go to a group address (RFC 4861, 7.2.2). */
function solicits(address: string): string {
  const words = addressWords(address).map((word, i) => `ip6[${48 + 4 * i}:4] = 0x${word}`);
  return `((ip6[40] = 135 or ip6[40] = 136) and ${words.join(' and ')})`;
}
