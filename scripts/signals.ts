/** What this process does when it is asked to end. */

const endingSignals = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

type EndingSignal = keyof typeof endingSignals;

/** One Ctrl-C can arrive twice: from the terminal and from the parent that hands it on. */
const sameKeystrokeMs = 1_000;

/** Until released, this process survives the ending signals and tells the listener, once for each keystroke. */
export function onEndingSignal(listener: (signal: EndingSignal) => void): () => void {
  let heardAt = -Infinity;
  const hear = (signal: NodeJS.Signals) => {
    const isRepeated = Date.now() - heardAt < sameKeystrokeMs;
    heardAt = Date.now();
    if (!isRepeated) {
      listener(signal as EndingSignal);
    }
  };
  const signals = Object.keys(endingSignals);
  for (const signal of signals) {
    process.on(signal, hear);
  }
  return () => {
    for (const signal of signals) {
      process.off(signal, hear);
    }
  };
}

/** Disposes, then exits as a signalled process does; asked again, exits at once. Returns what undoes it. */
export function disposeOnSignal(dispose: () => Promise<void>): () => void {
  let isDisposing = false;
  return onEndingSignal((signal) => {
    const code = exitCodeFor(signal);
    if (isDisposing) {
      process.exit(code);
    }
    isDisposing = true;
    void dispose().finally(() => process.exit(code));
  });
}

const live = new Set<() => Promise<void>>();

/** Registers what `disposeAllOnSignal` is to dispose, until it is taken back. */
export function registerForSignal(dispose: () => Promise<void>): () => void {
  live.add(dispose);
  return () => live.delete(dispose);
}

/** For programs that run code of others, such as tests: disposes what was registered, then exits. */
export function disposeAllOnSignal(): void {
  disposeOnSignal(async () => {
    await Promise.allSettled([...live].map((dispose) => dispose()));
  });
}

/** The shell's convention for a process that a signal has ended. */
function exitCodeFor(signal: EndingSignal): number {
  return 128 + endingSignals[signal];
}
