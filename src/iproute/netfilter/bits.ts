/** Pure: numbers whose bits mean something. */

/** What becomes of a number: (it and `keep`) xor `flip`. */
export interface Bits {
  readonly keep: number;
  readonly flip: number;
}

/** Leaves a number as it is. */
export const sameBits: Bits = { keep: 0xffffffff, flip: 0 };

export function orBits({ keep, flip }: Bits, value: number): Bits {
  return { keep: (keep & ~value) >>> 0, flip: (flip | value) >>> 0 };
}

export function andBits({ keep, flip }: Bits, value: number): Bits {
  return { keep: (keep & value) >>> 0, flip: (flip & value) >>> 0 };
}

export function xorBits({ keep, flip }: Bits, value: number): Bits {
  return { keep, flip: (flip ^ value) >>> 0 };
}

/** What becomes of one. */
export function applyBits({ keep, flip }: Bits, value: number): number {
  return ((value & keep) ^ flip) >>> 0;
}

/** Reads "0x4000" or "16384"; null for anything else. */
export function parseNumber(text: string): number | null {
  return /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : null;
}

/** The flags of TCP, from the lowest bit (RFC 9293, 3.1). */
const flags: readonly string[] = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ecn', 'cwr'];

/** The bits of flags by their names, or of a number; null where one has no such name. */
export function flagBits(names: readonly string[]): number | null {
  const bits = names.map((name) => {
    const at = flags.indexOf(name.toLowerCase());
    return at < 0 ? parseNumber(name) : 1 << at;
  });
  return bits.reduce<number | null>((all, one) => (all === null || one === null ? null : all | one), 0);
}
