/** Pure: puts what a person dragged where it was let go, and leads the wires there. All else stays where the layout put it. */
import { linkKey, namespaceKey } from '../graph/selection.ts';
import { detour, type Side, type WireEnd } from './detour.ts';
import {
  boundsOf,
  groupKey,
  type Geometry,
  type GroupShape,
  type LinkShape,
  type Point,
  type Rect,
  type WireShape,
} from './geometry.ts';

/** The top left corners of moved namespaces and groups, by the keys of their shapes. */
export type Moves = Readonly<Record<string, Point>>;

function shifted<T extends Point>(shape: T, by: Point | undefined): T {
  return by === undefined ? shape : { ...shape, x: shape.x + by.x, y: shape.y + by.y };
}

function grown({ x, y, width, height }: Rect): Rect {
  return { x: x - 1, y: y - 1, width: width + 2, height: height + 2 };
}

function holds({ x, y, width, height }: Rect, point: Point): boolean {
  return point.x >= x && point.x < x + width && point.y >= y && point.y < y + height;
}

/** By how much each shape has moved; undefined for what stays. */
interface Deltas {
  readonly namespaces: ReadonlyMap<string, Point>;
  readonly groups: ReadonlyMap<string, Point>;
  readonly links: ReadonlyMap<string, Point>;
  groupAt(point: Point): Point | undefined;
  /** Of the box whose edge a point is on. */
  boxAt(point: Point): Point | undefined;
}

function deltasOf(geometry: Geometry, moves: Moves): Deltas {
  const groups = new Map<string, Point>();
  const moved = geometry.groups.flatMap(({ id, rect }) => {
    const to = moves[groupKey(id)];
    if (to === undefined) {
      return [];
    }
    const by = { x: to.x - rect.x, y: to.y - rect.y };
    groups.set(id, by);
    return { rect, by };
  });
  const groupAt = (point: Point): Point | undefined => moved.find(({ rect }) => holds(rect, point))?.by;
  const namespaces = new Map<string, Point>();
  for (const { id, rect, style } of geometry.namespaces) {
    const to = moves[namespaceKey(id)];
    const by =
      to !== undefined
        ? { x: to.x - rect.x, y: to.y - rect.y }
        : style === 'cell'
          ? groupAt(rect)
          : undefined;
    if (by !== undefined) {
      namespaces.set(id, by);
    }
  }
  const links = new Map<string, Point>();
  for (const link of geometry.links) {
    const by = link.style === 'host' ? groupAt(link.rect) : namespaces.get(ownerOf(link));
    if (by !== undefined) {
      links.set(link.id, by);
    }
  }
  const boxAt = (point: Point): Point | undefined =>
    geometry.namespaces
      .filter(({ id, style }) => style === 'box' && namespaces.has(id))
      .flatMap(({ id, rect }) => (holds(grown(rect), point) ? (namespaces.get(id) ?? []) : []))[0];
  return { namespaces, groups, links, groupAt, boxAt };
}

/** A link's id begins with its namespace's (topology.ts). */
function ownerOf({ id }: LinkShape): string {
  return id.slice(0, id.lastIndexOf(':'));
}

/** The side of its box that a wire leaves by, from its first two points. */
function sideOf(end: Point, next: Point | undefined): Side {
  const [dx, dy] = next === undefined ? [1, 0] : [next.x - end.x, next.y - end.y];
  return Math.abs(dx) >= Math.abs(dy) ? (dx < 0 ? 'left' : 'right') : dy < 0 ? 'top' : 'bottom';
}

function endsOf(wire: WireShape, deltas: Deltas): [Point | undefined, Point | undefined] {
  const [first, last] = [wire.links[0], wire.links.at(-1)];
  const ofLink = (id: string | undefined): Point | undefined =>
    id === undefined ? undefined : deltas.links.get(id);
  const ofGroup = wire.group === null ? undefined : deltas.groups.get(wire.group);
  const boxAtStart = (): Point | undefined => {
    const start = wire.paths[0]?.[0];
    return start && deltas.boxAt(start);
  };
  switch (wire.kind) {
    case 'bus':
      return [ofGroup, ofGroup];
    case 'trunk':
      return [first === undefined ? boxAtStart() : ofLink(first), ofGroup];
    case 'stub':
      return [ofGroup, ofLink(last)];
    case 'unknown':
      return [ofLink(first), ofLink(first)];
    case 'veth':
    case 'port':
    case 'lower':
    case 'tunnel':
      return [ofLink(first), ofLink(last)];
  }
}

/** A trunk meets its bus bar anew from the side of the rail that is free. */
function trunkEnd(end: Point, group: GroupShape | undefined): WireEnd {
  return group === undefined || group.collapsed || end.y > group.rect.y + group.header - 1
    ? { ...end, side: 'left' }
    : { ...end, side: 'top' };
}

