/** Pure: orthogonal ways around boxes, for wires whose ends were moved by hand. */
import type { Point, Rect } from './geometry.ts';

export type Side = 'left' | 'right' | 'top' | 'bottom';

/** An end of a wire: where it is, and the side of its box that it leaves by. */
export interface WireEnd extends Point {
  readonly side: Side;
}

/** How far wires keep from boxes, and how far they run straight out of one first. */
const clearance = 7;
const stub = 10;
/** What a bend costs, in px of way. */
const bendCost = 24;

const outwards: Readonly<Record<Side, Point>> = {
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
  top: { x: 0, y: -1 },
  bottom: { x: 0, y: 1 },
};

function stubEnd({ x, y, side }: WireEnd): Point {
  const { x: dx, y: dy } = outwards[side];
  return { x: x + dx * stub, y: y + dy * stub };
}

/** Lines along which wires may run, and which of their pieces are within a box. */
interface Grid {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** By row and column: whether the piece to the right, or below, is blocked. */
  readonly right: Uint8Array;
  readonly down: Uint8Array;
}

function uniqueSorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function firstAtLeast(values: readonly number[], wanted: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? Infinity) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function buildGrid(boxes: readonly Rect[], ends: readonly Point[]): Grid {
  const xs = uniqueSorted([
    ...boxes.flatMap(({ x, width }) => [x - clearance, x + width + clearance]),
    ...ends.map(({ x }) => x),
  ]);
  const ys = uniqueSorted([
    ...boxes.flatMap(({ y, height }) => [y - clearance, y + height + clearance]),
    ...ends.map(({ y }) => y),
  ]);
  const right = new Uint8Array(xs.length * ys.length);
  const down = new Uint8Array(xs.length * ys.length);
  for (const box of boxes) {
    const left = firstAtLeast(xs, box.x - clearance);
    const end = firstAtLeast(xs, box.x + box.width + clearance);
    const top = firstAtLeast(ys, box.y - clearance);
    const bottom = firstAtLeast(ys, box.y + box.height + clearance);
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= end; column++) {
        const at = row * xs.length + column;
        // The outline of the clearance itself is free: lines run along it.
        if (column < end && row > top && row < bottom) {
          right[at] = 1;
        }
        if (row < bottom && column > left && column < end) {
          down[at] = 1;
        }
      }
    }
  }
  return { xs, ys, right, down };
}

/** A binary heap of numbers by cost. */
class Queue {
  readonly #items: { readonly cost: number; readonly state: number }[] = [];

  push(cost: number, state: number): void {
    const items = this.#items;
    let at = items.length;
    items.push({ cost, state });
    for (let up = (at - 1) >> 1; at > 0 && (items[up]?.cost ?? 0) > cost; up = (at - 1) >> 1) {
      this.#swap(at, up);
      at = up;
    }
  }

  pop(): number | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) {
      return first?.state;
    }
    items[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const cheaper = (items[right]?.cost ?? Infinity) < (items[left]?.cost ?? Infinity) ? right : left;
      if ((items[cheaper]?.cost ?? Infinity) >= last.cost) {
        return first.state;
      }
      this.#swap(at, cheaper);
      at = cheaper;
    }
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#items[a], this.#items[b]];
    if (one !== undefined && other !== undefined) {
      this.#items[a] = other;
      this.#items[b] = one;
    }
  }
}

const [horizontal, vertical] = [0, 1];

/** The cheapest way over a grid by length and bends; undefined where boxes shut one end in. */
function cheapest({ xs, ys, right, down }: Grid, from: WireEnd, to: WireEnd): Point[] | undefined {
  const columns = xs.length;
  const place = ({ x, y }: Point): number => firstAtLeast(ys, y) * columns + firstAtLeast(xs, x);
  const axisOf = ({ side }: WireEnd): number => (side === 'left' || side === 'right' ? horizontal : vertical);
  const [start, goal] = [place(stubEnd(from)), place(stubEnd(to))];
  const pointOf = (node: number): Point => ({
    x: xs[node % columns] ?? 0,
    y: ys[Math.floor(node / columns)] ?? 0,
  });
  const target = pointOf(goal);
  const goalState = goal * 2 + axisOf(to);
  const costs = new Map<number, number>([[start * 2 + axisOf(from), 0]]);
  const before = new Map<number, number>();
  const queue = new Queue();
  queue.push(0, start * 2 + axisOf(from));
  const reach = (state: number, node: number, axis: number, extra: number, ahead: number): void => {
    const cost = (costs.get(state) ?? 0) + extra;
    const next = node * 2 + axis;
    if (cost < (costs.get(next) ?? Infinity)) {
      costs.set(next, cost);
      before.set(next, state);
      queue.push(cost + ahead, next);
    }
  };
  const ahead = (node: number): number => {
    const { x, y } = pointOf(node);
    return Math.abs(x - target.x) + Math.abs(y - target.y);
  };
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    if (state === goalState) {
      return trace(before, state).map((one) => pointOf(one >> 1));
    }
    const [node, axis] = [state >> 1, state & 1];
    const [column, row] = [node % columns, Math.floor(node / columns)];
    reach(state, node, 1 - axis, bendCost, ahead(node));
    const steps =
      axis === horizontal
        ? [
            { to: node - 1, open: column > 0 && right[node - 1] === 0 },
            { to: node + 1, open: column + 1 < columns && right[node] === 0 },
          ]
        : [
            { to: node - columns, open: row > 0 && down[node - columns] === 0 },
            { to: node + columns, open: row + 1 < ys.length && down[node] === 0 },
          ];
    for (const step of steps.filter(({ open }) => open)) {
      const [a, b] = [pointOf(node), pointOf(step.to)];
      reach(state, step.to, axis, Math.abs(a.x - b.x) + Math.abs(a.y - b.y), ahead(step.to));
    }
  }
  return undefined;
}

function trace(before: ReadonlyMap<number, number>, end: number): number[] {
  const states = [end];
  for (let at = before.get(end); at !== undefined; at = before.get(at)) {
    states.push(at);
  }
  return states.reverse();
}

/** Leaves out points that lie on a straight line between their neighbours. */
function straighten(points: readonly Point[]): Point[] {
  const distinct = points.filter(
    (point, at) => point.x !== points[at - 1]?.x || point.y !== points[at - 1]?.y,
  );
  return distinct.filter((point, at) => {
    const [a, b] = [distinct[at - 1], distinct[at + 1]];
    return !(a && b && ((a.x === point.x && point.x === b.x) || (a.y === point.y && point.y === b.y)));
  });
}

function contains(box: Rect, { x, y }: Point): boolean {
  return x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
}

/**
 * A way from one end to the other that bends at right angles and keeps clear of boxes, but for those that an end lies in.
 * Where boxes shut an end in it takes the shortest way over them.
 */
export function detour(from: WireEnd, to: WireEnd, boxes: readonly Rect[]): Point[] {
  const ends = [stubEnd(from), stubEnd(to)] as const;
  const around = boxes.filter((box) => !ends.some((end) => contains(box, end)));
  const found = cheapest(buildGrid(around, ends), from, to) ?? [
    ends[0],
    { x: ends[1].x, y: ends[0].y },
    ends[1],
  ];
  return straighten([{ x: from.x, y: from.y }, ...found, { x: to.x, y: to.y }]);
}
