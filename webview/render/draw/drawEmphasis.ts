/** Pure: what stands out of a scene, as shapes that lie over it. */
import type { Change } from '../../graph/changeMarks.ts';
import { boundsOf, overlaps, type Rect } from '../../layout/geometry.ts';
import type { Drawings } from '../drawings.ts';
import { detailAt, type DetailLevel, type Emphasis, type RouteLine } from '../renderer.ts';
import type { Scene, SceneItem } from '../scene.ts';
import type { Shape } from '../shapes.ts';
import { outlineOf, ringOf } from './drawItem.ts';
import { isSeen, reachOf, type ShapeSource } from './drawScene.ts';
import { drawRoute, lossSign } from './drawWire.ts';
import { changeInk, changeMark, debugMark } from './marks.ts';
import { ringsOf, type Ring, type RingKind } from './rings.ts';

/** No line is thinner than this on the screen, in px. */
const thinnestLine = { route: 2.4, ring: 2 } as const;

/** From afar, lines that must not be missed are drawn wider than they are. */
function widened(shapes: readonly Shape[], k: number, thinnestPx: number): readonly Shape[] {
  return shapes.map((shape) => {
    if (shape.kind !== 'line' || shape.lineWidth === undefined) {
      return shape;
    }
    const by = Math.max(1, thinnestPx / k / shape.lineWidth);
    return by === 1
      ? shape
      : { ...shape, lineWidth: shape.lineWidth * by, dash: shape.dash?.map((length) => length * by) };
  });
}

function routeShapes(line: RouteLine, drawings: Drawings, k: number): readonly Shape[] {
  return widened(drawRoute(line, drawings.palette), k, thinnestLine.route);
}

/** The ring around an item; from afar its line is at least 2 px on the screen, and as much farther from it. */
function ringShape(item: SceneItem, { out, ...ink }: Ring, k: number): Shape {
  const by = Math.max(1, thinnestLine.ring / k / ink.lineWidth);
  const wide = { ...ink, lineWidth: ink.lineWidth * by, dash: ink.dash?.map((length) => length * by) };
  return ringOf(item, detailAt(k), wide, out * by);
}

/** What an item shows of itself while all around it is dimmed: a box is drawn without its ground, which would cover what is in it. */
function raisedShapes(item: SceneItem, drawings: Drawings, detail: DetailLevel): readonly Shape[] {
  const shapes = drawings.shapesOf(item, detail);
  if (item.kind !== 'box' && item.kind !== 'group') {
    return shapes;
  }
  const [ground, ...rest] = shapes;
  return ground?.kind === 'rect' ? [{ ...ground, fill: undefined }, ...rest] : shapes;
}

/** A sign is no smaller than this on the screen, in px. */
const leastSign = 5;

/** Signs of the past stand at the top left: the other corner is for findings. */
function signPlace(item: SceneItem, k: number): { x: number; y: number; radius: number } {
  const bounds = outlineOf(item, detailAt(k));
  const small = item.kind === 'link' && bounds.height < 30;
  const radius = Math.max(small ? 5 : 8, leastSign / k);
  return { x: bounds.x + (small ? 1 : 3), y: bounds.y + 2, radius };
}

function changeShapes(item: SceneItem, change: Change, { palette }: Drawings, k: number): Shape[] {
  const ring = ringShape(item, { ...changeInk(palette, change), lineWidth: 2.4, out: 0 }, k);
  const isPin = item.kind === 'link' && item.style === 'pin';
  if (item.kind === 'wire' || isPin) {
    return item.kind === 'wire' && change === 'changed' ? [] : [ring];
  }
  const { x, y, radius } = signPlace(item, k);
  const ghost = { kind: 'rect', ...outlineOf(item, detailAt(k)), radius: 6, fill: palette.veil } as const;
  return [...(change === 'removed' ? [ghost] : []), ring, ...changeMark(palette, change, x, y, radius)];
}

/** The mark stands on the upper edge, beside the plug. */
function debugShapes(item: SceneItem, { palette }: Drawings, k: number): Shape[] {
  const { x, y, radius } = signPlace(item, k);
  const rings = ringsOf(palette, 'debugged').map((ring) => ringShape(item, ring, k));
  return [...rings, ...debugMark(palette, x + item.bounds.width * 0.72, y, radius)];
}

interface Ringed {
  readonly item: SceneItem;
  readonly ring: Ring;
}

function ringed(scene: Scene, emphasis: Emphasis, { palette }: Drawings): Ringed[] {
  const kinds: readonly (readonly [RingKind, Iterable<string>])[] = [
    ['found', emphasis.matched ?? []],
    ['traced', emphasis.traced],
    ['pointed', emphasis.pointed === null ? [] : [emphasis.pointed]],
    ['selected', emphasis.selected === null ? [] : [emphasis.selected]],
  ];
  return kinds.flatMap(([kind, keys]) =>
    [...keys].flatMap((key) => {
      const item = scene.byKey.get(key);
      return item === undefined ? [] : ringsOf(palette, kind).map((ring) => ({ item, ring }));
    }),
  );
}

