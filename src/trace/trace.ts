import type { LinkId, NamespaceId } from '../topology/topology.ts';

/** Where a probe starts or ends. */
export type Endpoint =
  | { readonly kind: 'namespace'; readonly namespace: NamespaceId }
  | { readonly kind: 'address'; readonly address: string };

/** One link that the packet crosses, in order. */
export interface Hop {
  readonly link: LinkId;
  readonly namespace: NamespaceId;
  /** `out`: leaves the namespace's stack (or bridge) through this link; `in`: comes in through it; `through`: a bridge itself. */
  readonly direction: 'in' | 'out' | 'through';
  /** What decided this hop, in one plain sentence, and the record that says so. */
  readonly why: string;
  readonly decidedBy: {
    readonly kind: 'route' | 'neighbour' | 'fdb' | 'veth' | 'port' | 'local' | 'flood';
    readonly record: unknown;
  } | null;
}

/** The predicted way of a packet: request only; the reply is expected to take it backwards. */
export interface Path {
  readonly from: { readonly namespace: NamespaceId; readonly address: string };
  readonly to: { readonly namespace: NamespaceId | null; readonly address: string };
  readonly hops: readonly Hop[];
  /** Why the prediction ends before the destination; null where it reaches it (or leaves the node's view). */
  readonly stopped: string | null;
  /** True where the way leaves the node: what is beyond it is not seen. */
  readonly leavesNode: boolean;
}

/** `ndp-…`: IPv6 asks for hardware addresses by ICMPv6 messages in the place of ARP. */
export type FrameProtocol =
  | 'arp-request'
  | 'arp-reply'
  | 'ndp-request'
  | 'ndp-reply'
  | 'icmp-request'
  | 'icmp-reply'
  | 'icmp-error'
  | 'other';

/** One captured frame at one link. */
export interface Sighting {
  readonly link: LinkId;
  readonly namespace: NamespaceId;
  readonly direction: 'in' | 'out';
  readonly protocol: FrameProtocol;
  /** Nanoseconds since the first sighting of the trace, by the node's kernel clock. */
  readonly atNs: number;
  /** ICMP sequence number, for echo; else null. */
  readonly sequence: number | null;
  readonly source: string | null;
  readonly destination: string | null;
  /** True for a broadcast or flooded frame on a port that is not on the way. */
  readonly flooded: boolean;
}

/** One line of the trace's story, in order of time. */
export interface TraceEvent {
  readonly atNs: number;
  /** Nanoseconds since the previous event on the way; null for the first. */
  readonly sincePreviousNs: number | null;
  /** `arp`: a question for a hardware address, or its answer; neighbour discovery for IPv6. */
  readonly phase: 'arp' | 'request' | 'reply' | 'error';
  /** The links on which this event is seen: one for a step, all ports for a flood. */
  readonly links: readonly LinkId[];
  /** The plain sentence. */
  readonly text: string;
}

export interface Verdict {
  readonly delivered: boolean;
  readonly rttMs: number | null;
  /** The last link on the way that saw the packet; null when it was delivered or never seen. */
  readonly lostAfter: LinkId | null;
  /** The first link on the way that did not. */
  readonly lostBefore: LinkId | null;
  /** In which half of the round trip it was lost. */
  readonly lostOn: 'request' | 'reply' | null;
  readonly reason: string | null;
}

/** One probe: what was predicted, what was seen, and what that means (docs/trace.schema.json). */
export interface Trace {
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** "web → db (10.244.0.3)". */
  readonly title: string;
  readonly path: Path;
  readonly sightings: readonly Sighting[];
  readonly events: readonly TraceEvent[];
  readonly verdict: Verdict;
  /** How the packet was watched. `counters`: no capture tool; sightings are changes of link counters. `none`: prediction only. */
  readonly observedBy: 'tcpdump' | 'counters' | 'none';
  /** What could not be done, and what would make it possible. */
  readonly notes: readonly string[];
}
