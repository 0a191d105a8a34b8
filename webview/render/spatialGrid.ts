/** Pure: which items are near a place. */
import { overlaps, type Point, type Rect } from '../layout/geometry.ts';

interface Bounded {
  readonly bounds: Rect;
}

/** Squares of a size that few items reach beyond. */
const squarePx = 256;
/** What covers more squares than this is looked at every time. */
const mostSquares = 64;

/** Built once for a list of items, in O(n). */
export class SpatialGrid<T extends Bounded> {
  readonly #squares = new Map<string, T[]>();
  readonly #large: T[] = [];

  constructor(items: readonly T[]) {
    for (const item of items) {
      this.#add(item);
    }
  }

  #add(item: T): void {
    const { x, y, width, height } = item.bounds;
    const [left, right] = [Math.floor(x / squarePx), Math.floor((x + width) / squarePx)];
    const [top, bottom] = [Math.floor(y / squarePx), Math.floor((y + height) / squarePx)];
    if ((right - left + 1) * (bottom - top + 1) > mostSquares) {
      this.#large.push(item);
      return;
    }
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const key = `${column} ${row}`;
        const square = this.#squares.get(key);
        if (square === undefined) {
          this.#squares.set(key, [item]);
        } else {
          square.push(item);
        }
      }
    }
  }

  /** The items whose bounds come within `reach` of a point. */
  near({ x, y }: Point, reach: number): Set<T> {
    const area = { x: x - reach, y: y - reach, width: 2 * reach, height: 2 * reach };
    const found = new Set<T>();
    const take = (items: readonly T[]): void => {
      for (const item of items) {
        if (overlaps(grown(item.bounds), area)) {
          found.add(item);
        }
      }
    };
    take(this.#large);
    for (let row = Math.floor(area.y / squarePx); row <= Math.floor((y + reach) / squarePx); row++) {
      for (
        let column = Math.floor(area.x / squarePx);
        column <= Math.floor((x + reach) / squarePx);
        column++
      ) {
        take(this.#squares.get(`${column} ${row}`) ?? []);
      }
    }
    return found;
  }
}

/** A straight wire has bounds without width. */
function grown({ x, y, width, height }: Rect): Rect {
  return { x: x - 0.5, y: y - 0.5, width: width + 1, height: height + 1 };
}
