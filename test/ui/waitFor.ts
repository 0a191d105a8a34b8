/** Asks until there is an answer; rejects with the description, and why the last question failed, when there is none. */
export async function waitFor<T>(
  description: string,
  ask: () => Promise<T | undefined>,
  timeoutMs = defaultTimeoutMs,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined) {
        return answer;
      }
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  } while (Date.now() < deadline);
  throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${description}`, { cause });
}

/** Slow machines are shared machines: what takes long is no failure, what never comes is. */
export const defaultTimeoutMs = 60_000;

/** Whether a text is the one that was asked for: the same string, or one that the pattern matches. */
export function matches(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : wanted.test(text);
}
