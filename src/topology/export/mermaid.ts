/** Pure: a topology as a Mermaid flowchart. */
import type { Topology } from '../topology.ts';
import { exportGraph, plainLine, type GraphLine, type GraphNode } from './graph.ts';

/**
 * A Mermaid flowchart: a subgraph for each namespace, bridges as hexagons, cables as thick lines. Names are written in
 * quotes, and every character of them that Mermaid, Markdown or HTML could take for more than a letter by its number.
 */
export function exportMermaid(topology: Topology): string {
  const { title, boxes, lines } = exportGraph(topology);
  const down = boxes.flatMap(({ nodes }) => nodes.filter(({ state }) => state !== 'up').map(({ id }) => id));
  return [
    `%% ${plainLine(title).replace(/[^\w.-]+/g, ' ')}`,
    'flowchart LR',
    ...boxes.flatMap(({ id, title: name, nodes }) => [
      `  subgraph ${id}["${label([name])}"]`,
      ...nodes.map((node) => `    ${node.id}${shape(node)}`),
      '  end',
    ]),
    ...lines.map((line) => `  ${line.from} ${arrow(line)} ${line.to}`),
    '  classDef down stroke-dasharray: 4 3',
    ...(down.length === 0 ? [] : [`  class ${down.join(',')} down`]),
    '',
  ].join('\n');
}

function shape({ lines, isHub }: GraphNode): string {
  const text = `"${label(lines)}"`;
  return isHub ? `{{${text}}}` : `[${text}]`;
}

function arrow({ kind }: GraphLine): string {
  switch (kind) {
    case 'veth':
      return '===';
    case 'port':
    case 'member':
      return '---';
    case 'lower':
    case 'tunnel':
      return '-.->';
  }
}

/** Entities by number, in Mermaid's own way (`#35;`); "<br/>" is the only markup, and ours. */
function label(lines: readonly string[]): string {
  return lines
    .map((line) =>
      Array.from(plainLine(line), (character) =>
        /[\p{L}\p{N} ./:@,+-]/u.test(character) ? character : `#${character.codePointAt(0) ?? 0xfffd};`,
      ).join(''),
    )
    .join('<br/>');
}
