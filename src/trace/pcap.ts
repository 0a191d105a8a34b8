/** Pure: the pcap format (draft-ietf-opsawg-pcap), read as it arrives. */

/** One packet as a capture tool wrote it. */
export interface PcapPacket {
  /** Nanoseconds since 1970, by the clock of the capturing kernel. */
  readonly epochNs: bigint;
  /** What was kept of the packet: its first bytes. */
  readonly bytes: Uint8Array;
  /** How long the packet was on the link. */
  readonly originalLength: number;
}

const fileHeaderBytes = 24;
const packetHeaderBytes = 16;
/** libpcap's MAXIMUM_SNAPLEN: a longer record is damage, not a packet. */
const longestPacket = 262_144;

interface Format {
  readonly littleEndian: boolean;
  readonly nsPerTick: bigint;
  readonly linkType: number;
}

/**
 * Reads a pcap stream of either byte order, in micro- or nanoseconds, cut into pieces anywhere. Never throws: a
 * stream that is not pcap, or is damaged, becomes `broken` and gives no further packets (the format has no place to
 * start again from). A packet that is cut short by the stream's end is not given.
 */
export class PcapReader {
  #pending: Uint8Array = new Uint8Array(0);
  #format: Format | null = null;
  #broken = false;

  get broken(): boolean {
    return this.#broken;
  }

  /** The LINKTYPE_ of the stream, such as 276 for LINUX_SLL2; null before the header was there. */
  get linkType(): number | null {
    return this.#format?.linkType ?? null;
  }

  /** Takes the next bytes; returns the packets that they complete. */
  push(chunk: Uint8Array): PcapPacket[] {
    if (this.#broken) {
      return [];
    }
    this.#pending = join(this.#pending, chunk);
    return this.#readHeader() ? this.#readPackets() : [];
  }

  #readHeader(): boolean {
    if (this.#format === null && this.#pending.length >= fileHeaderBytes) {
      this.#format = parseFormat(viewOf(this.#pending));
      this.#broken = this.#format === null;
      this.#pending = this.#pending.subarray(fileHeaderBytes);
    }
    return this.#format !== null;
  }

  #readPackets(): PcapPacket[] {
    const packets: PcapPacket[] = [];
    for (let packet = this.#readPacket(); packet !== null; packet = this.#readPacket()) {
      packets.push(packet);
    }
    return packets;
  }

  #readPacket(): PcapPacket | null {
    const { littleEndian = true, nsPerTick = 1n } = this.#format ?? {};
    if (this.#broken || this.#pending.length < packetHeaderBytes) {
      return null;
    }
    const view = viewOf(this.#pending);
    const keptBytes = view.getUint32(8, littleEndian);
    this.#broken = keptBytes > longestPacket;
    const end = packetHeaderBytes + keptBytes;
    if (this.#broken || this.#pending.length < end) {
      return null;
    }
    const packet = {
      epochNs:
        BigInt(view.getUint32(0, littleEndian)) * 1_000_000_000n +
        BigInt(view.getUint32(4, littleEndian)) * nsPerTick,
      bytes: this.#pending.slice(packetHeaderBytes, end),
      originalLength: view.getUint32(12, littleEndian),
    };
    this.#pending = this.#pending.subarray(end);
    return packet;
  }
}

const magics: ReadonlyMap<number, bigint> = new Map([
  [0xa1b2c3d4, 1000n],
  [0xa1b23c4d, 1n],
]);

function parseFormat(header: DataView): Format | null {
  for (const littleEndian of [true, false]) {
    const nsPerTick = magics.get(header.getUint32(0, littleEndian));
    if (nsPerTick !== undefined) {
      // The upper bits tell of a frame check sequence, not of the link type.
      return { littleEndian, nsPerTick, linkType: header.getUint32(20, littleEndian) & 0x0fff_ffff };
    }
  }
  return null;
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
