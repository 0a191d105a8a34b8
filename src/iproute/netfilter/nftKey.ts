/** Pure: what a rule of nft looks at. */
import type { Token } from './nftTokens.ts';
import type { Key } from './ruleset.ts';

/** Fields that are understood, by the words that nft has for them, and their one name. */
const fields: Readonly<Record<string, string>> = {
  'ip saddr': 'ip saddr',
  'ip daddr': 'ip daddr',
  'ip6 saddr': 'ip6 saddr',
  'ip6 daddr': 'ip6 daddr',
  'ip protocol': 'l4proto',
  'ip6 nexthdr': 'l4proto',
  'meta l4proto': 'l4proto',
  'meta nfproto': 'nfproto',
  'meta protocol': 'ether type',
  'meta iifname': 'iifname',
  'meta oifname': 'oifname',
  'meta ibrname': 'ibrname',
  'meta obrname': 'obrname',
  'meta mark': 'meta mark',
  'meta pkttype': 'pkttype',
  'ether saddr': 'ether saddr',
  'ether daddr': 'ether daddr',
  'ether type': 'ether type',
  'vlan id': 'vlan id',
  'arp operation': 'arp operation',
  'arp saddr ip': 'arp saddr ip',
  'arp daddr ip': 'arp daddr ip',
  'icmp type': 'icmp type',
  'icmp code': 'icmp code',
  'icmpv6 type': 'icmpv6 type',
  'icmpv6 code': 'icmpv6 code',
  'tcp sport': 'tcp sport',
  'tcp dport': 'tcp dport',
  'tcp flags': 'tcp flags',
  'udp sport': 'udp sport',
  'udp dport': 'udp dport',
  'th dport': 'th dport',
  'th sport': 'th sport',
  'ct state': 'ct state',
  'ct status': 'ct status',
  'ct mark': 'ct mark',
  'ct direction': 'ct direction',
  'ct original saddr': 'ct original saddr',
  'ct original ip saddr': 'ct original saddr',
  'ct original ip6 saddr': 'ct original saddr',
  'ct original daddr': 'ct original daddr',
  'ct original ip daddr': 'ct original daddr',
  'ct original ip6 daddr': 'ct original daddr',
  'ct original proto-dst': 'ct original proto-dst',
  'fib daddr type': 'fib daddr type',
  'fib saddr type': 'fib saddr type',
  'fib saddr . iif oif': 'fib saddr oif',
  'fib saddr . mark . iif oif': 'fib saddr oif',
  'meta random': 'chance',
  iifname: 'iifname',
  oifname: 'oifname',
  ibrname: 'ibrname',
  obrname: 'obrname',
  iif: 'iifname',
  oif: 'oifname',
  mark: 'meta mark',
  pkttype: 'pkttype',
};

const longest = 7;

/** A key, and how many words it takes. */
export interface ReadKey {
  readonly key: Key;
  readonly words: number;
}

/** The key that begins at a word: one field, or several of a concatenation; null where none does. */
export function keyAt(tokens: readonly Token[], at: number): ReadKey | null {
  const first = fieldAt(tokens, at) ?? generatorAt(tokens, at);
  if (first === null || tokens[at + first.words]?.text !== '.') {
    return first;
  }
  const rest = keyAt(tokens, at + first.words + 1);
  return rest && { key: [...first.key, ...rest.key], words: first.words + 1 + rest.words };
}

function fieldAt(tokens: readonly Token[], at: number): ReadKey | null {
  const words = tokens.slice(at, at + longest);
  const quoted = words.findIndex(({ isQuoted }) => isQuoted);
  for (let length = quoted < 0 ? words.length : quoted; length > 0; length--) {
    const field =
      fields[
        words
          .slice(0, length)
          .map(({ text }) => text)
          .join(' ')
      ];
    if (field !== undefined) {
      return { key: [field], words: length };
    }
  }
  return null;
}

/** "numgen random mod 2 offset 0", "jhash ip saddr . ip daddr mod 2 seed 0x1", "symhash mod 2" (nft(8)). */
function generatorAt(tokens: readonly Token[], at: number): ReadKey | null {
  const kind = tokens[at]?.text;
  if ((kind !== 'numgen' && kind !== 'jhash' && kind !== 'symhash') || tokens[at]?.isQuoted === true) {
    return null;
  }
  let end = tokens.findIndex(({ text }, i) => i > at && text === 'mod') + 2;
  while (['seed', 'offset'].includes(tokens[end]?.text ?? '')) {
    end += 2;
  }
  return end < 2 ? null : { key: [kind === 'numgen' ? 'chance' : 'hash'], words: end - at };
}
