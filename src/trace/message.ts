/** Pure: what captured packets mean. */

/** A question for a hardware address, or the answer: ARP (RFC 826), or neighbour discovery (RFC 4861) for IPv6. */
export interface NeighbourMessage {
  readonly kind: 'neighbour';
  readonly protocol: 'arp' | 'ndp';
  readonly operation: 'request' | 'reply';
  /** Who speaks; null for one that has no address yet (duplicate address detection). */
  readonly sender: string | null;
  /** The address asked for; in an answer, the one that is answered for in NDP, and the asker's in ARP. */
  readonly target: string;
  /** The hardware address that an answer gives; null where it gives none. */
  readonly mac: string | null;
}

/** An ICMP or ICMPv6 echo message. */
export interface EchoMessage {
  readonly kind: 'echo';
  readonly operation: 'request' | 'reply';
  readonly source: string;
  readonly destination: string;
  readonly identifier: number;
  readonly sequence: number;
  /** Bytes of payload, as the IP header tells, whatever was kept of them. */
  readonly payloadBytes: number;
  /** False for the first fragment of a packet: `payloadBytes` are its own alone. */
  readonly whole: boolean;
}

/** A TCP segment (RFC 9293). */
export interface SegmentMessage {
  readonly kind: 'tcp';
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly syn: boolean;
  readonly ack: boolean;
  readonly rst: boolean;
  readonly fin: boolean;
  readonly payloadBytes: number;
}

/** A UDP datagram. */
export interface DatagramMessage {
  readonly kind: 'udp';
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payloadBytes: number;
}

/** An ICMP error: someone on the way (`source`) tells why a packet did not go on. */
export interface ErrorMessage {
  readonly kind: 'error';
  readonly source: string;
  readonly destination: string;
  /** "destination host unreachable". */
  readonly text: string;
  /** The packet it is about, as far as it is quoted. */
  readonly about: Content;
}

/** Anything else. Addresses where it is IP. */
export interface OtherMessage {
  readonly kind: 'other';
  readonly source: string | null;
  readonly destination: string | null;
}

export type Content =
  NeighbourMessage | EchoMessage | SegmentMessage | DatagramMessage | ErrorMessage | OtherMessage;
