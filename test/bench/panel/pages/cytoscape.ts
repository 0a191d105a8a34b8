/** The graph in Cytoscape.js: its own canvas, with the places given. */
import cytoscape from 'cytoscape';
import type { BenchMessage } from './message.ts';
import { nextFrame, stage } from './stage.ts';

const host = stage();
let shown: cytoscape.Core | null = null;

function elementsOf({ graph }: BenchMessage): cytoscape.ElementDefinition[] {
  const nodes = graph.nodes.map(({ id, title, subtitle, x, y, width, height }) => ({
    data: { id, label: `${title}\n${subtitle}`, width, height },
    position: { x: x + width / 2, y: y + height / 2 },
  }));
  return [...nodes, ...graph.edges.map(({ id, a, b }) => ({ data: { id, source: a, target: b } }))];
}

const style: cytoscape.StylesheetJson = [
  {
    selector: 'node',
    style: {
      shape: 'round-rectangle',
      width: 'data(width)',
      height: 'data(height)',
      label: 'data(label)',
      'text-wrap': 'wrap',
      'text-valign': 'center',
      'font-size': 12,
      color: '#cccccc',
      'background-color': '#24303c',
      'border-width': 1.2,
      'border-color': '#3a5a7a',
    },
  },
  {
    selector: 'edge',
    style: { 'curve-style': 'taxi', 'taxi-direction': 'downward', width: 2, 'line-color': '#89d185' },
  },
];

window.contender = {
  show: async (message) => {
    const elements = elementsOf(message);
    if (shown === null) {
      shown = cytoscape({ container: host, elements, style, layout: { name: 'preset', fit: true } });
    } else {
      shown.json({ elements });
    }
    const core = shown;
    await new Promise<void>((done) => core.one('render', () => done()));
    await nextFrame();
  },
  fit: () => shown?.fit(),
  actualSize: () => {
    shown?.zoom(1);
    shown?.center();
  },
  pan: (x, y) => shown?.panBy({ x, y }),
  zoom: (factor) => {
    const middle = { x: host.clientWidth / 2, y: host.clientHeight / 2 };
    shown?.zoom({ level: shown.zoom() * factor, renderedPosition: middle });
  },
};
