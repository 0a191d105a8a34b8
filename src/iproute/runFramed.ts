import { randomUUID } from 'node:crypto';
import { supervise } from '../transport/supervise.ts';
import type { Transport } from '../transport/transport.ts';
import { PatchbayError } from '../util/errors.ts';
import { FrameReader, type Frame } from './frames.ts';

export interface FramedOutput {
  /** The frames that came, also of a run that was ended. */
  readonly frames: readonly Frame[];
  readonly timedOut: boolean;
  /** What was printed outside the frames. */
  readonly noise: string;
}

/**
 * Runs a script that prints frames, with root rights where there are any, and ends it on the node after `timeoutMs`. The
 * script finds the nonce as $1 and `words` after it; `prefix` is the argv that leads into a namespace.
 */
export async function runFramed(
  transport: Transport,
  script: string,
  options: {
    readonly words?: readonly string[];
    readonly prefix?: readonly string[];
    readonly timeoutMs: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<FramedOutput> {
  const { words = [], prefix = [], timeoutMs, signal } = options;
  const nonce = randomUUID();
  const argv = supervise([...prefix, 'sh', '-c', script, 'sh', nonce, ...words]);
  const process = await transport.spawn(argv, { privileged: true });
  const reader = new FrameReader(nonce);
  const frames: Frame[] = [];
  let complaint = '';
  process.onStdout((chunk) => frames.push(...reader.push(chunk)));
  process.onStderr((chunk) => (complaint += new TextDecoder().decode(chunk)));
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort: (() => void) | undefined;
  const givenUp = new Promise<'timed-out'>((resolve, reject) => {
    timer = setTimeout(() => resolve('timed-out'), timeoutMs);
    abort = () => reject(new PatchbayError('cancelled', 'Reading the node was cancelled.'));
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) {
      abort();
    }
  });
  try {
    const outcome = await Promise.race([process.exit, givenUp]);
    frames.push(...reader.end());
    return { frames, timedOut: outcome === 'timed-out', noise: reader.noise + complaint };
  } finally {
    clearTimeout(timer);
    if (abort) {
      signal?.removeEventListener('abort', abort);
    }
    process.dispose();
  }
}
