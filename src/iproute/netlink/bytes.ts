import { decodeText } from '../../util/bytes.ts';

/** Part of a netlink message, in the byte order of little-endian nodes. Reading past its end throws RangeError. */
export class Bytes {
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
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, true);
  }

  i32(at: number): number {
    return this.#view.getInt32(at, true);
  }

  /** Above 2^53 rounded, as JSON.parse rounds it. */
  u64(at: number): number {
    return this.u32(at + 4) * 2 ** 32 + this.u32(at);
  }

  /** Up to `to`, or to the end. */
  from(at: number, to = this.length): Bytes {
    if (at > to || to > this.length) {
      throw new RangeError('The message ends before what it announces.');
    }
    return new Bytes(this.#bytes.subarray(at, to));
  }

  /** Up to the first zero. */
  text(): string {
    const end = this.#bytes.indexOf(0);
    return decodeText(end === -1 ? this.#bytes : this.#bytes.subarray(0, end));
  }

  toArray(): number[] {
    return [...this.#bytes];
  }
}
