import type { Finding } from '../topology/finding.ts';
import type { LinkId, NamespaceId } from '../topology/topology.ts';

/** Where a probe starts or ends. */
export type Endpoint =
  | { readonly kind: 'namespace'; readonly namespace: NamespaceId }
  | { readonly kind: 'address'; readonly address: string };

/** What a trace sends. */
export type Probe = EchoProbe | SocketProbe;

/** ICMP echo requests. */
export interface EchoProbe {
  readonly kind: 'icmp';
  /** Bytes after the ICMP header. */
  readonly payloadBytes: number;
  /** The packet may not be fragmented on its way (DF; IPv6 never fragments on the way). */
  readonly dontFragment: boolean;
  readonly count: number;
  readonly intervalMs: number;
  /** Hops that it may take; null for the node's own default. */
  readonly ttl: number | null;
}

/** A TCP connection that is opened and closed again, or one UDP datagram. */
export interface SocketProbe {
  readonly kind: 'tcp' | 'udp';
  /** The destination's port. */
  readonly port: number;
}

/** One link that the packet crosses, in order. */
export interface Hop {
  readonly link: LinkId;
  readonly namespace: NamespaceId;
  /** `out`: leaves the namespace's stack (or bridge) through this link; `in`: comes in through it; `through`: a bridge itself. */
  readonly direction: 'in' | 'out' | 'through';
  /** What decided this hop, in one plain sentence, and the record that says so. */
  readonly why: string;
  readonly decidedBy: Decider | null;
  /** What else had a say in it, in the order in which the kernel asks. */
  readonly alsoBy: readonly (Decider & { readonly why: string })[];
}

/** A record of the node that decides something about a packet. */
export interface Decider {
  readonly kind:
    | 'rule'
    | 'route'
    | 'neighbour'
    | 'fdb'
    | 'flood'
    | 'veth'
    | 'port'
    | 'vlan'
    | 'lower'
    | 'tunnel'
    | 'local'
    | 'nat'
    | 'filter'
    | 'switch';
  readonly record: unknown;
}

/** The predicted way of a packet in one direction. */
export interface Path {
  readonly from: { readonly namespace: NamespaceId; readonly address: string };
  readonly to: { readonly namespace: NamespaceId | null; readonly address: string };
  readonly hops: readonly Hop[];
  /** Why the prediction ends before the destination; null where it reaches it (or leaves the node's view). */
  readonly stopped: string | null;
  /** The record that ends it there; null where it does not end, or none says so. */
  readonly stoppedBy: Decider | null;
  /** True where the way leaves the node: what is beyond it is not seen. */
  readonly leavesNode: boolean;
  /** Where it could go on in several ways, in the order in which it comes there. */
  readonly choices: readonly Choice[];
}

/** Several ways of which chance decides, or what is not followed here. */
export interface Choice {
  readonly namespace: NamespaceId;
  /** "10.244.0.3 port 8080 (db)". */
  readonly options: readonly string[];
  /** Which of them the path takes. */
  readonly taken: number;
  /** True where it was seen to take it; else it is only the first. */
  readonly seen: boolean;
}

/** What the node's kernel itself says to a routing decision of the path (`ip route get`). */
export interface KernelAnswer {
  readonly namespace: NamespaceId;
  /** The link through which the packet came in; null where it starts. */
  readonly ingress: LinkId | null;
  /** The command that asked it, inside the namespace. */
  readonly question: string;
  /** Whether it is as foretold; null where it could not be asked. */
  readonly agrees: boolean | null;
  /** One plain sentence. */
  readonly text: string;
  /** As the kernel answered; null where it refused. */
  readonly record: unknown;
}

/** `…-request` is what the sender of the probe sends, `…-reply` what answers it. `ndp-…`: IPv6 asks for hardware addresses by ICMPv6 messages in the place of ARP. */
export type FrameProtocol =
  | 'arp-request'
  | 'arp-reply'
  | 'ndp-request'
  | 'ndp-reply'
  | 'icmp-request'
  | 'icmp-reply'
  | 'icmp-error'
  | 'tcp-request'
  | 'tcp-reply'
  | 'udp-request'
  | 'udp-reply'
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
  /** The same message once more at the same link: `retransmission` where its sender sent it again, else `duplicate`. */
  readonly repeat: 'retransmission' | 'duplicate' | null;
}

/** An entry that a table got from the probe's own frames. */
export interface Learned {
  readonly table: 'fdb' | 'neighbour';
  /** The bridge port behind which the address is; of a neighbour the link through which it is reached. */
  readonly link: LinkId;
  readonly mac: string;
  /** Of a neighbour; null in a bridge's table. */
  readonly address: string | null;
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
  /** "ARP question", "echo request", "TCP SYN-ACK". Missing in traces of older releases, as what follows. */
  readonly frame?: string;
  /** The entry by which a bridge sent it on; null where there was none, or that is not proven. */
  readonly decidedBy?: Decider | null;
  /** What tables learned from it. */
  readonly learned?: readonly Learned[];
}

/**
 * What came back. `answered`: an echo reply, an open TCP connection, a datagram. `refused`: a TCP reset, or an ICMP port
 * unreachable. `unreachable`: another ICMP error. `silent`: nothing. `unsent`: nothing was sent.
 */
export type Outcome = 'answered' | 'refused' | 'unreachable' | 'silent' | 'unsent';

/** A packet that the kernel dropped while the probe was under way, and why (tracefs event skb:kfree_skb). */
export interface KernelDrop {
  /** Nanoseconds since the first sighting of the trace. */
  readonly atNs: number;
  /** By the kernel's own name: "NETFILTER_DROP". */
  readonly reason: string;
  /** The function that dropped it. */
  readonly location: string;
  /** Where it was last seen; null where that is not known. */
  readonly link: LinkId | null;
  /** True where it is the probe's own packet; else it may be another's. */
  readonly certain: boolean;
  /** One plain sentence. */
  readonly text: string;
}

export interface Verdict {
  /** It came to its destination: proven by what came back, or by a capture there. */
  readonly delivered: boolean;
  readonly outcome: Outcome;
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
  readonly probe: Probe;
  readonly path: Path;
  /** The way of the answer, where it starts in sight; null elsewhere. */
  readonly wayBack: Path | null;
  /** In the order of the path; empty where the kernel was not asked. */
  readonly kernel: readonly KernelAnswer[];
  readonly sightings: readonly Sighting[];
  readonly events: readonly TraceEvent[];
  /** Empty where the kernel dropped nothing of it, or could not be listened to. */
  readonly drops: readonly KernelDrop[];
  readonly verdict: Verdict;
  /** Why it was lost, likeliest first, each with its proof and, where one is known, its mend. */
  readonly causes: readonly Finding[];
  /** How the packet was watched. `counters`: no capture tool; sightings are changes of link counters. `none`: prediction only. */
  readonly observedBy: 'tcpdump' | 'dumpcap' | 'counters' | 'none';
  /** What could not be done, and what would make it possible. */
  readonly notes: readonly string[];
}
