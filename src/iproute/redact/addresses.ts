import ipaddr from 'ipaddr.js';
import type { Keystream } from './keystream.ts';

/** The leading bits of addresses of 32 or 128 bits. */
interface Prefix {
  readonly width: number;
  readonly bits: readonly number[];
}

/** Ranges whose meaning is in their leading bits: what is in them stays in them. */
const meaningfulRanges = ['169.254.0.0/16', '224.0.0.0/4', '240.0.0.0/4', 'fe80::/64', 'ff00::/12'].map(
  parsePrefix,
);

/** Ranges that say nothing of a node and stay as they are: no address, oneself, everyone, groups of RFCs, fe80::1. */
const keptRanges = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.255.255/32',
  '224.0.0.0/24',
  '255.255.255.255/32',
  '::/127',
  'fe80::/112',
  'ff01::/112',
  'ff02::/112',
  'ff05::/112',
].map(parsePrefix);

/** Prefixes as short as this hold a good part of all addresses: default routes and their halves, 2000::/3. */
const shortestSecret = 4;

/** True for text that is one IPv4 or IPv6 address. */
export function isAddress(text: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)
    ? ipaddr.IPv4.isValidFourPartDecimal(text)
    : text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text);
}

/** True for an address, or the network of its leading bits, that a redaction may leave as it is. */
export function isKept(address: string, prefixLength = Infinity): boolean {
  const prefix = prefixOf(address, prefixLength);
  return (
    prefixLength < shortestSecret ||
    keptRanges.some((range) => isWithin(prefix, range)) ||
    meaningfulRanges.some((range) => isWithin(range, prefix))
  );
}

/** A place in the tree of all addresses: whether the bit below it is turned over, and whether any below ever is. */
interface TreeNode {
  flip: 0 | 1;
  fixed: boolean;
  readonly below: [TreeNode?, TreeNode?];
}

/**
 * Replaces addresses so that any two share exactly as many leading bits as before (Xu et al., "Prefix-preserving IP
 * address anonymization", 2002): an address is in a prefix after it exactly if it was before. Within the networks
 * given to {@link AddressMap.keepEnds} the first and the last address stay the first and the last.
 */
export class AddressMap {
  readonly #keystream: Keystream;
  readonly #roots = new Map<number, TreeNode>();

  constructor(keystream: Keystream) {
    this.#keystream = keystream;
    for (const range of keptRanges) {
      this.#keep(this.#rootOf(range), range.bits).fixed = true;
    }
    for (const range of meaningfulRanges) {
      this.#keep(this.#rootOf(range), range.bits);
    }
  }

  /** Keeps the network's own address and its broadcast address what they are within the network of an address. */
  keepEnds(address: string, prefixLength: number): void {
    const network = prefixOf(address, prefixLength);
    const rest = network.width - prefixLength;
    if (rest < 2 || [...keptRanges, ...meaningfulRanges].some((range) => isWithin(network, range))) {
      return;
    }
    const node = network.bits.reduce((above, bit) => this.#below(above, bit), this.#rootOf(network));
    this.#keep(node, Array<number>(rest).fill(0));
    this.#keep(node, Array<number>(rest).fill(1));
  }

  /** The address that stands for an address. */
  address(address: string): string {
    return this.network(address, Infinity);
  }

  /** The network address that stands for the network of that many leading bits. */
  network(address: string, prefixLength: number): string {
    const { width, bits } = prefixOf(address, prefixLength);
    let node = this.#rootOf({ width });
    const turned = bits.map((bit) => {
      const out = node.fixed ? bit : bit ^ node.flip;
      node = this.#below(node, bit);
      return out;
    });
    return addressOf([...turned, ...Array<number>(width - bits.length).fill(0)]);
  }

  /** Makes the way along these bits lead where it says; returns its end. */
  #keep(from: TreeNode, bits: readonly number[]): TreeNode {
    return bits.reduce((node, bit) => {
      node.flip = 0;
      return this.#below(node, bit);
    }, from);
  }

  #below(node: TreeNode, bit: number): TreeNode {
    return (node.below[bit as 0 | 1] ??= { flip: this.#keystream.bit(), fixed: node.fixed, below: [] });
  }

  #rootOf({ width }: Pick<Prefix, 'width'>): TreeNode {
    const root = this.#roots.get(width) ?? { flip: 0, fixed: false, below: [] };
    this.#roots.set(width, root);
    return root;
  }
}

function isWithin(inner: Prefix, outer: Prefix): boolean {
  return (
    inner.width === outer.width &&
    inner.bits.length >= outer.bits.length &&
    outer.bits.every((bit, i) => bit === inner.bits[i])
  );
}

function parsePrefix(text: string): Prefix {
  const [address = '', length = ''] = text.split('/');
  return prefixOf(address, Number(length));
}

function prefixOf(address: string, length: number): Prefix {
  const bytes = ipaddr.parse(address).toByteArray();
  const bits = bytes.flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1));
  return { width: bits.length, bits: bits.slice(0, length) };
}

function addressOf(bits: readonly number[]): string {
  const bytes = Array.from({ length: bits.length / 8 }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((byte, bit) => (byte << 1) | bit, 0),
  );
  return ipaddr.fromByteArray(bytes).toString();
}
