/** Pure: what rules see of the place that a packet is at. */
import type { Link } from '../../topology/topology.ts';
import { familyOf, isLoopback } from '../addresses.ts';
import { decideRoute, type Packet } from '../routing.ts';
import type { TopologyIndex } from '../topologyIndex.ts';
import type { PacketFields } from './packetFields.ts';
import type { Gate } from './passGate.ts';

type Fields = PacketFields['fields'];

/** The links, by their names ("" for none), and what the tables of routes say of the packet's addresses. */
export function placeFields(index: TopologyIndex, gate: Gate, packet: Packet): Fields {
  const { point, ingress, egress } = gate;
  return {
    iifname: ingress?.name ?? '',
    oifname: egress?.name ?? '',
    ...(point.layer === 'bridge'
      ? { ibrname: bridgeOf(index, ingress), obrname: bridgeOf(index, egress) }
      : {}),
    ...(point.layer === 'ip' ? routeFields(index, gate, packet) : {}),
    ...portFields(gate),
  };
}

/** The ports between which br_netfilter calls the rules of IP; of what a bridge hands up it may know the first. */
function portFields({ ingress, ports }: Gate): Fields {
  const isKnown = ports !== undefined || ingress?.kind !== 'bridge';
  return {
    ...(isKnown ? { 'physdev in': ports?.ingress.name ?? '' } : {}),
    'physdev out': ports?.egress?.name ?? '',
    'physdev bridged': ports?.egress ? '' : 'no',
  };
}

function bridgeOf(index: TopologyIndex, port: Link | null): string {
  return (port && index.bridgeOf(port)?.name) ?? '';
}

function routeFields(index: TopologyIndex, { namespace, ingress }: Gate, packet: Packet): Fields {
  const { source, destination } = packet;
  return {
    pkttype: 'host',
    'fib daddr type': addressType(index, namespace, destination),
    ...(source === null
      ? {}
      : {
          'fib saddr type': addressType(index, namespace, source),
          ...(ingress && { 'fib saddr oif': wayBack(index, ingress, packet, source) }),
        }),
  };
}

function addressType(index: TopologyIndex, namespace: string, address: string): string {
  return isLoopback(address) || index.owns(namespace, address) ? 'local' : 'unicast';
}

/** The link by which an answer would leave, where it is the one that the packet came in by; else "missing". */
function wayBack(index: TopologyIndex, ingress: Link, packet: Packet, source: string): string {
  const back = decideRoute(index, ingress.namespace, {
    ...packet,
    source: familyOf(source) === 6 ? packet.destination : null,
    destination: source,
    ingress: null,
  });
  return back.kind === 'forward' && back.link.id === ingress.id ? ingress.name : 'missing';
}
