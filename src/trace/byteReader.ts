/** Pure: bytes in network order. */
import { addressFromBytes } from './addresses.ts';

/** Reads a packet. Reading past its end throws RangeError. */
export class ByteReader {
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

  from(at: number): ByteReader {
    return new ByteReader(this.#take(at, Math.max(0, this.length - at)));
  }

  #take(at: number, length: number): Uint8Array {
    if (at + length > this.length) {
      throw new RangeError('The packet ends before what it announces.');
    }
    return this.#bytes.subarray(at, at + length);
  }
}
