/** Pure: a topology in Graphviz's language. */
import type { Topology } from '../topology.ts';
import { exportGraph, plainLine, type GraphLine, type GraphNode } from './graph.ts';

/** A graph for Graphviz: a cluster for each namespace, bridges as hexagons, cables as thick lines. */
export function exportDot(topology: Topology): string {
  const { title, boxes, lines } = exportGraph(topology);
  return [
    `graph ${quote([title])} {`,
    '  graph [rankdir=LR, fontname="sans-serif", style=rounded];',
    '  node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];',
    ...boxes.flatMap(({ id, title: name, nodes }) => [
      `  subgraph cluster_${id} {`,
      `    label=${quote([name])};`,
      ...nodes.map((node) => `    ${node.id} [${attributes(node)}];`),
      '  }',
    ]),
    ...lines.map((line) => `  ${line.from} -- ${line.to} [${style(line)}];`),
    '}',
    '',
  ].join('\n');
}

function attributes({ lines, isHub, state }: GraphNode): string {
  return [
    `label=${quote(lines)}`,
    ...(isHub ? ['shape=hexagon'] : []),
    ...(state === 'up' ? [] : ['style="rounded,dashed"']),
  ].join(', ');
}

function style({ kind }: GraphLine): string {
  switch (kind) {
    case 'veth':
      return 'penwidth=2';
    case 'port':
    case 'member':
      return 'penwidth=1';
    case 'lower':
    case 'tunnel':
      return 'style=dashed';
  }
}

/**
 * A string of the language: a backslash would begin an escape (`\N`, `\G`), and an ampersand an entity, so both are
 * written as entities of their own.
 */
function quote(lines: readonly string[]): string {
  const text = lines.map((line) =>
    plainLine(line).replaceAll('&', '&amp;').replaceAll('\\', '&#92;').replaceAll('"', '&quot;'),
  );
  return `"${text.join('\\n')}"`;
}
