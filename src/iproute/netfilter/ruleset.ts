/** Pure: what the rule sets of nftables and iptables say, in one form. What is not understood stays, as text. */

export type TableFamily = 'ip' | 'ip6' | 'inet' | 'bridge' | 'arp' | 'netdev';

export interface FilterTable {
  readonly tool: 'nft' | 'iptables' | 'ip6tables';
  readonly family: TableFamily;
  readonly name: string;
  readonly chains: ReadonlyMap<string, FilterChain>;
  /** The elements of named sets; null for those whose elements could not be read one by one. */
  readonly sets: ReadonlyMap<string, readonly string[] | null>;
}

export interface FilterChain {
  readonly name: string;
  /** Where the kernel calls it; null for a chain that only others jump to. */
  readonly base: { readonly type: string; readonly hook: string } | null;
  /** What becomes of a packet that no rule of a base chain decides about. */
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly FilterRule[];
}

export interface FilterRule {
  /** As the tool printed it, on one line, without its counter. */
  readonly text: string;
  readonly matches: readonly Match[];
  readonly outcome: Outcome;
  /** What it makes of the packet's addresses; null for a rule that leaves them. Such a rule accepts. */
  readonly nat: Translation | null;
  /** Packets that came so far; null where it does not count them. */
  readonly packets: number | null;
}

/** What a rule wants of a packet; a rule with several wants all of them. */
export interface Match {
  /** In nft's words: "ip saddr", "iifname", "tcp dport", "icmp type" …; null for what is not understood. */
  readonly field: string | null;
  readonly negated: boolean;
  /** Alternatives: addresses, prefixes, ranges "80-90", names with a final "*", "@set". */
  readonly values: readonly string[];
}

/** Network address translation: of the destination (`dnat`, `redirect` to the node itself) or the source. */
export interface Translation {
  readonly kind: 'dnat' | 'redirect' | 'snat' | 'masquerade';
  /** Null where it stays, or is not told by the rule itself; see `isKnown`. */
  readonly address: string | null;
  readonly port: number | null;
  /** False where the target comes from a map or a range. */
  readonly isKnown: boolean;
}

/** Reads "10.0.0.1", "10.0.0.1:80", "[fd00::1]:80", ":80" or nothing. */
export function translationTo(kind: Translation['kind'], target: string): Translation {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-fA-F:]+)\]|([0-9.]+|[0-9a-fA-F]*:[0-9a-fA-F:]*:[0-9a-fA-F:]*))?(?::(\d+))?$/.exec(target) ??
    [];
  const address = bracketed ?? plain ?? null;
  const isTold = target === '' || address !== null || port !== undefined;
  const needsAddress = kind === 'dnat' || kind === 'snat';
  return {
    kind,
    address,
    port: port === undefined ? null : Number(port),
    isKnown: isTold && (!needsAddress || address !== null || port !== undefined),
  };
}

export type Outcome =
  | { readonly kind: 'accept' | 'drop' | 'reject' | 'return' | 'none' | 'unknown' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

/** A match that may be true of any packet or of none. */
export const opaqueMatch: Match = { field: null, negated: false, values: [] };
