/** Pure: the elements of sets and maps of nft. */
import { splitAtCommas, type Token } from './nftTokens.ts';
import { targetOf, type ElementSet, type RuleVerdict, type SetElement, type Target } from './ruleset.ts';

/** Reads the statements of a set or map: its type, its flags, and `elements = { … }`. */
export function readElements(statements: readonly Token[][]): ElementSet {
  const of = (word: string): readonly Token[] =>
    statements.find(([first]) => first?.text === word)?.slice(1) ?? [];
  const flags = of('flags').map(({ text }) => text);
  const [, , ...inner] = of('elements');
  const isClosed = inner.at(-1)?.text === '}';
  return {
    elements: elementsOf(isClosed ? inner.slice(0, -1) : inner),
    isVolatile: !isClosed && inner.length > 0 ? true : flags.includes('dynamic') || flags.includes('timeout'),
  };
}

/** Reads "a, b : accept, c comment "why" : jump d"; null where one of them is more than that. */
export function elementsOf(tokens: readonly Token[]): SetElement[] | null {
  const elements = splitAtCommas(tokens).map(elementOf);
  const read = elements.filter((element) => element !== null);
  return read.length < elements.length ? null : read;
}

/** What may follow a key, with the number of its words. */
const remarks: Readonly<Record<string, number>> = { comment: 2, timeout: 2, expires: 2, counter: 5, last: 3 };

function elementOf(tokens: readonly Token[]): SetElement | null {
  const colon = tokens.findIndex(({ text, isQuoted }) => text === ':' && !isQuoted);
  const before = colon < 0 ? tokens : tokens.slice(0, colon);
  const end = before.findIndex(({ text, isQuoted }) => !isQuoted && text in remarks);
  const key = (end < 0 ? before : before.slice(0, end)).map(({ text }) => text);
  const isPlain = key.every((word, at) => (word === '.') === (at % 2 === 1));
  return isPlain && areRemarks(before.slice(key.length))
    ? { key: key.join(' '), value: colon < 0 ? null : valueOf(tokens.slice(colon + 1)) }
    : null;
}

function areRemarks([first, ...rest]: readonly Token[]): boolean {
  if (first === undefined) {
    return true;
  }
  const length = remarks[first.text];
  return length !== undefined && areRemarks(rest.slice(length - 1));
}

const plainVerdicts = ['accept', 'drop', 'reject', 'return', 'continue'] as const;

function valueOf(tokens: readonly Token[]): RuleVerdict | Target {
  const [first = '', second = ''] = tokens.map(({ text }) => text);
  const verdict = plainVerdicts.find((word) => word === first);
  if (verdict !== undefined) {
    return { kind: verdict };
  }
  return first === 'jump' || first === 'goto'
    ? { kind: first, chain: second }
    : targetOf(tokens.map(({ text }) => text).join(' '));
}
