/** Short enough that the page draws its frames meanwhile. */
const sliceMs = 8;

/** Does something with one after the other, and lets the page breathe whenever a slice of some milliseconds is over. */
export async function inSlices<T>(all: Iterable<T>, use: (one: T) => void): Promise<void> {
  let startedAt = performance.now();
  for (const one of all) {
    use(one);
    if (performance.now() - startedAt > sliceMs) {
      await breathe();
      startedAt = performance.now();
    }
  }
}

/** Frames, input and messages take their turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}
