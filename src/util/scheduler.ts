import type { Disposable } from './disposable.ts';

/**
 * Runs an asynchronous task some time after it was asked for: requests that come meanwhile are served by one run,
 * and no two runs overlap. `delayMs` waits for company; `maxWaitMs` bounds the wait under a steady stream.
 */
export class Coalescer implements Disposable {
  readonly #task: () => Promise<void>;
  readonly #delayMs: number;
  readonly #maxWaitMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firstAskedAt: number | null = null;
  #running = false;
  #disposed = false;

  /** `task` must not reject. */
  constructor(task: () => Promise<void>, options: { readonly delayMs: number; readonly maxWaitMs: number }) {
    this.#task = task;
    this.#delayMs = options.delayMs;
    this.#maxWaitMs = options.maxWaitMs;
  }

  ask(): void {
    if (this.#disposed) {
      return;
    }
    this.#firstAskedAt ??= performance.now();
    if (this.#running) {
      return;
    }
    clearTimeout(this.#timer);
    const left = this.#maxWaitMs - (performance.now() - this.#firstAskedAt);
    this.#timer = setTimeout(() => void this.#run(), Math.max(0, Math.min(this.#delayMs, left)));
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#firstAskedAt = null;
    try {
      await this.#task();
    } finally {
      this.#running = false;
      this.#askAgain();
    }
  }

  /** For what was asked during a run. */
  #askAgain(): void {
    if (this.#firstAskedAt !== null) {
      this.ask();
    }
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}
