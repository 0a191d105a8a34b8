/** Pure: one rule of nft, of which only what decides about plain packets is understood. */
import type { Token } from './nft.ts';
import {
  opaqueMatch,
  translationTo,
  type FilterRule,
  type Match,
  type Outcome,
  type Translation,
} from './ruleset.ts';

/** Fields of two words that are understood, and their one name. */
const pairs: Readonly<Record<string, string>> = {
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
  'ether saddr': 'ether saddr',
  'ether daddr': 'ether daddr',
  'ether type': 'ether type',
  'icmp type': 'icmp type',
  'icmpv6 type': 'icmpv6 type',
  'tcp sport': 'tcp sport',
  'tcp dport': 'tcp dport',
  'udp sport': 'udp sport',
  'udp dport': 'udp dport',
  'th dport': 'th dport',
  'th sport': 'th sport',
  'ct state': 'ct state',
};

/** Interface names of one word. */
const singles: Readonly<Record<string, string>> = {
  iifname: 'iifname',
  oifname: 'oifname',
  iif: 'iifname',
  oif: 'oifname',
};

const verdicts: readonly string[] = ['accept', 'drop', 'return', 'continue', 'reject', 'queue'];

const translations: readonly string[] = ['dnat', 'redirect', 'snat', 'masquerade'];

function isTranslation(word: string): word is Translation['kind'] {
  return translations.includes(word);
}

/** Reads one rule; what it does not know becomes a match that may be true or not. */
export function parseNftRule(tokens: readonly Token[]): FilterRule {
  return new RuleReader(tokens).read();
}

class RuleReader {
  readonly #tokens: readonly Token[];
  readonly #matches: Match[] = [];
  #at = 0;
  #outcome: Outcome = { kind: 'none' };
  #packets: number | null = null;
  #nat: Translation | null = null;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  read(): FilterRule {
    while (this.#at < this.#tokens.length) {
      this.#statement();
    }
    const text = textOf(this.#tokens);
    return { text, matches: this.#matches, outcome: this.#outcome, nat: this.#nat, packets: this.#packets };
  }

  #word(ahead = 0): string {
    return this.#tokens[this.#at + ahead]?.text ?? '';
  }

