/** Pure: the words of a trace's sentences. What they quote from a node is made safe to print on one line. */
import type { FilterChain, FilterRule, FilterTable } from '../iproute/netfilter/ruleset.ts';
import type { Link, LinkId } from '../topology/topology.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { Verdict } from './trace.ts';

/** Control characters, line breaks and those that turn the direction of text around. */
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text of a node as it may stand in a sentence or on a terminal: what would be invisible or act becomes U+FFFD. */
export function plain(text: string): string {
  return text.replace(unprintable, '\ufffd');
}

/** "veth1" for a link of the node itself, "eth0 of web" for any other. */
export function nameOfLink(index: TopologyIndex, link: Link): string {
  const namespace = index.namespace(link.namespace);
  return namespace?.root === false ? `${plain(link.name)} of ${plain(namespace.name)}` : plain(link.name);
}

/** What a link is called in a sentence, also where the topology no longer has it. */
export function linkName(index: TopologyIndex, id: LinkId | null): string {
  const link = index.link(id);
  return link ? nameOfLink(index, link) : 'a link that is gone';
}

/** "web", or "the node". */
export function nameOfNamespace(index: TopologyIndex, id: string): string {
  const namespace = index.namespace(id);
  return namespace?.root === true ? 'the node' : plain(namespace?.name ?? id);
}

/** The same at the beginning of a sentence. */
export function startOfSentence(text: string): string {
  return text.startsWith('the ') ? `The ${text.slice(4)}` : text;
}

/** "a", "a and b", "a, b and 3 more": at most `shown` names. */
export function listOf(names: readonly string[], shown = 4): string {
  const few =
    names.length > shown ? [...names.slice(0, shown - 1), `${names.length - shown + 1} more`] : names;
  return few.length < 2 ? few.join('') : `${few.slice(0, -1).join(', ')} and ${few.at(-1) ?? ''}`;
}

/** "The request was lost between veth1 and eth0 of db." */
export function lossInWords(
  { lostAfter, lostBefore, lostOn }: Verdict,
  nameOf: (link: LinkId) => string,
): string {
  const what = lostOn === null ? 'Not answered' : `The ${lostOn} was lost`;
  if (lostAfter !== null && lostBefore !== null) {
    return `${what} between ${nameOf(lostAfter)} and ${nameOf(lostBefore)}.`;
  }
  if (lostAfter !== null) {
    return `${what} after ${nameOf(lostAfter)}.`;
  }
  return lostBefore === null ? 'Not delivered.' : `${what} before ${nameOf(lostBefore)}.`;
}

/** "12.4 µs", "1.50 ms", "2.00 s". */
export function formatNs(ns: number): string {
  if (ns < 1e6) {
    return `${(ns / 1e3).toFixed(1)} µs`;
  }
  return ns < 1e9 ? `${(ns / 1e6).toFixed(2)} ms` : `${(ns / 1e9).toFixed(2)} s`;
}

/** "chain FORWARD of table ip filter", "chain FORWARD (iptables, table filter)". */
export function nameOfChain({ tool, family, name }: FilterTable, { name: chain }: FilterChain): string {
  return tool === 'nft'
    ? `chain ${plain(chain)} of table ${family} ${plain(name)}`
    : `chain ${plain(chain)} (${tool}, table ${plain(name)})`;
}

/** A rule as the record that decides; the policy of its chain where there is none. */
export function ruleRecord(
  { tool, family, name }: FilterTable,
  { chain, rule }: { readonly chain: FilterChain; readonly rule: FilterRule | null },
): Readonly<Record<string, unknown>> {
  return {
    tool,
    family,
    table: name,
    chain: chain.name,
    ...(rule ? { rule: rule.text } : { policy: chain.policy }),
  };
}

/** Of a record the fields that say what is meant. */
export function pick(
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => key in record).map((key) => [key, record[key]]));
}
