/**
 * Pure: which cell stands where, and stays there. A removed pod leaves its place empty, a new one takes the first empty
 * place; the number of columns, the order of groups and the room of each group are frozen while the panel lives. A group
 * has room for some more than it holds, so that one that grows pushes no other.
 */
import { compareNames } from '../graph/topologyIndex.ts';
import { columnPitch, group as measures, cell, headerHeight, rowPitch, type Size } from './geometry.ts';
import type { CellPlan, GroupPlan, LayoutPlan } from './plan.ts';

export interface GroupMemory {
  readonly columns: number;
  /** Cell keys; null is an empty place. */
  readonly slots: readonly (string | null)[];
  /** Rows and columns of its frame: they never shrink. */
  readonly rows: number;
  readonly usedColumns: number;
  /** What is kept free for it, its frame included. */
  readonly room: { readonly rows: number; readonly columns: number };
  /** What its title takes, in px. */
  readonly title: Size;
}

/** What the layout remembers of one node. Plain data: kept across reloads. */
export interface LayoutMemory {
  /** In the order of their places and colours. */
  readonly order: readonly string[];
  readonly groups: Readonly<Record<string, GroupMemory>>;
  /** Width that the groups are packed into; null before there are any. */
  readonly areaWidth: number | null;
  /** y of the middle of the picture, on which the node's box stays centred. */
  readonly middle: number | null;
}

export const emptyMemory: LayoutMemory = { order: [], groups: {}, areaWidth: null, middle: null };

const fewestColumns = 4;
/** Groups that went empty are forgotten when there are more than this many. */
const mostGroups = 64;
/** A grid that has grown to so many rows per column gets more columns: frozen must not mean unreadable. */
const rowsPerColumn = 4;

/** Columns for a grid of `count` cells whose width : height is close to `aspect`. */
export function columnsFor(count: number, aspect: number): number {
  return Math.max(fewestColumns, Math.round(Math.sqrt((count * aspect * rowPitch) / columnPitch)));
}

/** Room for so many more than there are. */
function roomFor(count: number, spare: number, columns: number): GroupMemory['room'] {
  const places = count + Math.ceil(spare);
  return { rows: Math.ceil(places / columns), columns: Math.min(columns, places) };
}

function freshGroup({ cells, titleWidth }: GroupPlan, aspect: number): GroupMemory {
  const sorted = [...cells].sort((a, b) => compareNames(a.sort, b.sort));
  const columns = columnsFor(cells.length, aspect);
  return {
    columns,
    slots: sorted.map((one) => one.key),
    rows: Math.max(1, Math.ceil(cells.length / columns)),
    usedColumns: Math.min(columns, cells.length),
    // What comes and goes by chance strays by some square root.
    room: roomFor(cells.length, Math.sqrt(cells.length) / 2, columns),
    title: { width: titleWidth, height: headerHeight(columns) },
  };
}

function fillSlots(slots: readonly (string | null)[], cells: readonly CellPlan[]): (string | null)[] {
  const present = new Set(cells.map((one) => one.key));
  const filled = slots.map((key) => (key !== null && present.has(key) ? key : null));
  const known = new Set(filled);
  const fresh = cells.filter((one) => !known.has(one.key)).sort((a, b) => compareNames(a.sort, b.sort));
  let next = 0;
  for (const { key } of fresh) {
    while (next < filled.length && filled[next] !== null) {
      next++;
    }
    filled[next] = key;
  }
  return filled;
}

/** More columns at the right; every cell stays where it is. */
function widen(before: GroupMemory, columns: number): GroupMemory {
  const slots: (string | null)[] = [];
  before.slots.forEach((key, at) => {
    slots[Math.floor(at / before.columns) * columns + (at % before.columns)] = key;
  });
  return { ...before, columns, slots: Array.from(slots, (key) => key ?? null) };
}

function nextGroup(before: GroupMemory, cells: readonly CellPlan[], aspect: number): GroupMemory {
  const slots = fillSlots(before.slots, cells);
  const last = slots.findLastIndex((key) => key !== null);
  const rows = Math.ceil((last + 1) / before.columns);
  const columns = columnsFor(cells.length, aspect);
  if (rows > before.columns * rowsPerColumn && columns > before.columns) {
    return nextGroup(widen(before, columns), cells, aspect);
  }
  return withRoom({
    ...before,
    slots,
    rows: Math.max(before.rows, rows),
    usedColumns: Math.max(before.usedColumns, Math.min(before.columns, last + 1)),
  });
}

/** With more room where it has outgrown what it had; what has grown once goes on. */
function withRoom(group: GroupMemory): GroupMemory {
  const { rows, usedColumns, slots, columns, room } = group;
  if (rows <= room.rows && usedColumns <= room.columns) {
    return group;
  }
  const more = roomFor(slots.length, slots.length / 4, columns);
  return {
    ...group,
    room: { rows: Math.max(room.rows, more.rows), columns: Math.max(room.columns, more.columns) },
  };
}

function sizeOf({ title }: GroupMemory, across: number, rows: number): Size {
  const grid = measures.left + Math.max(1, across) * columnPitch - cell.gap + measures.right;
  return {
    width: Math.max(grid, title.width),
    height: title.height + rows * rowPitch - cell.rowGap + measures.bottom,
  };
}

/** The frame of a group. */
export function groupSize(memory: GroupMemory): Size {
  return sizeOf(memory, memory.usedColumns, memory.rows);
}

/** What no other group may take: its frame, and what it may grow into. */
export function groupRoom(memory: GroupMemory): Size {
  return sizeOf(memory, memory.room.columns, memory.room.rows);
}

/** The frame of a group while it is collapsed. */
export function collapsedSize(titleWidth: number): Size {
  return { width: titleWidth, height: measures.top };
}

function freshOrder(plan: readonly GroupPlan[]): string[] {
  const rank = (one: GroupPlan): number => (one.kind === 'loose' ? 1 : 0);
  return [...plan]
    .sort((a, b) => rank(a) - rank(b) || b.cells.length - a.cells.length || compareNames(a.name, b.name))
    .map((one) => one.id);
}

/**
 * The memory after a plan was laid out. A group that went empty is kept, and its room with it. `aspect` is the
 * panel's width : height, for grids laid out for the first time.
 */
export function remember(before: LayoutMemory, plan: LayoutPlan, aspect: number): LayoutMemory {
  const fresh = freshOrder(plan.groups.filter((one) => before.groups[one.id] === undefined));
  const planned = new Map(plan.groups.map((one) => [one.id, one]));
  const groups: Record<string, GroupMemory> = {};
  const held = before.order.filter((id) => before.groups[id] !== undefined);
  const order = [...(held.length > mostGroups ? held.filter((id) => planned.has(id)) : held), ...fresh];
  for (const id of order) {
    const [known, one] = [before.groups[id], planned.get(id)];
    if (known !== undefined) {
      groups[id] = nextGroup(known, one?.cells ?? [], aspect);
    } else if (one !== undefined) {
      groups[id] = freshGroup(one, aspect);
    }
  }
  return { ...before, order, groups };
}
