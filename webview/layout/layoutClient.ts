/**
 * Lays out: the structure by ELK, in a worker; the grids here, which takes less than to send them over. The latest request
 * wins, and none hangs.
 */
import type { ElkNode } from 'elkjs/lib/elk-api.js';
import workerText from './worker.ts?worker';
import { buildElkGraph } from './elkGraph.ts';
import { placePlan, type LayoutRequest } from './layoutTopology.ts';
import type { Placed } from './place.ts';
import type { LayoutPlan, LinkPlan } from './plan.ts';
import { emptyMemory } from './slots.ts';
import type { FromWorker, ToWorker } from './workerMessages.ts';

const timeoutMs = 20_000;

const linkPlan = (id: string): LinkPlan => ({ id, peerUnknown: false, width: 90, height: 30 });

const smallPlan: LayoutPlan = {
  boxes: [
    {
      ...{ id: 'node', root: true, titleWidth: 90, chips: [], collapsed: null },
      wired: ['bridge', 'veth', 'uplink'].map(linkPlan),
    },
    {
      ...{ id: 'pod', root: false, titleWidth: 90, chips: [linkPlan('lo')], collapsed: null },
      wired: [linkPlan('eth0')],
    },
  ],
  groups: [
    {
      id: 'bridge',
      kind: 'bridge',
      hub: 'bridge',
      name: 'bridge',
      titleWidth: 90,
      cells: [],
      collapsed: false,
    },
  ],
  wires: [
    { kind: 'veth', a: 'veth', b: 'eth0' },
    { kind: 'port', a: 'uplink', b: 'bridge' },
  ],
};

interface Job {
  /** Asked when its turn has come, so that it builds on what the layout before it left. */
  readonly request: () => LayoutRequest;
  readonly resolve: (placed: Placed | null) => void;
  readonly reject: (error: Error) => void;
}

/** What a worker is at. */
interface Running {
  readonly job: Job;
  readonly request: LayoutRequest;
  /** The graph as text: the same text has the same structure. */
  readonly graph: string;
  readonly timer: number;
}

/** Lays topologies out in a worker. A request that a later one overtook resolves with null. */
export class LayoutClient {
  #worker: Worker | null = null;
  #running: Running | null = null;
  /** The last structure: most changes of a node leave it as it was. */
  #known: { readonly graph: string; readonly structure: ElkNode } | null = null;
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
    this.#warmUp();
  }

  /**
   * elkjs takes long to start, and longest for its first graph. A node with one pod takes most of the steps that others do; it is
   * left out where a real one waits already.
   */
  #warmUp(): void {
    const layout = (plan: LayoutPlan): Promise<unknown> =>
      this.layout(() => ({ plan, memory: emptyMemory, screen: { width: 0, height: 0 } }));
    void layout({ boxes: [], groups: [], wires: [] })
      .then(() => this.#waiting ?? layout(smallPlan))
      .catch(() => undefined);
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
    try {
      const request = job.request();
      const graph = buildElkGraph(request.plan);
      this.#ask(job, request, graph, JSON.stringify(graph));
    } catch (error) {
      job.reject(error instanceof Error ? error : new Error(String(error)));
      this.#nextInTurn();
    }
  }

  #ask(job: Job, request: LayoutRequest, graph: ElkNode, text: string): void {
    if (this.#known?.graph === text) {
      this.#resolve(job, request, this.#known.structure, 0);
      return;
    }
    const timer = window.setTimeout(() => {
      this.#fail(new Error(`Arranging the picture took longer than ${timeoutMs / 1000} s and was stopped.`));
    }, timeoutMs);
    this.#running = { job, request, graph: text, timer };
    if (this.#blocked) {
      this.#fail(
        new Error('The panel was not allowed to start its layout worker (content security policy).'),
      );
      return;
    }
    try {
      this.#worker ??= this.#start();
      this.#worker.postMessage({ id: ++this.#nextId, graph } satisfies ToWorker);
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** `tookMs` is what the worker took. */
  #resolve(job: Job, request: LayoutRequest, structure: ElkNode, tookMs: number): void {
    const startedAt = performance.now();
    try {
      job.resolve(placePlan(request, structure));
    } catch (error) {
      job.reject(error instanceof Error ? error : new Error(String(error)));
    }
    const duration = tookMs + performance.now() - startedAt;
    performance.clearMeasures('patchbay-layout');
    performance.measure('patchbay-layout', { start: performance.now() - duration, duration });
    this.#nextInTurn();
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
      this.#nextInTurn();
    } else {
      this.#known = { graph: running.graph, structure: message.structure };
      this.#resolve(running.job, running.request, message.structure, message.tookMs);
    }
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
