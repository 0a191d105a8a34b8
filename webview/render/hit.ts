/** Pure: what is drawn at a point. */
import type { Point, Rect } from '../layout/geometry.ts';
import { isHiddenAt, outlineOf } from './draw/drawItem.ts';
import type { DetailLevel } from './renderer.ts';
import type { Scene, SceneItem } from './scene.ts';
import { SpatialGrid } from './spatialGrid.ts';

/** How near to a wire one has to point, in px on the screen. */
const wireReachPx = 6;

/** A far view shows pods taller than their bounds by less than this. */
const farPodMore = 48;

/** What is on top comes first; a wire is in front of the box it crosses, and behind what it is plugged into. */
const rank: Readonly<Record<SceneItem['kind'], number>> = { link: 0, pod: 1, wire: 2, box: 3, group: 4 };

function distanceToSegment(at: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((at.x - a.x) * dx + (at.y - a.y) * dy) / length;
  const part = Math.min(1, Math.max(0, along));
  return Math.hypot(at.x - a.x - part * dx, at.y - a.y - part * dy);
}

function contains(bounds: Rect, at: Point): boolean {
  return (
    at.x >= bounds.x &&
    at.y >= bounds.y &&
    at.x <= bounds.x + bounds.width &&
    at.y <= bounds.y + bounds.height
  );
}

function isHit(item: SceneItem, at: Point, reach: number, detail: DetailLevel): boolean {
  if (item.kind !== 'wire') {
    return contains(outlineOf(item, detail), at);
  }
  return item.paths.some((points) =>
    points.some((b, position) => {
      const a = points[position - 1];
      return a !== undefined && distanceToSegment(at, a, b) <= reach;
    }),
  );
}

/** Looks up what is at a point of one scene. */
export class HitTester {
  readonly #grid: SpatialGrid<SceneItem>;

  constructor(scene: Scene) {
    this.#grid = new SpatialGrid(scene.items);
  }

  /** `at` is in the scene; `k` is the zoom it is seen at. */
  at(at: Point, k: number, detail: DetailLevel): SceneItem | null {
    const reach = wireReachPx / k;
    const hits = [...this.#grid.near(at, Math.max(reach, farPodMore))].filter(
      (item) => !isHiddenAt(item, detail) && isHit(item, at, reach, detail),
    );
    return hits.reduce<SceneItem | null>(
      (best, item) => (best === null || rank[item.kind] < rank[best.kind] ? item : best),
      null,
    );
  }
}
