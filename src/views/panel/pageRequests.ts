/** Pure: what the page is asked, until it has answered. */
import type { PageRequest, PageResponse, ToPanel } from '../../protocol/messages.ts';
import type { Disposable } from '../../util/disposable.ts';
import { PatchbayError } from '../../util/errors.ts';

interface Waiting {
  readonly request: PageRequest;
  readonly settle: (response: PageResponse) => void;
  readonly fail: (error: PatchbayError) => void;
}

/** A large picture takes seconds; a page that takes longer than this is stuck. */
const patienceMs = 120_000;

/** Every request is settled: by the page, by time, or by the end of the panel. */
export class PageRequests implements Disposable {
  readonly #post: (message: ToPanel) => void;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;

  constructor(post: (message: ToPanel) => void) {
    this.#post = post;
  }

  /** Rejects with what the page says went wrong (`command-failed`), with `timed-out`, or with `cancelled`. */
  async ask(request: PageRequest, waitMs = patienceMs): Promise<PageResponse> {
    const id = ++this.#nextId;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const answered = new Promise<PageResponse>((settle, fail) => {
      this.#waiting.set(id, { request, settle, fail });
      timer = setTimeout(() => fail(new PatchbayError('timed-out', 'The panel does not answer.')), waitMs);
    });
    this.#post({ type: 'request', id, ...request });
    try {
      const response = await answered;
      if (response.error !== null) {
        throw new PatchbayError('command-failed', response.error);
      }
      return response;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** There is a new page, which knows nothing of what the one before was asked. */
  repeat(): void {
    for (const [id, { request }] of this.#waiting) {
      this.#post({ type: 'request', id, ...request });
    }
  }

  settle(response: PageResponse): void {
    this.#waiting.get(response.id)?.settle(response);
  }

  dispose(): void {
    this.#waiting.forEach(({ fail }) => fail(new PatchbayError('cancelled', 'The panel was closed.')));
  }
}
