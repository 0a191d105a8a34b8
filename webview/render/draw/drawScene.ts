/** Pure: what of a scene is seen in an area, as shapes. */
import { overlaps, type Rect } from '../../layout/geometry.ts';
import type { Drawings } from '../drawings.ts';
import { detailAt, type DetailLevel } from '../renderer.ts';
import type { Scene, SceneItem } from '../scene.ts';
import type { Shape } from '../shapes.ts';
import { isHiddenAt, outlineOf } from './drawItem.ts';

/** One layer of a picture. */
export interface ShapeSource {
  /** False where it has nothing to show in an area. */
  has(area: Rect, k: number): boolean;
  /** What it shows there, in the order of painting, item by item. */
  shapesIn(area: Rect, k: number): Iterable<readonly Shape[]>;
}

/** Wires have no thickness, and marks stand over edges: a little more than the bounds. */
const overhang = 14;

export function reachOf({ x, y, width, height }: Rect): Rect {
  return {
    x: x - overhang,
    y: y - overhang,
    width: width + 2 * overhang,
    height: height + 2 * overhang,
  };
}

/** True where an item is drawn in an area at a level of detail. */
export function isSeen(item: SceneItem, area: Rect, detail: DetailLevel): boolean {
  return !isHiddenAt(item, detail) && overlaps(reachOf(outlineOf(item, detail)), area);
}

/** The items of a scene that are drawn at a level of detail, and where they reach. */
class Shown {
  readonly items: readonly SceneItem[];
  readonly detail: DetailLevel;
  /** Left, top, right and bottom of one after the other. */
  readonly #edges: Float64Array;

  constructor(scene: Scene, detail: DetailLevel) {
    this.detail = detail;
    this.items = scene.items.filter((item) => !isHiddenAt(item, detail));
    this.#edges = new Float64Array(this.items.length * 4);
    this.items.forEach((item, at) => {
      const { x, y, width, height } = reachOf(outlineOf(item, detail));
      this.#edges.set([x, y, x + width, y + height], at * 4);
    });
  }

  /** In the order of drawing. */
  in({ x, y, width, height }: Rect): SceneItem[] {
    const [right, bottom, edges] = [x + width, y + height, this.#edges];
    return this.items.filter((_, at) => {
      const [left = 0, top = 0, end = 0, foot = 0] = [
        edges[at * 4],
        edges[at * 4 + 1],
        edges[at * 4 + 2],
        edges[at * 4 + 3],
      ];
      return left < right && top < bottom && end > x && foot > y;
    });
  }
}

/** All of a scene. */
export class SceneShapes implements ShapeSource {
  readonly #scene: Scene;
  readonly #drawings: Drawings;
  #shown: Shown | null = null;

  constructor(scene: Scene, drawings: Drawings) {
    this.#scene = scene;
    this.#drawings = drawings;
  }

  /** Around the scene the page itself has the colour of its ground. */
  has(area: Rect): boolean {
    return overlaps(reachOf(this.#scene.bounds), area);
  }

  *shapesIn(area: Rect, k: number): Iterable<readonly Shape[]> {
    const detail = detailAt(k);
    if (this.#shown?.detail !== detail) {
      this.#shown = new Shown(this.#scene, detail);
    }
    for (const item of this.#shown.in(area)) {
      yield this.#drawings.shapesOf(item, detail);
    }
  }
}
