/** Pure: plan + ELK's result + slots → geometry. Grids, bus bars, rails, stubs and trunks are placed here, in O(n). */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import { linkKey, namespaceKey } from '../graph/selection.ts';
import { boxId, chipsIn, exitId } from './elkGraph.ts';
import {
  boundsOf,
  cell as cellSize,
  columnPitch,
  group as measures,
  rowPitch,
  trunkKey,
  type Geometry,
  type GhostShape,
  type GroupShape,
  type LinkShape,
  type NamespaceShape,
  type Point,
  type Rect,
  type Size,
  type WireShape,
} from './geometry.ts';
import type { CellPlan, GroupPlan, LayoutPlan } from './plan.ts';
import { bestWidth, packShelves, trunkPitch, type Shelved } from './shelves.ts';
import { collapsedSize, groupRoom, groupSize, type GroupMemory, type LayoutMemory } from './slots.ts';

export interface Placed {
  readonly geometry: Geometry;
  /** The memory with what was frozen by this layout. */
  readonly memory: LayoutMemory;
}

interface Canvas {
  readonly namespaces: NamespaceShape[];
  readonly links: LinkShape[];
  readonly ghosts: GhostShape[];
  readonly groups: GroupShape[];
  readonly wires: WireShape[];
}

interface PlacedGroup {
  readonly plan: GroupPlan;
  readonly memory: GroupMemory;
  readonly shelved: Shelved;
  readonly colour: number;
}

/** The lane between the structure and the grids, in which trunks change their height. */
const lane = { margin: 26, pitch: 10 } as const;

function rectOf(node: ElkNode | undefined, shift: Point): Rect {
  return {
    x: (node?.x ?? 0) + shift.x,
    y: (node?.y ?? 0) + shift.y,
    width: node?.width ?? 0,
    height: node?.height ?? 0,
  };
}

