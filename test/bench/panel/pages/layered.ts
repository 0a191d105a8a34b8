/** The graph by ELK's `layered` alone, in a worker, as plain SVG that is moved by its transform. */
import type { ElkNode } from 'elkjs/lib/elk-api.js';
import { layeredGraph } from './layeredGraph.ts';
import type { BenchMessage } from './message.ts';
import { nextFrame, stage } from './stage.ts';

declare const elkWorkerText: string;

const host = stage();
const namespace = 'http://www.w3.org/2000/svg';
const worker = new Worker(URL.createObjectURL(new Blob([elkWorkerText], { type: 'text/javascript' })));
const view = { x: 0, y: 0, k: 1 };
const world = document.createElementNS(namespace, 'g');
let size = { width: 1, height: 1 };

const picture = document.createElementNS(namespace, 'svg');
picture.setAttribute('style', 'width: 100%; height: 100%; font: 12px sans-serif');
picture.append(world);
host.append(picture);

function make(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element: SVGElement = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, String(value));
  }
  return element;
}

function layOut(graph: ElkNode): Promise<ElkNode> {
  return new Promise((done) => {
    worker.onmessage = (event: MessageEvent<{ readonly laid: ElkNode; readonly tookMs: number }>) => {
      performance.clearMeasures('layout');
      performance.measure('layout', { start: 0, duration: event.data.tookMs });
      done(event.data.laid);
    };
    worker.postMessage(graph);
  });
}

function drawNode(node: ElkNode, titles: ReadonlyMap<string, readonly string[]>): SVGElement[] {
  const { x = 0, y = 0, width = 0, height = 0 } = node;
  const box = make('rect', { x, y, width, height, rx: 6, fill: '#24303c', stroke: '#3a5a7a' });
  const lines = (titles.get(node.id) ?? []).map((line, at) => {
    const text = make('text', { x: x + 8, y: y + 18 + at * 15, fill: '#ccc' });
    text.textContent = line;
    return text;
  });
  return [box, ...lines, ...(node.children ?? []).flatMap((child) => drawNode(child, titles))];
}

function drawEdges(node: ElkNode): SVGElement[] {
  return (node.edges ?? []).map((edge) => {
    const points = (edge.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
      startPoint,
      ...bendPoints,
      endPoint,
    ]);
    const d = points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x} ${y}`).join('');
    return make('path', { d, fill: 'none', stroke: '#89d185', 'stroke-width': 2 });
  });
}

function place(): void {
  world.setAttribute('transform', `translate(${view.x} ${view.y}) scale(${view.k})`);
}

function zoomTo(k: number): void {
  const factor = k / view.k;
  const { clientWidth: width, clientHeight: height } = host;
  view.x = width / 2 - (width / 2 - view.x) * factor;
  view.y = height / 2 - (height / 2 - view.y) * factor;
  view.k = k;
  place();
}

function fit(): void {
  view.k = Math.min(host.clientWidth / size.width, host.clientHeight / size.height);
  view.x = (host.clientWidth - size.width * view.k) / 2;
  view.y = 0;
  place();
}

window.contender = {
  show: async (message: BenchMessage) => {
    const laid = await layOut(layeredGraph(message.graph));
    const titles = new Map(message.graph.nodes.map(({ id, title, subtitle }) => [id, [title, subtitle]]));
    size = { width: laid.width ?? 1, height: laid.height ?? 1 };
    const drawn = (laid.children ?? []).flatMap((child) => drawNode(child, titles));
    world.replaceChildren(...drawEdges(laid), ...drawn);
    fit();
    await nextFrame();
  },
  fit,
  actualSize: () => zoomTo(1),
  pan: (x, y) => {
    view.x += x;
    view.y += y;
    place();
  },
  zoom: (factor) => zoomTo(view.k * factor),
};
