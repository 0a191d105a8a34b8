/**
 * Pure: the part of the picture that has structure, as an ELK graph: the node's box and every namespace that must show
 * its true wiring, by `layered` over all of them at once. Grids are not in it: each is one small exit at the right edge,
 * so that ELK keeps the way from a bridge to its bus bar clear of boxes.
 */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { NamespaceId } from '../../src/topology/topology.ts';
import { chipHeight, type Point, type Rect, type Size } from './geometry.ts';
import type { BoxPlan, LayoutPlan } from './plan.ts';

const padding = { top: 40, side: 18, right: 22, bottom: 18 } as const;
const chipGap = 8;
const chipsAcross = 3;

export const exitId = (group: string): string => `exit ${group}`;
export const boxId = (namespace: NamespaceId): string => `box ${namespace}`;

interface Chips {
  readonly size: Size;
  /** Where each chip stands within the block of chips. */
  readonly at: readonly Point[];
}

function arrangeChips(box: BoxPlan): Chips {
  const across = Math.max(chipsAcross, Math.ceil(Math.sqrt(box.chips.length / 2)));
  const at: Point[] = [];
  let [x, y, width] = [0, 0, 0];
  box.chips.forEach((chip, position) => {
    if (position > 0 && position % across === 0) {
      [x, y] = [0, y + chipHeight + chipGap];
    }
    at.push({ x, y });
    width = Math.max(width, x + chip.width);
    x += chip.width + chipGap;
  });
  return { size: { width, height: box.chips.length === 0 ? 0 : y + chipHeight }, at };
}

/** Where the chips of a box stand: along its lower edge, in the room that its padding keeps for them. */
export function chipsIn(box: BoxPlan, rect: Rect): readonly Point[] {
  const { size, at } = arrangeChips(box);
  const top = rect.y + rect.height - padding.bottom + 4 - size.height;
  return at.map(({ x, y }) => ({ x: rect.x + padding.side + x, y: top + y }));
}

function boxNode(box: BoxPlan): ElkNode {
  const chips = arrangeChips(box).size;
  const bottom = padding.bottom + (chips.height === 0 ? 0 : chips.height + 8);
  const width = Math.max(box.titleWidth, chips.width + padding.side + padding.right);
  return {
    id: boxId(box.id),
    children: box.wired.map(({ id, width: w, height }) => ({ id, width: w, height })),
    layoutOptions: {
      'elk.padding': `[top=${padding.top},left=${padding.side},bottom=${bottom},right=${padding.right}]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width}, ${padding.top + bottom})`,
    },
  };
}

function exitNode(id: string): ElkNode {
  return {
    id: exitId(id),
    width: 2,
    height: 2,
    layoutOptions: { 'elk.layered.layering.layerConstraint': 'LAST' },
  };
}

/** Builds the ELK graph of a plan. Coordinates in its result are absolute. */
export function buildElkGraph(plan: LayoutPlan): ElkNode {
  const root = plan.boxes.find((box) => box.root);
  const shown = new Set(plan.boxes.flatMap((box) => box.wired.map((link) => link.id)));
  const exits: ElkNode[] = [];
  const edges: ElkExtendedEdge[] = plan.wires.map((wire, position) => ({
    id: `wire ${position}`,
    sources: [wire.a],
    targets: [wire.b],
  }));
  for (const { id, kind, hub } of plan.groups) {
    const source =
      hub !== null && shown.has(hub) ? hub : kind === 'routed' && root ? boxId(root.id) : undefined;
    if (source !== undefined) {
      exits.push(exitNode(id));
      edges.push({ id: `trunk ${id}`, sources: [source], targets: [exitId(id)] });
    }
  }
  return {
    id: 'structure',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.spacing.nodeNode': '18',
      'elk.spacing.edgeNode': '16',
      'elk.layered.spacing.nodeNodeBetweenLayers': '44',
      'elk.layered.spacing.edgeNodeBetweenLayers': '18',
      'elk.padding': '[top=0,left=0,bottom=0,right=0]',
      'elk.json.shapeCoords': 'ROOT',
      'elk.json.edgeCoords': 'ROOT',
    },
    children: [...plan.boxes.map(boxNode), ...exits],
    edges,
  };
}
