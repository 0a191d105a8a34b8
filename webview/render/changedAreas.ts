/** Pure: where two scenes look different. */
import { boundsOf, cell, type Point, type Rect } from '../layout/geometry.ts';
import type { Scene, SceneItem } from './scene.ts';
import type { LineMark, RectMark, Shape, TextMark } from './shapes.ts';

/** How items are drawn where the areas are asked for. */
export interface Looks {
  shapesOf(item: SceneItem): readonly Shape[];
  widthOf(text: TextMark): number;
}

function textArea({ x, y, size, anchor }: TextMark, width: number): Rect {
  const left = anchor === 'middle' ? x - width / 2 : x;
  return { x: left, y: y - size, width, height: size * 1.4 };
}

/** A frame that ends lower or higher: its dashes run on around it, so that all edges but the upper one are others. */
function ofFrame(old: RectMark, mark: RectMark): Rect[] | null {
  if (JSON.stringify({ ...old, height: 0 }) !== JSON.stringify({ ...mark, height: 0 })) {
    return null;
  }
  const { x, y, width } = mark;
  const height = Math.max(old.height, mark.height);
  const foot = y + Math.min(old.height, mark.height);
  const side = { y, width: 0, height };
  return [
    { ...side, x },
    { ...side, x: x + width },
    { x, y: foot, width, height: y + height - foot },
  ];
}

/** Of a row that has become longer or shorter only the piece at its end. */
function ofPath(old: readonly Point[] | undefined, points: readonly Point[]): Rect {
  if (old?.length === 2 && points.length === 2) {
    const [[start, end], [, oldEnd]] = [points, old];
    const isRow = start && end && oldEnd && start.y === end.y && start.y === oldEnd.y;
    if (isRow && Math.sign(end.x - start.x) === Math.sign(oldEnd.x - start.x)) {
      return boundsOf([], [[oldEnd, end]]);
    }
  }
  return boundsOf([], old ? [old, points] : [points]);
}

/** Of a bus bar only the rows that are others. */
function ofLine(old: LineMark, mark: LineMark): Rect[] | null {
  if (JSON.stringify({ ...old, paths: [] }) !== JSON.stringify({ ...mark, paths: [] })) {
    return null;
  }
  const text = (points: readonly Point[]): string => points.map(({ x, y }) => `${x} ${y}`).join(' ');
  const [before, after] = [new Set(old.paths.map(text)), new Set(mark.paths.map(text))];
  const gone = old.paths.filter((points) => !after.has(text(points)));
  const come = mark.paths.filter((points) => !before.has(text(points)));
  const startOf = ([start]: readonly Point[]): string => text(start ? [start] : []);
  const goneFrom = new Map(gone.map((points) => [startOf(points), points]));
  const comeFrom = new Set(come.map(startOf));
  return [
    ...come.map((points) => ofPath(goneFrom.get(startOf(points)), points)),
    ...gone.filter((points) => !comeFrom.has(startOf(points))).map((points) => boundsOf([], [points])),
  ];
}

/** Null where all of what is drawn there is to be taken for another. */
function ofShape(old: Shape | undefined, shape: Shape | undefined, looks: Looks): Rect[] | null {
  if (old?.kind === 'rect' && shape?.kind === 'rect') {
    return ofFrame(old, shape);
  }
  if (old?.kind === 'line' && shape?.kind === 'line') {
    return ofLine(old, shape);
  }
  const both = [old, shape].flatMap((one) => one ?? []);
  return both.every((one) => one.kind === 'text')
    ? both.map((one) => textArea(one, looks.widthOf(one)))
    : null;
}

/** Of what is large, a grid or its bus bar, only the shapes that differ: of a grid that counts one more, its words. */
function ofShapes(old: SceneItem, item: SceneItem, looks: Looks): Rect[] {
  const [before, after] = [looks.shapesOf(old), looks.shapesOf(item)];
  const areas: Rect[] = [];
  for (let at = 0; at < Math.max(before.length, after.length); at++) {
    if (JSON.stringify(before[at]) !== JSON.stringify(after[at])) {
      const changed = ofShape(before[at], after[at], looks);
      if (changed === null) {
        return [old.bounds, item.bounds];
      }
      areas.push(...changed);
    }
  }
  return areas;
}

/** From afar a pod is drawn higher than it is. */
function ofOne({ kind, bounds }: SceneItem): Rect {
  const more = kind === 'pod' ? cell.hostHeight + cell.cable : 0;
  return { ...bounds, y: bounds.y - more, height: bounds.height + more };
}

/** Items that are drawn the same are the same object in both scenes. */
export function changedAreas(before: Scene, after: Scene, looks: Looks): Rect[] {
  const areas: Rect[] = [];
  for (const item of after.items) {
    const old = before.byKey.get(item.key);
    if (old === undefined) {
      areas.push(ofOne(item));
    } else if (old !== item) {
      const isLarge = item.kind === 'group' || item.kind === 'wire';
      areas.push(...(isLarge ? ofShapes(old, item, looks) : [ofOne(old), ofOne(item)]));
    }
  }
  for (const item of before.items) {
    if (!after.byKey.has(item.key)) {
      areas.push(ofOne(item));
    }
  }
  return areas;
}
