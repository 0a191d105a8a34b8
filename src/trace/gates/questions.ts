/** Pure: the question for a hardware address that goes before a packet, and its answer, at a gate. */
import type { Link } from '../../topology/topology.ts';
import { familyOf, solicitedNode } from '../addresses.ts';
import type { TopologyIndex } from '../topologyIndex.ts';
import type { OpenLeg } from '../track.ts';
import type { PacketFields } from './packetFields.ts';
import type { Gate, HookPoint } from './passGate.ts';

export type Message = 'question' | 'answer';

/** True where the sender of a leg does not know the hardware address of its next hop, and the link has such addresses. */
export function isAsking(index: TopologyIndex, { egress, nextHop }: OpenLeg): boolean {
  const link = index.link(egress);
  const flags: unknown = link?.raw['flags'];
  const isSilent = Array.isArray(flags) && (flags.includes('NOARP') || flags.includes('LOOPBACK'));
  return link !== undefined && !isSilent && index.neighbour(link, nextHop) === null;
}

/** Where a stack asks its rules about what it sends and what it takes in: ARP has tables of its own, NDP is a packet of IPv6. */
export function gatesOfStack(link: Link, family: 4 | 6, way: 'in' | 'out'): Gate[] {
  const hooks = family === 4 ? arpHooks[way] : ndpHooks[way];
  const layer: HookPoint['layer'] = family === 4 ? 'arp' : 'ip';
  return hooks.map((hook) => ({
    namespace: link.namespace,
    point: { layer, hook },
    ingress: way === 'in' ? link : null,
    egress: way === 'out' ? link : null,
  }));
}

const arpHooks = { in: ['input'], out: ['output'] } as const;
const ndpHooks = { in: ['prerouting', 'input'], out: ['output', 'postrouting'] } as const;

/** In nft's words; who asks from which address is left open. */
export function questionFields(
  { nextHop }: OpenLeg,
  message: Message,
  { ingress, egress }: Gate,
): PacketFields {
  const family = familyOf(nextHop);
  const links = { iifname: ingress?.name ?? '', oifname: egress?.name ?? '' };
  return { family, fields: { ...links, ...(family === 4 ? arpFields : ndpFields)(nextHop, message) } };
}

function arpFields(nextHop: string, message: Message): PacketFields['fields'] {
  return {
    'ether type': 'arp',
    ...{ 'ip saddr': null, 'ip daddr': null, l4proto: null, nfproto: null, 'ct state': null },
    'arp operation': message === 'question' ? 'request' : 'reply',
    [message === 'question' ? 'arp daddr ip' : 'arp saddr ip']: nextHop,
  };
}

/** Neighbour discovery is not tracked (net/netfilter/nf_conntrack_proto_icmpv6.c). */
function ndpFields(nextHop: string, message: Message): PacketFields['fields'] {
  return {
    l4proto: 'icmpv6',
    'icmpv6 type': message === 'question' ? 'nd-neighbor-solicit' : 'nd-neighbor-advert',
    'icmpv6 code': '0',
    'ct state': 'untracked',
    ...(message === 'question' ? { 'ip6 daddr': solicitedNode(nextHop) } : {}),
  };
}
