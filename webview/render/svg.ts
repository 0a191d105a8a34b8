/** Small helpers to make SVG elements. Data becomes text nodes and attributes, never markup. */
import type { Point } from '../layout/geometry.ts';

const namespace = 'http://www.w3.org/2000/svg';

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Makes an SVG element. A string child becomes a text node. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(namespace, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children);
  return element;
}

/** A polyline with rounded corners, as path data. */
export function roundedPath(points: readonly Point[], radius = 6): string {
  const [first, ...rest] = points;
  if (first === undefined) {
    return '';
  }
  const parts = [`M${first.x} ${first.y}`];
  rest.forEach((corner, at) => {
    const [before, after] = [points[at] ?? corner, points[at + 2]];
    const reach = after && Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
    if (after === undefined || reach === undefined || reach < 0.5) {
      parts.push(`L${corner.x} ${corner.y}`);
      return;
    }
    const [start, end] = [towards(corner, before, reach), towards(corner, after, reach)];
    parts.push(`L${start.x} ${start.y}Q${corner.x} ${corner.y} ${end.x} ${end.y}`);
  });
  return parts.join('');
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function towards(from: Point, to: Point, reach: number): Point {
  const length = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) * reach) / length, y: from.y + ((to.y - from.y) * reach) / length };
}
