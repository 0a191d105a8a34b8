/** What the panel asks of whatever draws the picture. */
import type { Change } from '../graph/changeMarks.ts';
import type { Pieces } from '../graph/rates.ts';
import type { Point } from '../layout/geometry.ts';
import type { LinkId } from '../../src/topology/topology.ts';
import type { Motion } from './motion.ts';
import type { Scene, SceneItem } from './scene.ts';

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
  /** What the pointer is on. */
  readonly pointed: string | null;
  /** Keys that stay bright while the rest is dimmed; null dims nothing. */
  readonly bright: ReadonlySet<string> | null;
  /** Keys that a search found. */
  readonly matched: ReadonlySet<string> | null;
  /** Keys on the way of the trace. */
  readonly traced: ReadonlySet<string>;
  /** Keys that differ between the moments that are compared. */
  readonly changes: ReadonlyMap<string, Change>;
  /** Keys of what holds a process that is being debugged. */
  readonly debugged: ReadonlySet<string>;
  readonly routes: readonly RouteLine[];
}

export const noEmphasis: Emphasis = {
  selected: null,
  pointed: null,
  bright: null,
  matched: null,
  traced: new Set(),
  changes: new Map(),
  debugged: new Set(),
  routes: [],
};

/** What a link has carried, in lines; none where that is not known. */
export type CountersOf = (link: LinkId) => readonly Pieces[];

export interface Renderer {
  /** Draws only what differs from the scene before; `glowing` lights keys for a moment. */
  setScene(scene: Scene, glowing: ReadonlySet<string>): void;
  setView(view: View): void;
  setEmphasis(emphasis: Emphasis): void;
  /** Draws the frames of one step of a trace at a part (0–1) of their way; null draws none. */
  showMotion(motion: Motion | null, part: number): void;
  /** How links' counters are told from close by, in lines, and of which links that is no longer what is drawn. */
  setCounters(counters: CountersOf, moved: ReadonlySet<LinkId>): void;
  /** What is drawn at a point, in px from the graph's top left corner. */
  itemAt(point: Point): SceneItem | null;
  dispose(): void;
}

/** Level of detail: 0 health only, 1 names, 2 addresses and the node's ends of cables, 3 their other ends, 4 MAC, MTU and counters. */
export type DetailLevel = 0 | 1 | 2 | 3 | 4;

/** The level of detail at a zoom: each begins where its smallest text is some 7 px tall. */
export function detailAt(k: number): DetailLevel {
  return k < 0.2 ? 0 : k < 0.46 ? 1 : k < 0.76 ? 2 : k < 1.45 ? 3 : 4;
}
