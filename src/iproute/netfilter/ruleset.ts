/** Pure: what the rule sets of nftables and iptables say, in one form. What is not understood stays, as text. */
import type { Bits } from './bits.ts';

export type TableFamily = 'ip' | 'ip6' | 'inet' | 'bridge' | 'arp' | 'netdev';

export interface FilterTable {
  readonly tool: 'nft' | 'iptables' | 'ip6tables';
  /** The command that changes it. */
  readonly program: string;
  readonly family: TableFamily;
  readonly name: string;
  readonly chains: ReadonlyMap<string, FilterChain>;
  /** Named sets and maps. */
  readonly sets: ReadonlyMap<string, ElementSet>;
  /** False where the text ended before the table did. */
  readonly isWhole: boolean;
}

export interface FilterChain {
  readonly name: string;
  /** Null for a chain that only others jump to. */
  readonly base: ChainBase | null;
  /** What becomes of a packet that no rule of a base chain decides about. */
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly FilterRule[];
}

/** Where the kernel calls a chain. */
export interface ChainBase {
  readonly type: string;
  readonly hook: string;
  /** Of several chains at one hook the one with the lowest comes first (linux/netfilter_ipv4.h). */
  readonly priority: number;
  /** The links of chains at ingress and egress; empty for all others. */
  readonly devices: readonly string[];
}

export interface FilterRule {
  /** As the tool printed it, on one line, without its counter. */
  readonly text: string;
  /** In the order in which the kernel takes them; a match that fails ends the rule. */
  readonly steps: readonly RuleStep[];
  /** Packets that came so far; null where it does not count them. */
  readonly packets: number | null;
}

export type RuleStep =
  | { readonly kind: 'match'; readonly match: Match }
  | { readonly kind: 'mark'; readonly change: MarkChange }
  /** The connection of the packet is not remembered, so nothing of it is translated. */
  | { readonly kind: 'untrack' }
  | { readonly kind: 'verdict'; readonly verdict: RuleVerdict }
  /** A verdict by what a key is found to be in a map; without a find the rule ends. */
  | { readonly kind: 'verdicts'; readonly lookUp: LookUp<RuleVerdict> }
  | { readonly kind: 'translate'; readonly translation: Translation };

/**
 * What is looked at: fields of the packet in nft's words ("ip saddr", "iifname", "tcp dport", "icmp type", "meta mark" …),
 * several for a concatenation. `chance`: a number that is drawn; `hash`: one that is made of the packet in a way that is not
 * followed here. Empty for what is not understood.
 */
export type Key = readonly string[];

/** What a rule wants of a packet. */
export interface Match {
  readonly key: Key;
  /** The bits of a number that count; null for all. */
  readonly mask: number | null;
  readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=';
  /** Alternatives: addresses, prefixes, ranges "80-90", names with a final "*", "@set"; parts of a concatenation by " . ". */
  readonly values: readonly string[];
  /** As it stands in the rule. */
  readonly text: string;
}

export interface LookUp<Value> {
  readonly key: Key;
  /** The name of a map of the table, or the elements themselves. */
  readonly map: string | ElementSet<Value>;
  readonly text: string;
}

export interface ElementSet<Value = RuleVerdict | Target | null> {
  /** Null where they could not be read one by one. */
  readonly elements: readonly SetElement<Value>[] | null;
  /** True where packets add elements, or time takes them away: what was read may be no longer so. */
  readonly isVolatile: boolean;
}

export interface SetElement<Value = RuleVerdict | Target | null> {
  /** As {@link Match.values}; "*" for whatever no other is. */
  readonly key: string;
  /** Null in a set. */
  readonly value: Value;
}

export type RuleVerdict =
  /** `unknown` ends the rule in a way that is not followed here; `continue` does not end it. */
  | { readonly kind: 'accept' | 'drop' | 'reject' | 'return' | 'continue' | 'unknown' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

/** A mark becomes what `bits` makes of another or of itself; `of` is null where that is not followed here. */
export interface MarkChange {
  readonly mark: MarkName;
  readonly of: MarkName | null;
  readonly bits: Bits;
}

export type MarkName = 'meta mark' | 'ct mark';

/** Network address translation: of the destination (`dnat`, `redirect` to the node itself) or the source. It accepts. */
export interface Translation {
  readonly kind: 'dnat' | 'redirect' | 'snat' | 'masquerade';
  /** What the rule itself says, or where it looks it up. */
  readonly to: Target | LookUp<Target>;
}

/** What an address and a port become; null for what stays. */
export interface Target {
  readonly address: string | null;
  readonly port: number | null;
  /** Null where it is all told; else the words for what the kernel chooses from: "10.0.0.1-10.0.0.9". */
  readonly open: string | null;
}

/** A match that may be true of any packet or of none. */
export function opaqueMatch(text: string): RuleStep {
  return { kind: 'match', match: { key: [], mask: null, operator: '==', values: [], text } };
}

/** Reads "10.0.0.1", "10.0.0.1:80", "10.0.0.1 . 80", "[fd00::1]:80", ":80", "" or a range of one of them. */
export function targetOf(text: string): Target {
  const form = /^(?:\[([0-9a-f:]+)\]|([0-9.]+|[0-9a-f]*:[0-9a-f:]*:[0-9a-f:]*))?(?:(?::| \. )(\d+))?$/i;
  const [all, bracketed, plain, port] = form.exec(text) ?? [];
  if (all !== undefined) {
    return {
      address: bracketed ?? plain ?? null,
      port: port === undefined ? null : Number(port),
      open: null,
    };
  }
  const [, address] = /^(\[[0-9a-f:]+\]|[0-9.]+):\d+-\d+$/i.exec(text) ?? [];
  return { address: address?.replace(/[[\]]/g, '') ?? null, port: null, open: text };
}

/** What ends a rule where it fits: its last verdict; null where it only counts, marks or logs. */
export function verdictOf({ steps }: FilterRule): RuleVerdict | null {
  const last = steps.findLast(({ kind }) => kind === 'verdict');
  return last?.kind === 'verdict' ? last.verdict : null;
}
