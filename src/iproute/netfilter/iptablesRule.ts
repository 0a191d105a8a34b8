/** Pure: one rule of iptables-save (iptables-extensions(8)), in nft's words. */
import { flagBits, parseNumber } from './bits.ts';
import { opaqueMatch, type FilterRule, type MarkName, type Match, type RuleStep } from './ruleset.ts';
import { stepsOfTarget } from './iptablesTarget.ts';

type Family = 'ip' | 'ip6';

/** An option with its values, and what stood before it in the rule. */
interface Option {
  readonly family: Family;
  /** Of "-p", where there is one. */
  readonly protocol: string;
  /** The module that the last "-m" named. */
  readonly module: string;
  readonly name: string;
  readonly values: readonly string[];
  readonly negated: boolean;
}

export function parseIptablesRule(family: Family, spec: string, packets: string | undefined): FilterRule {
  const words = wordsOf(spec);
  const jump = words.findIndex(
    (word, at) => (word === '-j' || word === '-g') && words[at - 1] !== '--comment',
  );
  const matches = optionsOf(family, jump < 0 ? words : words.slice(0, jump)).flatMap(stepsOfOption);
  const target = jump < 0 ? [] : stepsOfTarget(words.slice(jump));
  return {
    text: spec,
    steps: [...matches, ...target],
    packets: packets === undefined ? null : Number(packets),
  };
}

function wordsOf(spec: string): string[] {
  return Array.from(spec.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g), ([, quoted, word]) => quoted ?? word ?? '');
}

function optionsOf(family: Family, words: readonly string[]): Option[] {
  const options: Option[] = [];
  let [protocol, module, negated] = ['', '', false];
  for (let at = 0; at < words.length;) {
    const name = words[at] ?? '';
    if (name === '!') {
      negated = true;
      at++;
      continue;
    }
    const length = optionLength(words, at);
    const values = words.slice(at + 1, at + length);
    protocol = name === '-p' ? (values[0] ?? '') : protocol;
    module = name === '-m' ? (values[0] ?? '') : module;
    options.push({ family, protocol, module, name, values, negated });
    negated = false;
    at += length;
  }
  return options;
}

/** An option and all words up to the next; a remark is one word, whatever it looks like. */
function optionLength(words: readonly string[], at: number): number {
  if (words[at] === '--comment') {
    return 2;
  }
  const rest = words.slice(at + 1).findIndex((word) => word === '!' || /^--?[a-z]/i.test(word));
  return rest < 0 ? words.length - at : rest + 1;
}

/** Names of modules and remarks decide nothing by themselves; of a chance the options belong together. */
const silent: ReadonlySet<string> = new Set(['-m', '--comment', '--probability', '--every', '--packet']);

function stepsOfOption(option: Option): RuleStep[] {
  if (silent.has(option.name)) {
    return [];
  }
  const match = matchOf(option);
  return match
    ? [{ kind: 'match', match }]
    : [
        opaqueMatch(
          [option.module, ...(option.negated ? ['!'] : []), option.name, ...option.values].join(' '),
        ),
      ];
}

function matchOf(option: Option): Match | null {
  const { name, values, negated } = option;
  const [value = ''] = values;
  const text = [...(negated ? ['!'] : []), name, ...values].join(' ');
  const operator = negated ? '!=' : '==';
  if (name === '--mark') {
    return markMatch(option, text);
  }
  if (name === '--tcp-flags') {
    const [mask, wanted] = values.map((names) => flagBits(namesOf(names)));
    return mask === undefined || mask === null || wanted === undefined || wanted === null
      ? null
      : { key: ['tcp flags'], mask, operator, values: [String(wanted)], text };
  }
  const field = fieldOf(option);
  if (field === null || (field === 'icmp type' && value === 'any')) {
    return null;
  }
  return {
    key: [field],
    mask: null,
    operator,
    values: value.split(',').map((one) => valueOf(field, one)),
    text,
  };
}

/** "SYN,ACK", "ALL", "NONE". */
function namesOf(list: string): string[] {
  return list === 'NONE' ? [] : list === 'ALL' ? ['63'] : list.split(',');
}

/** "--mark 0x4000/0x4000" of the modules mark and connmark. */
function markMatch({ module, values: [value = ''], negated }: Option, text: string): Match | null {
  const [wanted, mask] = value.split('/');
  const mark: MarkName | null = module === 'mark' ? 'meta mark' : module === 'connmark' ? 'ct mark' : null;
  return mark === null || wanted === undefined
    ? null
    : {
        key: [mark],
        mask: mask === undefined ? null : parseNumber(mask),
        operator: negated ? '!=' : '==',
        values: [wanted],
        text,
      };
}

const fields: Readonly<Record<string, string>> = {
  '-i': 'iifname',
  '-o': 'oifname',
  '-p': 'l4proto',
  '--icmp-type': 'icmp type',
  '--icmpv6-type': 'icmpv6 type',
  '--ctstate': 'ct state',
  '--state': 'ct state',
  '--ctstatus': 'ct status',
  '--ctorigsrc': 'ct original saddr',
  '--ctorigdst': 'ct original daddr',
  '--ctorigdstport': 'ct original proto-dst',
  '--ctdir': 'ct direction',
  '--mac-source': 'ether saddr',
  '--dst-type': 'fib daddr type',
  '--src-type': 'fib saddr type',
  '--pkt-type': 'pkttype',
  '--physdev-in': 'physdev in',
  '--physdev-out': 'physdev out',
  '--physdev-is-bridged': 'physdev bridged',
  '--mode': 'chance',
};

/** Fields whose names depend on the family or on the protocol. */
const variants: Readonly<Record<string, readonly [of: 'network' | 'transport', field: string]>> = {
  '-s': ['network', 'saddr'],
  '-d': ['network', 'daddr'],
  '--src-range': ['network', 'saddr'],
  '--dst-range': ['network', 'daddr'],
  '--sport': ['transport', 'sport'],
  '--dport': ['transport', 'dport'],
  '--sports': ['transport', 'sport'],
  '--dports': ['transport', 'dport'],
};

function fieldOf({ family, protocol, name }: Option): string | null {
  const [of, field] = variants[name] ?? [];
  if (of === undefined) {
    return fields[name] ?? null;
  }
  const ported = protocol === 'tcp' || protocol === 'udp' ? protocol : 'th';
  return `${of === 'network' ? family : ported} ${field}`;
}

/** iptables writes what nft calls "80-90", "lo*" and "established" in its own way. */
function valueOf(field: string, value: string): string {
  if (/^(?:ct |fib |pkttype)/.test(field)) {
    return value.toLowerCase();
  }
  if (field.endsWith('port')) {
    return value.replace(':', '-');
  }
  const isName = field.endsWith('ifname') || field.startsWith('physdev ');
  return isName && value.endsWith('+') ? `${value.slice(0, -1)}*` : value;
}
