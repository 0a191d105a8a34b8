/** Pure: what the cells say of the three rules of the Kubernetes network model. */
import type { NamespaceId } from '../topology/topology.ts';
import type { Cell, End, RuleName, RuleResult } from './verification.ts';

/** What a cell says of a rule; null where it says nothing. */
type Says = 'holds' | 'broken' | 'unverified' | null;

interface Rule {
  readonly rule: RuleName;
  readonly text: string;
  /** Whether the rule speaks of such a pair. */
  readonly concerns: (from: End, to: End) => boolean;
  readonly says: (cell: Cell) => Says;
}

const isPod = ({ kind }: End): boolean => kind === 'pod';

/** kubernetes.io, "Cluster networking" and "The Kubernetes network model"; the rules of both ways between node and pods in one. */
const rules: readonly Rule[] = [
  {
    rule: 'pods-to-pods',
    text: 'All pods can communicate with all other pods without NAT.',
    concerns: (from, to) => isPod(from) && isPod(to),
    says: communication,
  },
  {
    rule: 'node-and-pods',
    text: 'The node can communicate with all pods, and they with it, without NAT.',
    concerns: (from, to) => isPod(from) !== isPod(to),
    says: communication,
  },
  {
    rule: 'own-address',
    text: 'The address that a pod sees itself as is the one that others see it as.',
    concerns: () => true,
    says: identity,
  },
];

function communication({ verdict }: Cell): Says {
  switch (verdict) {
    case 'holds':
      return 'holds';
    case 'translated':
    case 'astray':
    case 'lost':
      return 'broken';
    case 'unanswered':
    case 'unknown':
      return 'unverified';
  }
}

/** Shown by whatever arrived, answered or not; of what was lost nobody knows under which address it would have been seen. */
function identity({ verdict, seen }: Cell): Says {
  if (verdict === 'translated' || verdict === 'astray') {
    return 'broken';
  }
  return seen === null ? 'unverified' : 'holds';
}

/** The three rules, as far as these cells tell. Ends that share no family of addresses cannot show that a rule holds. */
export function rulesOf(ends: readonly End[], cells: readonly Cell[]): RuleResult[] {
  const byId = new Map(ends.map((end) => [end.namespace, end]));
  return rules.map((rule) => ruleOf(rule, ends, cells, byId));
}

function ruleOf(
  { rule, text, concerns, says }: Rule,
  ends: readonly End[],
  cells: readonly Cell[],
  byId: ReadonlyMap<NamespaceId, End>,
): RuleResult {
  const concerned = cells.filter(({ from, to }) => {
    const [sender, receiver] = [byId.get(from), byId.get(to)];
    return sender !== undefined && receiver !== undefined && concerns(sender, receiver);
  });
  const of = (wanted: Says): Cell[] => concerned.filter((cell) => says(cell) === wanted);
  const failing = of('broken').map(({ from, to, family }) => ({ from, to, family }));
  const holds = of('holds').length;
  const unverified = of('unverified').length + strangers(ends, concerns);
  const verdict = failing.length > 0 ? 'broken' : unverified === 0 ? 'holds' : 'unverified';
  return { rule, text, verdict, holds, broken: failing.length, unverified, failing };
}

/** How many pairs have no family in common. */
function strangers(ends: readonly End[], concerns: Rule['concerns']): number {
  const only4 = ends.filter(({ ipv6 }) => ipv6 === null);
  const only6 = ends.filter(({ ipv4 }) => ipv4 === null);
  return only4.reduce(
    (sum, from) => sum + 2 * only6.filter((to) => concerns(from, to) && concerns(to, from)).length,
    0,
  );
}
