import type { Keystream } from './keystream.ts';

/** Names that every node has, and so say nothing of this one. */
const wellKnown = new Set([
  'lo',
  // The rows of `ip netconf` that stand for every link.
  'all',
  'default',
  'node',
  'docker0',
  'cni0',
  'virbr0',
  'tunl0',
  'sit0',
  'gre0',
  'gretap0',
  'erspan0',
  'ip6tnl0',
  'ip6gre0',
  'ip_vti0',
  'ip6_vti0',
  // The process that only holds a pod's namespace open.
  'pause',
  'catatonit',
]);

/** True for a name that a redaction leaves as it is. */
export function isWellKnownName(name: string): boolean {
  return name === '' || wellKnown.has(name) || /^(?:eth|podman)\d$/.test(name);
}

/** What a name is of: the beginning of what stands for it. */
export type NameKind = 'host' | 'netns' | 'link' | 'alias' | 'process' | 'dir' | 'text';

/** Replaces names, MAC addresses and ids, the same always by the same, and never by one that is in the snapshot. */
export class NameMap {
  readonly #keystream: Keystream;
  readonly #taken: ReadonlySet<string>;
  readonly #names = new Map<string, string>();
  readonly #used = new Set<string>();
  readonly #counts = new Map<NameKind, number>();

  /** `taken` are the strings that must not come out. */
  constructor(keystream: Keystream, taken: ReadonlySet<string>) {
    this.#keystream = keystream;
    this.#taken = taken;
  }

  /** Names that were replaced so far, or must be wherever they turn up. */
  get known(): ReadonlyMap<string, string> {
    return this.#names;
  }

  /** A name is a name whatever of: one word for a namespace and the process in it stays one word. */
  name(name: string, kind: NameKind): string {
    return isWellKnownName(name) ? name : this.#replace(name, () => `${kind}${this.#count(kind)}`);
  }

  /** Keeps the two bits that tell groups from stations and local from universal addresses (IEEE 802, 8.2.2). */
  mac(mac: string): string {
    const lower = mac.toLowerCase();
    if (isKeptMac(lower)) {
      return lower;
    }
    const fixed = /^(?:33:33|01:00:5e)/.exec(lower)?.[0] ?? '';
    const rest = lower.slice(fixed.length);
    return this.#replace(lower, () => {
      const bytes = rest.replace(/[0-9a-f]{2}/g, () => this.#keystream.hex(2));
      if (fixed !== '') {
        return fixed + bytes;
      }
      const first =
        (Number.parseInt(bytes.slice(0, 2), 16) & ~3) | (Number.parseInt(lower.slice(0, 2), 16) & 3);
      return first.toString(16).padStart(2, '0') + bytes.slice(2);
    });
  }

  /** An id in hexadecimal digits. A short id stays the beginning of the long one. */
  hex(id: string): string {
    const { length } = id;
    return this.#replace(id, () =>
      length <= shortIdDigits
        ? this.#keystream.hex(length)
        : this.hex(id.slice(0, shortIdDigits)) + this.#keystream.hex(length - shortIdDigits),
    );
  }

  #replace(name: string, draw: () => string): string {
    const known = this.#names.get(name);
    if (known !== undefined) {
      return known;
    }
    let drawn: string;
    do {
      drawn = draw();
    } while (this.#taken.has(drawn) || this.#used.has(drawn));
    this.#names.set(name, drawn);
    this.#used.add(drawn);
    return drawn;
  }

  #count(kind: NameKind): number {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return count;
  }
}

/** What docker, podman and crictl print of a container id. */
const shortIdDigits = 12;

export const macPattern = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?:(?::[0-9a-f]{2}){14})?$/i;

/** None, everyone, and the groups of IEEE 802.1 and of all-hosts. */
export function isKeptMac(mac: string): boolean {
  return /^(?:(?:00:)*00|(?:ff:)*ff|01:80:c2:.*|33:33:00:00:.*|01:00:5e:00:00:.*)$/.test(mac);
}
