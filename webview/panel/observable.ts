/** A value that tells those who listen when it becomes another. */
export class Observable<T> {
  readonly #listeners: ((value: T, before: T) => void)[] = [];
  #value: T;

  constructor(first: T) {
    this.#value = first;
  }

  get value(): T {
    return this.#value;
  }

  /** Listeners are told in the order in which they came; the same value again tells nobody. */
  set(value: T): void {
    const before = this.#value;
    if (!Object.is(value, before)) {
      this.#value = value;
      this.#listeners.forEach((listener) => listener(value, before));
    }
  }

  /** For as long as the page lives. */
  onDidChange(listener: (value: T, before: T) => void): void {
    this.#listeners.push(listener);
  }
}
