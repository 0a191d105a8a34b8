/** Pure: what lies behind a bridge's ports. */
import type { Link } from '../topology/topology.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import { nameOfLink, plain } from './words.ts';

/** Kinds that hand frames to nobody, or whose other end would be shown. */
const closedKinds = new Set(['veth', 'bridge', 'dummy', 'loopback', 'ifb', 'netkit']);

/** True for a link that leads to where nothing can be read: the wire, a tunnel, a virtual machine. */
export function isOutOfSight({ kind, peer }: Link): boolean {
  return peer === null && !closedKinds.has(kind);
}

/** True where a frame that leaves through the link comes to an IP stack with the address, through bridges too. */
export function leadsTo(
  index: TopologyIndex,
  link: Link,
  address: string,
  seen: ReadonlySet<string> = new Set(),
): boolean {
  const end = index.link(cableOf(index, link).peer);
  if (!end?.up || !link.up || seen.has(end.id)) {
    return false;
  }
  const visited = new Set([...seen, link.id, end.id]);
  return [end, ...index.uppersOf(end.id)].some((top) => endsAt(index, top, end, address, visited));
}

/** The link at the bottom of those that lie on each other. */
function cableOf(index: TopologyIndex, link: Link): Link {
  const lower = link.peer === null ? index.lowerOf(link.id) : undefined;
  return lower === undefined || lower.id === link.id ? link : cableOf(index, lower);
}

function endsAt(
  index: TopologyIndex,
  top: Link,
  end: Link,
  address: string,
  visited: ReadonlySet<string>,
): boolean {
  const bridge = index.bridgeOf(top);
  if (!bridge) {
    return top.up && index.owns(top.namespace, address);
  }
  return (
    bridge.up &&
    (index.owns(bridge.namespace, address) ||
      index.portsOf(bridge.id).some((port) => port.id !== end.id && leadsTo(index, port, address, visited)))
  );
}

/** What a bridge withholds from ports that are up and forward. */
export interface Blocked {
  /** Where the frame came in; null for the bridge's own namespace. */
  readonly ingress: Link | null;
  /** Whether the port lets the frame's VLAN out. */
  readonly passes: (port: Link) => boolean;
  /** Whether it gets what the bridge has not learned the way of. */
  readonly isFloodedTo: (port: Link) => boolean;
}

/** Why none of a bridge's ports leads to an address, as far as the topology proves it; and the link at fault. */
export function explainAbsence(
  index: TopologyIndex,
  bridge: Link,
  address: string,
  { ingress, passes, isFloodedTo }: Blocked,
): { readonly reason: string; readonly link: Link | null } {
  const [owner] = index.owners(address);
  const outer = owner && index.link(cableOf(index, owner).peer);
  const name = nameOfLink(index, bridge);
  if (!owner) {
    return {
      reason: `No port of ${name} leads to ${address}: nothing that was read has this address.${unread(index, bridge)}`,
      link: null,
    };
  }
  const home = `${nameOfLink(index, owner)} has ${address}`;
  const fault = (reason: string, link: Link): { reason: string; link: Link } => ({
    reason: `${home}, but ${reason}.`,
    link,
  });
  if (!outer) {
    return fault(`no port of ${name} leads there`, owner);
  }
  if (!outer.up) {
    return fault(`${nameOfLink(index, outer)}, its other end, is down`, outer);
  }
  if (!owner.up) {
    return fault('it is down', owner);
  }
  const other = index.link(outer.master);
  if (outer.id === ingress?.id) {
    return fault(
      `that is behind ${nameOfLink(index, outer)}, where the frame came in, and a bridge sends nothing back there (hairpin is off)`,
      outer,
    );
  }
  if (other?.id === bridge.id && ingress?.port?.isolated === true && outer.port?.isolated === true) {
    return fault(
      `${nameOfLink(index, ingress)} and ${nameOfLink(index, outer)} are isolated ports: they do not reach each other`,
      outer,
    );
  }
  if (other?.id === bridge.id && !passes(outer)) {
    return fault(`${name} filters VLANs, and ${nameOfLink(index, outer)} is not in the frame's`, outer);
  }
  if (other?.id === bridge.id && isForwarding(outer) && !isFloodedTo(outer)) {
    return fault(
      `${name} has not learned that it is behind ${nameOfLink(index, outer)}, and does not flood there`,
      outer,
    );
  }
  if (other?.id === bridge.id) {
    return fault(
      `the port ${nameOfLink(index, outer)} does not forward (${plain(outer.portState ?? 'state unknown')})`,
      outer,
    );
  }
  const where = other
    ? `is a port of ${nameOfLink(index, other)}, not of ${name}`
    : `is not a port of ${name}`;
  return fault(`${nameOfLink(index, outer)}, its other end, ${where}`, outer);
}

function unread(index: TopologyIndex, bridge: Link): string {
  const blind = index.portsOf(bridge.id).filter(({ peerUnknown }) => peerUnknown !== null).length;
  return blind === 0 ? '' : ` What is behind ${blind} of its ports could not be read.`;
}

/** True for a port that the spanning tree lets forward. */
export function isForwarding({ portState }: Link): boolean {
  return portState === null || portState === 'forwarding';
}

/**
 * True for a port that gets frames to an address that its bridge has not learned. Where the sender has to ask for that address
 * first, the question is a broadcast, and the bridge learns from the answer.
 */
export function isFlooded({ port }: Link, isKnown: boolean): boolean {
  return port?.flood !== false || (!isKnown && port.learning !== false);
}
