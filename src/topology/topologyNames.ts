/** Pure: what namespaces and links are called at two times of one node: by the later name where there are two. */
import type { Link, LinkId, Namespace, NamespaceId, Topology } from './topology.ts';

export class TopologyNames {
  readonly #namespaces: ReadonlyMap<NamespaceId, Namespace>;
  readonly #links: ReadonlyMap<LinkId, Link>;

  constructor(before: Topology, after: Topology) {
    this.#namespaces = new Map([...before.namespaces, ...after.namespaces].map((one) => [one.id, one]));
    this.#links = new Map([...before.links, ...after.links].map((one) => [one.id, one]));
  }

  /** "web", "the node". */
  namespace(id: NamespaceId | null): string {
    const namespace = id === null ? undefined : this.#namespaces.get(id);
    if (namespace?.root !== false) {
      return namespace || id === null ? 'the node' : id;
    }
    const name = namespace.pod?.name ?? namespace.name;
    return name === '' ? namespace.id : name;
  }

  /** "eth0 of web"; null where there is no such link. */
  link(id: LinkId | null): string | null {
    const link = id === null ? undefined : this.#links.get(id);
    return link ? `${link.name} of ${this.namespace(link.namespace)}` : id;
  }

  /** "eth0"; null where there is no such link. */
  device(id: LinkId | null): string | null {
    return (id === null ? undefined : this.#links.get(id)?.name) ?? id;
  }
}
