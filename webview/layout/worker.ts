/** The layout worker: one request, one answer. Runs from a blob: URL, so it imports nothing at run time. */
import './elkInWorker.ts';
import ELK from 'elkjs/lib/elk.bundled.js';
import type { FromWorker, ToWorker } from './workerMessages.ts';

/** The few globals of a worker that we use; the page's own type library has a window in their place. */
interface WorkerScope {
  document?: unknown;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
  postMessage(message: FromWorker): void;
}

const scope = globalThis as unknown as WorkerScope;
delete scope.document;
const elk = new ELK();

async function answer({ id, graph }: ToWorker): Promise<FromWorker> {
  const startedAt = performance.now();
  try {
    const structure = await elk.layout(graph);
    return { id, structure, tookMs: performance.now() - startedAt };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

scope.onmessage = (event) => {
  void answer(event.data).then((message) => scope.postMessage(message));
};
