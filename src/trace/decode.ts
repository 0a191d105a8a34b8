/** Pure: one captured packet as what it means. */
import { addressFromBytes } from './addresses.ts';
import type { PcapPacket } from './pcap.ts';

/** LINKTYPE_LINUX_SLL2: the cooked header that names the link of each packet. */
export const linuxSll2 = 276;

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

export type Content = NeighbourMessage | EchoMessage | ErrorMessage | OtherMessage;

/** One packet at one link. */
export interface Frame {
  readonly epochNs: bigint;
  readonly ifindex: number;
  /** `in`: the link received it, whoever it was for. `out`: the link sent it. */
  readonly direction: 'in' | 'out';
  readonly content: Content;
  /** The whole record with its SLL2 header. */
  readonly packet: PcapPacket;
}

/** Decodes a LINUX_SLL2 packet. Never throws: what is cut short or makes no sense is `other`; null without a whole header. */
export function decodeFrame(packet: PcapPacket): Frame | null {
  const header = new Reader(packet.bytes);
  if (header.length < 20) {
    return null;
  }
  return {
    epochNs: packet.epochNs,
    ifindex: header.u32(4),
    direction: header.u8(10) === packetOutgoing ? 'out' : 'in',
    content: attempt(() => decodeNetwork(header.u16(0), header.from(20), 0)),
    packet,
  };
}

/** PACKET_OUTGOING of packet(7). */
const packetOutgoing = 4;

const other: OtherMessage = { kind: 'other', source: null, destination: null };

/** Runs a decoder; where it reads past the end of what was kept, the message stays `fallback`. */
function attempt(decode: () => Content, fallback: Content = other): Content {
  try {
    return decode();
  } catch (error) {
    if (error instanceof RangeError) {
      return fallback;
    }
    throw error;
  }
}

const etherTypes = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, providerVlan: 0x88a8 };

function decodeNetwork(etherType: number, body: Reader, depth: number): Content {
  switch (etherType) {
    case etherTypes.arp:
      return decodeArp(body);
    case etherTypes.ipv4:
      return decodeIpv4(body, depth);
    case etherTypes.ipv6:
      return decodeIpv6(body, depth);
    case etherTypes.vlan:
    case etherTypes.providerVlan:
      return depth < 4 ? decodeNetwork(body.u16(2), body.from(4), depth + 1) : other;
    default:
      return other;
  }
}

/** RFC 826 for IPv4 over hardware addresses of any length. */
function decodeArp(body: Reader): Content {
  const [macBytes, operation] = [body.u8(4), body.u16(6)];
  if (body.u16(2) !== etherTypes.ipv4 || body.u8(5) !== 4 || (operation !== 1 && operation !== 2)) {
    return other;
  }
  return {
    kind: 'neighbour',
    protocol: 'arp',
    operation: operation === 1 ? 'request' : 'reply',
    sender: specified(body.address(8 + macBytes, 4)),
    target: body.address(12 + 2 * macBytes, 4),
    mac: body.mac(8, macBytes),
  };
}

function decodeIpv4(body: Reader, depth: number): Content {
  const headerBytes = (body.u8(0) & 0x0f) * 4;
  const [source, destination] = [body.address(12, 4), body.address(16, 4)];
  const unread: OtherMessage = { kind: 'other', source, destination };
  const laterFragment = (body.u16(6) & 0x1fff) !== 0;
  if (body.u8(0) >> 4 !== 4 || headerBytes < 20 || body.u8(9) !== 1 || laterFragment) {
    return unread;
  }
  const payload = { source, destination, length: body.u16(2) - headerBytes, body: body.from(headerBytes) };
  return attempt(() => decodeIcmp(icmpv4, payload, depth), unread);
}

/** RFC 8200 with the extension headers that hosts send before ICMPv6: hop-by-hop, routing, destination options. */
function decodeIpv6(body: Reader, depth: number): Content {
  const [source, destination] = [body.address(8, 16), body.address(24, 16)];
  const unread: OtherMessage = { kind: 'other', source, destination };
  return attempt(() => {
    let [next, at] = [body.u8(6), 40];
    while (next === 0 || next === 43 || next === 60) {
      [next, at] = [body.u8(at), at + (body.u8(at + 1) + 1) * 8];
    }
    if (body.u8(0) >> 4 !== 6 || next !== 58) {
      return unread;
    }
    const payload = { source, destination, length: body.u16(4) - (at - 40), body: body.from(at) };
    return decodeIcmp(icmpv6, payload, depth);
  }, unread);
}

