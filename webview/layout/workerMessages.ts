/** Messages between the page and the layout worker. */
import type { LayoutRequest } from './layoutTopology.ts';
import type { Placed } from './place.ts';

export interface ToWorker {
  readonly id: number;
  readonly request: LayoutRequest;
}

export type FromWorker =
  | { readonly id: number; readonly placed: Placed; readonly tookMs: number }
  | { readonly id: number; readonly error: string };
