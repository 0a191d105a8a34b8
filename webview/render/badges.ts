/** Pure: which sign of a finding each thing in the picture carries: its own, and from afar that of all it stands for. */
import type { ShownFinding } from '../../src/protocol/messages.ts';
import type { Severity } from '../../src/topology/finding.ts';
import type { LinkId, NamespaceId } from '../../src/topology/topology.ts';
import { worstOf, type FindingIndex } from '../graph/findings.ts';
import { linkKey, namespaceKey } from '../graph/selection.ts';
import { vethPeer, type TopologyIndex } from '../graph/topologyIndex.ts';
import type { Geometry, GroupShape, LinkStyle } from '../layout/geometry.ts';

/** What a pod or a box shows of the findings in it. */
export interface NamespaceBadges {
  /** Of itself, and of its links that have no place in the picture. */
  readonly badge: Severity | null;
  /** With all of its links, and the node's ends of their cables: from afar they have no place of their own. */
  readonly inside: Severity | null;
}

const none: NamespaceBadges = { badge: null, inside: null };

export class Badges {
  readonly #index: TopologyIndex;
  readonly #findings: FindingIndex;
  readonly #styles: ReadonlyMap<LinkId, LinkStyle>;

  constructor(index: TopologyIndex, { links }: Pick<Geometry, 'links'>, findings: FindingIndex) {
    this.#index = index;
    this.#findings = findings;
    this.#styles = new Map(
      findings.badges.size === 0 ? [] : links.map(({ id, style }) => [id, style] as const),
    );
  }

  ofLink(id: LinkId): Severity | null {
    return this.#findings.badges.get(linkKey(id)) ?? null;
  }

  ofNamespace(id: NamespaceId): NamespaceBadges {
    const { badges } = this.#findings;
    if (badges.size === 0) {
      return none;
    }
    const own = badges.get(namespaceKey(id));
    const links = this.#index.linksOf(id);
    const sum = (ids: readonly LinkId[]): Severity | null =>
      worstOf([own, ...ids.map((link) => badges.get(linkKey(link)))]);
    return {
      badge: sum(links.flatMap((link) => (this.#styles.has(link.id) ? [] : link.id))),
      inside: sum(links.flatMap((link) => this.#standsFor(link.id))),
    };
  }

  /** A link in a pod or a box, and the node's end of its cable, which hangs over the pod. */
  #standsFor(id: LinkId): LinkId[] {
    if (this.#styles.get(id) === 'host') {
      return [];
    }
    const peer = vethPeer(this.#index, id)?.id;
    return peer !== undefined && this.#styles.get(peer) === 'host' ? [id, peer] : [id];
  }

  /** Of a hub; of a collapsed group the worst in it. */
  ofGroup({ hub, folded }: GroupShape): Severity | null {
    const { badges } = this.#findings;
    const keys = [...(hub === null ? [] : [linkKey(hub)]), ...folded];
    return worstOf(keys.map((key) => badges.get(key)));
  }

  /** The findings that a collapsed group stands for, worst first. */
  foundIn({ folded }: GroupShape): readonly ShownFinding[] {
    const here = new Set(folded.flatMap((key) => this.#findings.at(key)));
    return here.size === 0 ? [] : this.#findings.all.filter((finding) => here.has(finding));
  }
}