interface IcmpPayload {
  readonly source: string;
  readonly destination: string;
  readonly length: number;
  readonly body: Reader;
}

/** What differs between ICMP (RFC 792) and ICMPv6 (RFC 4443): numbers, and the words for errors. */
interface IcmpNumbers {
  readonly etherType: number;
  readonly echo: number;
  readonly echoReply: number;
  readonly errors: ReadonlyMap<number, string>;
  readonly codes: ReadonlyMap<string, string>;
}

const icmpv4: IcmpNumbers = {
  etherType: etherTypes.ipv4,
  echo: 8,
  echoReply: 0,
  errors: new Map([
    [3, 'destination unreachable'],
    [5, 'redirect'],
    [11, 'time to live exceeded'],
    [12, 'parameter problem'],
  ]),
  codes: new Map([
    ['3/0', 'destination network unreachable'],
    ['3/1', 'destination host unreachable'],
    ['3/2', 'destination protocol unreachable'],
    ['3/3', 'destination port unreachable'],
    ['3/4', 'fragmentation needed, but forbidden'],
    ['3/9', 'network administratively prohibited'],
    ['3/10', 'host administratively prohibited'],
    ['3/13', 'administratively filtered'],
  ]),
};

const icmpv6: IcmpNumbers = {
  etherType: etherTypes.ipv6,
  echo: 128,
  echoReply: 129,
  errors: new Map([
    [1, 'destination unreachable'],
    [2, 'packet too big'],
    [3, 'hop limit exceeded'],
    [4, 'parameter problem'],
  ]),
  codes: new Map([
    ['1/0', 'no route to destination'],
    ['1/1', 'administratively prohibited'],
    ['1/3', 'address unreachable'],
    ['1/4', 'port unreachable'],
    ['1/6', 'rejected by a route'],
  ]),
};

function decodeIcmp(numbers: IcmpNumbers, payload: IcmpPayload, depth: number): Content {
  const { source, destination, body, length } = payload;
  const type = body.u8(0);
  if (type === numbers.echo || type === numbers.echoReply) {
    return {
      kind: 'echo',
      operation: type === numbers.echo ? 'request' : 'reply',
      source,
      destination,
      identifier: body.u16(4),
      sequence: body.u16(6),
      payloadBytes: length - 8,
    };
  }
  const general = numbers.errors.get(type);
  if (general !== undefined) {
    const text = numbers.codes.get(`${type}/${body.u8(1)}`) ?? general;
    const about =
      depth < 4 ? attempt(() => decodeNetwork(numbers.etherType, body.from(8), depth + 1)) : other;
    return { kind: 'error', source, destination, text, about };
  }
  return numbers === icmpv6 ? decodeNdp(type, payload) : { kind: 'other', source, destination };
}

/** RFC 4861, 4.3 and 4.4: the target follows 8 bytes of header, options follow the target. */
function decodeNdp(type: number, { source, destination, body }: IcmpPayload): Content {
  if (type !== 135 && type !== 136) {
    return { kind: 'other', source, destination };
  }
  return {
    kind: 'neighbour',
    protocol: 'ndp',
    operation: type === 135 ? 'request' : 'reply',
    sender: specified(source),
    target: body.address(8, 16),
    mac: type === 136 && body.length >= 32 && body.u8(24) === 2 ? body.mac(26, 6) : null,
  };
}

function specified(address: string): string | null {
  return address === '0.0.0.0' || address === '::' ? null : address;
}

/** Bytes in network order. Reading past their end throws RangeError. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#bytes.length;
  }

  u8(at: number): number {
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    return this.#view.getUint16(at);
  }

  u32(at: number): number {
    return this.#view.getUint32(at);
  }

  address(at: number, length: 4 | 16): string {
    return addressFromBytes(this.#take(at, length));
  }

  mac(at: number, length: number): string {
    return [...this.#take(at, length)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  }

  from(at: number): Reader {
    return new Reader(this.#take(at, Math.max(0, this.length - at)));
  }

  #take(at: number, length: number): Uint8Array {
    if (at + length > this.length) {
      throw new RangeError('The packet ends before what it announces.');
    }
    return this.#bytes.subarray(at, at + length);
  }
}
