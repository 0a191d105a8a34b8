/** The graph in React Flow, as its documentation sets it up: own nodes of HTML, memoised, with handles. */
import {
  Handle,
  Position,
  ReactFlow,
  type Edge,
  type Node,
  type NodeProps,
  type ReactFlowInstance,
} from '@xyflow/react';
import { createElement, memo } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import type { BenchMessage } from './message.ts';
import { frameWhen, stage } from './stage.ts';

type BoxNode = Node<{ readonly title: string; readonly subtitle: string }, 'box'>;

const Box = memo(({ data }: NodeProps<BoxNode>) =>
  createElement(
    'div',
    { className: 'box' },
    createElement(Handle, { type: 'target', position: Position.Top }),
    createElement('strong', null, data.title),
    createElement('span', null, data.subtitle),
    createElement(Handle, { type: 'source', position: Position.Bottom }),
  ),
);
Box.displayName = 'Box';

const nodeTypes = { box: Box };
const host = stage();
const root = createRoot(host);
let flow: ReactFlowInstance<BoxNode> | null = null;

function nodesOf({ graph }: BenchMessage): BoxNode[] {
  return graph.nodes.map(({ id, x, y, width, height, title, subtitle }) => ({
    id,
    type: 'box',
    position: { x, y },
    width,
    height,
    data: { title, subtitle },
  }));
}

function edgesOf({ graph }: BenchMessage): Edge[] {
  return graph.edges.map(({ id, a, b }) => ({ id, source: a, target: b, type: 'smoothstep' }));
}

window.contender = {
  show: async (message) => {
    const [nodes, edges] = [nodesOf(message), edgesOf(message)];
    const props = {
      ...{ nodes, edges, nodeTypes, minZoom: 0.02, fitView: true, colorMode: 'dark' as const },
      onInit: (instance: ReactFlowInstance<BoxNode>) => {
        flow = instance;
      },
    };
    flushSync(() => {
      root.render(createElement(ReactFlow<BoxNode>, props));
    });
    // A node stays invisible until it was measured.
    await frameWhen(() => {
      const drawn = host.querySelectorAll<HTMLElement>('.react-flow__node');
      const last = drawn.item(drawn.length - 1);
      return drawn.length === nodes.length && last.style.visibility !== 'hidden';
    });
    await frameWhen(() => host.querySelectorAll('.react-flow__edge').length === edges.length);
  },
  fit: () => void flow?.fitView(),
  actualSize: () => void flow?.zoomTo(1),
  pan: (x, y) => {
    const view = flow?.getViewport() ?? { x: 0, y: 0, zoom: 1 };
    void flow?.setViewport({ ...view, x: view.x + x, y: view.y + y });
  },
  zoom: (factor) => {
    const { x, y, zoom } = flow?.getViewport() ?? { x: 0, y: 0, zoom: 1 };
    const about = (at: number, size: number): number => size / 2 - (size / 2 - at) * factor;
    void flow?.setViewport({
      x: about(x, host.clientWidth),
      y: about(y, host.clientHeight),
      zoom: zoom * factor,
    });
  },
};
