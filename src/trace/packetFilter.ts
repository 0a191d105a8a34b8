/** Pure: what a rule set does with a packet, as far as it is certain. */
import type { FilterChain, FilterRule, FilterTable, Match } from '../iproute/netfilter/ruleset.ts';
import { coveringLength } from './addresses.ts';

/** A packet in nft's words: its fields by name. A field that is absent is not known; null: the packet has none. */
export interface PacketFields {
  readonly family: 4 | 6;
  readonly fields: Readonly<Record<string, string | null>>;
}

/** A packet dropped for certain, and by what. */
export interface Drop {
  readonly table: FilterTable;
  readonly chain: FilterChain;
  /** Null where the policy of the chain drops it. */
  readonly rule: FilterRule | null;
  /** The base chain through which the kernel came to it. */
  readonly base: FilterChain;
}

/** The hooks of one family group: those of IP, or those of a bridge. */
export interface HookPoint {
  readonly layer: 'ip' | 'bridge';
  readonly hook: string;
}

/** The drop that a packet meets for certain at a hook, or null. */
export function findDrop(
  tables: readonly FilterTable[],
  point: HookPoint,
  packet: PacketFields,
): Drop | null {
  for (const table of tables) {
    for (const chain of table.chains.values()) {
      if (chain.base?.type !== 'nat' && chain.base?.hook === point.hook && isAsked(table, point, packet)) {
        const drop = new Walk(table, chain, packet).drop();
        if (drop !== null) {
          return drop;
        }
      }
    }
  }
  return null;
}

/** Whether the kernel asks a table of this family at a hook. */
export function isAsked({ family }: FilterTable, { layer }: HookPoint, packet: PacketFields): boolean {
  return layer === 'bridge'
    ? family === 'bridge'
    : family === 'inet' || family === (packet.family === 4 ? 'ip' : 'ip6');
}

/** Longer chains of jumps than the kernel allows (NFT_JUMP_STACK_SIZE) end the matter. */
const deepestJump = 16;

type Fate = 'accept' | 'return' | 'unknown' | { readonly chain: FilterChain; readonly rule: FilterRule };

class Walk {
  readonly #table: FilterTable;
  readonly #base: FilterChain;
  readonly #packet: PacketFields;

  constructor(table: FilterTable, base: FilterChain, packet: PacketFields) {
    this.#table = table;
    this.#base = base;
    this.#packet = packet;
  }

