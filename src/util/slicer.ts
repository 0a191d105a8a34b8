/** A computation in pieces: it yields wherever it may be interrupted. */
export type Sliced<T> = Generator<void, T, void>;

/** Short enough that no key press waits for it: a frame of a screen lasts 16 ms. */
const sliceMs = 6;

/** Does a sliced computation in one go. */
export function doWhole<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) {
      return step.value;
    }
  }
}

/** As `owners.flatMap((owner) => itemsOf(owner).map(…))`, to be interrupted between all items. */
export function* mapEachSliced<O, T, U>(
  owners: Iterable<O>,
  itemsOf: (owner: O) => readonly T[] | null | undefined,
  map: (owner: O, item: T) => U,
): Sliced<U[]> {
  const all: U[] = [];
  for (const owner of owners) {
    for (const item of itemsOf(owner) ?? []) {
      all.push(map(owner, item));
      yield;
    }
    yield;
  }
  return all;
}

/** As `items.flatMap(map)`, to be interrupted between items. */
export function* flatMapSliced<T, U>(items: Iterable<T>, map: (item: T) => readonly U[]): Sliced<U[]> {
  const all: U[] = [];
  for (const item of items) {
    all.push(...map(item));
    yield;
  }
  return all;
}

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
