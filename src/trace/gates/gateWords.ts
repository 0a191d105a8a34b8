/** Pure: what is said of a packet at a gate. */
import type { TopologyIndex } from '../topologyIndex.ts';
import type { Voice } from '../track.ts';
import { listOf, nameOfChain, nameOfNamespace, plain, ruleRecord, startOfSentence } from '../words.ts';
import type { Drop, Gate, Permission, PossibleDrop } from './passGate.ts';

/** That a rule may end it. */
export function possibleVoice(where: string, { kind, table, chain, rule, doubts }: PossibleDrop): Voice {
  const said = rule ? `by \`${plain(rule.text)}\`` : 'by its policy';
  const act = { drop: 'may be dropped', reject: 'may be refused', unknown: 'is handed on' }[kind];
  const why = kind === 'unknown' ? ', in a way that is not followed here' : reasonOf(doubts);
  return {
    kind: 'filter',
    why: `${where}, ${nameOfChain(table, chain)}: it ${act} ${said}${why}.`,
    record: ruleRecord(table, { chain, rule }),
  };
}

function reasonOf(doubts: readonly string[]): string {
  return doubts.length === 0
    ? ', as chance decides'
    : `; that depends on what is not known here (${listOf(doubts.map(plain), 3)})`;
}

/** That a rule lets it pass where the policy would not. */
export function permissionVoice(where: string, { table, chain, rule }: Permission): Voice {
  return {
    kind: 'filter',
    why: `${where}, ${nameOfChain(table, chain)}: it passes by \`${plain(rule.text)}\`.`,
    record: ruleRecord(table, { chain, rule }),
  };
}

/** "The node drops it: `tcp dport 80 drop` in chain input of table inet guard, at the hook input." */
export function dropSentence(
  index: TopologyIndex,
  { namespace, point }: Gate,
  { kind, table, chain, rule }: Drop,
): string {
  const name = startOfSentence(nameOfNamespace(index, namespace));
  const act = kind === 'drop' ? 'drops' : 'refuses';
  const by = rule
    ? `\`${plain(rule.text)}\` in ${nameOfChain(table, chain)}`
    : `the policy of ${nameOfChain(table, chain)}`;
  const place = point.layer === 'bridge' ? `${point.hook} of the bridge` : point.hook;
  return `${name} ${act} it: ${by}, at the hook ${place}.`;
}
