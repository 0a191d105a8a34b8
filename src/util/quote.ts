import { encodeText } from './bytes.ts';

/**
 * Quotes an argv for a POSIX shell: the only place where a command line is made.
 * Any byte sequence but NUL survives (POSIX.1-2017, XCU 2.2.2 Single-Quotes).
 */
export function quoteArgv(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}

/**
 * Characters that do something to a terminal, or make a line look other than it is: controls (but for tab and newline, which
 * quotes keep), those that turn the direction of text or that nobody sees. And bytes that are not UTF-8 (see bytes.ts).
 */
const unsafeToShow =
  /[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\udc80-\udcff]+/gu;

/**
 * Quotes one word for a POSIX shell. Words of safe characters stay bare, so that shown commands read well; a command that
 * people paste into a terminal does there what it says, whatever its words.
 */
export function quoteWord(word: string): string {
  if (word.includes('\0')) {
    throw new RangeError('A shell word cannot hold a NUL byte.');
  }
  if (/^[\w@%+:,./-]+$/.test(word)) {
    return word;
  }
  const quoted = `'${word.replaceAll("'", `'\\''`)}'`;
  return quoted.replace(unsafeToShow, (characters) => `'${printed(characters)}'`);
}

/** Characters as a word that is pure ASCII, so that they survive any encoding on the way. */
function printed(characters: string): string {
  const octal = Array.from(encodeText(characters), (byte) => `\\${byte.toString(8).padStart(3, '0')}`);
  return `"$(printf '${octal.join('')}')"`;
}