  #statement(): void {
    const word = this.#word();
    const field = this.#fieldHere();
    if (field !== null) {
      this.#match(field);
    } else if (word === 'counter') {
      this.#counter();
    } else if (word === 'comment') {
      this.#at += 2;
    } else if (verdicts.includes(word) && !(this.#tokens[this.#at]?.isQuoted ?? false)) {
      this.#verdict(word);
    } else if (word === 'jump' || word === 'goto') {
      this.#outcome = { kind: word, chain: this.#word(1) };
      this.#at += 2;
    } else if (word === 'log') {
      this.#log();
    } else if (word.toLowerCase() === 'xt' && isTranslation(this.#word(2).toLowerCase())) {
      this.#translateByXtables();
    } else if (isTranslation(word) && !(this.#tokens[this.#at]?.isQuoted ?? false)) {
      this.#translate(word);
    } else {
      this.#skip();
    }
  }

  #fieldHere(): { readonly name: string; readonly words: number } | null {
    if (this.#tokens[this.#at]?.isQuoted === true) {
      return null;
    }
    const single = singles[this.#word()];
    const pair = pairs[`${this.#word()} ${this.#word(1)}`];
    if (`${this.#word()} ${this.#word(1)} ${this.#word(2)}` === 'fib daddr type') {
      return { name: 'fib daddr type', words: 3 };
    }
    return pair !== undefined
      ? { name: pair, words: 2 }
      : single !== undefined
        ? { name: single, words: 1 }
        : null;
  }

  #match({ name, words }: { readonly name: string; readonly words: number }): void {
    this.#at += words;
    const operator = this.#word();
    if (operator === 'set' || operator === 'vmap' || operator === 'map' || /^[<>&|^]/.test(operator)) {
      this.#skip();
      if (operator === 'vmap') {
        this.#outcome = { kind: 'unknown' };
        this.#at = this.#tokens.length;
      }
      return;
    }
    const negated = operator === '!=';
    this.#at += negated || operator === '==' ? 1 : 0;
    this.#matches.push({ field: name, negated, values: this.#values() });
  }

  /** "a", "a,b" (of flags), "{ a, b }", "a-b". */
  #values(): string[] {
    if (this.#word() !== '{') {
      const values = [this.#word()];
      for (this.#at++; this.#word() === ','; this.#at += 2) {
        values.push(this.#word(1));
      }
      return values;
    }
    const values: string[] = [];
    for (this.#at++; this.#at < this.#tokens.length && this.#word() !== '}'; this.#at++) {
      if (this.#word() !== ',') {
        values.push(this.#word());
      }
    }
    this.#at++;
    return values;
  }

  #counter(): void {
    const isInline = this.#word(1) === 'packets';
    this.#packets = isInline ? Number(this.#word(2)) : this.#packets;
    this.#at += isInline ? 5 : this.#word(1) === 'name' ? 3 : 1;
  }

  #verdict(word: string): void {
    const kind = word === 'continue' ? 'none' : word === 'queue' ? 'unknown' : word;
    this.#outcome = { kind: kind as 'accept' | 'drop' | 'return' | 'reject' | 'none' | 'unknown' };
    this.#at++;
    if (word === 'reject' && this.#word() === 'with') {
      this.#at = this.#tokens.length;
    }
  }

  /** "dnat to 10.0.0.1:80", "masquerade to :1024-65535 random", "redirect to :80", "dnat ip to ip daddr map @m". */
  #translate(kind: Translation['kind']): void {
    const words = this.#tokens.slice(this.#at + 1).map(({ text }) => text);
    const to = words.indexOf('to');
    const isDirect = to >= 0 && to <= 1 && !words.includes('map');
    const target = to < 0 || kind === 'masquerade' ? '' : isDirect ? (words[to + 1] ?? '') : '?';
    this.#nat = translationTo(kind, target);
    this.#outcome = { kind: 'accept' };
    this.#at = this.#tokens.length;
  }

  /** nft cannot always put a target of iptables into its own words: `xt target "DNAT"`, "XT target MASQUERADE not found". */
  #translateByXtables(): void {
    const kind = this.#word(2).toLowerCase();
    if (isTranslation(kind)) {
      this.#nat = translationTo(kind, kind === 'masquerade' ? '' : '?');
      this.#outcome = { kind: 'accept' };
    }
    this.#at = this.#tokens.length;
  }

  /** Options of log have one value each (nft(8), LOG STATEMENT). */
  #log(): void {
    this.#at++;
    while (['prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags'].includes(this.#word())) {
      this.#at += 2;
    }
  }

  /** Whatever it is, up to the next statement that is understood. */
  #skip(): void {
    this.#matches.push(opaqueMatch);
    let depth = 0;
    do {
      depth += this.#word() === '{' ? 1 : this.#word() === '}' ? -1 : 0;
      this.#at++;
    } while (this.#at < this.#tokens.length && (depth > 0 || !this.#isKnownStart()));
  }

  #isKnownStart(): boolean {
    const { text, isQuoted } = this.#tokens[this.#at] ?? { text: '', isQuoted: true };
    const starts = ['counter', 'comment', 'jump', 'goto', 'log', 'xt', 'XT', ...verdicts, ...translations];
    return !isQuoted && (starts.includes(text) || this.#fieldHere() !== null);
  }
}

/** The rule on one line, less what counts. */
function textOf(tokens: readonly Token[]): string {
  return tokens
    .map(({ text, isQuoted }) => (isQuoted ? `"${text}"` : text))
    .join(' ')
    .replace(/ ,/g, ',')
    .replace(/counter packets \d+ bytes \d+ ?/, '')
    .trim();
}
