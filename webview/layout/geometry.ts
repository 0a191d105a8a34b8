/** Pure: the shapes of the picture, by id. The text in them is added by render/scene.ts. Unit: px at zoom 1. */
import type { LinkId, NamespaceId } from '../../src/topology/topology.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point {
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** `box`: shows its links' true wiring. `cell`: a place in a grid. */
export interface NamespaceShape {
  readonly id: NamespaceId;
  readonly rect: Rect;
  readonly style: 'box' | 'cell';
  /** True where only what leads out of it is shown; null where it cannot be collapsed. */
  readonly collapsed: boolean | null;
}

/**
 * `box`: a link in a namespace's box. `chip`: one that is wired to nothing, such as lo. `host`: the node's end of a
 * pod's cable, hanging on a bus bar. `plug`: the pod's end, on the edge of the pod. `pin`: any other link of a pod in a grid.
 */
export type LinkStyle = 'box' | 'chip' | 'host' | 'plug' | 'pin';

export interface LinkShape {
  readonly id: LinkId;
  readonly rect: Rect;
  readonly style: LinkStyle;
}

/** The unknown place where the cable of a host end leads. */
export interface GhostShape {
  readonly host: LinkId;
  readonly rect: Rect;
}

/** `bridge`: ports of one bridge. `lower`: links lying on one link. `routed`: cables straight to the node. `loose`: no cable known. */
export type GroupKind = 'bridge' | 'lower' | 'routed' | 'loose';

/** The key of a group's shape. Keys of namespaces and links are those of their selections. */
export const groupKey = (id: string): string => `group ${id}`;
export const trunkKey = (group: string): string => `trunk ${group}`;

/** A packed grid with the bus bar that its cells hang on. */
export interface GroupShape {
  readonly id: string;
  readonly kind: GroupKind;
  /** The bridge or lower link; null for `routed` and `loose`. */
  readonly hub: LinkId | null;
  readonly rect: Rect;
  /** 0, 1, 2 …: tells the bus bars apart; stays while the panel lives. */
  readonly colour: number;
  readonly cells: number;
  /** How many there are where the picture leaves some out; else null. */
  readonly of: number | null;
  /** True where its cells are not drawn. */
  readonly collapsed: boolean;
  /** Keys of the namespaces and links (see selectionKey) that it stands for while it is collapsed; else empty. */
  readonly folded: readonly string[];
  /** x of the rail at the left that joins the rows' bars. */
  readonly railX: number;
  /** Height of the room for the title, above the first row. */
  readonly header: number;
}

/**
 * `veth`, `port`, `lower`, `tunnel`: an edge of the topology. `stub`: a host end's short way to its bus bar. `bus`: a bus
 * bar. `trunk`: from a hub to its bus bar. `unknown`: a cable whose other end is not known.
 */
export type WireKind = 'veth' | 'port' | 'lower' | 'tunnel' | 'stub' | 'bus' | 'trunk' | 'unknown';

export interface WireShape {
  readonly id: string;
  readonly kind: WireKind;
  /** The links it joins. */
  readonly links: readonly LinkId[];
  readonly group: string | null;
  readonly colour: number | null;
  readonly paths: readonly (readonly Point[])[];
}

/** The whole picture without its text. */
export interface Geometry {
  readonly bounds: Rect;
  readonly namespaces: readonly NamespaceShape[];
  readonly links: readonly LinkShape[];
  readonly ghosts: readonly GhostShape[];
  readonly groups: readonly GroupShape[];
  readonly wires: readonly WireShape[];
}

/** Measures of the grid. A cell is a host end, its cable and the pod below it. */
export const cell = {
  width: 150,
  gap: 18,
  stub: 10,
  hostWidth: 116,
  hostHeight: 20,
  cable: 20,
  plugWidth: 58,
  plugHeight: 14,
  podHeight: 60,
  rowGap: 22,
  pin: 8,
  /** The x of socket, cable and plug within a cell. */
  axis: 58,
} as const;

export const group = { top: 34, left: 32, right: 16, bottom: 16, rail: 14, gap: 44 } as const;

/** A larger grid is looked at from farther away: its title has the room to be read from there. */
export function headerHeight(columns: number): number {
  return group.top + Math.max(0, columns - 8) * 2.6;
}

/** From one row's bar to the next. */
export const rowPitch = cell.stub + cell.hostHeight + cell.cable + cell.podHeight + cell.rowGap;
export const columnPitch = cell.width + cell.gap;

/** Height of a link's box in a namespace's box. */
export const linkHeight = 46;
export const chipHeight = 20;

/** The smallest rect around all points and rects; a zero rect for none. */
export function boundsOf(rects: readonly Rect[], paths: readonly (readonly Point[])[] = []): Rect {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const grow = (x: number, y: number): void => {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  };
  for (const rect of rects) {
    grow(rect.x, rect.y);
    grow(rect.x + rect.width, rect.y + rect.height);
  }
  for (const path of paths) {
    for (const { x, y } of path) {
      grow(x, y);
    }
  }
  return left > right
    ? { x: 0, y: 0, width: 0, height: 0 }
    : { x: left, y: top, width: right - left, height: bottom - top };
}

export function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
