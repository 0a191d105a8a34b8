/** Pure: what the search box offers to complete, at a place of its text. */
import type { FindingIndex } from './findings.ts';
import { isQueryKey, queryKeys, tokenize, type QueryKey, type Token } from './query.ts';
import { displayName, linkState, namespaceTitle } from './text.ts';
import { compareNames, type TopologyIndex } from './topologyIndex.ts';

export interface Completion {
  /** What takes the place of the text from `from` to `to`. */
  readonly insert: string;
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly detail: string;
}

const mostOffered = 12;

interface Known {
  readonly index: TopologyIndex;
  readonly findings: FindingIndex;
}

function valuesOf({ index, findings }: Known, key: QueryKey): string[] {
  const { topology } = index;
  switch (key) {
    case 'kind':
      return [
        ...topology.links.map((link) => link.kind),
        ...topology.namespaces.flatMap(({ pod, root }) => (root ? ['node'] : ['pod', pod?.kind ?? 'pod'])),
      ];
    case 'state':
      return topology.links.flatMap((link) => [
        linkState(link),
        ...(link.portState === null ? [] : [link.portState]),
        ...(link.peerUnknown === null ? [] : ['unknown']),
      ]);
    case 'bridge':
      return topology.links.filter((link) => link.kind === 'bridge').map((link) => link.name);
    case 'ns':
      return topology.namespaces.map(namespaceTitle);
    case 'process':
      return topology.namespaces.flatMap(({ processes }) => processes.map((process) => process.name));
    case 'container':
      return topology.containers.map((container) => container.name);
    case 'finding':
      return findings.all.flatMap(({ severity, rule }) => [severity, rule]);
    case 'name':
    case 'ip':
    case 'mac':
      return [];
  }
}

function quoted(value: string): string {
  return /[\s"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value;
}

function offerValues(known: Known, token: Token, key: QueryKey): Completion[] {
  const typed = token.value.toLowerCase();
  const counts = new Map<string, number>();
  valuesOf(known, key).forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
  return [...counts]
    .filter(([value]) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed)
    .sort(([a, countA], [b, countB]) => countB - countA || compareNames(a, b))
    .slice(0, mostOffered)
    .map(([value, count]) => ({
      insert: `${quoted(value)} `,
      from: token.valueStart,
      to: token.end,
      label: displayName(value),
      detail: String(count),
    }));
}

function offerKeys(typed: string, from: number, to: number): Completion[] {
  return Object.entries(queryKeys)
    .filter(([key]) => key.startsWith(typed.toLowerCase()))
    .map(([key, detail]) => ({ insert: `${key}:`, from, to, label: `${key}:`, detail }));
}

/** Keys for the word that is being typed, values for a key; all keys where nothing has been typed yet. */
export function completionsAt(
  index: TopologyIndex | null,
  findings: FindingIndex,
  { text, caret }: { readonly text: string; readonly caret: number },
): Completion[] {
  const token = tokenize(text).find(({ start, end }) => start < caret && caret <= end);
  if (token === undefined) {
    return offerKeys('', caret, caret);
  }
  const key = token.key?.toLowerCase() ?? null;
  if (key !== null) {
    return index !== null && isQueryKey(key) ? offerValues({ index, findings }, token, key) : [];
  }
  const typed = token.value;
  return token.quoted || typed === '' ? [] : offerKeys(typed, token.valueStart, token.end);
}
