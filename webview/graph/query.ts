/** Pure: the small language of the search box: words, `key:value`, ranges of addresses, quotes, and `-` before what must not be. */
import ipaddr from 'ipaddr.js';

/** What a key asks for, as the completion tells it. In the order in which they are offered. */
export const queryKeys = {
  name: 'pods and interfaces by name',
  ip: 'an address or a range: 10.244.0.0/28',
  mac: 'a MAC address or a part of it',
  kind: 'veth, bridge, vlan, pod …',
  state: 'up, down, no-carrier, unknown …',
  ns: 'what is in a namespace',
  bridge: 'what hangs on a bridge',
  process: 'namespaces that a process holds',
  container: 'by name, id or image',
  finding: 'error, warning, info, a rule, or words of what is wrong',
} as const;

export type QueryKey = keyof typeof queryKeys;

/** The addresses that share the first bits of one. */
export interface AddressRange {
  readonly base: string;
  readonly prefix: number;
}

export type Term = { readonly negated: boolean } & (
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'field'; readonly key: QueryKey; readonly text: string; readonly exact: boolean }
  | { readonly kind: 'range'; readonly range: AddressRange }
);

export interface Query {
  /** All of them must hold. */
  readonly terms: readonly Term[];
  /** What could not be understood, each as a sentence that says what would be. */
  readonly hints: readonly string[];
}

/** One piece of a query with its place in the text. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly negated: boolean;
  /** As it was written, without the colon; null where there is none. */
  readonly key: string | null;
  /** Where the value begins, an opening quote included. */
  readonly valueStart: number;
  readonly value: string;
  readonly quoted: boolean;
}

const tokenPattern = /(-(?=\S))?(?:([a-z]+):)?(?:"([^"]*)"?|(\S*))/giy;

/** Splits a query into its pieces; quotes hold spaces together, a closing one may be missing. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = text.search(/\S/); at >= 0 && at < text.length; at++) {
    if (/\s/.test(text[at] ?? '')) {
      continue;
    }
    tokenPattern.lastIndex = at;
    const [whole = '', minus, key, quoted, bare = ''] = tokenPattern.exec(text) ?? [];
    const end = at + Math.max(1, whole.length);
    const valueStart = at + (minus?.length ?? 0) + (key === undefined ? 0 : key.length + 1);
    tokens.push({
      start: at,
      end,
      negated: minus !== undefined,
      key: key ?? null,
      valueStart,
      value: quoted ?? bare,
      quoted: quoted !== undefined,
    });
    at = end - 1;
  }
  return tokens;
}

export function isQueryKey(key: string): key is QueryKey {
  return Object.hasOwn(queryKeys, key);
}

/** True for one whole address. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && ipaddr.IPv6.isValid(text));
}

/** An address in the one form that equal addresses share; null for what is none. */
export function normalAddress(text: string): string | null {
  return isAddress(text) ? ipaddr.parse(text).toString() : null;
}

function bitsOf(address: string): number {
  return address.includes(':') ? 128 : 32;
}

/** True where an address is within a range. False for what is no address. */
export function inRange(address: string, { base, prefix }: AddressRange): boolean {
  if (!isAddress(address) || bitsOf(address) !== bitsOf(base)) {
    return false;
  }
  const [one, other] = [ipaddr.parse(address), ipaddr.parse(base)];
  return one.match(other, prefix);
}

/** "10.244.0.0" of 10.244.0.9/24: the first address of its network. */
function networkOf(address: string, prefix: number): string {
  const bytes = ipaddr.parse(address).toByteArray();
  const masked = bytes.map((byte, at) => {
    const bits = Math.min(8, Math.max(0, prefix - at * 8));
    return byte & (0xff << (8 - bits));
  });
  return ipaddr.fromByteArray(masked).toString();
}

type Reading = { readonly range: AddressRange } | { readonly text: string } | { readonly hint: string };

/** Reads "10.244.0.0/28": a range where it names a network, else the text of one address as interfaces carry it. */
function readPrefixed(text: string): Reading {
  const [address = '', length = ''] = text.split('/');
  const bits = bitsOf(address);
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : NaN;
  if (length === '') {
    return { text };
  }
  if (!(prefix <= bits)) {
    return { hint: `“/${length}” is no prefix length: ${bits === 32 ? 'IPv4' : 'IPv6'} has /0 to /${bits}.` };
  }
  const base = normalAddress(address) ?? '';
  return networkOf(base, prefix) === base ? { range: { base, prefix } } : { text };
}

function readAddress(text: string): Reading {
  const [address = ''] = text.split('/');
  if (isAddress(address)) {
    const only = normalAddress(address) ?? '';
    return text.includes('/') ? readPrefixed(text) : { range: { base: only, prefix: bitsOf(only) } };
  }
  return /^[\da-f:.]*$/i.test(text)
    ? { text }
    : { hint: `“${text}” is no address: write ip:10.244.0.2, ip:10.244.0.0/28 or ip:fd00::/64.` };
}

/** Pieces of MAC and IPv6 addresses have colons, too. */
function looksLikeAddress({ key, value }: Token): boolean {
  return /^[\da-f]+$/i.test(key ?? '') && /^[\da-f:./]*$/i.test(value);
}

function wordOf(token: Token, text: string): Term {
  const raw = token.quoted && token.key === null ? token.value : text;
  return { kind: 'word', text: raw.toLowerCase(), negated: token.negated };
}

interface Understood {
  readonly terms: readonly Term[];
  readonly hint?: string;
}

function fromReading(reading: Reading, negated: boolean): Understood {
  if ('hint' in reading) {
    return { terms: [], hint: reading.hint };
  }
  return 'range' in reading
    ? { terms: [{ kind: 'range', range: reading.range, negated }] }
    : { terms: [{ kind: 'field', key: 'ip', text: reading.text.toLowerCase(), exact: false, negated }] };
}

function understandKey(token: Token, key: QueryKey): Understood {
  const { value, negated, quoted } = token;
  if (value === '') {
    return { terms: [] };
  }
  if (key === 'ip') {
    return fromReading(readAddress(value), negated);
  }
  const text = key === 'mac' ? value.replace(/[^\da-f]/gi, '') : value;
  if (text === '') {
    return { terms: [], hint: `“${value}” is no part of a MAC address: write mac:0a:58:0a.` };
  }
  return { terms: [{ kind: 'field', key, text: text.toLowerCase(), exact: quoted, negated }] };
}

function understand(token: Token, source: string): Understood {
  const text = source.slice(token.start + (token.negated ? 1 : 0), token.end);
  const key = token.key?.toLowerCase() ?? null;
  if (key !== null && isQueryKey(key)) {
    return understandKey(token, key);
  }
  const [address = ''] = text.split('/');
  if (!token.quoted && text.includes('/') && isAddress(address)) {
    const reading = readPrefixed(text);
    return 'text' in reading ? { terms: [wordOf(token, text)] } : fromReading(reading, token.negated);
  }
  const word = wordOf(token, text);
  const terms = word.kind === 'word' && word.text === '' ? [] : [word];
  const strange = key !== null && token.value !== '' && !looksLikeAddress(token);
  return strange
    ? {
        terms,
        hint: `There is no “${key}:”. Known: ${Object.keys(queryKeys).join(', ')}. It is searched as text.`,
      }
    : { terms };
}

/** Reads a query. What is wrong in it becomes a hint; the rest of it is asked all the same. */
export function parseQuery(source: string): Query {
  const understood = tokenize(source).map((token) => understand(token, source));
  return {
    terms: understood.flatMap(({ terms }) => terms),
    hints: understood.flatMap(({ hint }) => hint ?? []),
  };
}
