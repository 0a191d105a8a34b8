/** Pure: lines of several points, and places along them. */
import type { Point } from './geometry.ts';

export interface Polyline {
  readonly points: readonly [Point, ...Point[]];
  /** How far each point is from the first, along the line. */
  readonly distances: readonly number[];
  readonly length: number;
}

export function polylineOf(points: readonly [Point, ...Point[]]): Polyline {
  const distances = [0];
  points.slice(1).forEach((point, at) => {
    const before = points[at] ?? point;
    distances.push((distances[at] ?? 0) + Math.hypot(point.x - before.x, point.y - before.y));
  });
  return { points, distances, length: distances.at(-1) ?? 0 };
}

/** The point at a distance from the first; the last one beyond the end. */
export function pointAt({ points, distances }: Polyline, distance: number): Point {
  const at = distances.findIndex((reached) => reached >= distance);
  const [end, start] = [points[at], points[at - 1]];
  if (end === undefined || start === undefined) {
    return end ?? points.at(-1) ?? points[0];
  }
  const [from, to] = [distances[at - 1] ?? 0, distances[at] ?? 0];
  const part = to === from ? 1 : (distance - from) / (to - from);
  return { x: start.x + (end.x - start.x) * part, y: start.y + (end.y - start.y) * part };
}

/** The line from the first point as far as a distance. */
export function lineTo(line: Polyline, distance: number): Point[] {
  const passed = line.points.filter((_, at) => (line.distances[at] ?? 0) < distance);
  return [...passed, pointAt(line, distance)];
}
