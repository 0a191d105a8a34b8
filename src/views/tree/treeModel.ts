/** Pure: what the nodes tree holds and how it hangs together. No text, no icons: treeItems.ts has those. */
import type {
  Container,
  FdbEntry,
  Link,
  Namespace,
  NamespaceId,
  Process,
  Rule,
  Ruleset,
  Socket,
  Switches,
  Unknown,
} from '../../topology/topology.ts';
import type { Finding } from '../../topology/finding.ts';
import type { Selection } from '../../protocol/messages.ts';
import type { DetailsState } from '../../session/detailsReader.ts';
import type { NodeEntry, NodeId } from '../../session/nodeRegistry.ts';
import type { NodeSession } from '../../session/nodeSession.ts';
import { placeOf } from '../findingPlaces.ts';
import { indexOf, isPod, type TopologyIndex } from '../topologyIndex.ts';

/** What the tree shows of an open node. */
export type ShownNode = Omit<NodeEntry, 'session'> & {
  readonly session: Pick<NodeSession, 'topology' | 'complete' | 'traces'>;
  /** What is wrong with it, worst first. */
  readonly findings?: readonly Finding[];
  /** How far the details of a namespace are that somebody looks at; null where nobody asked. */
  readonly detailsOf?: (namespace: NamespaceId) => DetailsState | null;
};

/** What a group under a node gathers. */
export type Group = 'findings' | 'pods' | 'namespaces' | 'bridges' | 'unknown';

/** What one row of the tree is about, as of the topology at hand. */
export type Subject =
  | { readonly kind: 'node'; readonly entry: ShownNode }
  | { readonly kind: 'group'; readonly group: Group; readonly count: number }
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'namespace'; readonly namespace: Namespace }
  | { readonly kind: 'link'; readonly link: Link }
  | { readonly kind: 'container'; readonly container: Container }
  | { readonly kind: 'process'; readonly process: Process }
  | { readonly kind: 'details'; readonly namespace: Namespace }
  | { readonly kind: 'detail'; readonly detail: Detail }
  | { readonly kind: 'bridge'; readonly bridge: Link }
  | { readonly kind: 'fdb'; readonly count: number }
  | { readonly kind: 'port'; readonly port: Link }
  | { readonly kind: 'fdbEntry'; readonly entry: FdbEntry }
  | { readonly kind: 'unknown'; readonly unknown: Unknown };

/** What decides a packet's fate in a namespace beside its links. */
export type Detail =
  | { readonly kind: 'socket'; readonly socket: Socket }
  | { readonly kind: 'rule'; readonly rule: Rule }
  | { readonly kind: 'ruleset'; readonly ruleset: Ruleset }
  | { readonly kind: 'switches'; readonly switches: Switches }
  | { readonly kind: 'resolver'; readonly text: string }
  /** Parts that were not read, and what is being done about it. */
  | { readonly kind: 'unread'; readonly parts: readonly string[]; readonly state: DetailsState | null };

/** One row. Its key is unique over the whole tree and stays the same while the thing exists. */
export interface Row {
  readonly key: string;
  readonly parent: string | null;
  readonly node: NodeId;
  readonly subject: Subject;
  readonly hasChildren: boolean;
  /** What selecting the row selects in the panel. */
  readonly selection: Selection | null;
}

/** The rows of the open nodes, each made when it is asked for. */
export function nodeRows(entries: readonly ShownNode[]): Row[] {
  return entries.map((entry) => ({
    key: nodeKey(entry.id),
    parent: null,
    node: entry.id,
    subject: { kind: 'node', entry },
    // VS Code opens a row only when it first appears: before anything is known.
    hasChildren: true,
    selection: null,
  }));
}

/** The rows under a row, by the node's topology. */
export function childRows(row: Row, entry: ShownNode): Row[] {
  const { topology, complete } = entry.session;
  return topology ? new RowMaker(row, indexOf(topology), complete, entry).children() : [];
}

/** The way from the node's row down to the row that shows a selection, last one last; null where there is none. */
export function pathTo(selection: Selection, entry: ShownNode): Row[] | null {
  const [node] = nodeRows([entry]);
  const wanted =
    node && entry.session.topology ? keysTo(node, selection, indexOf(entry.session.topology)) : null;
  if (!node || !wanted) {
    return null;
  }
  const path = [node];
  for (const key of wanted) {
    const next = childRows(path.at(-1) ?? node, entry).find((row) => row.key === key);
    if (!next) {
      return null;
    }
    path.push(next);
  }
  return path;
}

