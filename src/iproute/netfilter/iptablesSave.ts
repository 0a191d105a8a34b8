/** Pure: the text of `iptables-save -c` (iptables-extensions(8)) → tables, in nft's words. */
import {
  opaqueMatch,
  translationTo,
  type FilterChain,
  type FilterRule,
  type FilterTable,
  type Match,
  type Outcome,
  type Translation,
} from './ruleset.ts';

const hooks: Readonly<Record<string, string>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

interface Draft {
  readonly name: string;
  readonly base: FilterChain['base'];
  readonly policy: FilterChain['policy'];
  readonly rules: FilterRule[];
}

/** Reads what can be read; a text that was cut has only its first rules. */
export function parseIptablesSave(tool: 'iptables' | 'ip6tables', text: string): FilterTable[] {
  const family = tool === 'iptables' ? 'ip' : 'ip6';
  const tables: FilterTable[] = [];
  let chains = new Map<string, Draft>();
  for (const line of text.split('\n')) {
    const table = /^\*(\w+)/.exec(line)?.[1];
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    const [, packets, chain, spec] = /^(?:\[(\d+):\d+\] )?-A (\S+) ?(.*)$/.exec(line) ?? [];
    if (table !== undefined) {
      chains = new Map();
      tables.push({ tool, family, name: table, chains, sets: new Map() });
    } else if (name !== undefined) {
      chains.set(name, draftOf(tables.at(-1)?.name ?? '', name, policy));
    } else if (chain !== undefined && spec !== undefined) {
      chains.get(chain)?.rules.push(ruleOf(family, spec, packets));
    }
  }
  return tables;
}

/** What the table nat holds decides about addresses, not about what may pass. */
function draftOf(table: string, name: string, policy: string | undefined): Draft {
  const hook = hooks[name];
  const type = table === 'nat' ? 'nat' : 'filter';
  return {
    name,
    base: hook === undefined || policy === '-' ? null : { type, hook },
    policy: policy === 'DROP' ? 'drop' : 'accept',
    rules: [],
  };
}

function ruleOf(family: 'ip' | 'ip6', spec: string, packets: string | undefined): FilterRule {
  const words = wordsOf(spec);
  const matches: Match[] = [];
  let outcome: Outcome = { kind: 'none' };
  let nat: Translation | null = null;
  let protocol = '';
  let negated = false;
  for (let at = 0; at < words.length; at++) {
    const [word = '', value = ''] = words.slice(at, at + 2);
    if (word === '!') {
      negated = true;
      continue;
    }
    if (word === '-j' || word === '-g') {
      nat = translationOf(value, words.slice(at + 2));
      outcome = nat === null ? outcomeOf(word, value) : { kind: 'accept' };
      break;
    }
    protocol = word === '-p' ? value : protocol;
    if (!silent.has(word)) {
      matches.push(matchOf(family, protocol, word, value, negated));
    }
    negated = false;
    at += optionLength(words, at) - 1;
  }
  return { text: spec, matches, outcome, nat, packets: packets === undefined ? null : Number(packets) };
}

/** Names of modules and remarks decide nothing by themselves. */
const silent: ReadonlySet<string> = new Set(['-m', '--comment']);

/** An option and all words up to the next; a remark is one word, whatever it looks like. */
function optionLength(words: readonly string[], at: number): number {
  if (words[at] === '--comment') {
    return 2;
  }
  const rest = words.slice(at + 1).findIndex((word) => word === '!' || /^--?[a-z]/i.test(word));
  return rest < 0 ? words.length - at : rest + 1;
}

function matchOf(
  family: 'ip' | 'ip6',
  protocol: string,
  option: string,
  value: string,
  negated: boolean,
): Match {
  const field = fieldOf(family, protocol, option);
  return field === null
    ? opaqueMatch
    : { field, negated, values: value.split(',').map((one) => valueOf(field, one)) };
}

function fieldOf(family: 'ip' | 'ip6', protocol: string, option: string): string | null {
  const ported = protocol === 'tcp' || protocol === 'udp' ? protocol : 'th';
  const fields: Readonly<Record<string, string>> = {
    '-s': `${family} saddr`,
    '-d': `${family} daddr`,
    '-i': 'iifname',
    '-o': 'oifname',
    '-p': 'l4proto',
    '--sport': `${ported} sport`,
    '--dport': `${ported} dport`,
    '--sports': `${ported} sport`,
    '--dports': `${ported} dport`,
    '--icmp-type': 'icmp type',
    '--icmpv6-type': 'icmpv6 type',
    '--ctstate': 'ct state',
    '--state': 'ct state',
    '--mac-source': 'ether saddr',
    '--dst-type': 'fib daddr type',
  };
  return fields[option] ?? null;
}

/** iptables writes what nft calls "80-90", "lo*" and "established" in its own way. */
function valueOf(field: string, value: string): string {
  if (field === 'ct state' || field === 'fib daddr type') {
    return value.toLowerCase();
  }
  if (field.endsWith('port')) {
    return value.replace(':', '-');
  }
  return field.endsWith('ifname') && value.endsWith('+') ? `${value.slice(0, -1)}*` : value;
}

function translationOf(target: string, options: readonly string[]): Translation | null {
  const after = (name: string): string =>
    options.includes(name) ? (options[options.indexOf(name) + 1] ?? '?') : '';
  switch (target) {
    case 'DNAT':
      return translationTo('dnat', after('--to-destination') || '?');
    case 'SNAT':
      return translationTo('snat', after('--to-source') || '?');
    case 'REDIRECT':
      return translationTo('redirect', `:${after('--to-ports')}`);
    case 'MASQUERADE':
      return translationTo('masquerade', '');
    default:
      return null;
  }
}

function outcomeOf(option: string, target: string): Outcome {
  switch (target) {
    case 'ACCEPT':
      return { kind: 'accept' };
    case 'DROP':
      return { kind: 'drop' };
    case 'REJECT':
      return { kind: 'reject' };
    case 'RETURN':
      return { kind: 'return' };
    case 'LOG':
    case 'NFLOG':
    case 'MARK':
    case 'CONNMARK':
    case 'TCPMSS':
      return { kind: 'none' };
    case 'NFQUEUE':
    case 'TPROXY':
    case 'SYNPROXY':
      return { kind: 'unknown' };
    default:
      return { kind: option === '-g' ? 'goto' : 'jump', chain: target };
  }
}

function wordsOf(spec: string): string[] {
  return Array.from(spec.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g), ([, quoted, word]) => quoted ?? word ?? '');
}
