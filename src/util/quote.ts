import { escapedByte } from './bytes.ts';

/**
 * Quotes an argv for a POSIX shell: the only place where a command line is made.
 * Any byte sequence but NUL survives (POSIX.1-2017, XCU 2.2.2 Single-Quotes).
 */
export function quoteArgv(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}

/** Quotes one word for a POSIX shell. Words of safe characters stay bare, so that shown commands read well. */
export function quoteWord(word: string): string {
  if (word.includes('\0')) {
    throw new RangeError('A shell word cannot hold a NUL byte.');
  }
  if (/^[\w@%+:,./-]+$/.test(word)) {
    return word;
  }
  const quoted = `'${word.replaceAll("'", `'\\''`)}'`;
  return quoted.replace(/[\udc80-\udcff]+/gu, (bytes) => `'${printed(bytes)}'`);
}

/** Bytes that are not UTF-8 (see bytes.ts) as a word that is pure ASCII, so that they survive any encoding on the way. */
function printed(bytes: string): string {
  const octal = Array.from(bytes, (character) => `\\${(escapedByte(character) ?? 0).toString(8)}`);
  return `"$(printf '${octal.join('')}')"`;
}
