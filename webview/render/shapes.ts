/** Pure: what pictures are made of. Two back ends know how to show them: a canvas (paintShapes.ts) and SVG text (svgText.ts). */
import type { Point } from '../layout/geometry.ts';

/** How a shape is coloured. Colours are CSS text; lengths are those of the scene. */
export interface Ink {
  readonly fill?: string | undefined;
  readonly stroke?: string | undefined;
  readonly lineWidth?: number | undefined;
  readonly dash?: readonly number[] | undefined;
  /** 0–1. */
  readonly opacity?: number | undefined;
}

export interface RectMark extends Ink {
  readonly kind: 'rect';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Of its corners. */
  readonly radius: number;
}

export interface CircleMark extends Ink {
  readonly kind: 'circle';
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** SVG path data moved to (x, y). */
export interface PathMark extends Ink {
  readonly kind: 'path';
  readonly x: number;
  readonly y: number;
  readonly d: string;
}

/** Polylines with rounded corners. */
export interface LineMark extends Ink {
  readonly kind: 'line';
  readonly paths: readonly (readonly Point[])[];
  readonly radius: number;
}

export interface TextMark {
  readonly kind: 'text';
  readonly x: number;
  /** Of the baseline. */
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly weight: 400 | 600 | 700;
  readonly italic: boolean;
  readonly anchor: 'start' | 'middle';
  readonly fill: string;
  /** Drawn around the letters so that they can be read over anything. */
  readonly halo: string | null;
}

export type Shape = RectMark | CircleMark | PathMark | LineMark | TextMark;

interface Corner {
  /** Where the line ends and the curve begins; the corner itself where there is no curve. */
  readonly start: Point;
  readonly corner: Point;
  /** Null for the last point and for sharp corners. */
  readonly end: Point | null;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function towards(from: Point, to: Point, reach: number): Point {
  const length = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) * reach) / length, y: from.y + ((to.y - from.y) * reach) / length };
}

/** The corners of a polyline after its first point, rounded. */
export function roundCorners(points: readonly Point[], radius: number): Corner[] {
  return points.slice(1).map((corner, at) => {
    const [before, after] = [points[at] ?? corner, points[at + 2]];
    const reach = after && Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
    if (after === undefined || reach === undefined || reach < 0.5) {
      return { start: corner, corner, end: null };
    }
    return { start: towards(corner, before, reach), corner, end: towards(corner, after, reach) };
  });
}
