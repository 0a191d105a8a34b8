/** A computation in pieces: it yields wherever it may be interrupted. */
export type Sliced<T> = Generator<void, T, void>;

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
