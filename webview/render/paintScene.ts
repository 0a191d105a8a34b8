/** A scene on a canvas: all of it, or what stands out of it. */
import type { Change } from '../graph/changeMarks.ts';
import { overlaps, type Rect } from '../layout/geometry.ts';
import { isHiddenAt, ringOf } from './draw/drawItem.ts';
import { drawRoute } from './draw/drawWire.ts';
import { changeInk, changeMark, debugMark } from './draw/marks.ts';
import type { Drawings } from './drawings.ts';
import { ShapePainter } from './paintShapes.ts';
import { detailAt, type Emphasis, type RouteLine } from './renderer.ts';
import type { Scene, SceneItem } from './scene.ts';
import type { Ink, Shape } from './shapes.ts';

/** Where and how near. */
export interface Window {
  /** The part of the scene to be painted. */
  readonly area: Rect;
  readonly k: number;
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

/** Paints the items of a scene that reach into a window; gives how many shapes that were. */
export function paintScene(
  context: CanvasRenderingContext2D,
  scene: Scene,
  drawings: Drawings,
  { area, k }: Window,
): number {
  const detail = detailAt(k);
  const painter = new ShapePainter(context, drawings.palette.font);
  let count = 0;
  const paint = (item: SceneItem): void => {
    const shapes = drawings.shapesOf(item, detail);
    painter.paint(shapes);
    count += shapes.length;
  };
  let combed = detail > 1;
  for (const item of scene.items) {
    if (!combed && (item.kind === 'pod' || item.kind === 'link')) {
      combed = true;
      drawings.combsOf(scene).forEach(paint);
    }
    if (!isHiddenAt(item, detail) && overlaps(reachOf(item.bounds), area)) {
      paint(item);
    }
  }
  return count;
}

/** No line is thinner than this on the screen, in px. */
const thinnestLine = { route: 2.4, ring: 2 } as const;

/** From afar, lines that must not be missed are drawn wider than they are. */
function widened(shapes: readonly Shape[], k: number, thinnestPx: number): readonly Shape[] {
  const factor = (width: number): number => Math.max(1, thinnestPx / k / width);
  return shapes.map((shape) => {
    if (shape.kind !== 'line' || shape.lineWidth === undefined) {
      return shape;
    }
    const by = factor(shape.lineWidth);
    return by === 1
      ? shape
      : { ...shape, lineWidth: shape.lineWidth * by, dash: shape.dash?.map((length) => length * by) };
  });
}

export function routeShapes(line: RouteLine, drawings: Drawings, k: number): readonly Shape[] {
  return widened(drawRoute(line, drawings.palette), k, thinnestLine.route);
}

/** The ring around an item; its line is at least 2 px on the screen. */
export function ringShape(item: SceneItem, ink: Ink, k: number): Shape {
  return ringOf(item, { ...ink, lineWidth: Math.max(ink.lineWidth ?? 1, thinnestLine.ring / k) });
}

/** What an item shows of itself while all around it is dimmed: a box is drawn without its ground, which would cover what is in it. */
function raisedShapes(item: SceneItem, drawings: Drawings, k: number): readonly Shape[] {
  const shapes = drawings.shapesOf(item, detailAt(k));
  if (item.kind !== 'box' && item.kind !== 'group') {
    return shapes;
  }
  const [ground, ...rest] = shapes;
  return ground?.kind === 'rect' ? [{ ...ground, fill: undefined }, ...rest] : shapes;
}

/** True where there is anything to be painted over a scene. */
export function standsOut(emphasis: Emphasis): boolean {
  const { selected, pointed, bright, matched, traced, routes, changes, debugged } = emphasis;
  const dims = bright !== null || matched !== null || changes.size + debugged.size > 0;
  return dims || selected !== null || pointed !== null || traced.size > 0 || routes.length > 0;
}

/** A sign is no smaller than this on the screen, in px. */
const leastSign = 5;

/** Signs of the past stand at the top left: the other corner is for findings. */
function signPlace({ bounds, kind }: SceneItem, k: number): { x: number; y: number; radius: number } {
  const small = kind === 'link' && bounds.height < 30;
  const radius = Math.max(small ? 5 : 8, leastSign / k);
  return { x: bounds.x + (small ? 1 : 3), y: bounds.y + 2, radius };
}

function changeShapes(item: SceneItem, change: Change, { palette }: Drawings, k: number): Shape[] {
  const ring = ringShape(item, changeInk(palette, change), k);
  const isPin = item.kind === 'link' && item.style === 'pin';
  if (item.kind === 'wire' || isPin) {
    return item.kind === 'wire' && change === 'changed' ? [] : [ring];
  }
  const { x, y, radius } = signPlace(item, k);
  const ghost = { kind: 'rect', ...item.bounds, radius: 6, fill: palette.veil } as const;
  return [...(change === 'removed' ? [ghost] : []), ring, ...changeMark(palette, change, x, y, radius)];
}

function debugShapes(item: SceneItem, { palette }: Drawings, k: number): Shape[] {
  const { x, y, radius } = signPlace(item, k);
  const ring = ringShape(item, { stroke: palette.flow, lineWidth: 2.6 }, k);
  return [ring, ...debugMark(palette, x + item.bounds.width / 2, y, radius)];
}

function ringsOf(emphasis: Emphasis, { palette }: Drawings): (readonly [ReadonlySet<string>, Ink])[] {
  const one = (key: string | null): ReadonlySet<string> => new Set(key === null ? [] : [key]);
  return [
    [emphasis.matched ?? new Set(), { stroke: palette.match, lineWidth: 2.2 }],
    [emphasis.traced, { stroke: palette.flow, lineWidth: 2.2 }],
    [one(emphasis.pointed), { stroke: palette.focus, lineWidth: 1.6 }],
    [one(emphasis.selected), { stroke: palette.focus, lineWidth: 2.8 }],
  ];
}

/** Dims the scene under it and paints what stands out again, with its lines and rings. Lines that move are left out where `still` is false. */
export function paintEmphasis(
  context: CanvasRenderingContext2D,
  scene: Scene,
  drawings: Drawings,
  emphasis: Emphasis,
  { area, k }: Window,
  still: boolean,
): void {
  const { bright, matched, selected, routes } = emphasis;
  const detail = detailAt(k);
  const { palette } = drawings;
  if (bright !== null || matched !== null) {
    context.fillStyle = matched === null ? palette.veil : palette.searchVeil;
    context.fillRect(area.x, area.y, area.width, area.height);
  }
  const painter = new ShapePainter(context, palette.font);
  const isTop = ({ key }: SceneItem): boolean =>
    key === selected || bright?.has(key) === true || matched?.has(key) === true;
  const isSeen = (item: SceneItem): boolean =>
    !isHiddenAt(item, detail) && overlaps(reachOf(item.bounds), area);
  const top = scene.items.filter((item) => isTop(item) && isSeen(item));
  const under = top.filter(({ kind }) => kind === 'group' || kind === 'box' || kind === 'wire');
  under.forEach((item) => painter.paint(raisedShapes(item, drawings, k)));
  for (const line of routes) {
    const shapes = routeShapes(line, drawings, k);
    painter.paint(line.tone === 'flow' && !still ? shapes.slice(0, 1) : shapes);
  }
  top
    .filter(({ kind }) => kind === 'pod' || kind === 'link')
    .forEach((item) => painter.paint(raisedShapes(item, drawings, k)));
  for (const [key, change] of emphasis.changes) {
    const item = scene.byKey.get(key);
    if (item !== undefined && isSeen(item)) {
      painter.paint(changeShapes(item, change, drawings, k));
    }
  }
  for (const key of emphasis.debugged) {
    const item = scene.byKey.get(key);
    if (item !== undefined) {
      painter.paint(debugShapes(item, drawings, k));
    }
  }
  for (const [keys, ink] of ringsOf(emphasis, drawings)) {
    for (const key of keys) {
      const item = scene.byKey.get(key);
      if (item !== undefined && isSeen(item)) {
        painter.paint([ringShape(item, ink, k)]);
      }
    }
  }
}
