import { PatchbayError } from './errors.ts';

/** Settles as `work` does, or rejects with `cancelled` and this message as soon as the signal aborts. */
export function orCancelled<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  message: string,
): Promise<T> {
  if (!signal) {
    return work;
  }
  return new Promise((resolve, reject) => {
    const cancel = (): void => reject(new PatchbayError('cancelled', message));
    signal.addEventListener('abort', cancel);
    if (signal.aborted) {
      cancel();
    }
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}
