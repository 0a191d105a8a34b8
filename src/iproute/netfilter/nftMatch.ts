/** Pure: what a rule of nft wants of a packet, looks up, or sets. */
import { andBits, flagBits, orBits, parseNumber, sameBits, xorBits, type Bits } from './bits.ts';
import { elementsOf } from './nftElements.ts';
import { keyAt, type ReadKey } from './nftKey.ts';
import type { Cursor } from './nftTokens.ts';
import {
  opaqueMatch,
  type ElementSet,
  type Key,
  type LookUp,
  type MarkChange,
  type MarkName,
  type Match,
  type RuleStep,
  type RuleVerdict,
} from './ruleset.ts';

const operators: Readonly<Record<string, Match['operator']>> = {
  '==': '==',
  '!=': '!=',
  '!': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** Reads "meta mark & 0x4000 == 0x4000", "ip saddr != { a, b }", "ct state vmap { … }", "meta mark set 0x5" at a key. */
export function readAtKey(cursor: Cursor, { key, words }: ReadKey): RuleStep {
  const begun = cursor.at;
  cursor.at += words;
  switch (cursor.word()) {
    case 'vmap':
      cursor.at++;
      return { kind: 'verdicts', lookUp: readLookUp<RuleVerdict>(cursor, key, begun) };
    case 'set':
      cursor.at++;
      return readSetting(cursor, key, begun);
    default:
      return key[0] === 'tcp flags' ? readFlags(cursor, begun) : readMatch(cursor, key, begun);
  }
}

/** A key that was read, and a map by its name or its elements. */
export function readLookUp<Value>(cursor: Cursor, key: Key, begun: number): LookUp<Value> {
  const named = cursor.word().startsWith('@');
  const map = named ? cursor.take().slice(1) : readElementSet<Value>(cursor);
  return { key, map, text: cursor.textSince(begun) };
}

function readElementSet<Value>(cursor: Cursor): ElementSet<Value> {
  return { elements: elementsOf(cursor.takeBraces()), isVolatile: false } as ElementSet<Value>;
}

function readMatch(cursor: Cursor, key: Key, begun: number): RuleStep {
  const isMasked = ['&', 'and'].includes(cursor.word());
  cursor.at += isMasked ? 1 : 0;
  const mask = isMasked ? parseNumber(cursor.take()) : null;
  const operator = operators[cursor.word()];
  cursor.at += operator === undefined ? 0 : 1;
  const values = readValues(cursor);
  const text = cursor.textSince(begun);
  return values === null || (isMasked && mask === null)
    ? opaqueMatch(text)
    : { kind: 'match', match: { key, mask, operator: operator ?? '==', values, text } };
}

/** "a", "a,b" (of flags), "{ a, b . c }", "a-b", "a . b"; null for what cannot be told one by one. */
function readValues(cursor: Cursor): string[] | null {
  if (cursor.word() === '{') {
    return elementsOf(cursor.takeBraces())?.map(({ key }) => key) ?? null;
  }
  const values = [readValue(cursor)];
  while (cursor.word() === ',') {
    cursor.at++;
    values.push(readValue(cursor));
  }
  return values;
}

function readValue(cursor: Cursor): string {
  const parts = [cursor.take()];
  while (cursor.word() === '.') {
    cursor.at++;
    parts.push(cursor.take());
  }
  return parts.join(' . ');
}

/** "tcp flags syn / fin,syn,rst,ack" compares some of the bits; "tcp flags syn,ack" asks for any of them (nft(8)). */
function readFlags(cursor: Cursor, begun: number): RuleStep {
  const operator = operators[cursor.word()];
  cursor.at += operator === undefined ? 0 : 1;
  const wanted = flagBits(readValues(cursor) ?? []);
  const isMasked = cursor.word() === '/';
  cursor.at += isMasked ? 1 : 0;
  const mask = isMasked ? flagBits(readValues(cursor) ?? []) : null;
  const text = cursor.textSince(begun);
  if (wanted === null || (isMasked && mask === null)) {
    return opaqueMatch(text);
  }
  const key = ['tcp flags'];
  return operator === undefined && mask === null
    ? { kind: 'match', match: { key, mask: wanted, operator: '!=', values: ['0'], text } }
    : { kind: 'match', match: { key, mask, operator: operator ?? '==', values: [String(wanted)], text } };
}

/** Of what a rule sets, marks decide where a packet goes; addresses and ports do too, but are not followed here. */
function readSetting(cursor: Cursor, key: Key, begun: number): RuleStep {
  const mark = markNames.find((name) => name === key[0]);
  if (mark !== undefined) {
    return { kind: 'mark', change: readMarkChange(cursor, mark) };
  }
  cursor.goToEnd();
  return opaqueMatch(cursor.textSince(begun));
}

const bitwise: Readonly<Record<string, (bits: Bits, value: number) => Bits>> = {
  '|': orBits,
  or: orBits,
  '&': andBits,
  and: andBits,
  '^': xorBits,
  xor: xorBits,
};

/** "0x5", "meta mark", "mark or 0x4000", "meta mark & 0xffff | 0x10". */
function readMarkChange(cursor: Cursor, mark: MarkName): MarkChange {
  const source = keyAt(cursor.tokens, cursor.at);
  const of = markNames.find((name) => name === source?.key[0]);
  const value = parseNumber(cursor.word());
  cursor.at += source?.words ?? 1;
  let bits: Bits = of === undefined ? { keep: 0, flip: value ?? 0 } : sameBits;
  let isKnown = of !== undefined || value !== null;
  for (let apply = bitwise[cursor.word()]; apply; apply = bitwise[cursor.word()]) {
    cursor.at++;
    const operand = parseNumber(cursor.take());
    isKnown &&= operand !== null;
    bits = apply(bits, operand ?? 0);
  }
  return { mark, of: isKnown ? (of ?? mark) : null, bits };
}

const markNames = ['meta mark', 'ct mark'] as const;
