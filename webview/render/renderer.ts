/** What the panel asks of whatever draws the picture. SVG today; a canvas may take its place. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { Point } from '../layout/geometry.ts';
import type { Scene } from './scene.ts';

/** Screen = scene * k + (x, y). */
export interface View extends Point {
  readonly k: number;
}

/** A line drawn over the wires. `lit`: a circuit; `flow`: the way of a traced packet; `lost`, `unseen`: where it ended. */
export interface RouteLine {
  readonly points: readonly Point[];
  readonly tone: 'lit' | 'flow' | 'lost' | 'unseen';
}

/** What stands out, and so what steps back. */
export interface Emphasis {
  readonly selected: string | null;
  /** Keys that stay bright while the rest is dimmed; null dims nothing. */
  readonly bright: ReadonlySet<string> | null;
  /** Keys that a search found. */
  readonly matched: ReadonlySet<string> | null;
  /** Keys on the way of the trace. */
  readonly traced: ReadonlySet<string>;
  readonly routes: readonly RouteLine[];
}

export const noEmphasis: Emphasis = {
  selected: null,
  bright: null,
  matched: null,
  traced: new Set(),
  routes: [],
};

export interface Renderer {
  /** Draws only what differs from the scene before; `glowing` lights keys for a moment. */
  setScene(scene: Scene, glowing: ReadonlySet<string>): void;
  setView(view: View): void;
  setEmphasis(emphasis: Emphasis): void;
  /** What is drawn at a point, in px from the graph's top left corner. */
  selectionAt(point: Point): Selection | null;
  dispose(): void;
}

/** Level of detail: 0 names only, 1 addresses, 2 host ends and plugs by name, 3 MAC and MTU. */
export type DetailLevel = 0 | 1 | 2 | 3;

/** The level of detail at a zoom. */
export function detailAt(k: number): DetailLevel {
  return k < 0.42 ? 0 : k < 0.72 ? 1 : k < 1.45 ? 2 : 3;
}
