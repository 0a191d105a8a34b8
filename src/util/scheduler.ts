import type { Disposable } from './disposable.ts';

const longestRestMs = 1_000;

/**
 * Runs an asynchronous task some time after it was asked for: requests that come meanwhile are served by one run,
 * and no two runs overlap. `delayMs` waits for company; `maxWaitMs` bounds the wait under a steady stream. After a run
 * there is a rest as long as it took (at most a second): whatever is asked, the task takes half of the time.
 */
export class Coalescer implements Disposable {
  readonly #task: () => Promise<void>;
  readonly #delayMs: number;
  readonly #maxWaitMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #firstAskedAt: number | null = null;
  #running = false;
  #restUntil = 0;
  #disposed = false;

  /** `task` must not reject. */
  constructor(task: () => Promise<void>, options: { readonly delayMs: number; readonly maxWaitMs: number }) {
    this.#task = task;
    this.#delayMs = options.delayMs;
    this.#maxWaitMs = options.maxWaitMs;
  }

  /** True while a run is to come. */
  get asked(): boolean {
    return this.#firstAskedAt !== null;
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
    const now = performance.now();
    const left = this.#maxWaitMs - (now - this.#firstAskedAt);
    const waitMs = Math.max(0, Math.min(this.#delayMs, left), this.#restUntil - now);
    this.#timer = setTimeout(() => void this.#run(), waitMs);
  }

  async #run(): Promise<void> {
    this.#running = true;
    this.#firstAskedAt = null;
    const startedAt = performance.now();
    try {
      await this.#task();
    } finally {
      this.#running = false;
      const now = performance.now();
      this.#restUntil = now + Math.min(now - startedAt, longestRestMs);
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
