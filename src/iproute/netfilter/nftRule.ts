/** Pure: one rule of nft, of which only what decides about plain packets is understood. */
import { keyAt } from './nftKey.ts';
import { readAtKey, readLookUp } from './nftMatch.ts';
import { Cursor, textOf, type Token } from './nftTokens.ts';
import {
  opaqueMatch,
  targetOf,
  type FilterRule,
  type RuleStep,
  type RuleVerdict,
  type Target,
  type Translation,
} from './ruleset.ts';

/** Reads one rule; what it does not know becomes a match that may be true or not. */
export function parseNftRule(tokens: readonly Token[]): FilterRule {
  const cursor = new Cursor(tokens);
  const steps: RuleStep[] = [];
  while (!cursor.isAtEnd) {
    const key = keyAt(tokens, cursor.at);
    const step = key ? readAtKey(cursor, key) : readStatement(cursor);
    if (step) {
      steps.push(step);
    }
  }
  const text = textOf(tokens);
  const counter = /counter packets (\d+) bytes \d+ ?/.exec(text);
  return {
    text: text.replace(counter?.[0] ?? '', '').trim(),
    steps,
    packets: counter ? Number(counter[1]) : null,
  };
}

/** Reads a statement and goes behind it; null for one that decides nothing. */
type ReadStatement = (cursor: Cursor) => RuleStep | null;

function readStatement(cursor: Cursor): RuleStep | null {
  const read = statements[cursor.word()];
  return read ? read(cursor) : skip(cursor);
}

/** A statement of so many words that decides nothing. */
function remark(words: (cursor: Cursor) => number): ReadStatement {
  return (cursor) => {
    cursor.at += words(cursor);
    return null;
  };
}

function verdict(kind: Exclude<RuleVerdict['kind'], 'jump' | 'goto'>): ReadStatement {
  return (cursor) => {
    cursor.at++;
    return { kind: 'verdict', verdict: { kind } };
  };
}

/** The same for statements with options that end a rule: "reject with icmp port-unreachable". */
function lastVerdict(kind: 'reject' | 'unknown'): ReadStatement {
  return (cursor) => {
    const comment = cursor.tokens.findIndex(({ text }, at) => at > cursor.at && text === 'comment');
    cursor.at = comment < 0 ? cursor.tokens.length : comment;
    return { kind: 'verdict', verdict: { kind } };
  };
}

function call(kind: 'jump' | 'goto'): ReadStatement {
  return (cursor) => {
    cursor.at++;
    return { kind: 'verdict', verdict: { kind, chain: cursor.take() } };
  };
}

const statements: Readonly<Record<string, ReadStatement>> = {
  accept: verdict('accept'),
  drop: verdict('drop'),
  return: verdict('return'),
  continue: verdict('continue'),
  reject: lastVerdict('reject'),
  queue: lastVerdict('unknown'),
  tproxy: lastVerdict('unknown'),
  synproxy: lastVerdict('unknown'),
  fwd: lastVerdict('unknown'),
  jump: call('jump'),
  goto: call('goto'),
  dnat: translate('dnat'),
  snat: translate('snat'),
  redirect: translate('redirect'),
  masquerade: translate('masquerade'),
  notrack: (cursor) => {
    cursor.at++;
    return { kind: 'untrack' };
  },
  counter: remark((cursor) => (cursor.word(1) === 'packets' ? 5 : cursor.word(1) === 'name' ? 3 : 1)),
  comment: remark(() => 2),
  dup: remark(() => 3),
  flow: remark(() => 3),
  log: readLog,
  update: changeSet,
  add: changeSet,
  delete: changeSet,
  xt: askXtables,
  XT: askXtables,
};

/** Options of log have one value each (nft(8), LOG STATEMENT). */
const logOptions: ReadonlySet<string> = new Set([
  'prefix',
  'level',
  'group',
  'snaplen',
  'queue-threshold',
  'flags',
]);

function readLog(cursor: Cursor): null {
  cursor.at++;
  while (logOptions.has(cursor.word())) {
    cursor.at += 2;
  }
  return null;
}

/** "update @recent { ip saddr timeout 1m }" decides nothing, unless it also counts. */
function changeSet(cursor: Cursor): RuleStep | null {
  const begun = cursor.at;
  cursor.at += 2;
  cursor.takeBraces();
  const text = cursor.textSince(begun);
  return /\b(?:limit|ct count|quota)\b/.test(text) ? opaqueMatch(text) : null;
}

/** "dnat to 10.0.0.1:80", "masquerade to :1024-65535 random", "redirect to :80", "dnat ip to ip daddr . tcp dport map @m". */
function translate(kind: Translation['kind']): ReadStatement {
  return (cursor) => {
    const to = cursor.tokens.findIndex(({ text }, at) => at > cursor.at && text === 'to');
    cursor.at = to < 0 ? cursor.tokens.length : to + 1;
    const translation: Translation = { kind, to: readTarget(cursor, kind) };
    cursor.goToEnd();
    return { kind: 'translate', translation };
  };
}

function readTarget(cursor: Cursor, kind: Translation['kind']): Translation['to'] {
  const begun = cursor.at;
  const key = keyAt(cursor.tokens, begun);
  if (key && cursor.word(key.words) === 'map') {
    cursor.at += key.words + 1;
    return readLookUp<Target>(cursor, key.key, begun);
  }
  cursor.goToEnd();
  const text = cursor.textSince(begun).replace(/ ?\b(?:random|fully-random|persistent|comment)\b.*$/, '');
  return targetOf(kind === 'masquerade' ? '' : text);
}

/** What nft cannot put into its own words: `xt target "DNAT"`, `xt match "recent"`, `XT target MASQUERADE not found`. */
function askXtables(cursor: Cursor): RuleStep {
  const begun = cursor.at;
  const [, what, name] = cursor.tokens.slice(begun).map(({ text }) => text);
  cursor.at += 3;
  if (what === 'match') {
    return opaqueMatch(cursor.textSince(begun));
  }
  cursor.goToEnd();
  const kind = translations.find((one) => one === name?.toLowerCase());
  const open = kind === 'masquerade' ? null : `what ${name ?? ''} says`;
  return kind === undefined
    ? { kind: 'verdict', verdict: { kind: 'unknown' } }
    : { kind: 'translate', translation: { kind, to: { address: null, port: null, open } } };
}

const translations = ['dnat', 'snat', 'redirect', 'masquerade'] as const;

/** What is set beside marks, addresses and ports: priorities, traces, helpers, lengths of segments. */
const silentSetting =
  /^(?:tcp option|ip dscp|ip6 dscp|meta (?:priority|nftrace|secmark)|ct (?:helper|label|secmark|event|timeout)) .*\bset\b/;

/** Whatever it is, up to the next statement that is understood. */
function skip(cursor: Cursor): RuleStep | null {
  const begun = cursor.at;
  do {
    if (cursor.word() === '{') {
      cursor.takeBraces();
    } else {
      cursor.at++;
    }
  } while (!cursor.isAtEnd && !(cursor.word() in statements) && keyAt(cursor.tokens, cursor.at) === null);
  const text = cursor.textSince(begun);
  return silentSetting.test(text) ? null : opaqueMatch(text);
}
