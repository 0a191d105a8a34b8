/** Pure: the text of `nft list ruleset` (nft(8)) → tables. */
import { parseNftRule } from './nftRule.ts';
import type { FilterChain, FilterTable, TableFamily } from './ruleset.ts';

const families: readonly string[] = ['ip', 'ip6', 'inet', 'bridge', 'arp', 'netdev'];

/** Reads what can be read; a text that was cut ends in the middle of a chain, which then has only its first rules. */
export function parseNftRuleset(text: string): FilterTable[] {
  const reader = new Reader(tokensOf(text));
  const tables: FilterTable[] = [];
  for (let head = reader.enter(); head !== null; head = reader.enter()) {
    const [what, family = '', name = ''] = head.map((token) => token.text);
    if (what === 'table') {
      tables.push(readTable(reader, family, name));
    } else {
      reader.leave();
    }
  }
  return tables;
}

/** A word, a quoted string, one of `{ } , ;`, or the end of a line. */
export interface Token {
  readonly text: string;
  readonly isQuoted: boolean;
}

function tokensOf(text: string): Token[] {
  const form = /"((?:[^"\\]|\\.)*)"|([{},;\n])|#[^\n]*|([^\s"{},;]+)/g;
  return Array.from(text.matchAll(form)).flatMap(([, quoted, mark, word]): Token[] => {
    const plain = mark ?? word;
    if (quoted !== undefined) {
      return [{ text: quoted, isQuoted: true }];
    }
    return plain === undefined ? [] : [{ text: plain, isQuoted: false }];
  });
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** Goes into the next block of this one: its head, or null where this one ends. */
  enter(): Token[] | null {
    let head: Token[] = [];
    for (let token = this.#next(); token !== null && !isMark(token, '}'); token = this.#next()) {
      if (isMark(token, '{')) {
        return head;
      }
      head = isMark(token, '\n') || isMark(token, ';') ? [] : [...head, token];
    }
    return null;
  }

  /** Goes behind the end of this block. */
  leave(): void {
    while (this.enter() !== null) {
      this.leave();
    }
  }

  /** The statements of this block, and goes behind its end. Braces inside a statement belong to it. */
  statements(): Token[][] {
    const statements: Token[][] = [];
    let statement: Token[] = [];
    let depth = 0;
    for (let token = this.#next(); token !== null; token = this.#next()) {
      depth += isMark(token, '{') ? 1 : isMark(token, '}') ? -1 : 0;
      if (depth < 0) {
        break;
      }
      if (depth === 0 && (isMark(token, '\n') || isMark(token, ';'))) {
        statements.push(statement);
        statement = [];
      } else if (!isMark(token, '\n')) {
        statement.push(token);
      }
    }
    return [...statements, statement].filter(({ length }) => length > 0);
  }

  #next(): Token | null {
    return this.#tokens[this.#at++] ?? null;
  }
}

function isMark({ text, isQuoted }: Token, mark: string): boolean {
  return text === mark && !isQuoted;
}

function readTable(reader: Reader, family: string, name: string): FilterTable {
  const chains = new Map<string, FilterChain>();
  const sets = new Map<string, readonly string[] | null>();
  for (let head = reader.enter(); head !== null; head = reader.enter()) {
    const [what, title = ''] = head.map(({ text }) => text);
    const statements = reader.statements();
    if (what === 'chain') {
      chains.set(title, chainOf(title, statements));
    } else if (what === 'set') {
      sets.set(title, elementsOf(statements));
    }
  }
  const known = families.includes(family) ? (family as TableFamily) : 'ip';
  return { tool: 'nft', family: known, name, chains, sets };
}

function chainOf(name: string, statements: readonly Token[][]): FilterChain {
  let base: FilterChain['base'] = null;
  let policy: FilterChain['policy'] = 'accept';
  const rules: FilterChain['rules'][number][] = [];
  for (const statement of statements) {
    const [first, second = '', third, hook = ''] = statement.map(({ text }) => text);
    if (first === 'type' && third === 'hook') {
      base = { type: second, hook };
    } else if (first === 'policy') {
      policy = second === 'drop' ? 'drop' : 'accept';
    } else if (first !== 'comment') {
      rules.push(parseNftRule(statement));
    }
  }
  return { name, base, policy, rules };
}

/** "elements = { a, b }": null where elements carry more than themselves (time-outs, counters). */
function elementsOf(statements: readonly Token[][]): string[] | null {
  const list = statements.find(([first]) => first?.text === 'elements')?.slice(2) ?? [];
  const marks = list.map(({ text }) => text);
  const inner = marks[0] === '{' ? marks.slice(1, marks.lastIndexOf('}')) : marks;
  const elements = inner.join(' ').split(' , ');
  const isPlain = elements.every((element) => !element.includes(' '));
  return !isPlain ? null : elements.filter((element) => element !== '');
}
