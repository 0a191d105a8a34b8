/** Pure: what one thing reaches, for the focus mode: itself, its cables, the bridges at their ends, and their way out of the node. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { Link, LinkId, NamespaceId } from '../../src/topology/topology.ts';
import { indexTopology, vethPeer, type TopologyIndex } from './topologyIndex.ts';

export interface Reach {
  readonly namespaces: ReadonlySet<NamespaceId>;
  readonly links: ReadonlySet<LinkId>;
}

/** Walks from link to link as a packet would on its way out. */
class Explorer {
  readonly #index: TopologyIndex;
  readonly #lower = new Map<LinkId, LinkId[]>();
  readonly namespaces = new Set<NamespaceId>();
  readonly links = new Set<LinkId>();

  constructor(index: TopologyIndex) {
    this.#index = index;
    for (const { kind, a, b } of index.topology.edges) {
      if (kind === 'lower' || kind === 'tunnel') {
        this.#lower.set(a, [...(this.#lower.get(a) ?? []), b]);
      }
    }
  }

  #isRoot(namespace: NamespaceId): boolean {
    return this.#index.root?.id === namespace;
  }

  namespace(id: NamespaceId): void {
    if (!this.namespaces.has(id)) {
      this.namespaces.add(id);
      if (!this.#isRoot(id)) {
        this.#index.linksOf(id).forEach((link) => this.link(link));
      }
    }
  }

  /** Follows a link to where it is plugged in. Of the node only what is on the way belongs to it. */
  link(link: Link): void {
    if (this.links.has(link.id)) {
      return;
    }
    this.links.add(link.id);
    this.namespace(link.namespace);
    const peer = vethPeer(this.#index, link.id);
    if (peer !== undefined && (this.#isRoot(peer.namespace) || !this.#isRoot(link.namespace))) {
      this.link(peer);
    }
    const master = link.master === null ? undefined : this.#index.links.get(link.master);
    if (master !== undefined) {
      this.hub(master);
    }
    this.#follow(this.#lower.get(link.id) ?? []);
  }

  /** A bridge with what leads out of it; its other pods stay out. */
  hub(hub: Link): void {
    this.link(hub);
    const uplinks = this.#index
      .portsOf(hub.id)
      .filter((port) => vethPeer(this.#index, port.id) === undefined);
    uplinks.filter((port) => port.peerUnknown === null).forEach((port) => this.link(port));
  }

  /** A bridge with all that is plugged into it. */
  allOf(hub: Link): void {
    this.hub(hub);
    for (const port of this.#index.portsOf(hub.id)) {
      this.link(port);
      const peer = vethPeer(this.#index, port.id);
      if (peer !== undefined) {
        this.namespace(peer.namespace);
      }
    }
  }

  /** The links that the node's default routes leave by. */
  wayOut(): void {
    const routes = this.#index.topology.routes.filter(
      ({ namespace, destination }) => destination === 'default' && this.#isRoot(namespace),
    );
    this.#follow(routes.flatMap(({ link }) => link ?? []));
  }

  #follow(ids: readonly LinkId[]): void {
    for (const id of ids) {
      const link = this.#index.links.get(id);
      if (link !== undefined) {
        this.link(link);
      }
    }
  }
}

/**
 * What a selection reaches: a namespace with its links, their cables and the bridges at their ends, without the other pods of
 * those; a bridge with all that hangs on it; and the node's way out. Null for the node itself, and for what is gone.
 */
export function reachOf(index: TopologyIndex, selection: Selection): Reach | null {
  const explorer = new Explorer(index);
  if (selection.kind === 'namespace') {
    const namespace = index.namespaces.get(selection.id);
    if (namespace === undefined || namespace.root) {
      return null;
    }
    explorer.namespace(namespace.id);
  } else {
    const link = index.links.get(selection.id);
    if (link === undefined) {
      return null;
    }
    const peer = vethPeer(index, link.id);
    explorer.link(link);
    if (link.kind === 'bridge' || index.portCountOf(link.id) > 0) {
      explorer.allOf(link);
    } else if (peer !== undefined) {
      explorer.namespace(peer.namespace);
    }
  }
  if (index.root !== null) {
    explorer.namespace(index.root.id);
  }
  explorer.wayOut();
  return explorer;
}

/** The index of only what is reached; facts of what is left are those of the whole. */
export function narrow(index: TopologyIndex, { namespaces, links }: Reach): TopologyIndex {
  const { topology } = index;
  return indexTopology({
    ...topology,
    namespaces: topology.namespaces.filter(({ id }) => namespaces.has(id)),
    links: topology.links.filter(({ id }) => links.has(id)),
    edges: topology.edges.filter(({ a, b }) => links.has(a) && links.has(b)),
  });
}
