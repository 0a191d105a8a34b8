/** Pure: network address translation of one packet, as the chains of type nat decide it at a hook. */
import { parseIptablesSave } from '../iproute/netfilter/iptablesSave.ts';
import { parseNftRuleset } from '../iproute/netfilter/nft.ts';
import type { FilterChain, FilterRule, FilterTable, Translation } from '../iproute/netfilter/ruleset.ts';
import type { Namespace } from '../topology/topology.ts';
import { fitsRule, isAsked, type PacketFields } from './packetFilter.ts';

export type NatHook = 'prerouting' | 'output' | 'postrouting';

/** What becomes of a packet, and by which rule. */
export interface Translated {
  readonly nat: Translation;
  readonly table: FilterTable;
  readonly chain: FilterChain;
  readonly rule: FilterRule;
  /** False where it depends on more than is known: on chance, or on what the rule asks that is not understood. */
  readonly isCertain: boolean;
}

const parsed = new WeakMap<object, readonly FilterTable[]>();

/** The rule sets of a namespace, parsed once. */
export function tablesOf({ netfilter }: Namespace): readonly FilterTable[] {
  if (netfilter === null) {
    return [];
  }
  const known =
    parsed.get(netfilter) ??
    netfilter.flatMap(({ tool, text }) =>
      tool === 'nft' ? parseNftRuleset(text) : parseIptablesSave(tool, text),
    );
  parsed.set(netfilter, known);
  return known;
}

/** The first translation that fits the packet, or may; null where its addresses stay. */
export function translationAt(
  tables: readonly FilterTable[],
  hook: NatHook,
  packet: PacketFields,
): Translated | null {
  for (const table of tables) {
    for (const chain of table.chains.values()) {
      const isAskedHere = chain.base?.type === 'nat' && chain.base.hook === hook;
      const found =
        isAskedHere && isAsked(table, { layer: 'ip', hook }, packet)
          ? through(table, chain, packet, true, 0)
          : null;
      if (found !== null && found !== 'over') {
        return found;
      }
    }
  }
  return null;
}

/** The kernel allows no more jumps (NFT_JUMP_STACK_SIZE). */
const deepestJump = 16;

/** `over`: a rule accepted the packet as it is. */
function through(
  table: FilterTable,
  chain: FilterChain,
  packet: PacketFields,
  isCertain: boolean,
  depth: number,
): Translated | 'over' | null {
  for (const rule of depth > deepestJump ? [] : chain.rules) {
    const fits = fitsRule(table, rule, packet);
    if (fits === 'no') {
      continue;
    }
    const found = outcomeOf(table, chain, rule, packet, isCertain && fits === 'yes', depth);
    if (found === 'return' && fits === 'yes') {
      return null;
    }
    if (found !== null && found !== 'return' && (found !== 'over' || fits === 'yes')) {
      return found;
    }
  }
  return null;
}

function outcomeOf(
  table: FilterTable,
  chain: FilterChain,
  rule: FilterRule,
  packet: PacketFields,
  isCertain: boolean,
  depth: number,
): Translated | 'over' | 'return' | null {
  const { nat, outcome } = rule;
  if (nat !== null) {
    return { nat, table, chain, rule, isCertain: isCertain && nat.isKnown };
  }
  switch (outcome.kind) {
    case 'jump':
    case 'goto': {
      const target = table.chains.get(outcome.chain);
      const found = target === undefined ? null : through(table, target, packet, isCertain, depth + 1);
      return found === null && outcome.kind === 'goto' ? 'return' : found;
    }
    case 'return':
      return 'return';
    case 'accept':
    case 'drop':
    case 'reject':
      return 'over';
    default:
      return null;
  }
}
