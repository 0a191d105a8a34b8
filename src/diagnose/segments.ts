/** Pure: which links share one Ethernet segment: joined by veth pairs and bridges, up or not. */
import type { Link, LinkId } from '../topology/topology.ts';
import type { TopologyIndex } from '../trace/topologyIndex.ts';

/** Links that one broadcast reaches if nothing stops it. */
export interface Segment {
  readonly bridges: readonly Link[];
  /** Links behind which an IP stack sits: those that are no port, and the bridges themselves. */
  readonly ends: readonly Link[];
  readonly ports: readonly Link[];
  /** True where it goes on to where nothing can be read: an uplink, a tunnel, an unreadable pod. */
  readonly isOpen: boolean;
}

/** The segment of every veth link, bridge and port. */
export function segmentsOf(index: TopologyIndex): ReadonlyMap<LinkId, Segment> {
  const segments = new Map<LinkId, Segment>();
  for (const link of index.topology.links) {
    if (!segments.has(link.id) && isCable(index, link)) {
      const members = membersFrom(index, link);
      const segment = segmentFrom(index, members);
      members.forEach(({ id }) => segments.set(id, segment));
    }
  }
  return segments;
}

function isCable(index: TopologyIndex, link: Link): boolean {
  return link.kind === 'veth' || link.kind === 'bridge' || index.bridgeOf(link) !== undefined;
}

function membersFrom(index: TopologyIndex, start: Link): Link[] {
  const members = new Set([start]);
  for (const link of members) {
    const around = [
      index.link(link.peer),
      index.bridgeOf(link),
      ...(link.kind === 'bridge' ? index.portsOf(link.id) : []),
    ];
    around.filter((one) => one !== undefined).forEach((one) => members.add(one));
  }
  return [...members];
}

function segmentFrom(index: TopologyIndex, members: readonly Link[]): Segment {
  const ports = members.filter((link) => index.bridgeOf(link) !== undefined);
  return {
    bridges: members.filter(({ kind }) => kind === 'bridge'),
    ends: members.filter((link) => link.master === null),
    ports,
    isOpen: members.some(
      ({ kind, peer, peerUnknown }) => peerUnknown !== null || (kind !== 'bridge' && peer === null),
    ),
  };
}

/** The port through which an end is plugged into a bridge; undefined for a bridge itself and for an end of a bare pair. */
export function portOfEnd(index: TopologyIndex, end: Link): Link | undefined {
  const peer = index.link(end.peer);
  return peer && index.bridgeOf(peer) ? peer : undefined;
}

/** Every link whose segment it is, once for each segment. */
export function distinctSegments(segments: ReadonlyMap<LinkId, Segment>): Segment[] {
  return [...new Set(segments.values())];
}
