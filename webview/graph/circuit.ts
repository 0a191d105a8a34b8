/** Pure: the circuit of a selection: what is lit when a person points at one thing. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { Link, LinkId, NamespaceId } from '../../src/topology/topology.ts';
import { isLoopback, vethPeer, type TopologyIndex } from './topologyIndex.ts';

export interface Circuit {
  readonly namespaces: ReadonlySet<NamespaceId>;
  readonly links: ReadonlySet<LinkId>;
  /** Links in the order of the wiring, to be drawn as one lit route each. */
  readonly chains: readonly (readonly LinkId[])[];
  /** Bridges whose whole bus bar is lit, not only the part that a chain runs along. */
  readonly wholeBridges: ReadonlySet<LinkId>;
}

/**
 * From a link along its cable and on to the bridge, [eth0, veth1, cbr0], or down what it lies on, [eth0.100, bond0]. One that is
 * a port itself has its bridge before it: [cbr0, vxlan1, eth0].
 */
function chainFrom(index: TopologyIndex, link: Link): LinkId[] {
  const peer = vethPeer(index, link.id);
  const bridge = peer === undefined ? [] : masterOf(index, peer);
  const onward = bridge.length > 0 ? bridge : lowersOf(index, peer ?? link);
  const before = masterOf(index, link);
  return [...before, link.id, ...(peer === undefined ? [] : [peer.id]), ...onward];
}

function masterOf(index: TopologyIndex, { master }: Link): LinkId[] {
  return master !== null && index.links.has(master) ? [master] : [];
}

/** What a link lies on, and what that lies on. */
function lowersOf(index: TopologyIndex, link: Link): LinkId[] {
  const lowers: Link[] = [];
  for (let at: Link | undefined = link; at !== undefined; at = lowerOf(index, at)) {
    if (lowers.includes(at)) {
      break;
    }
    lowers.push(at);
  }
  return lowers.slice(1).map(({ id }) => id);
}

/** What lies on a link, such as its VLANs. */
function ridersOf(index: TopologyIndex, { id }: Link): LinkId[] {
  return index
    .jointsOf(id)
    .flatMap(({ kind, other }) => (kind === 'lower' || kind === 'tunnel' ? other.id : []));
}

/** Edges of this kind lead from what lies to what it lies on (topology.ts). */
function lowerOf(index: TopologyIndex, { id }: Link): Link | undefined {
  const edge = index.topology.edges.find(
    ({ kind, a }) => (kind === 'lower' || kind === 'tunnel') && a === id,
  );
  return edge && index.links.get(edge.b);
}

function circuitOf(
  index: TopologyIndex,
  chains: readonly (readonly LinkId[])[],
  more: { links?: readonly LinkId[]; namespaces?: readonly NamespaceId[]; bridges?: readonly LinkId[] } = {},
): Circuit {
  const links = new Set([...chains.flat(), ...(more.links ?? [])]);
  const namespaces = new Set(more.namespaces);
  for (const id of links) {
    const owner = index.links.get(id)?.namespace;
    if (owner !== undefined) {
      namespaces.add(owner);
    }
  }
  return { chains, links, namespaces, wholeBridges: new Set(more.bridges) };
}

function circuitOfHub(index: TopologyIndex, hub: Link): Circuit {
  const ports = index.portsOf(hub.id).map((port) => port.id);
  const peers = ports.flatMap((port) => vethPeer(index, port)?.id ?? []);
  const riders = index.jointsOf(hub.id).map((joint) => joint.other.id);
  return circuitOf(index, [], { links: [hub.id, ...ports, ...peers, ...riders], bridges: [hub.id] });
}

/** True for the node, and for a link that others are plugged into. */
function isHub(index: TopologyIndex, selection: Selection): boolean {
  return selection.kind === 'link'
    ? index.links.get(selection.id)?.kind === 'bridge' || index.portCountOf(selection.id) > 0
    : index.namespaces.get(selection.id)?.root === true;
}

/** Everything that hangs together with a selection. A selection that is gone has an empty circuit. */
export function circuitOfSelection(index: TopologyIndex, selection: Selection): Circuit {
  if (selection.kind === 'link') {
    const link = index.links.get(selection.id);
    if (link === undefined) {
      return circuitOf(index, []);
    }
    return isHub(index, selection)
      ? circuitOfHub(index, link)
      : circuitOf(index, [chainFrom(index, link)], { links: ridersOf(index, link) });
  }
  const links = index.linksOf(selection.id);
  if (index.namespaces.get(selection.id)?.root === true) {
    return circuitOf(index, [], { links: links.map((link) => link.id), namespaces: [selection.id] });
  }
  const cabled = links.filter((link) => !isLoopback(link));
  return circuitOf(
    index,
    cabled.map((link) => chainFrom(index, link)),
    { links: links.map((link) => link.id), namespaces: [selection.id] },
  );
}

/** The circuits of several things as one; of the node and of a bridge only themselves, for all else hangs on them. */
export function circuitOfAll(index: TopologyIndex, selections: readonly Selection[]): Circuit {
  const circuits = selections.map((selection) =>
    isHub(index, selection)
      ? circuitOf(index, [], selection.kind === 'link' ? { links: [selection.id] } : {})
      : circuitOfSelection(index, selection),
  );
  return {
    namespaces: new Set(circuits.flatMap((one) => [...one.namespaces])),
    links: new Set(circuits.flatMap((one) => [...one.links])),
    chains: circuits.flatMap((one) => one.chains),
    wholeBridges: new Set(),
  };
}