function movedPath(
  wire: WireShape,
  path: readonly Point[],
  ends: readonly [Point, Point],
  around: Around,
): Point[] {
  const [from, to] = ends;
  const start = { ...from, side: sideOf(path[0] ?? from, path[1]) };
  const end =
    wire.kind === 'trunk'
      ? trunkEnd(to, around.groups.get(wire.group ?? ''))
      : { ...to, side: sideOf(path.at(-1) ?? to, path.at(-2)) };
  return detour(start, end, around.boxes);
}

interface Around {
  readonly boxes: readonly Rect[];
  readonly groups: ReadonlyMap<string, GroupShape>;
}

function moveWire(wire: WireShape, deltas: Deltas, around: Around): WireShape {
  const [from, to] = endsOf(wire, deltas);
  if (from === undefined && to === undefined) {
    return wire;
  }
  const together = from?.x === to?.x && from?.y === to?.y;
  const paths = wire.paths.map((path) => {
    const [first, last] = [path[0], path.at(-1)];
    return together || first === undefined || last === undefined
      ? path.map((point) => shifted(point, from))
      : movedPath(wire, path, [shifted(first, from), shifted(last, to)], around);
  });
  return { ...wire, paths };
}

/** Applies the moves. Shapes that nothing moved are the same objects as before. */
export function applyMoves(geometry: Geometry, moves: Moves): Geometry {
  const deltas = deltasOf(geometry, moves);
  if (deltas.namespaces.size === 0 && deltas.groups.size === 0) {
    return geometry;
  }
  const place = <T extends { readonly rect: Rect }>(shape: T, by: Point | undefined): T =>
    by === undefined ? shape : { ...shape, rect: shifted(shape.rect, by) };
  const namespaces = geometry.namespaces.map((shape) => place(shape, deltas.namespaces.get(shape.id)));
  const links = geometry.links.map((shape) => place(shape, deltas.links.get(shape.id)));
  const ghosts = geometry.ghosts.map((shape) => place(shape, deltas.groupAt(shape.rect)));
  const groups = geometry.groups.map((shape) => {
    const by = deltas.groups.get(shape.id);
    return by === undefined ? shape : { ...place(shape, by), railX: shape.railX + by.x };
  });
  const boxes = [
    ...namespaces,
    ...ghosts,
    ...links.filter(({ style }) => style === 'host' || style === 'box' || style === 'chip'),
  ].map(({ rect }) => rect);
  const around = { boxes, groups: new Map(groups.map((shape) => [shape.id, shape])) };
  const wires = geometry.wires.map((wire) => moveWire(wire, deltas, around));
  const trunks = wires.filter(({ kind }) => kind === 'trunk').flatMap(({ paths }) => paths);
  const bounds = boundsOf(
    [...namespaces, ...groups].map(({ rect }) => rect),
    trunks,
  );
  return { bounds, namespaces, links, ghosts, groups, wires };
}

/** The key of what a person takes hold of at a point: a pod, the title of a group, or a box. Null for the ground. */
export function handleAt(geometry: Geometry, point: Point): string | null {
  const cell = geometry.namespaces.find(({ style, rect }) => style === 'cell' && holds(rect, point));
  if (cell !== undefined) {
    return namespaceKey(cell.id);
  }
  const title = geometry.groups.find(({ header, rect }) => holds({ ...rect, height: header }, point));
  if (title !== undefined) {
    return groupKey(title.id);
  }
  const box = geometry.namespaces.find(({ style, rect }) => style === 'box' && holds(rect, point));
  return box === undefined ? null : namespaceKey(box.id);
}

/** The key of what moves with a link or namespace: its own box, or the grid of a bridge. */
export function handleOf(geometry: Geometry, key: string): string | null {
  const group = geometry.groups.find(
    ({ hub, folded }) => (hub !== null && linkKey(hub) === key) || folded.includes(key),
  );
  if (group !== undefined) {
    return groupKey(group.id);
  }
  const link = geometry.links.find(({ id }) => linkKey(id) === key);
  if (link === undefined) {
    return geometry.namespaces.some(({ id }) => namespaceKey(id) === key) ? key : null;
  }
  const host = link.style === 'host' ? geometry.groups.find(({ rect }) => holds(rect, link.rect)) : undefined;
  return host === undefined ? namespaceKey(ownerOf(link)) : groupKey(host.id);
}

/** Where a handle stands. */
export function placeOf(geometry: Geometry, handle: string): Rect | undefined {
  return (
    geometry.namespaces.find(({ id }) => namespaceKey(id) === handle)?.rect ??
    geometry.groups.find(({ id }) => groupKey(id) === handle)?.rect
  );
}