function pathsOf(edge: ElkExtendedEdge | undefined, shift: Point): Point[][] {
  return (edge?.sections ?? []).map((section) =>
    [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map(({ x, y }) => ({
      x: x + shift.x,
      y: y + shift.y,
    })),
  );
}

function nodesById(graph: ElkNode): Map<string, ElkNode> {
  const found = new Map<string, ElkNode>();
  const visit = (node: ElkNode): void => {
    found.set(node.id, node);
    node.children?.forEach(visit);
  };
  visit(graph);
  return found;
}

function edgesById(graph: ElkNode): Map<string, ElkExtendedEdge> {
  const found = new Map<string, ElkExtendedEdge>();
  const visit = (node: ElkNode): void => {
    node.edges?.forEach((edge) => found.set(edge.id, edge));
    node.children?.forEach(visit);
  };
  visit(graph);
  return found;
}

/** A short cable that ends in nothing. */
function danglingWire(id: string, paths: Point[][], group: string | null = null): WireShape {
  return { id: `unknown ${id}`, kind: 'unknown', links: [id], group, colour: null, paths };
}

function placeBoxes(canvas: Canvas, plan: LayoutPlan, nodes: Map<string, ElkNode>, shift: Point): void {
  for (const box of plan.boxes) {
    const rect = rectOf(nodes.get(boxId(box.id)), shift);
    canvas.namespaces.push({ id: box.id, rect, style: 'box', collapsed: box.collapsed });
    for (const { id, peerUnknown } of box.wired) {
      const inner = rectOf(nodes.get(id), shift);
      canvas.links.push({ id, rect: inner, style: 'box' });
      if (peerUnknown) {
        const from = { x: inner.x + inner.width, y: inner.y + inner.height / 2 };
        canvas.wires.push(danglingWire(id, [[from, { x: from.x + 22, y: from.y }]]));
      }
    }
    chipsIn(box, rect).forEach(({ x, y }, position) => {
      const chip = box.chips[position];
      if (chip !== undefined) {
        canvas.links.push({
          id: chip.id,
          rect: { x, y, width: chip.width, height: chip.height },
          style: 'chip',
        });
      }
    });
  }
}

function placeWires(
  canvas: Canvas,
  plan: LayoutPlan,
  edges: Map<string, ElkExtendedEdge>,
  shift: Point,
): void {
  plan.wires.forEach((wire, position) => {
    const id = `${wire.kind} ${wire.a} ${wire.b}`;
    const paths = pathsOf(edges.get(`wire ${position}`), shift);
    canvas.wires.push({ id, kind: wire.kind, links: [wire.a, wire.b], group: null, colour: null, paths });
  });
}

function placePod(canvas: Canvas, cell: CellPlan, x: number, podTop: number): void {
  if (cell.namespace === null) {
    const rect = { x, y: podTop, width: cellSize.width, height: cellSize.podHeight };
    canvas.ghosts.push({ host: cell.host ?? cell.key, rect });
    return;
  }
  const rect = { x, y: podTop, width: cellSize.width, height: cellSize.podHeight };
  canvas.namespaces.push({ id: cell.namespace, rect, style: 'cell', collapsed: null });
  if (cell.plug !== null) {
    const plug = {
      x: x + cellSize.axis - cellSize.plugWidth / 2,
      y: podTop - cellSize.plugHeight / 2,
      width: cellSize.plugWidth,
      height: cellSize.plugHeight,
    };
    canvas.links.push({ id: cell.plug, rect: plug, style: 'plug' });
  }
  cell.pins.slice(0, 8).forEach((id, position) => {
    const pin = {
      x: x + cellSize.width - 10 - (position + 1) * (cellSize.pin + 4),
      y: podTop + cellSize.podHeight - cellSize.pin / 2,
      width: cellSize.pin,
      height: cellSize.pin,
    };
    canvas.links.push({ id, rect: pin, style: 'pin' });
  });
}

function placeCell(canvas: Canvas, group: PlacedGroup, cell: CellPlan, x: number, railY: number): void {
  const axis = x + cellSize.axis;
  const hostTop = railY + cellSize.stub;
  const hostBottom = hostTop + cellSize.hostHeight;
  const podTop = hostBottom + cellSize.cable;
  const plugTop = podTop - cellSize.plugHeight / 2;
  const { id, hub } = group.plan;
  const onBar = hub === null ? [] : [hub];
  const wire = (kind: WireShape['kind'], links: readonly string[], from: number, to: number): void => {
    const paths = [
      [
        { x: axis, y: from },
        { x: axis, y: to },
      ],
    ];
    canvas.wires.push({ id: `${kind} ${cell.key}`, kind, links, group: id, colour: group.colour, paths });
  };
  if (cell.host !== null) {
    const host = { x, y: hostTop, width: cellSize.hostWidth, height: cellSize.hostHeight };
    canvas.links.push({ id: cell.host, rect: host, style: 'host' });
    wire('stub', [...onBar, cell.host], railY, hostTop);
    if (cell.plug === null) {
      wire('unknown', [cell.host], hostBottom, podTop);
    } else {
      wire('veth', [cell.host, cell.plug], hostBottom, plugTop);
    }
  } else if (group.plan.kind === 'lower' && cell.plug !== null) {
    wire('stub', [...onBar, cell.plug], railY, plugTop);
  } else if (cell.peerUnknown && cell.plug !== null) {
    wire('unknown', [cell.plug], plugTop - 20, plugTop);
  }
  placePod(canvas, cell, x, podTop);
}

function rowY(group: PlacedGroup, row: number): number {
  return group.shelved.rect.y + group.memory.title.height + row * rowPitch;
}

function busPaths(group: PlacedGroup, railX: number, ends: ReadonlyMap<number, number>): Point[][] {
  const rows = [...ends.keys()].sort((a, b) => a - b);
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) {
    return [];
  }
  const bars = rows.map((row) => [
    { x: railX, y: rowY(group, row) },
    { x: ends.get(row) ?? railX, y: rowY(group, row) },
  ]);
  const rail = [
    { x: railX, y: rowY(group, first) },
    { x: railX, y: rowY(group, last) },
  ];
  return first === last ? bars : [rail, ...bars];
}

function groupShape({ plan, memory, shelved, colour }: PlacedGroup): GroupShape {
  const { id, kind, hub, cells, collapsed } = plan;
  const folded = cells.flatMap(({ namespace, host, plug, pins }) => [
    ...(namespace === null ? [] : [namespaceKey(namespace)]),
    ...[host, plug, ...pins].flatMap((link) => (link === null ? [] : linkKey(link))),
  ]);
  return {
    ...{ id, kind, hub, colour, collapsed },
    rect: shelved.rect,
    cells: cells.length,
    of: null,
    folded: collapsed ? folded : [],
    railX: shelved.rect.x + measures.rail,
    header: collapsed ? measures.top : memory.title.height,
  };
}

