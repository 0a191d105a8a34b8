/** Pure: what is said of a packet at a gate. */
import type { TopologyIndex } from '../topologyIndex.ts';
import { familyOf } from '../addresses.ts';
import type { OpenLeg, Voice } from '../track.ts';
import { listOf, nameOfChain, nameOfNamespace, plain, ruleRecord, startOfSentence } from '../words.ts';
import type { Drop, Gate, Permission, PossibleDrop } from './passGate.ts';
import type { Message } from './questions.ts';

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
export function dropSentence(index: TopologyIndex, gate: Gate, drop: Drop): string {
  return `${startOfSentence(nameOfNamespace(index, gate.namespace))} ${actOf(drop)} it: ${placeOf(gate, drop)}.`;
}

/** The same of the question that goes before a packet, or its answer: without it the packet is not sent. */
export function questionSentence(
  index: TopologyIndex,
  gate: Gate,
  drop: Drop,
  { sender, nextHop }: OpenLeg,
  message: Message,
): string {
  const home = startOfSentence(nameOfNamespace(index, gate.namespace));
  const asker = nameOfNamespace(index, sender);
  const protocol = familyOf(nextHop) === 6 ? 'neighbour discovery' : 'ARP';
  const what =
    message === 'question'
      ? `the question of ${asker} who has ${nextHop}`
      : `the answer to ${asker}, who asks for ${nextHop}`;
  return `${home} ${actOf(drop)} ${what} (${protocol}): ${placeOf(gate, drop)}.`;
}

function actOf({ kind }: Drop): string {
  return kind === 'drop' ? 'drops' : 'refuses';
}

function placeOf({ point }: Gate, { table, chain, rule }: Drop): string {
  const by = rule
    ? `\`${plain(rule.text)}\` in ${nameOfChain(table, chain)}`
    : `the policy of ${nameOfChain(table, chain)}`;
  return `${by}, at the hook ${point.hook}${point.layer === 'bridge' ? ' of the bridge' : ''}`;
}
