/** Pure: a verification in a few words. */
import type { Cell, End, RuleResult, Verification } from './verification.ts';

export type Outcome = RuleResult['verdict'];

/** What the three rules come to together. */
export function outcomeOf({ rules }: Pick<Verification, 'rules'>): Outcome {
  const worst = (['broken', 'unverified'] as const).find((verdict) =>
    rules.some((rule) => rule.verdict === verdict),
  );
  return worst ?? 'holds';
}

/** True where a pair breaks the model. */
export function isFailing({ verdict }: Cell): boolean {
  return verdict === 'translated' || verdict === 'astray' || verdict === 'lost';
}

/** Those of whom every pair fails, where that is not so of all: they are what is wrong. */
export function failingEnds(ends: readonly End[], cells: readonly Cell[]): End[] {
  const endsOf = (some: readonly Cell[]): Set<string> => new Set(some.flatMap(({ from, to }) => [from, to]));
  const failing = endsOf(cells.filter(isFailing));
  const working = endsOf(cells.filter((cell) => !isFailing(cell)));
  return working.size === 0
    ? []
    : ends.filter(({ namespace }) => failing.has(namespace) && !working.has(namespace));
}
