/** Pure: packets that are too long for a link. */
import type { Link } from '../topology/topology.ts';
import type { Probe } from './trace.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { End } from './track.ts';
import { nameOfLink, nameOfNamespace, pick, startOfSentence } from './words.ts';

/** The length of a probe's IP packet; 0 for the short ones of TCP and UDP. */
export function lengthOf(probe: Probe, family: 4 | 6): number {
  return probe.kind === 'icmp' ? probe.payloadBytes + 8 + (family === 6 ? 40 : 20) : 0;
}

/** Bridges and veth pairs leave room for the tag of a VLAN (include/linux/netdevice.h, __is_skb_forwardable). */
const tagBytes = 4;

/** Why a frame does not go into a link; null where it does. Nobody is told: neither a bridge nor a cable answers. */
export function frameTooLong(index: TopologyIndex, link: Link, lengthBytes: number): End | null {
  return lengthBytes <= link.mtu + tagBytes
    ? null
    : {
        reason: `${nameOfLink(index, link)} takes ${link.mtu} bytes at most, and the packet has ${lengthBytes}: it is dropped there without a word.`,
        by: mtuOf(link),
        next: link,
      };
}

/**
 * Why a stack does not send a packet out of a link. Of one that came in whole it tells the sender, since Linux lets none of its
 * packets be cut on their way (IP_PMTUDISC_WANT, ip(7)).
 */
export function packetTooLong(index: TopologyIndex, link: Link, lengthBytes: number): End {
  const who = startOfSentence(nameOfNamespace(index, link.namespace));
  return {
    reason: `${who} does not send it out of ${nameOfLink(index, link)}, which takes ${link.mtu} bytes at most: the packet has ${lengthBytes}, and may not be cut.`,
    by: mtuOf(link),
    next: link,
  };
}

function mtuOf({ raw }: Link): NonNullable<End['by']> {
  return { kind: 'port', record: pick(raw, ['ifindex', 'ifname', 'mtu']) };
}
