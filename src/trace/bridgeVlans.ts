/** Pure: what a bridge that filters VLANs does to a frame (net/bridge/br_vlan.c). */
import type { Link, PortVlan } from '../topology/topology.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { Voice } from './track.ts';
import { nameOfLink } from './words.ts';

/** The VLANs of one bridge; where it does not filter, frames pass as they are. */
export class BridgeVlans {
  readonly #index: TopologyIndex;
  readonly #filters: boolean;

  constructor(index: TopologyIndex, bridge: Link) {
    this.#index = index;
    this.#filters = isFiltering(bridge);
  }

  /** The VLAN that a frame belongs to once it came in at a port (or the bridge itself); null where that does not matter. */
  ofFrame(port: Link, tag: number | null): number | null | 'dropped' {
    if (!this.#filters) {
      return null;
    }
    const own = this.#of(port);
    if (tag === null) {
      return own.find(({ pvid }) => pvid)?.first ?? 'dropped';
    }
    return own.some(covers(tag)) ? tag : 'dropped';
  }

  /** The tag with which a frame of a VLAN leaves at a port; where the bridge does not filter, the one that it has. */
  tagAt(port: Link, vlan: number | null): number | null | 'dropped' {
    if (!this.#filters || vlan === null) {
      return vlan;
    }
    const own = this.#of(port).find(covers(vlan));
    return own === undefined ? 'dropped' : own.untagged ? null : vlan;
  }

  /** What it says about a frame that leaves at a port. */
  voice(port: Link, vlan: number | null): Voice | null {
    const own = this.#filters && vlan !== null ? this.#of(port).find(covers(vlan)) : undefined;
    return own === undefined
      ? null
      : {
          kind: 'vlan',
          why: `${nameOfLink(this.#index, port)} lets VLAN ${vlan ?? 0} out ${own.untagged ? 'without its tag' : 'with its tag'}.`,
          record: own,
        };
  }

  #of(port: Link): readonly PortVlan[] {
    return this.#index.topology.vlans.filter(({ link }) => link === port.id);
  }
}

function covers(vlan: number): (entry: PortVlan) => boolean {
  return ({ first, last }) => first <= vlan && vlan <= last;
}

function isFiltering({ raw }: Link): boolean {
  const { linkinfo } = raw as { linkinfo?: { info_data?: { vlan_filtering?: unknown } } };
  return linkinfo?.info_data?.vlan_filtering === 1;
}
