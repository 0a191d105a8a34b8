/**
 * Hands out places for channels, first come first served. A connection carries only so many sessions at a time
 * (sshd_config(5), MaxSessions: 10 unless set otherwise).
 */
export class ChannelBudget {
  readonly #most: number;
  #limit: number;
  #used = 0;
  #closed: Error | undefined;
  readonly #waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];

  constructor(limit: number) {
    this.#most = limit;
    this.#limit = limit;
  }

  /** Resolves when a place is ours, to be given back by {@link release}. Rejects with the signal's reason. */
  acquire(signal?: AbortSignal): Promise<void> {
    if (this.#closed !== undefined) {
      return Promise.reject(this.#closed);
    }
    if (signal?.aborted === true) {
      return Promise.reject(signal.reason as Error);
    }
    if (this.#used < this.#limit) {
      this.#used++;
      return Promise.resolve();
    }
    return this.#wait(signal);
  }

  release(): void {
    this.#used--;
    this.#admit();
  }

  /**
   * Gives a place back that the peer did not grant, and lowers the limit to what it did grant. Returns false
   * where nothing else holds a place: then waiting would not help.
   */
  refuse(): boolean {
    this.#used--;
    if (this.#used < 1) {
      this.#admit();
      return false;
    }
    this.#limit = Math.min(this.#limit, this.#used);
    return true;
  }

  /** Takes back one lowering: the peer has let go of a session that is not counted here. */
  raise(): void {
    this.#limit = Math.min(this.#most, this.#limit + 1);
    this.#admit();
  }

  /** Rejects everyone who waits, and everyone who still comes. */
  close(error: Error): void {
    this.#closed = error;
    for (const waiter of this.#waiting.splice(0)) {
      waiter.reject(error);
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = (): void => signal?.removeEventListener('abort', onAbort);
      const waiter = {
        resolve: (): void => {
          settled();
          resolve();
        },
        reject: (error: Error): void => {
          settled();
          reject(error);
        },
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        waiter.reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort);
      this.#waiting.push(waiter);
    });
  }

  #admit(): void {
    while (this.#used < this.#limit && this.#waiting.length > 0) {
      this.#used++;
      this.#waiting.shift()?.resolve();
    }
  }
}
