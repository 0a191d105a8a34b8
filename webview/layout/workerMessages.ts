/** Messages between the page and the layout worker. */
import type { ElkNode } from 'elkjs/lib/elk-api.js';

export interface ToWorker {
  readonly id: number;
  readonly graph: ElkNode;
}

export type FromWorker =
  | { readonly id: number; readonly structure: ElkNode; readonly tookMs: number }
  | { readonly id: number; readonly error: string };
