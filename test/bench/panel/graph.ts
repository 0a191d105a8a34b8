/** The graph that the panel's contenders draw, with the places that the panel's own layout gives. */
import ELK from 'elkjs/lib/elk.bundled.js';
import type { Topology } from '../../../src/topology/topology.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import { displayName, firstAddress, namespaceTitle } from '../../../webview/graph/text.ts';
import { layoutPlan } from '../../../webview/layout/layoutTopology.ts';
import { planLayout } from '../../../webview/layout/plan.ts';
import { emptyMemory } from '../../../webview/layout/slots.ts';
import type { BenchEdge, BenchGraph, BenchNode } from './pages/message.ts';

const elk = new ELK();

/** Pods, host ends, and the links of the node: a box each; a line for each cable and each port of a bridge. */
export async function benchGraph(
  topology: Topology,
  screen: { width: number; height: number },
): Promise<BenchGraph> {
  const index = indexTopology(topology);
  const { geometry } = await layoutPlan(elk, { plan: planLayout(index), memory: emptyMemory, screen });
  const nodeOf = new Map<string, string>();
  const nodes: BenchNode[] = [];
  const add = (node: BenchNode, links: readonly string[]): void => {
    nodes.push(node);
    links.forEach((link) => nodeOf.set(link, node.id));
  };
  for (const { id, rect } of geometry.links) {
    const link = index.links.get(id);
    if (link !== undefined && index.namespaces.get(link.namespace)?.root === true) {
      add({ id: `node/${id}`, title: displayName(link.name), subtitle: firstAddress(link) ?? '', ...rect }, [
        id,
      ]);
    }
  }
  for (const { id, rect, style } of geometry.namespaces) {
    const namespace = index.namespaces.get(id);
    if (namespace !== undefined && style === 'cell') {
      const eth0 = index.linksOf(id).find((link) => link.peer !== null);
      const subtitle = (eth0 && firstAddress(eth0)) ?? '';
      add({ id, title: namespaceTitle(namespace), subtitle, ...rect }, namespace.links);
    }
  }
  const edges = topology.edges.flatMap(({ a, b }, at): BenchEdge[] => {
    const [from, to] = [nodeOf.get(b), nodeOf.get(a)];
    return from === undefined || to === undefined ? [] : [{ id: `edge ${at}`, a: from, b: to }];
  });
  return { nodes, edges };
}
