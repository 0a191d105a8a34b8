import type { Bytes } from './bytes.ts';

/** Says that something is told in a way that only `ip` knows the words for. */
export class Undecodable extends Error {}

/** NLA_F_NESTED and NLA_F_NET_BYTEORDER (netlink(7)) are no part of the type. */
const typeMask = 0x3fff;
const headerBytes = 4;
/** Of messages and of attributes. */
export const align = (length: number): number => (length + 3) & ~3;

/** The attributes of a message, or of an attribute that holds others (rtnetlink(7), struct rtattr), by their types. */
export class Attributes {
  readonly #values = new Map<number, Bytes>();

  /** Throws RangeError for what ends before it should. */
  constructor(bytes: Bytes) {
    for (const [type, value] of listAttributes(bytes)) {
      this.#values.set(type, value);
    }
  }

  get types(): IterableIterator<number> {
    return this.#values.keys();
  }

  has(type: number): boolean {
    return this.#values.has(type);
  }

  bytes(type: number): Bytes | undefined {
    return this.#values.get(type);
  }

  u8(type: number): number | undefined {
    return this.#values.get(type)?.u8(0);
  }

  u32(type: number): number | undefined {
    return this.#values.get(type)?.u32(0);
  }

  i32(type: number): number | undefined {
    return this.#values.get(type)?.i32(0);
  }

  text(type: number): string | undefined {
    return this.#values.get(type)?.text();
  }

  nested(type: number): Attributes | undefined {
    const value = this.#values.get(type);
    return value && new Attributes(value);
  }

  /** Throws Undecodable where there is another attribute than these. */
  allow(known: ReadonlySet<number>): this {
    for (const type of this.types) {
      if (!known.has(type)) {
        throw new Undecodable(`attribute ${type}`);
      }
    }
    return this;
  }
}

/** Attributes in their order, where one type may come several times. */
export function* listAttributes(bytes: Bytes): Generator<[type: number, value: Bytes]> {
  for (let at = 0; at + headerBytes <= bytes.length;) {
    const length = bytes.u16(at);
    if (length < headerBytes) {
      throw new RangeError('An attribute is shorter than its header.');
    }
    yield [bytes.u16(at + 2) & typeMask, bytes.from(at + headerBytes, at + length)];
    at += align(length);
  }
}

/** The name that iproute2 has for a number; throws Undecodable where it has none, or where files of the node may name it. */
export function named(names: Readonly<Record<number, string>>, number: number, what: string): string {
  const name = names[number];
  if (name === undefined) {
    throw new Undecodable(`${what} ${number}`);
  }
  return name;
}

/** Undefined for 0, which `ip` does not print of some things. */
export function unlessZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

/** The fields that have a value: what the kernel does not tell, `ip` does not print. */
export function said<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
