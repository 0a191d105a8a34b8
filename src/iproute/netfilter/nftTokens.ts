/** Pure: the words of nft's language, and its blocks. */

/** A word, a quoted string, one of `{ } , ;`, or the end of a line. */
export interface Token {
  readonly text: string;
  readonly isQuoted: boolean;
  /** True where something stands between it and the one before. */
  readonly isApart: boolean;
}

function tokensOf(text: string): Token[] {
  const form = /"((?:[^"\\]|\\.)*)"|([{},;\n])|#[^\n]*|([^\s"{},;]+)/g;
  let end = 0;
  return Array.from(text.matchAll(form)).flatMap((match): Token[] => {
    const [all, quoted, mark, word] = match;
    const isApart = match.index > end;
    end = match.index + all.length;
    const plain = mark ?? word;
    if (quoted !== undefined) {
      return [{ text: quoted, isQuoted: true, isApart }];
    }
    return plain === undefined ? [] : [{ text: plain, isQuoted: false, isApart }];
  });
}

/** Reads blocks (`table inet t { … }`) one inside the other. */
export class BlockReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  /** True once the text ended before the block that was being read. */
  get ranOut(): boolean {
    return this.#at > this.#tokens.length;
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

/** Walks along the words of one statement. */
export class Cursor {
  readonly tokens: readonly Token[];
  at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  /** The word here, or some words further; "" beyond the end, and for a quoted string. */
  word(ahead = 0): string {
    const token = this.tokens[this.at + ahead];
    return token === undefined || token.isQuoted ? '' : token.text;
  }

  /** The word or string here, and goes on. */
  take(): string {
    return this.tokens[this.at++]?.text ?? '';
  }

  /** What stands in braces here, and goes behind them. */
  takeBraces(): readonly Token[] {
    const begun = this.at;
    const close = this.tokens.findIndex((token, at) => at > begun && isMark(token, '}'));
    this.at = close < 0 ? this.tokens.length : close + 1;
    return this.tokens.slice(begun + 1, close < 0 ? undefined : close);
  }

  goToEnd(): void {
    this.at = this.tokens.length;
  }

  textSince(begun: number): string {
    return textOf(this.tokens.slice(begun, this.at));
  }
}

export function isMark(token: Pick<Token, 'text' | 'isQuoted'>, mark: string): boolean {
  return token.text === mark && !token.isQuoted;
}

/** As it was written, on one line. */
export function textOf(tokens: readonly Token[]): string {
  return tokens
    .map(({ text, isQuoted, isApart }) => `${isApart ? ' ' : ''}${isQuoted ? `"${text}"` : text}`)
    .join('')
    .trim();
}

/** What stands between commas. */
export function splitAtCommas(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (isMark(token, ',')) {
      parts.push([]);
    } else {
      parts.at(-1)?.push(token);
    }
  }
  return parts.filter(({ length }) => length > 0);
}