function placeGroup(canvas: Canvas, group: PlacedGroup): void {
  const { plan, memory, shelved, colour } = group;
  const shape = groupShape(group);
  canvas.groups.push(shape);
  if (plan.collapsed) {
    return;
  }
  const { railX } = shape;
  const cells = new Map(plan.cells.map((one) => [one.key, one]));
  const barEnds = new Map<number, number>();
  memory.slots.forEach((key, slot) => {
    const one = key === null ? undefined : cells.get(key);
    if (one !== undefined) {
      const row = Math.floor(slot / memory.columns);
      const x = shelved.rect.x + measures.left + (slot % memory.columns) * columnPitch;
      placeCell(canvas, group, one, x, rowY(group, row));
      barEnds.set(row, Math.max(barEnds.get(row) ?? 0, x + cellSize.axis));
    }
  });
  const { id, kind, hub } = plan;
  if (kind !== 'loose') {
    const paths = busPaths(group, railX, barEnds);
    canvas.wires.push({
      id: `bus ${id}`,
      kind: 'bus',
      links: hub === null ? [] : [hub],
      group: id,
      colour,
      paths,
    });
  }
}

interface Trunk {
  readonly group: PlacedGroup;
  readonly toExit: readonly Point[];
  readonly exit: Point;
  readonly entry: Point;
}

/** Where a trunk meets its bus bar: the first of a shelf from the left, as level as can be; the others from above. */
function trunkEntry(group: PlacedGroup, exit: Point): Point {
  const { rect } = group.shelved;
  const railX = rect.x + measures.rail;
  if (group.plan.collapsed) {
    return group.shelved.place === 0 ? { x: rect.x, y: rect.y + rect.height / 2 } : { x: railX, y: rect.y };
  }
  const lastRow = Math.max(0, Math.ceil(group.memory.slots.length / group.memory.columns) - 1);
  const [top, bottom] = [rowY(group, 0), rowY(group, lastRow)];
  const level = group.shelved.place === 0 ? Math.min(bottom, Math.max(top, exit.y)) : top;
  return { x: railX, y: level };
}

/** The y at which a trunk leaves its lane. */
function trunkLevel({ group, entry }: Trunk): number {
  const { place, rect } = group.shelved;
  return place === 0 ? entry.y : rect.y - 14 - (place - 1) * trunkPitch;
}

/** Lanes in an order that keeps trunks from crossing: those that climb, then those that fall, last first. */
function byLane(trunks: readonly Trunk[]): Trunk[] {
  const up = trunks.filter((one) => trunkLevel(one) <= one.exit.y);
  const down = trunks.filter((one) => trunkLevel(one) > one.exit.y);
  return [
    ...up.sort((a, b) => trunkLevel(a) - trunkLevel(b)),
    ...down.sort((a, b) => trunkLevel(b) - trunkLevel(a)),
  ];
}

function dedupe(points: readonly Point[]): Point[] {
  return points.filter((point, at) => {
    const before = points[at - 1];
    return before?.x !== point.x || before.y !== point.y;
  });
}

function placeTrunks(canvas: Canvas, trunks: readonly Trunk[], laneLeft: number): void {
  byLane(trunks).forEach((trunk, position) => {
    const { group, exit, entry, toExit } = trunk;
    const laneX = laneLeft + lane.margin + position * lane.pitch;
    const level = trunkLevel(trunk);
    const path = [
      ...toExit,
      { x: laneX, y: exit.y },
      { x: laneX, y: level },
      { x: entry.x, y: level },
      entry,
    ];
    const { id, hub } = group.plan;
    canvas.wires.push({
      id: trunkKey(id),
      kind: 'trunk',
      links: hub === null ? [] : [hub],
      group: id,
      colour: group.colour,
      paths: [dedupe(path)],
    });
  });
}

/**
 * Where the groups stand, each in its room; those that went empty keep theirs free. Where all are collapsed they are packed
 * as an overview of their own.
 */