function keysTo(node: Row, selection: Selection, index: TopologyIndex): string[] | null {
  if (selection.kind === 'namespace') {
    const namespace = index.namespace(selection.id);
    return namespace ? keysToNamespace(node, namespace) : null;
  }
  const link = index.link(selection.id);
  const namespace = link && index.namespace(link.namespace);
  if (!link || !namespace) {
    return null;
  }
  if (link.kind === 'bridge') {
    const group = `${node.key}/bridges`;
    return [group, `${group}/${link.id}`];
  }
  const keys = keysToNamespace(node, namespace);
  return [...keys, `${keys.at(-1) ?? ''}/link:${link.id}`];
}

function keysToNamespace(node: Row, namespace: Namespace): string[] {
  const group = `${node.key}/${isPod(namespace) ? 'pods' : 'namespaces'}`;
  return [group, `${group}/${namespace.id}`];
}

/** Never part of another node's keys: what comes from the target is escaped. */
function nodeKey(id: NodeId): string {
  return encodeURIComponent(id);
}

/** Makes the children of one row. */
class RowMaker {
  readonly #parent: Row;
  readonly #index: TopologyIndex;
  readonly #complete: boolean;
  readonly #detailsOf: ShownNode['detailsOf'];
  readonly #findings: readonly Finding[];

  constructor(parent: Row, index: TopologyIndex, complete: boolean, { detailsOf, findings }: ShownNode) {
    this.#parent = parent;
    this.#detailsOf = detailsOf;
    this.#findings = findings ?? [];
    this.#index = index;
    this.#complete = complete;
  }

  children(): Row[] {
    const { subject } = this.#parent;
    switch (subject.kind) {
      case 'node':
        return this.#groups();
      case 'group':
        return this.#members(subject.group);
      case 'namespace':
        return this.#inside(subject.namespace);
      case 'container':
        return this.#processRows((process) => process.containerId === subject.container.id);
      case 'details':
        return this.#details(subject.namespace);
      case 'bridge':
        return this.#bridgeParts(subject.bridge);
      case 'fdb':
        return this.#fdbEntries();
      case 'finding':
      case 'link':
      case 'process':
      case 'detail':
      case 'port':
      case 'fdbEntry':
      case 'unknown':
        return [];
    }
  }

