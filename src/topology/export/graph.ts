/** Pure: a topology as the plain graph that text formats draw: boxes with nodes in them, and lines between nodes. */
import type { Edge, Link, Namespace, Topology } from '../topology.ts';

export interface GraphNode {
  /** A word of letters and digits, which no format takes for anything else. */
  readonly id: string;
  /** Lines of text, as the node says them: hostile. */
  readonly lines: readonly string[];
  readonly state: 'up' | 'down' | 'no-carrier';
  readonly isHub: boolean;
}

export interface GraphBox {
  readonly id: string;
  readonly title: string;
  readonly nodes: readonly GraphNode[];
}

export interface GraphLine {
  readonly from: string;
  readonly to: string;
  readonly kind: Edge['kind'];
}

export interface ExportGraph {
  readonly title: string;
  readonly boxes: readonly GraphBox[];
  readonly lines: readonly GraphLine[];
}

/** One box for each namespace, the node's own first; loopback links, which lead nowhere, are left out. */
export function exportGraph(topology: Topology): ExportGraph {
  const shown = topology.links.filter(({ kind }) => kind !== 'loopback');
  const ids = new Map(shown.map((link, at) => [link.id, `l${at}`]));
  const ordered = [...topology.namespaces].sort((a, b) => Number(b.root) - Number(a.root));
  const masters = new Set(topology.links.map(({ master }) => master));
  const nodesOf = (namespace: Namespace): GraphNode[] =>
    shown
      .filter((link) => link.namespace === namespace.id)
      .map((link) => nodeOf(link, ids.get(link.id) ?? '', masters.has(link.id)));
  return {
    title: topology.node.hostname,
    boxes: ordered.map((namespace, at) => ({
      id: `n${at}`,
      title: namespace.root ? topology.node.hostname : (namespace.pod?.name ?? namespace.name),
      nodes: nodesOf(namespace),
    })),
    lines: topology.edges.flatMap(({ kind, a, b }) => {
      const [from, to] = [ids.get(a), ids.get(b)];
      return from === undefined || to === undefined ? [] : [{ kind, from, to }];
    }),
  };
}

function nodeOf(link: Link, id: string, isHub: boolean): GraphNode {
  const global = link.addresses.filter((address) => !/^fe80:/i.test(address));
  return {
    id,
    lines: [link.name, ...(global.length > 0 ? global : link.addresses)],
    state: !link.up ? 'down' : link.carrier ? 'up' : 'no-carrier',
    isHub: isHub || link.kind === 'bridge',
  };
}

/** Text on one line: what would break it, be invisible or turn it around becomes U+FFFD. */
export function plainLine(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu,
    '\ufffd',
  );
}
