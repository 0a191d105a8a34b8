/** Pure: one captured packet as what it means. */
import { ByteReader } from './byteReader.ts';
import { decodeIcmp, icmpv4, icmpv6, type IcmpPayload } from './decodeIcmp.ts';
import type { Content, OtherMessage } from './message.ts';
import type { PcapPacket } from './pcap.ts';

/** LINKTYPE_LINUX_SLL2: the cooked header that names the link of each packet. */
export const linuxSll2 = 276;

/** Bytes of that header. */
export const sll2HeaderBytes = 20;

/** One packet at one link. */
export interface Frame {
  readonly epochNs: bigint;
  readonly ifindex: number;
  /** `in`: the link received it, whoever it was for. `out`: the link sent it. */
  readonly direction: 'in' | 'out';
  /** The hardware address of the frame's sender; null on a link that has none. */
  readonly mac: string | null;
  readonly content: Content;
  /** The whole record with its SLL2 header. */
  readonly packet: PcapPacket;
}

/** Decodes a LINUX_SLL2 packet. Never throws: what is cut short or makes no sense is `other`; null without a whole header. */
export function decodeFrame(packet: PcapPacket): Frame | null {
  const header = new ByteReader(packet.bytes);
  if (header.length < sll2HeaderBytes) {
    return null;
  }
  return {
    epochNs: packet.epochNs,
    ifindex: header.u32(4),
    direction: header.u8(10) === packetOutgoing ? 'out' : 'in',
    mac: header.u8(11) === 6 ? header.mac(12, 6) : null,
    content: attempt(() => decodeNetwork(header.u16(0), header.from(sll2HeaderBytes), 0)),
    packet,
  };
}

/** PACKET_OUTGOING of packet(7). */
const packetOutgoing = 4;

const other: OtherMessage = { kind: 'other', source: null, destination: null };

/** A packet quoted in an error, behind a VLAN tag or in a tunnel may hold another; deeper than this is damage. */
const deepest = 4;

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

function decodeNetwork(etherType: number, body: ByteReader, depth: number): Content {
  if (depth > deepest) {
    return other;
  }
  switch (etherType) {
    case etherTypes.arp:
      return decodeArp(body);
    case etherTypes.ipv4:
      return decodeIpv4(body, depth);
    case etherTypes.ipv6:
      return decodeIpv6(body, depth);
    case etherTypes.vlan:
    case etherTypes.providerVlan:
      return decodeNetwork(body.u16(2), body.from(4), depth + 1);
    default:
      return other;
  }
}

/** RFC 826 for IPv4 over hardware addresses of any length. */
function decodeArp(body: ByteReader): Content {
  const [macBytes, operation] = [body.u8(4), body.u16(6)];
  if (body.u16(2) !== etherTypes.ipv4 || body.u8(5) !== 4 || (operation !== 1 && operation !== 2)) {
    return other;
  }
  const sender = body.address(8 + macBytes, 4);
  return {
    kind: 'neighbour',
    protocol: 'arp',
    operation: operation === 1 ? 'request' : 'reply',
    sender: sender === '0.0.0.0' ? null : sender,
    target: body.address(12 + 2 * macBytes, 4),
    mac: body.mac(8, macBytes),
  };
}

/** What IP carries. */
interface Payload extends IcmpPayload {
  readonly protocol: number;
}

function decodeIpv4(body: ByteReader, depth: number): Content {
  const headerBytes = (body.u8(0) & 0x0f) * 4;
  const [source, destination] = [body.address(12, 4), body.address(16, 4)];
  const unread: OtherMessage = { kind: 'other', source, destination };
  const fragment = body.u16(6);
  if (body.u8(0) >> 4 !== 4 || headerBytes < 20 || (fragment & 0x1fff) !== 0) {
    return unread;
  }
  const whole = (fragment & 0x2000) === 0;
  return attempt(() => {
    const length = body.u16(2) - headerBytes;
    const payload = { source, destination, length, whole, body: body.from(headerBytes) };
    return decodeTransport({ ...payload, protocol: body.u8(9) }, depth);
  }, unread);
}

/** RFC 8200 with the extension headers that may come before what is carried: hop-by-hop, routing, fragment, destination options. */
function decodeIpv6(body: ByteReader, depth: number): Content {
  const [source, destination] = [body.address(8, 16), body.address(24, 16)];
  const unread: OtherMessage = { kind: 'other', source, destination };
  return attempt(() => {
    let [next, at, whole] = [body.u8(6), 40, true];
    while (next === 0 || next === 43 || next === 44 || next === 60) {
      const isFragment = next === 44;
      if (isFragment && body.u16(at + 2) >> 3 !== 0) {
        return unread;
      }
      whole &&= !isFragment || (body.u16(at + 2) & 1) === 0;
      [next, at] = [body.u8(at), at + (isFragment ? 8 : (body.u8(at + 1) + 1) * 8)];
    }
    const payload = { source, destination, length: body.u16(4) - (at - 40), whole, body: body.from(at) };
    return body.u8(0) >> 4 === 6 ? decodeTransport({ ...payload, protocol: next }, depth) : unread;
  }, unread);
}

function decodeTransport(payload: Payload, depth: number): Content {
  const quoted =
    (etherType: number) =>
    (body: ByteReader): Content =>
      attempt(() => decodeNetwork(etherType, body, depth + 1));
  switch (payload.protocol) {
    case 1:
      return decodeIcmp(icmpv4, payload, quoted(etherTypes.ipv4));
    case 58:
      return decodeIcmp(icmpv6, payload, quoted(etherTypes.ipv6));
    case 6:
      return decodeTcp(payload);
    case 17:
      return decodeUdp(payload, depth);
    default:
      return { kind: 'other', source: payload.source, destination: payload.destination };
  }
}

/** RFC 9293, 3.1. An ICMP error may quote no more than ports and sequence number. */
function decodeTcp({ source, destination, length, body }: Payload): Content {
  const flags = body.length > 13 ? body.u8(13) : 0;
  return {
    kind: 'tcp',
    source,
    destination,
    sourcePort: body.u16(0),
    destinationPort: body.u16(2),
    sequence: body.u32(4),
    acknowledgement: body.length >= 12 ? body.u32(8) : 0,
    fin: (flags & 0x01) !== 0,
    syn: (flags & 0x02) !== 0,
    rst: (flags & 0x04) !== 0,
    ack: (flags & 0x10) !== 0,
    payloadBytes: body.length > 12 ? length - (body.u8(12) >> 4) * 4 : 0,
  };
}

/** The ports that vxlan uses: that of RFC 7348 and Linux's own from before it. */
const vxlanPorts = new Set([4789, 8472]);

/** RFC 768; and where it is the outside of a vxlan (RFC 7348), what is inside: that is what came to the link. */
function decodeUdp({ source, destination, length, body }: Payload, depth: number): Content {
  const destinationPort = body.u16(2);
  const datagram = {
    kind: 'udp',
    source,
    destination,
    sourcePort: body.u16(0),
    destinationPort,
    payloadBytes: length - 8,
  } as const;
  if (!vxlanPorts.has(destinationPort) || depth > 0) {
    return datagram;
  }
  const inner = attempt(() => decodeNetwork(body.u16(28), body.from(30), depth + 1), datagram);
  return inner.kind === 'other' ? datagram : inner;
}