  /**
   * VS Code opens a row only when it first appears. So the pods come when all are known, as many as they are; and
   * they can be opened even when there are none yet, so that the first one is in sight.
   */
  #groups(): Row[] {
    const counts: Record<Group, number> = {
      findings: this.#findings.length,
      pods: this.#index.pods.length,
      bridges: this.#index.bridges.length,
      namespaces: this.#index.otherNamespaces.length,
      unknown: this.#index.topology.unknown.length,
    };
    return (['pods', 'bridges', 'namespaces', 'findings', 'unknown'] as const)
      .filter((group) => (group === 'pods' ? this.#complete : counts[group] > 0))
      .map((group) => this.#row(group, { kind: 'group', group, count: counts[group] }, true));
  }

  #members(group: Group): Row[] {
    switch (group) {
      case 'findings':
        return this.#findings.map((finding) =>
          this.#row(encodeURIComponent(finding.id), { kind: 'finding', finding }, false, placeOf(finding)),
        );
      case 'pods':
        return this.#index.pods.map((namespace) => this.#namespaceRow(namespace));
      case 'namespaces':
        return this.#index.otherNamespaces.map((namespace) => this.#namespaceRow(namespace));
      case 'bridges':
        return this.#index.bridges.map((bridge) => this.#bridgeRow(bridge));
      case 'unknown':
        return this.#index.topology.unknown.map((unknown, at) =>
          this.#row(String(at), { kind: 'unknown', unknown }),
        );
    }
  }

  #namespaceRow(namespace: Namespace): Row {
    return this.#row(namespace.id, { kind: 'namespace', namespace }, true, {
      kind: 'namespace',
      id: namespace.id,
    });
  }

  #inside(namespace: Namespace): Row[] {
    return [
      ...this.#index
        .linksOf(namespace)
        .map((link) => this.#row(`link:${link.id}`, { kind: 'link', link }, false, linkOf(link))),
      ...this.#processes(namespace),
      this.#row('details', { kind: 'details', namespace }, true, { kind: 'namespace', id: namespace.id }),
    ];
  }

  /** What is not known first: it qualifies the rest. */
  #details(namespace: Namespace): Row[] {
    const { unknown } = this.#index.topology;
    return [
      ...unknown.flatMap((one, at) =>
        one.namespace === namespace.id ? [this.#row(`unknown:${at}`, { kind: 'unknown', unknown: one })] : [],
      ),
      ...this.#detailsIn(namespace).map((detail, at) =>
        this.#row(`${detail.kind}:${at}`, { kind: 'detail', detail }, false, this.#parent.selection),
      ),
    ];
  }

  #detailsIn(namespace: Namespace): Detail[] {
    const { id, netfilter, resolvConf, switches, unread } = namespace;
    const { topology } = this.#index;
    return [
      ...(unread.length > 0
        ? [{ kind: 'unread', parts: unread, state: this.#detailsOf?.(id) ?? null } as const]
        : []),
      ...of(topology.sockets, id).map((socket) => ({ kind: 'socket', socket }) as const),
      ...of(topology.rules, id).map((rule) => ({ kind: 'rule', rule }) as const),
      ...(netfilter ?? []).map((ruleset) => ({ kind: 'ruleset', ruleset }) as const),
      ...(switches ? [{ kind: 'switches', switches } as const] : []),
      ...(resolvConf === null ? [] : [{ kind: 'resolver', text: resolvConf } as const]),
    ];
  }

  /** Containers with their processes under them, then the processes of none. */
  #processes(namespace: Namespace): Row[] {
    const selection: Selection = { kind: 'namespace', id: namespace.id };
    const containers = this.#index.topology.containers.filter(
      (container) => container.namespace === namespace.id,
    );
    return [
      ...containers.map((container) =>
        this.#row(`container:${container.id}`, { kind: 'container', container }, true, selection),
      ),
      ...this.#processRows(({ containerId }) => containerId === null),
    ];
  }

  /** Rows of the processes in the namespace that this row is about. */
  #processRows(belongs: (process: Process) => boolean): Row[] {
    const { selection } = this.#parent;
    const namespace = selection?.kind === 'namespace' ? this.#index.namespace(selection.id) : undefined;
    return (namespace?.processes ?? [])
      .filter(belongs)
      .map((process) => this.#row(`process:${process.pid}`, { kind: 'process', process }, false, selection));
  }

  #bridgeRow(bridge: Link): Row {
    const hasChildren = this.#index.portsOf(bridge.id).length + this.#index.fdbOf(bridge.id).length > 0;
    return this.#row(bridge.id, { kind: 'bridge', bridge }, hasChildren, linkOf(bridge));
  }

  #bridgeParts(bridge: Link): Row[] {
    const ports = this.#index.portsOf(bridge.id);
    const { length } = this.#index.fdbOf(bridge.id);
    return [
      ...ports.map((port) => this.#row(`port:${port.id}`, { kind: 'port', port }, false, linkOf(port))),
      ...(length > 0 ? [this.#row('fdb', { kind: 'fdb', count: length }, true, linkOf(bridge))] : []),
    ];
  }

  #fdbEntries(): Row[] {
    const { selection } = this.#parent;
    const entries = selection?.kind === 'link' ? this.#index.fdbOf(selection.id) : [];
    const rows = new Map<string, Row>();
    for (const entry of entries) {
      const key = [entry.mac, entry.vlan ?? '', entry.link ?? ''].join(',');
      const target: Selection | null = entry.link === null ? null : { kind: 'link', id: entry.link };
      rows.set(key, this.#row(key, { kind: 'fdbEntry', entry }, false, target));
    }
    return [...rows.values()];
  }

  #row(name: string, subject: Subject, hasChildren = false, selection: Selection | null = null): Row {
    const { key, node } = this.#parent;
    return { key: `${key}/${name}`, parent: key, node, subject, hasChildren, selection };
  }
}

function of<T extends { readonly namespace: NamespaceId }>(records: readonly T[], id: NamespaceId): T[] {
  return records.filter(({ namespace }) => namespace === id);
}

function linkOf(link: Link): Selection {
  return { kind: 'link', id: link.id };
}
