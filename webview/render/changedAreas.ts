/** Pure: where two scenes look different. */
import { boundsOf, cell, type Point, type Rect } from '../layout/geometry.ts';
import type { GroupItem, Scene, SceneItem, WireItem } from './scene.ts';

function sameRect(a: Rect, b: Rect): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

/** Of a grid that counts one more or less only the title is another. */
function ofGroup(old: GroupItem, item: GroupItem): Rect[] {
  const onlyWords =
    sameRect(old.bounds, item.bounds) && old.colour === item.colour && old.loose === item.loose;
  return onlyWords ? [{ ...item.bounds, height: item.header }] : [old.bounds, item.bounds];
}

/** Of a bus bar only the rows that have become longer or shorter. */
function ofWire(old: WireItem, item: WireItem): Rect[] {
  if (old.state !== item.state || old.colour !== item.colour || old.wire !== item.wire) {
    return [old.bounds, item.bounds];
  }
  const text = (points: readonly Point[]): string => points.map(({ x, y }) => `${x} ${y}`).join(' ');
  const [before, after] = [new Set(old.paths.map(text)), new Set(item.paths.map(text))];
  const changed = [
    ...old.paths.filter((points) => !after.has(text(points))),
    ...item.paths.filter((points) => !before.has(text(points))),
  ];
  return changed.map((points) => boundsOf([], [points]));
}

/** From afar a pod is drawn higher than it is. */
function ofOne({ kind, bounds }: SceneItem): Rect {
  const more = kind === 'pod' ? cell.hostHeight + cell.cable : 0;
  return { ...bounds, y: bounds.y - more, height: bounds.height + more };
}

/** Items that are drawn the same are the same object in both scenes. */
export function changedAreas(before: Scene, after: Scene): Rect[] {
  const areas: Rect[] = [];
  for (const item of after.items) {
    const old = before.byKey.get(item.key);
    if (old === undefined) {
      areas.push(ofOne(item));
    } else if (old !== item) {
      if (old.kind === 'group' && item.kind === 'group') {
        areas.push(...ofGroup(old, item));
      } else if (old.kind === 'wire' && item.kind === 'wire') {
        areas.push(...ofWire(old, item));
      } else {
        areas.push(ofOne(old), ofOne(item));
      }
    }
  }
  for (const item of before.items) {
    if (!after.byKey.has(item.key)) {
      areas.push(ofOne(item));
    }
  }
  return areas;
}
