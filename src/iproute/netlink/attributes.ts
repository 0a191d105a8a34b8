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
  readonly #bytes: Bytes;
  /** Where each begins. */
  readonly #places = new Map<number, number>();

  /** Throws RangeError for what ends before it should. */
  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    for (let at = 0; at + headerBytes <= bytes.length;) {
      this.#places.set(bytes.u16(at + 2) & typeMask, at);
      at += align(lengthAt(bytes, at));
    }
  }

  get types(): IterableIterator<number> {
    return this.#places.keys();
  }

  has(type: number): boolean {
    return this.#places.has(type);
  }

  bytes(type: number): Bytes | undefined {
    const at = this.#places.get(type);
    return at === undefined ? undefined : valueAt(this.#bytes, at);
  }

  u8(type: number): number | undefined {
    return this.bytes(type)?.u8(0);
  }

  u32(type: number): number | undefined {
    return this.bytes(type)?.u32(0);
  }

  i32(type: number): number | undefined {
    return this.bytes(type)?.i32(0);
  }

  text(type: number): string | undefined {
    return this.bytes(type)?.text();
  }

  nested(type: number): Attributes | undefined {
    const value = this.bytes(type);
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

function lengthAt(bytes: Bytes, at: number): number {
  const length = bytes.u16(at);
  if (length < headerBytes || at + length > bytes.length) {
    throw new RangeError('An attribute is shorter than its header, or ends after what holds it.');
  }
  return length;
}

function valueAt(bytes: Bytes, at: number): Bytes {
  return bytes.from(at + headerBytes, at + lengthAt(bytes, at));
}

/** The values of attributes in their order, where one type may come several times. */
export function listValues(bytes: Bytes): Bytes[] {
  const values: Bytes[] = [];
  for (let at = 0; at + headerBytes <= bytes.length; at += align(lengthAt(bytes, at))) {
    values.push(valueAt(bytes, at));
  }
  return values;
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
  const all = fields as Record<string, unknown>;
  const told: Record<string, unknown> = {};
  for (const key of Object.keys(all)) {
    if (all[key] !== undefined) {
      told[key] = all[key];
    }
  }
  return told as T;
}