/** Something drawn over an item that a look back or a debugger tells of. */
interface Marked {
  readonly item: SceneItem;
  readonly shapes: (k: number) => readonly Shape[];
}

function marksOf(scene: Scene, drawings: Drawings, { changes, debugged }: Emphasis): Marked[] {
  const mark = (key: string, shapes: (item: SceneItem, k: number) => readonly Shape[]): Marked[] => {
    const item = scene.byKey.get(key);
    return item === undefined ? [] : [{ item, shapes: (k) => shapes(item, k) }];
  };
  return [
    ...[...changes].flatMap(([key, change]) =>
      mark(key, (item, k) => changeShapes(item, change, drawings, k)),
    ),
    ...[...debugged].flatMap((key) => mark(key, (item, k) => debugShapes(item, drawings, k))),
  ];
}

/** What stands out, once more, over a scene that is dimmed, with its lines and rings. */
export class EmphasisShapes implements ShapeSource {
  readonly #drawings: Drawings;
  readonly #routes: readonly RouteLine[];
  readonly #under: readonly SceneItem[];
  readonly #over: readonly SceneItem[];
  readonly #rings: readonly Ringed[];
  readonly #marks: readonly Marked[];
  readonly #areas: readonly Rect[];

  constructor(scene: Scene, drawings: Drawings, emphasis: Emphasis) {
    const { bright, matched, selected, routes } = emphasis;
    const dims = bright !== null || matched !== null;
    const isTop = ({ key }: SceneItem): boolean =>
      key === selected || bright?.has(key) === true || matched?.has(key) === true;
    const top = dims ? scene.items.filter(isTop) : [];
    const isUnder = ({ kind }: SceneItem): boolean => kind === 'group' || kind === 'box' || kind === 'wire';
    this.#drawings = drawings;
    this.#routes = routes;
    this.#under = top.filter(isUnder);
    this.#over = top.filter((item) => !isUnder(item));
    this.#rings = ringed(scene, emphasis, drawings);
    this.#marks = marksOf(scene, drawings, emphasis);
    const items = [...top, ...[...this.#rings, ...this.#marks].map(({ item }) => item)];
    const lines = routes.flatMap(({ points }) => segmentsOf(points));
    this.#areas = [...items.map(({ bounds }) => bounds), ...lines].map(reachOf);
  }

  has(area: Rect, k: number): boolean {
    return this.#areas.some((one) => overlaps(one, around(area, k)));
  }

  *shapesIn(area: Rect, k: number): Iterable<readonly Shape[]> {
    const [detail, wide] = [detailAt(k), around(area, k)];
    const isHere = (item: SceneItem): boolean => isSeen(item, wide, detail);
    const raised = (items: readonly SceneItem[]): (readonly Shape[])[] =>
      items.filter(isHere).map((item) => raisedShapes(item, this.#drawings, detail));
    yield* raised(this.#under);
    yield* this.#routes.map((line) => routeShapes(line, this.#drawings, k));
    const isLink = ({ kind }: SceneItem): boolean => kind === 'link';
    const rings = this.#rings.filter(({ item }) => isHere(item));
    const shapeOf = ({ item, ring }: Ringed): Shape => ringShape(item, ring, k);
    yield* raised(this.#over.filter((item) => !isLink(item)));
    // What is plugged into a pod is in front of the pod's ring.
    yield rings.filter(({ item }) => !isLink(item)).map(shapeOf);
    yield* raised(this.#over.filter(isLink));
    yield* this.#marks.filter(({ item }) => isHere(item)).map(({ shapes }) => shapes(k));
    yield rings.filter(({ item }) => isLink(item)).map(shapeOf);
    yield this.#routes.flatMap((line) => lossSign(line, this.#drawings.palette));
  }
}

/** A far view shows pods taller, and rings and lines wider, than their bounds. */
function around({ x, y, width, height }: Rect, k: number): Rect {
  const more = 40 + 6 / k;
  return { x: x - more, y: y - more, width: width + 2 * more, height: height + 2 * more };
}

function segmentsOf(points: RouteLine['points']): Rect[] {
  return points.slice(1).map((point, at) => boundsOf([], [[points[at] ?? point, point]]));
}

/** The glow of what has just changed. */
export class GlowShapes implements ShapeSource {
  readonly #drawings: Drawings;
  readonly #items: readonly SceneItem[];

  constructor(scene: Scene, drawings: Drawings, keys: ReadonlySet<string>) {
    this.#drawings = drawings;
    this.#items = [...keys].flatMap((key) => scene.byKey.get(key) ?? []);
  }

  has(area: Rect, k: number): boolean {
    return this.#seen(area, k).length > 0;
  }

  shapesIn(area: Rect, k: number): Iterable<readonly Shape[]> {
    const rings = ringsOf(this.#drawings.palette, 'changed');
    return this.#seen(area, k).map((item) => rings.map((ring) => ringShape(item, ring, k)));
  }

  #seen(area: Rect, k: number): SceneItem[] {
    const [detail, wide] = [detailAt(k), around(area, k)];
    return this.#items.filter((item) => isSeen(item, wide, detail));
  }
}