function placeGroups(
  plan: LayoutPlan,
  memory: LayoutMemory,
  areaWidth: number,
  screen: Size,
  beside: number,
): PlacedGroup[] {
  const planned = new Map(plan.groups.map((one) => [one.id, one]));
  const overview = plan.groups.every(({ collapsed }) => collapsed);
  const standing = memory.order.flatMap((id, colour) => {
    const [one, held] = [planned.get(id), memory.groups[id]];
    return held && (one || !overview) ? [{ plan: one, memory: held, colour }] : [];
  });
  const rooms = standing.map(({ plan: one, memory: held }) =>
    one?.collapsed === true ? collapsedSize(one.titleWidth) : groupRoom(held),
  );
  const shelves = packShelves(rooms, overview ? bestWidth(rooms, screen, beside) : areaWidth);
  return standing.flatMap(({ plan: one, memory: held, colour }, position) => {
    const shelved = shelves[position];
    if (one === undefined || shelved === undefined) {
      return [];
    }
    const frame = one.collapsed ? collapsedSize(one.titleWidth) : groupSize(held);
    return { plan: one, memory: held, colour, shelved: { ...shelved, rect: { ...shelved.rect, ...frame } } };
  });
}

function samePlaces(a: readonly Shelved[], b: readonly Shelved[]): boolean {
  return a.every(({ rect }, at) => rect.x === b[at]?.rect.x && rect.y === b[at].rect.y);
}

/**
 * The width to pack into: frozen, unless another one suits a new last group better and leaves all others in place. Collapsed
 * groups count as open ones, so that they return to their places.
 */
function areaWidthFor(memory: LayoutMemory, screen: Size, beside: number): number | null {
  const sizes = memory.order.flatMap((id) => {
    const held = memory.groups[id];
    return held ? [groupRoom(held)] : [];
  });
  const before = memory.areaWidth;
  if (sizes.length === 0) {
    return before;
  }
  const best = bestWidth(sizes, screen, beside);
  const others = sizes.slice(0, -1);
  const keeps = before === null || samePlaces(packShelves(others, best), packShelves(others, before));
  return keeps ? best : before;
}

/** Joins ELK's structure and our grids. The grids start at (0, 0) and never move for a change of the structure. */
export function placeAll(plan: LayoutPlan, elk: ElkNode, memory: LayoutMemory, screen: Size): Placed {
  const canvas: Canvas = { namespaces: [], links: [], ghosts: [], groups: [], wires: [] };
  const [nodes, edges] = [nodesById(elk), edgesById(elk)];
  const trunkCount = plan.groups.filter((one) => nodes.has(exitId(one.id))).length;
  const laneWidth = plan.groups.length === 0 ? 0 : lane.margin * 2 + Math.max(0, trunkCount - 1) * lane.pitch;
  const beside = laneWidth + (elk.width ?? 0);
  const areaWidth = areaWidthFor(memory, screen, beside);
  const groups = placeGroups(plan, memory, areaWidth ?? 0, screen, beside);
  const area = boundsOf(groups.map((one) => one.shelved.rect));
  const withTrunk = groups.filter((one) => nodes.has(exitId(one.plan.id)));
  const collapsing = groups.some((one) => one.plan.collapsed);
  const centre = groups.length === 0 ? null : area.height / 2;
  const middle = memory.middle ?? (collapsing ? null : centre);
  const shift = {
    x: -beside,
    y: Math.max(0, (collapsing ? centre : middle) ?? 0) - (elk.height ?? 0) / 2,
  };
  placeBoxes(canvas, plan, nodes, shift);
  placeWires(canvas, plan, edges, shift);
  groups.forEach((one) => placeGroup(canvas, one));
  const trunks = withTrunk.map((one): Trunk => {
    const exitRect = rectOf(nodes.get(exitId(one.plan.id)), shift);
    const toExit = pathsOf(edges.get(`trunk ${one.plan.id}`), shift)[0] ?? [];
    const exit = { x: exitRect.x, y: toExit.at(-1)?.y ?? exitRect.y };
    return { group: one, toExit, exit, entry: trunkEntry(one, exit) };
  });
  placeTrunks(canvas, trunks, -laneWidth);
  const rects = [...canvas.namespaces, ...canvas.groups].map((shape) => shape.rect);
  const bounds = boundsOf(
    rects,
    canvas.wires.filter((wire) => wire.kind === 'trunk').flatMap((wire) => wire.paths),
  );
  return { geometry: { bounds, ...canvas }, memory: { ...memory, areaWidth, middle } };
}
