/** Pure: what the parts of a wire have in common. */
import type { Link, NamespaceId } from '../topology/topology.ts';
import type { Gate } from './gates/passGate.ts';
import type { Message } from './gates/questions.ts';
import type { NewPacket } from './gates/traveller.ts';
import type { Decision } from './routing.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { End, OpenLeg, Track } from './track.ts';

/** A frame on its way, with the VLAN tag that it carries. */
export interface Carried {
  readonly leg: OpenLeg;
  readonly tag: number | null;
  /** A bridge has asked the rules of IP at the hook prerouting already: its own stack does not ask them again. */
  readonly isPrerouted?: boolean;
}

/** What a frame meets that is not of the wire. */
export interface Stacks {
  /** True where rules let it pass; else the track has ended. */
  readonly lets: (gate: Gate, where: Pick<End, 'leg' | 'next'>) => boolean;
  /** The same of the question for a hardware address that goes before it, or its answer. */
  readonly hears: (gate: Gate, leg: OpenLeg, message: Message) => boolean;
  readonly arrive: (link: Link, frame: Carried) => void;
  /** Where the packet is to go, which rules may change on its way. */
  readonly destination: () => string;
  /** Of the IP packet. */
  readonly lengthBytes: () => number;
  /** How the stack of a bridge's namespace would route the packet; null where that ends its way. */
  readonly decide: (bridge: Link) => Exclude<Decision, { kind: 'refused' }> | null;
  /** Walks a packet that carries the frame; the namespace where it arrives, or null. */
  readonly encapsulate: (namespace: NamespaceId, outer: NewPacket) => NamespaceId | null;
}

/** What the parts of a wire share. */
export interface WireParts {
  readonly index: TopologyIndex;
  readonly track: Track;
  readonly stacks: Stacks;
  /** A frame leaves through a link, towards the next hop of its leg. */
  readonly leave: (link: Link, frame: Carried) => void;
  /** A frame has come in through a link. */
  readonly enter: (link: Link, frame: Carried) => void;
}

/** The vlan link that takes the frame's tag, or the macvlan or ipvlan that has the address it is for. */
export function upperFor(index: TopologyIndex, link: Link, { leg, tag }: Carried): Link | undefined {
  return index.uppersOf(link.id).find((upper) => {
    if (upper.kind === 'vlan') {
      return tag !== null && upper.vlanId === tag && upper.up;
    }
    return tag === null && isSharing(upper) && upper.up && isAnswering(index, upper, leg.nextHop);
  });
}

/** Links that share a lower link by address, each with a stack of its own. */
export function isSharing({ kind }: Link): boolean {
  return kind === 'macvlan' || kind === 'ipvlan';
}

export function isAnswering(index: TopologyIndex, link: Link, address: string): boolean {
  return index.owners(address).some(({ id }) => id === link.id);
}

/** The hardware address that the sender of a leg takes the next hop to have; null where it would ask. */
export function believedMac(index: TopologyIndex, leg: OpenLeg): string | null {
  const egress = index.link(leg.egress);
  return egress ? (index.neighbour(egress, leg.nextHop)?.mac ?? null) : null;
}