  drop(): Drop | null {
    const fate = this.#through(this.#base, 0);
    if (typeof fate === 'object') {
      return { table: this.#table, base: this.#base, ...fate };
    }
    return fate === 'return' && this.#base.policy === 'drop'
      ? { table: this.#table, chain: this.#base, base: this.#base, rule: null }
      : null;
  }

  /** Once a rule may have let the packet pass, nothing after it is certain. */
  #through(chain: FilterChain, depth: number): Fate {
    if (depth > deepestJump) {
      return 'unknown';
    }
    for (const rule of chain.rules) {
      const fits = fitsRule(this.#table, rule, this.#packet);
      const fate = fits === 'no' ? null : this.#outcome(chain, rule, depth);
      if (fate !== null && (fits === 'yes' || !isDrop(fate))) {
        return fits === 'yes' ? fate : 'unknown';
      }
    }
    return 'return';
  }

  /** What a rule decides about a packet that it fits; null where it lets it go on. */
  #outcome(chain: FilterChain, rule: FilterRule, depth: number): Fate | null {
    const { outcome } = rule;
    switch (outcome.kind) {
      case 'none':
        return null;
      case 'accept':
      case 'return':
      case 'unknown':
        return outcome.kind;
      case 'drop':
      case 'reject':
        return { chain, rule };
      case 'jump':
      case 'goto': {
        const target = this.#table.chains.get(outcome.chain);
        const fate = target === undefined ? 'unknown' : this.#through(target, depth + 1);
        return fate === 'return' && outcome.kind === 'jump' ? null : fate;
      }
    }
  }
}

function isDrop(fate: Fate): boolean {
  return typeof fate === 'object';
}

export type Answer = 'yes' | 'no' | 'maybe';

/** Whether a rule wants a packet; `maybe` where that cannot be told. */
export function fitsRule(table: FilterTable, { matches }: FilterRule, packet: PacketFields): Answer {
  const answers = matches.map((match) => fitsMatch(table, match, packet));
  return answers.includes('no') ? 'no' : answers.includes('maybe') ? 'maybe' : 'yes';
}

function fitsMatch(table: FilterTable, { field, negated, values }: Match, packet: PacketFields): Answer {
  const value = field === null ? undefined : fieldOf(field, packet);
  if (field === null || value === undefined) {
    return 'maybe';
  }
  if (value === null) {
    return 'no';
  }
  const answers = values
    .flatMap((wanted) => elementsOf(table, wanted))
    .map((wanted) => fitsValue(field, wanted, value));
  const answer = answers.includes('yes') ? 'yes' : answers.includes('maybe') ? 'maybe' : 'no';
  return negated && answer !== 'maybe' ? opposite[answer] : answer;
}

const opposite = { yes: 'no', no: 'yes' } as const;

/** A field of the other protocol, or of the other family of addresses, is one that the packet does not have. */
function fieldOf(field: string, { family, fields }: PacketFields): string | null | undefined {
  if (field in fields) {
    return fields[field];
  }
  const [protocol = ''] = field.split(' ');
  if ((protocol === 'ip' && family === 6) || (protocol === 'ip6' && family === 4)) {
    return null;
  }
  const carried = fields['l4proto'];
  const isOther = ['tcp', 'udp', 'icmp', 'icmpv6'].includes(protocol) && carried !== protocol;
  if (carried !== undefined && isOther) {
    return null;
  }
  if (field === 'nfproto') {
    return family === 4 ? 'ipv4' : 'ipv6';
  }
  return field === 'ether type' ? (family === 4 ? 'ip' : 'ip6') : undefined;
}

/** The elements of "@name", or null among them where they are not known. */
function elementsOf({ sets }: FilterTable, wanted: string): (string | null)[] {
  return wanted.startsWith('@') ? [...(sets.get(wanted.slice(1)) ?? [null])] : [wanted];
}

function fitsValue(field: string, wanted: string | null, value: string): Answer {
  if (wanted === null) {
    return 'maybe';
  }
  if (field.endsWith('addr') && !field.startsWith('ether')) {
    return fitsAddress(wanted, value);
  }
  if (field.endsWith('ifname') && wanted.endsWith('*')) {
    return value.startsWith(wanted.slice(0, -1)) ? 'yes' : 'no';
  }
  const names = synonyms[field]?.[wanted] ?? wanted;
  const [low, high] = names.split('-').map(Number);
  if (high !== undefined && Number.isInteger(low) && Number.isInteger(high)) {
    return Number(value) >= Number(low) && Number(value) <= high ? 'yes' : 'no';
  }
  return names.toLowerCase() === value.toLowerCase() ? 'yes' : 'no';
}

function fitsAddress(wanted: string, value: string): Answer {
  if (wanted.includes('-')) {
    return 'maybe';
  }
  return coveringLength(wanted, value) === null ? 'no' : 'yes';
}

/** What the tools write in more than one way. */
const synonyms: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'icmp type': { '8': 'echo-request', '0': 'echo-reply', '8/0': 'echo-request', '0/0': 'echo-reply' },
  'icmpv6 type': {
    '128': 'echo-request',
    '129': 'echo-reply',
    '128/0': 'echo-request',
    '129/0': 'echo-reply',
  },
  l4proto: { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6', 'ipv6-icmp': 'icmpv6' },
  'ether type': { '0x0800': 'ip', '0x86dd': 'ip6' },
};
