/** Pure: whether a rule wants a packet, as far as that is known of the packet and understood of the rule. */
import { applyBits } from '../../iproute/netfilter/bits.ts';
import type { ElementSet, FilterTable, Key, MarkName, Match } from '../../iproute/netfilter/ruleset.ts';
import { addressWords, coveringLength } from '../addresses.ts';

/**
 * A packet in nft's words: its fields by name. A field that is absent is not known; null: the packet has none. Several: flags
 * that are all set.
 */
export interface PacketFields {
  readonly family: 4 | 6;
  readonly fields: Readonly<Record<string, string | readonly string[] | null>>;
}

/** What rules made of the marks of a packet and its connection; null where that is not known. */
export type Marks = Readonly<Record<MarkName, number | null>>;

export const noMarks: Marks = { 'meta mark': 0, 'ct mark': 0 };
export const unknownMarks: Marks = { 'meta mark': null, 'ct mark': null };

/** `chance`: it is drawn, so that it may be or not; `maybe`: it cannot be told. */
export type Answer = 'yes' | 'no' | 'maybe' | 'chance';

/** Whether what a match looks at is what it wants. */
export function fitsMatch(table: FilterTable, match: Match, packet: PacketFields, marks: Marks): Answer {
  const { key, values, operator } = match;
  if (key.includes('chance') || key.includes('hash')) {
    return 'chance';
  }
  const parts = key.map((field) => masked(valueOf(field, packet, marks), match.mask));
  if (key.length === 0 || parts.includes(null)) {
    return key.length === 0 ? 'maybe' : 'no';
  }
  const answer = anyOf(values.map((wanted) => fitsWanted(table, key, wanted, parts, operator)));
  return operator === '!=' ? (opposite[answer] ?? answer) : answer;
}

/** Which element of a map a packet finds, as far as it is known: those that it may be, and whether it is one of them for certain. */
export interface Found<Value> {
  readonly elements: readonly { readonly key: string; readonly value: Value }[];
  readonly isCertain: boolean;
}

/** Looks a packet up in a map. Null where the elements are not known one by one. */
export function findElements<Value>(
  key: Key,
  { elements, isVolatile }: ElementSet<Value>,
  packet: PacketFields,
  marks: Marks,
): Found<Value> | null {
  if (elements === null) {
    return null;
  }
  if (key.includes('chance') || key.includes('hash')) {
    return { elements, isCertain: elements.length > 0 };
  }
  const parts = key.map((field) => valueOf(field, packet, marks));
  const answers = elements.map(({ key: wanted }) =>
    wanted === '*' ? 'no' : fitsParts(key, wanted, parts, '=='),
  );
  const certain = answers.indexOf('yes');
  const chosen = certain >= 0 ? [elements[certain]] : elements.filter((_, at) => answers[at] === 'maybe');
  const rest = elements.find((element) => element.key === '*');
  const all = [...chosen, certain < 0 ? rest : undefined].filter((element) => element !== undefined);
  return {
    elements: parts.includes(null) ? [] : all,
    isCertain: !isVolatile && (certain >= 0 || rest !== undefined),
  };
}

const opposite: Readonly<Partial<Record<Answer, Answer>>> = { yes: 'no', no: 'yes' };

function anyOf(answers: readonly Answer[]): Answer {
  return answers.includes('yes') ? 'yes' : answers.includes('maybe') ? 'maybe' : 'no';
}

type PartValue = string | readonly string[] | null | undefined;

function fitsWanted(
  { sets }: FilterTable,
  key: Key,
  wanted: string,
  parts: readonly PartValue[],
  operator: Match['operator'],
): Answer {
  if (!wanted.startsWith('@')) {
    return fitsParts(key, wanted, parts, operator);
  }
  const set = sets.get(wanted.slice(1));
  const elements = set?.isVolatile === false ? set.elements : null;
  return elements === null
    ? 'maybe'
    : anyOf(elements.map((element) => fitsParts(key, element.key, parts, operator)));
}

/** Every part of a concatenation has to fit. */
function fitsParts(
  key: Key,
  wanted: string,
  parts: readonly PartValue[],
  operator: Match['operator'],
): Answer {
  const pieces = key.length === 1 ? [wanted] : wanted.split(' . ');
  const answers = key.map((field, at) => fitsPart(field, pieces[at] ?? '', parts[at], operator));
  return answers.includes('no') ? 'no' : answers.includes('maybe') ? 'maybe' : 'yes';
}

