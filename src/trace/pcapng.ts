/** Pure: the pcapng format (draft-ietf-opsawg-pcapng), written and read as far as it was written here. */
import type { PcapPacket } from './pcap.ts';

/** One link of one namespace: an interface block. */
export interface PcapngInterface {
  readonly name: string;
  readonly description: string;
  /** LINKTYPE_ of its packets. */
  readonly linkType: number;
}

/** One packet at one interface. */
export interface PcapngPacket extends PcapPacket {
  /** Index among the interfaces. */
  readonly interface: number;
  readonly direction: 'in' | 'out';
  /** What it means; null for nothing to say. */
  readonly comment: string | null;
}

export interface PcapngFile {
  /** The title of it all, and the program that wrote it. */
  readonly comment: string;
  readonly application: string;
  readonly interfaces: readonly PcapngInterface[];
  readonly packets: readonly PcapngPacket[];
}

const blocks = { section: 0x0a0d0d0a, interface: 1, packet: 6 } as const;
const byteOrderMagic = 0x1a2b3c4d;
const options = {
  end: 0,
  comment: 1,
  name: 2,
  description: 3,
  resolution: 9,
  flags: 2,
  application: 4,
} as const;

/** Time stamps are in units of 10^-9 s. */
const nanoseconds = 9;

/** The bytes of the file: little-endian, with nanoseconds, one section. */
export function writePcapng({ comment, application, interfaces, packets }: PcapngFile): Uint8Array {
  const section = block(blocks.section, [
    u32(byteOrderMagic),
    u16(1),
    u16(0),
    // The length of the section is not told.
    u32(0xffff_ffff),
    u32(0xffff_ffff),
    ...optionList([
      [options.comment, utf8(comment)],
      [options.application, utf8(application)],
    ]),
  ]);
  return join([section, ...interfaces.map(interfaceBlock), ...packets.map(packetBlock)]);
}

function interfaceBlock({ name, description, linkType }: PcapngInterface): Uint8Array {
  return block(blocks.interface, [
    u16(linkType),
    u16(0),
    // No limit on what is kept of a packet.
    u32(0),
    ...optionList([
      [options.name, utf8(name)],
      [options.description, utf8(description)],
      [options.resolution, Uint8Array.of(nanoseconds)],
    ]),
  ]);
}

function packetBlock(packet: PcapngPacket): Uint8Array {
  const { epochNs, bytes, originalLength, direction, comment } = packet;
  return block(blocks.packet, [
    u32(packet.interface),
    u32(Number(epochNs >> 32n)),
    u32(Number(epochNs & 0xffff_ffffn)),
    u32(bytes.length),
    u32(originalLength),
    padded(bytes),
    ...optionList([
      [options.flags, u32(direction === 'in' ? 1 : 2)],
      ...(comment === null ? [] : [[options.comment, utf8(comment)] as const]),
    ]),
  ]);
}

function optionList(list: readonly (readonly [number, Uint8Array])[]): Uint8Array[] {
  return [
    ...list.flatMap(([code, value]) => [u16(code), u16(value.length), padded(value)]),
    u16(options.end),
    u16(0),
  ];
}

/** Option values have 16-bit lengths. */
function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text).subarray(0, 0xfffc);
}

function block(type: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = join(parts);
  const length = u32(body.length + 12);
  return join([u32(type), length, body, length]);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >> 8) & 0xff);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  whole.set(bytes);
  return whole;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
