/** Pure: the whole graph for ELK's `layered`. */
import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { BenchGraph } from './message.ts';

/** Links of the node in a box of their own, everything else beside it; edges across the box. */
export function layeredGraph({ nodes, edges }: BenchGraph): ElkNode {
  const isOfNode = (id: string): boolean => id.startsWith('node/');
  const leaf = ({ id, width, height }: BenchGraph['nodes'][number]): ElkNode => ({ id, width, height });
  const root: ElkNode = {
    id: 'node',
    children: nodes.filter(({ id }) => isOfNode(id)).map(leaf),
    layoutOptions: { 'elk.padding': '[top=40,left=18,bottom=18,right=18]' },
  };
  return {
    id: 'all',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.json.shapeCoords': 'ROOT',
      'elk.json.edgeCoords': 'ROOT',
    },
    children: [root, ...nodes.filter(({ id }) => !isOfNode(id)).map(leaf)],
    edges: edges.map(({ id, a, b }) => ({ id, sources: [a], targets: [b] })),
  };
}
