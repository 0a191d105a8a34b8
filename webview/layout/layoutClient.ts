/** The page's end of the layout worker: the latest request wins, and none hangs. */
import workerText from './worker.ts?worker';
import type { LayoutRequest } from './layoutTopology.ts';
import type { Placed } from './place.ts';
import { emptyMemory } from './slots.ts';
import type { FromWorker, ToWorker } from './workerMessages.ts';

const timeoutMs = 20_000;

interface Job {
  /** Asked when its turn has come, so that it builds on what the layout before it left. */
  readonly request: () => LayoutRequest;
  readonly resolve: (placed: Placed | null) => void;
  readonly reject: (error: Error) => void;
}

/** Lays topologies out in a worker. A request that a later one overtook resolves with null. */
export class LayoutClient {
  #worker: Worker | null = null;
  #running: { readonly job: Job; readonly timer: number } | null = null;
  #waiting: Job | null = null;
  #nextId = 0;
  #blocked = false;
  readonly #url = URL.createObjectURL(new Blob([workerText], { type: 'text/javascript' }));

  constructor() {
    document.addEventListener('securitypolicyviolation', (event) => {
      if (event.blockedURI.startsWith('blob')) {
        this.#blocked = true;
        this.#fail(
          new Error('The panel was not allowed to start its layout worker (content security policy).'),
        );
      }
    });
    const plan = { boxes: [], groups: [], wires: [] };
    const warmUp = { plan, memory: emptyMemory, screen: { width: 0, height: 0 } };
    void this.layout(() => warmUp).catch(() => undefined);
  }

  /** Rejects after 20 s, and where the worker cannot be started or fails. */
  layout(request: () => LayoutRequest): Promise<Placed | null> {
    return new Promise((resolve, reject) => {
      this.#waiting?.resolve(null);
      this.#waiting = { request, resolve, reject };
      this.#next();
    });
  }

  #next(): void {
    const job = this.#waiting;
    if (this.#running !== null || job === null) {
      return;
    }
    this.#waiting = null;
    const timer = window.setTimeout(() => {
      this.#fail(new Error(`Arranging the picture took longer than ${timeoutMs / 1000} s and was stopped.`));
    }, timeoutMs);
    this.#running = { job, timer };
    if (this.#blocked) {
      this.#fail(
        new Error('The panel was not allowed to start its layout worker (content security policy).'),
      );
      return;
    }
    try {
      this.#worker ??= this.#start();
      this.#worker.postMessage({ id: ++this.#nextId, request: job.request() } satisfies ToWorker);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#url, { name: 'layout' });
    worker.onmessage = (event: MessageEvent<FromWorker>) => this.#settle(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new Error(`The layout worker failed: ${event.message || 'it could not be started'}.`));
    };
    return worker;
  }

  #settle(message: FromWorker): void {
    const running = this.#running;
    if (running === null || message.id !== this.#nextId) {
      return;
    }
    window.clearTimeout(running.timer);
    this.#running = null;
    if ('error' in message) {
      running.job.reject(new Error(`The picture could not be arranged: ${message.error}`));
    } else {
      performance.measure('patchbay-layout', {
        start: performance.now() - message.tookMs,
        duration: message.tookMs,
      });
      running.job.resolve(message.placed);
    }
    this.#nextInTurn();
  }

  #fail(error: Error): void {
    this.#worker?.terminate();
    this.#worker = null;
    const running = this.#running;
    if (running !== null) {
      window.clearTimeout(running.timer);
      this.#running = null;
      running.job.reject(error);
    }
    this.#nextInTurn();
  }

  /** Once those who waited for the last layout have drawn it. */
  #nextInTurn(): void {
    window.setTimeout(() => this.#next(), 0);
  }
}
