/** The last lines of an endless output. */
export class RecentLines {
  readonly #limit: number;
  #lines: string[] = [''];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Text as it comes: pieces of lines or many lines at once. */
  add(text: string): void {
    const [first = '', ...rest] = text.split('\n');
    const last = this.#lines.length - 1;
    this.#lines[last] = (this.#lines[last] ?? '') + first;
    this.#lines = [...this.#lines, ...rest].slice(-this.#limit);
  }

  toString(): string {
    return this.#lines.join('\n');
  }
}
