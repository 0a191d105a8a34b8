import { decodeText } from '../../util/bytes.ts';

/**
 * Part of a netlink message, in the byte order of little-endian nodes. Reading past its end throws RangeError. A node tells tens of
 * thousands of parts: each is a window into the same memory, and no array of its own.
 */
export class Bytes {
  readonly #memory: DataView;
  readonly #start: number;
  readonly length: number;

  private constructor(memory: DataView, start: number, length: number) {
    this.#memory = memory;
    this.#start = start;
    this.length = length;
  }

  static of(array: Uint8Array): Bytes {
    return new Bytes(new DataView(array.buffer, array.byteOffset, array.byteLength), 0, array.length);
  }

  u8(at: number): number {
    return this.#memory.getUint8(this.#place(at, 1));
  }

  u16(at: number): number {
    return this.#memory.getUint16(this.#place(at, 2), true);
  }

  u32(at: number): number {
    return this.#memory.getUint32(this.#place(at, 4), true);
  }

  i32(at: number): number {
    return this.#memory.getInt32(this.#place(at, 4), true);
  }

  /** Above 2^53 rounded, as JSON.parse rounds it. */
  u64(at: number): number {
    return this.u32(at + 4) * 2 ** 32 + this.u32(at);
  }

  /** Up to `to`, or to the end. */
  from(at: number, to = this.length): Bytes {
    return new Bytes(this.#memory, this.#place(at, to - at), to - at);
  }

  /** Up to the first zero. */
  text(): string {
    const array = this.#array();
    const zero = array.indexOf(0);
    const bytes = zero === -1 ? array : array.subarray(0, zero);
    // Names are short and mostly ASCII, for which a decoder takes longer to start than to decode.
    return bytes.every((byte) => byte < 0x80) ? String.fromCharCode(...bytes) : decodeText(bytes);
  }

  toArray(): number[] {
    return Array.from(this.#array());
  }

  #array(): Uint8Array {
    const { buffer, byteOffset } = this.#memory;
    return new Uint8Array(buffer, byteOffset + this.#start, this.length);
  }

  /** Where in the memory `at` is, if so many bytes from there on are part of this. */
  #place(at: number, size: number): number {
    if (size < 0 || at < 0 || at + size > this.length) {
      throw new RangeError('The message ends before what it announces.');
    }
    return this.#start + at;
  }
}
