import type { Sliced } from './sliced.ts';

/** Short enough that no key press waits for it: a frame of a screen lasts 16 ms, and the collector of garbage wants its part. */
const sliceMs = 4;

/** Does computations in slices of some milliseconds, and lets the event loop turn between them. */
export class Slicer {
  #startedAt = performance.now();

  /** Says that the event loop has just turned, so that a new slice begins. */
  begin(): void {
    this.#startedAt = performance.now();
  }

  async do<T>(work: Sliced<T>): Promise<T> {
    for (;;) {
      const step = work.next();
      if (step.done === true) {
        return step.value;
      }
      if (performance.now() - this.#startedAt >= sliceMs) {
        await this.breathe();
      }
    }
  }

  /** Lets the event loop turn, and begins a new slice. */
  async breathe(): Promise<void> {
    await breathe();
    this.begin();
  }
}

/** Lets the event loop turn: between two pieces of work that cannot be sliced. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Does one sliced computation, letting the event loop turn before it and between the slices. */
export async function doSliced<T>(work: Sliced<T>): Promise<T> {
  await breathe();
  return new Slicer().do(work);
}
