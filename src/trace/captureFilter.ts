/** Pure: what a capture is to let through, as a filter of pcap-filter(7). */
import { addressWords, familyOf } from './addresses.ts';

/** What of the probe's own traffic there is beside ICMP, which also brings errors. */
export interface FilteredTraffic {
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  /** The destination's ports, before and behind every translation. */
  readonly ports: readonly number[];
}

/**
 * Lets through only what a probe between two addresses causes: its own messages and errors, and questions for the hardware
 * addresses on its way (`addresses`: both ends, and every next hop between them); in vxlan tunnels whatever goes between
 * the ends of the tunnel.
 */
export function captureFilter(
  addresses: readonly string[],
  { protocol, ports }: FilteredTraffic = { protocol: 'icmp', ports: [] },
  tunnels: readonly { readonly port: number; readonly end: string }[] = [],
): string {
  const unique = [...new Set(addresses)];
  const v4 = unique.filter((address) => familyOf(address) === 4).map((address) => `host ${address}`);
  const v6 = unique.filter((address) => familyOf(address) === 6);
  const own = [...new Set(ports)].map((port) => ` or ${protocol} port ${port}`).join('');
  const parts = [
    ...(v4.length > 0 ? [`((arp or icmp${own}) and (${v4.join(' or ')}))`] : []),
    ...(v6.length > 0
      ? [
          `(${own === '' ? 'icmp6' : `(icmp6${own})`} and (${v6.flatMap((address) => [`host ${address}`, solicits(address)]).join(' or ')}))`,
        ]
      : []),
    ...tunnels.map(({ port, end }) => `(udp port ${port} and host ${end})`),
  ];
  return parts.join(' or ');
}

/** Neighbour solicitations and advertisements for an address: they go to a group address (RFC 4861, 7.2.2). */
function solicits(address: string): string {
  const words = addressWords(address).map((word, i) => `ip6[${48 + 4 * i}:4] = 0x${word}`);
  return `((ip6[40] = 135 or ip6[40] = 136) and ${words.join(' and ')})`;
}
