/** Structurally equal to vscode.Disposable, so that either side can own the other's. */
export interface Disposable {
  dispose(): unknown;
}

/** Turns a function into a Disposable that calls it once. */
export function toDisposable(dispose: () => void): Disposable {
  let done = false;
  return {
    dispose: () => {
      if (!done) {
        done = true;
        dispose();
      }
    },
  };
}

/** Owns disposables: ends them in reverse order, and ends at once whatever is added after its own end. */
export class DisposableStore implements Disposable {
  readonly #items = new Set<Disposable>();
  #disposed = false;

  get disposed(): boolean {
    return this.#disposed;
  }

  add<T extends Disposable>(item: T): T {
    if (this.#disposed) {
      item.dispose();
    } else {
      this.#items.add(item);
    }
    return item;
  }

  /** Ends one item before its owner ends. */
  release(item: Disposable): void {
    if (this.#items.delete(item)) {
      item.dispose();
    }
  }

  dispose(): void {
    if (this.#disposed) {
      return;
    }
    this.#disposed = true;
    for (const item of [...this.#items].reverse()) {
      item.dispose();
    }
    this.#items.clear();
  }
}
