/** Lays out whatever graph it is sent, and tells how long that took. */
import '../../../../webview/layout/elkInWorker.ts';
import ELK from 'elkjs/lib/elk.bundled.js';
import type { ElkNode } from 'elkjs/lib/elk-api.js';

interface Scope {
  document?: unknown;
  onmessage: ((event: { readonly data: ElkNode }) => void) | null;
  postMessage(message: { readonly laid: ElkNode; readonly tookMs: number }): void;
}

const scope = globalThis as unknown as Scope;
delete scope.document;
const elk = new ELK();
// As the panel does it, the engine is warm when the graph comes.
const warm = elk.layout({ id: 'warm', children: [{ id: 'a', width: 1, height: 1 }], edges: [] });

scope.onmessage = (event) => {
  void warm.then(async () => {
    const startedAt = performance.now();
    const laid = await elk.layout(event.data);
    scope.postMessage({ laid, tookMs: performance.now() - startedAt });
  });
};