function fitsPart(field: string, wanted: string, value: PartValue, operator: Match['operator']): Answer {
  if (value === undefined || value === null) {
    return value === null ? 'no' : 'maybe';
  }
  if (typeof value !== 'string') {
    return value.includes(wanted)
      ? 'yes'
      : field === 'ct status' && !knownStatus.has(wanted)
        ? 'maybe'
        : 'no';
  }
  return fitsValue(field, wanted, value, operator) ? 'yes' : 'no';
}

/** Of what the kernel remembers of a connection, this is what follows from the way of the packet. */
const knownStatus: ReadonlySet<string> = new Set(['dnat', 'snat', 'seen-reply']);

function masked(value: PartValue, mask: number | null): PartValue {
  return mask === null || typeof value !== 'string'
    ? value
    : String(applyBits({ keep: mask, flip: 0 }, Number(value)));
}

/** A field of the other protocol, or of the other family of addresses, is one that the packet does not have. */
function valueOf(field: string, { family, fields }: PacketFields, marks: Marks): PartValue {
  if (field === 'meta mark' || field === 'ct mark') {
    return marks[field]?.toString();
  }
  if (field in fields) {
    return fields[field];
  }
  const [protocol = ''] = field.split(' ');
  if ((protocol === 'ip' && family === 6) || (protocol === 'ip6' && family === 4)) {
    return null;
  }
  const carried = fields['l4proto'];
  const isTransport = ['tcp', 'udp', 'icmp', 'icmpv6', 'th'].includes(protocol);
  if (
    carried !== undefined &&
    isTransport &&
    (protocol === 'th' ? !isPorted(carried) : carried !== protocol)
  ) {
    return null;
  }
  return derived[field]?.(family);
}

function isPorted(protocol: PartValue): boolean {
  return protocol === 'tcp' || protocol === 'udp';
}

const derived: Readonly<Record<string, (family: 4 | 6) => string>> = {
  nfproto: (family) => (family === 4 ? 'ipv4' : 'ipv6'),
  'ether type': (family) => (family === 4 ? 'ip' : 'ip6'),
};

function fitsValue(field: string, wanted: string, value: string, operator: Match['operator']): boolean {
  if (operator !== '==' && operator !== '!=') {
    return compare[operator](Number(value), Number(wanted));
  }
  if (field.endsWith('addr') || field.endsWith(' ip')) {
    return field.startsWith('ether')
      ? wanted.toLowerCase() === value.toLowerCase()
      : fitsAddress(wanted, value);
  }
  if (wanted.endsWith('*')) {
    return value.startsWith(wanted.slice(0, -1));
  }
  const named = synonyms[field]?.[wanted.replace(/^0x0+(?=.)/i, '0x')] ?? wanted;
  const [low = '', high] = /^\d+-\d+$/.test(named) ? named.split('-') : [named];
  const number = numberOrNaN(value);
  return Number.isNaN(number) || Number.isNaN(numberOrNaN(low))
    ? named.toLowerCase() === value.toLowerCase()
    : number >= Number(low) && number <= Number(high ?? low);
}

function numberOrNaN(text: string): number {
  return /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
}

const compare = {
  '<': (a: number, b: number) => a < b,
  '<=': (a: number, b: number) => a <= b,
  '>': (a: number, b: number) => a > b,
  '>=': (a: number, b: number) => a >= b,
} as const;

function fitsAddress(wanted: string, value: string): boolean {
  const [low, high] = wanted.split('-');
  return high === undefined ? coveringLength(wanted, value) !== null : isBetween(low ?? '', value, high);
}

/** Of one family, the words of addresses are in the order of the addresses. */
function isBetween(...addresses: [low: string, value: string, high: string]): boolean {
  const [low = '', value = '', high = ''] = addresses.map((address) => addressWords(address).join(''));
  return low.length === value.length && low <= value && value <= high;
}

/** What the tools write in more than one way. */
const synonyms: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'icmp type': { '8': 'echo-request', '0': 'echo-reply', '8/0': 'echo-request', '0/0': 'echo-reply' },
  'icmpv6 type': {
    '128': 'echo-request',
    '129': 'echo-reply',
    '128/0': 'echo-request',
    '129/0': 'echo-reply',
    '135': 'nd-neighbor-solicit',
    '136': 'nd-neighbor-advert',
    '135/0': 'nd-neighbor-solicit',
    '136/0': 'nd-neighbor-advert',
  },
  l4proto: { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6', 'ipv6-icmp': 'icmpv6' },
  'ether type': { '0x800': 'ip', '0x86dd': 'ip6', '0x806': 'arp' },
  'arp operation': { '1': 'request', '2': 'reply' },
  pkttype: { unicast: 'host' },
};
