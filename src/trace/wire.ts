/** Pure: the walk of one frame from the stack that sends it to the one that takes it: cables, bridges, VLANs, tunnels. */
import type { Link, NamespaceId } from '../topology/topology.ts';
import { familyOf } from './addresses.ts';
import { BridgeVlans } from './bridgeVlans.ts';
import type { NewPacket } from './router.ts';
import { explainAbsence, isOutOfSight, leadsTo } from './switching.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { OpenLeg, Track } from './track.ts';
import type { Decider } from './trace.ts';
import { nameOfLink, nameOfNamespace, plain } from './words.ts';

/** A frame on its way, with the VLAN tag that it carries. */
export interface Carried {
  readonly leg: OpenLeg;
  readonly tag: number | null;
}

/** What a frame meets that is not of the wire. */
export interface Stacks {
  readonly arrive: (link: Link, leg: OpenLeg) => void;
  /** Walks a packet that carries the frame; the namespace where it arrives, or null. */
  readonly encapsulate: (namespace: NamespaceId, outer: NewPacket) => NamespaceId | null;
}

export class Wire {
  readonly #index: TopologyIndex;
  readonly #track: Track;
  readonly #stacks: Stacks;

  constructor(index: TopologyIndex, track: Track, stacks: Stacks) {
    this.#index = index;
    this.#track = track;
    this.#stacks = stacks;
  }

  /** A frame leaves through a link, towards the next hop of its leg. */
  leave(link: Link, frame: Carried): void {
    const { up, carrier, kind } = link;
    const peer = this.#index.link(link.peer);
    if (this.#track.isEndless) {
      this.#stop('The links lead in circles.', frame);
    } else if (!up) {
      this.#stop(`${this.#name(link)} is down.`, frame);
    } else if (kind === 'bridge') {
      this.#switch(link, null, frame);
    } else if (peer && !peer.up) {
      this.#stop(`${this.#name(peer)}, the other end of ${this.#name(link)}, is down.`, frame, peer);
    } else if (!carrier) {
      this.#stop(`${this.#name(link)} has no carrier.`, frame);
    } else if (peer) {
      this.#cross(link, peer, frame);
    } else {
      this.#leaveWithoutPeer(link, frame);
    }
  }

  #cross(from: Link, to: Link, frame: Carried): void {
    const record = pick(to.raw, ['ifindex', 'ifname', 'link', 'link_index', 'link_netnsid']);
    const why = `What goes into ${this.#name(from)} comes out of ${this.#name(to)}: they are the two ends of a veth pair.`;
    this.#track.hop(to, 'in', why, { kind: 'veth', record });
    this.#enter(to, frame);
  }

  /** A frame has come in through a link: what lies on the link takes it, its bridge, or its stack. */
  #enter(link: Link, frame: Carried): void {
    const upper = this.#upperFor(link, frame);
    const master = this.#index.link(link.master);
    if (upper) {
      this.#riseTo(upper, link, frame);
    } else if (master?.kind === 'bridge') {
      this.#switch(master, link, frame);
    } else if (master?.kind === 'bond' || master?.kind === 'team') {
      const why = `${this.#name(link)} is a member of ${this.#name(master)}.`;
      this.#track.hop(master, 'in', why, { kind: 'port', record: pick(link.raw, ['ifname', 'master']) });
      this.#enter(master, frame);
    } else if (frame.tag !== null) {
      this.#stop(`Nothing on ${this.#name(link)} takes frames of VLAN ${frame.tag}.`, frame);
    } else {
      this.#stacks.arrive(link, frame.leg);
    }
  }

  /** The vlan link that takes the frame's tag, or the macvlan or ipvlan that has the address it is for. */
  #upperFor(link: Link, { leg, tag }: Carried): Link | undefined {
    return this.#index.uppersOf(link.id).find((upper) => {
      if (upper.kind === 'vlan') {
        return tag !== null && upper.vlanId === tag && upper.up;
      }
      return tag === null && sharing.has(upper.kind) && upper.up && this.#isAnswering(upper, leg.nextHop);
    });
  }

  #isAnswering(link: Link, address: string): boolean {
    return this.#index.owners(address).some(({ id }) => id === link.id);
  }

  #riseTo(upper: Link, link: Link, frame: Carried): void {
    const isVlan = upper.kind === 'vlan';
    const why = isVlan
      ? `Frames of VLAN ${frame.tag ?? 0} on ${this.#name(link)} belong to ${this.#name(upper)}, which takes the tag off.`
      : `${this.#name(upper)} (${plain(upper.kind)}) lies on ${this.#name(link)} and has ${frame.leg.nextHop}.`;
    const record = pick(upper.raw, ['ifindex', 'ifname', 'link', 'linkinfo']);
    this.#track.hop(upper, 'in', why, { kind: isVlan ? 'vlan' : 'lower', record });
    this.#enter(upper, isVlan ? { ...frame, tag: null } : frame);
  }

  /** A frame is at a bridge, from one of its ports or (null) from the bridge's own namespace. */
  #switch(bridge: Link, ingress: Link | null, frame: Carried): void {
    if (ingress && bridge.up && !isForwarding(ingress)) {
      this.#stop(
        `${this.#name(ingress)} is a port that does not forward (${plain(ingress.portState ?? '')}).`,
        frame,
      );
      return;
    }
    const vlans = new BridgeVlans(this.#index, bridge);
    const vlan = vlans.ofFrame(ingress ?? bridge, frame.tag);
    if (vlan === 'dropped') {
      this.#stop(
        `${this.#name(bridge)} filters VLANs, and ${this.#name(ingress ?? bridge)} takes no ${tagWords(frame.tag)}.`,
        frame,
      );
      return;
    }
    const own = this.#ownOf(bridge, ingress, frame, vlans, vlan);
    this.#takeIn(bridge, ingress, own !== null, frame);
    if (!bridge.up) {
      this.#stop(`The bridge ${this.#name(bridge)} is down.`, frame, bridge);
    } else if (own) {
      this.#enter(bridge, own);
    } else {
      this.#forward(bridge, ingress, { ...frame, tag: vlan ?? frame.tag }, vlans);
    }
  }

  #takeIn(bridge: Link, ingress: Link | null, isForUs: boolean, { leg }: Carried): void {
    if (!ingress) {
      return;
    }
    const taken = `${this.#name(ingress)} is a port of ${this.#name(bridge)}`;
    const port: Decider = { kind: 'port', record: pick(ingress.raw, ['ifindex', 'ifname', 'master']) };
    if (isForUs) {
      const name = nameOfNamespace(this.#index, bridge.namespace);
      const why = `${taken}, and ${name} has ${leg.nextHop}: the bridge hands the frame up.`;
      this.#track.hop(bridge, 'in', why, port);
    } else {
      this.#track.hop(bridge, 'through', `${taken}, which takes the frame.`, port);
    }
  }

  /** The frame as the bridge's own namespace gets it, where it is for that. */
  #ownOf(
    bridge: Link,
    ingress: Link | null,
    frame: Carried,
    vlans: BridgeVlans,
    vlan: number | null,
  ): Carried | null {
    if (ingress === null) {
      return null;
    }
    const tag = vlans.tagAt(bridge, vlan ?? frame.tag);
    if (tag === 'dropped') {
      return null;
    }
    const own = { ...frame, tag };
    const isOwned = this.#index.owns(bridge.namespace, frame.leg.nextHop);
    return isOwned && (tag === null || this.#upperFor(bridge, own) !== undefined) ? own : null;
  }

  /** A bridge chooses a port: by its table where it has learned the address, else it floods and one port leads there. */
  #forward(bridge: Link, ingress: Link | null, frame: Carried, vlans: BridgeVlans): void {
    const { nextHop } = frame.leg;
    const mac = this.#believed(frame.leg);
    const entry = mac === null ? undefined : this.#index.fdb(bridge.id, mac);
    const learned = this.#index.link(entry?.link ?? null);
    const isOpen = (port: Link): boolean =>
      port.id !== ingress?.id &&
      port.up &&
      isForwarding(port) &&
      !(ingress?.port?.isolated === true && port.port?.isolated === true) &&
      vlans.tagAt(port, frame.tag) !== 'dropped';
    if (entry && learned && learned.id !== bridge.id && learned.id !== ingress?.id && isOpen(learned)) {
      const why = `${this.#name(bridge)} has learned that ${entry.mac} is behind ${this.#name(learned)}, so it forwards there.`;
      this.#sendOut(learned, why, { kind: 'fdb', record: entry.raw }, frame, vlans);
      return;
    }
    const ports = this.#index.portsOf(bridge.id).filter(isOpen);
    const port =
      ports.find((candidate) => leadsTo(this.#index, candidate, nextHop)) ?? ports.find(isOutOfSight);
    if (port) {
      const why = this.#floodWords(bridge, port, frame.leg, mac);
      const record = { bridge: bridge.name, address: nextHop };
      this.#sendOut(port, why, { kind: 'flood', record }, frame, vlans);
    } else {
      const { reason, link } = explainAbsence(this.#index, bridge, nextHop, {
        ingress,
        passes: (candidate) => vlans.tagAt(candidate, frame.tag) !== 'dropped',
      });
      this.#stop(reason, frame, link);
    }
  }

  /** A sender that does not know the hardware address asks for it first, and the bridge learns from the answer. */
  #floodWords(bridge: Link, port: Link, { sender, nextHop }: OpenLeg, mac: string | null): string {
    const end = this.#index.owners(nextHop)[0]
      ? `${nextHop} is behind ${this.#name(port)}`
      : `${this.#name(port)} leads further than is seen from here`;
    const protocol = familyOf(nextHop) === 6 ? 'neighbour discovery' : 'ARP';
    const asks = mac === null ? ` ${nameOfNamespace(this.#index, sender)} asks by ${protocol}, and` : '';
    return `${this.#name(bridge)} has not learned where ${nextHop} is, so it floods:${asks} ${end}.`;
  }

  #sendOut(port: Link, why: string, decidedBy: Decider, frame: Carried, vlans: BridgeVlans): void {
    const tag = vlans.tagAt(port, frame.tag);
    this.#track.hear(vlans.voice(port, frame.tag));
    this.#track.hop(port, 'out', why, decidedBy);
    this.leave(port, { ...frame, tag: tag === 'dropped' ? null : tag });
  }

  /** A link without an end on this node: it lies on another, runs in a tunnel, or leads out of sight. */
  #leaveWithoutPeer(link: Link, frame: Carried): void {
    const lower = this.#index.lowerOf(link.id);
    const member = this.#index.membersOf(link.id).find(({ up, carrier }) => up && carrier);
    if (link.peerUnknown !== null) {
      const why =
        link.peerUnknown === 'ambiguous' ? 'could be one of several links' : 'is where nothing could be read';
      this.#stop(`The other end of ${this.#name(link)} ${why}.`, frame);
    } else if (link.tunnel && this.#tunnelEnd(link, frame) !== null) {
      this.#tunnel(link, this.#tunnelEnd(link, frame) ?? '', frame);
    } else if (lower && lower.id !== link.id) {
      this.#descend(link, lower, frame);
    } else if (member) {
      const why = `${this.#name(link)} sends through one of its members.`;
      this.#track.hop(member, 'out', why, { kind: 'port', record: pick(member.raw, ['ifname', 'master']) });
      this.leave(member, frame);
    } else if (isOutOfSight(link)) {
      this.#track.legs.push({ ...frame.leg, receiver: null });
      this.#track.leavesNode = true;
    } else {
      this.#stop(`Nothing is connected to ${this.#name(link)} (${plain(link.kind)}).`, frame);
    }
  }

  #descend(link: Link, lower: Link, frame: Carried): void {
    const sibling = sharing.has(link.kind)
      ? this.#index
          .uppersOf(lower.id)
          .find(
            (one) => one.id !== link.id && sharing.has(one.kind) && this.#isAnswering(one, frame.leg.nextHop),
          )
      : undefined;
    const record = pick(link.raw, ['ifindex', 'ifname', 'link', 'linkinfo']);
    if (sibling) {
      this.#passBetween(link, sibling, lower, frame, record);
    } else if (sharing.has(link.kind) && this.#isAnswering(lower, frame.leg.nextHop)) {
      this.#stop(
        `${this.#name(link)} lies on ${this.#name(lower)}, and a ${plain(link.kind)} does not reach the link that it lies on.`,
        frame,
        lower,
      );
    } else {
      const isVlan = link.kind === 'vlan';
      const tagged = isVlan ? ` with the tag of VLAN ${link.vlanId ?? 0}` : '';
      const why = `${this.#name(link)} lies on ${this.#name(lower)}, which carries its frames${tagged}.`;
      this.#track.hop(lower, 'out', why, { kind: isVlan ? 'vlan' : 'lower', record });
      this.leave(lower, isVlan ? { ...frame, tag: link.vlanId } : frame);
    }
  }

  #passBetween(link: Link, sibling: Link, lower: Link, frame: Carried, record: unknown): void {
    if (
      link.mode === 'private' ||
      sibling.mode === 'private' ||
      (link.mode === 'vepa' && link.kind === 'macvlan')
    ) {
      this.#stop(
        `${this.#name(link)} and ${this.#name(sibling)} both lie on ${this.#name(lower)}, in a mode (${plain(link.mode ?? '')}) in which they do not reach each other there.`,
        frame,
        sibling,
      );
      return;
    }
    const why = `${this.#name(link)} and ${this.#name(sibling)} lie on the same ${this.#name(lower)}, so the frame goes straight from one to the other.`;
    this.#track.hop(sibling, 'in', why, { kind: 'lower', record });
    this.#enter(sibling, frame);
  }

  /** Where a tunnel sends a frame: by its table of hardware addresses, else to the one end that it has. */
  #tunnelEnd(link: Link, { leg }: Carried): string | null {
    const mac = this.#believed(leg);
    const entry = this.#index.topology.fdb.find(
      (one) => one.link === link.id && one.mac === mac && typeof one.raw['dst'] === 'string',
    );
    const remote = link.tunnel?.remote ?? null;
    return typeof entry?.raw['dst'] === 'string' ? entry.raw['dst'] : isMulticast(remote) ? null : remote;
  }

  #tunnel(link: Link, end: string, frame: Carried): void {
    const { tunnel } = link;
    const vni = tunnel?.vni ?? null;
    const what = vni === null ? '' : ` (VNI ${vni})`;
    this.#track.hear({
      kind: 'tunnel',
      why: `${this.#name(link)} puts the frame into a packet to ${end}${what}.`,
      record: pick(link.raw, ['ifname', 'linkinfo']),
    });
    this.#track.tunnels.push({ port: tunnel?.port ?? 4789, end });
    const outer = {
      destination: end,
      source: tunnel?.local ?? null,
      protocol: 'udp',
      port: tunnel?.port ?? null,
    } as const;
    const reached = this.#stacks.encapsulate(link.namespace, outer);
    const out = this.#index
      .linksOf(reached ?? '')
      .find((one) => one.kind === link.kind && one.tunnel?.vni === tunnel?.vni && one.up);
    if (out) {
      const why = `The packet came to ${end}, so the frame comes out of ${this.#name(out)}${what}.`;
      this.#track.hop(out, 'in', why, { kind: 'tunnel', record: pick(out.raw, ['ifname', 'linkinfo']) });
      this.#enter(out, frame);
    } else if (reached !== null) {
      this.#stop(
        `${nameOfNamespace(this.#index, reached)} has ${end}, but no ${plain(link.kind)}${what} that would take the frame.`,
        frame,
      );
    }
  }

  /** The hardware address that the sender of a leg takes the next hop to have; null where it would ask. */
  #believed(leg: OpenLeg): string | null {
    const egress = this.#index.link(leg.egress);
    return egress ? (this.#index.neighbour(egress, leg.nextHop)?.mac ?? null) : null;
  }

  #stop(reason: string, { leg }: Carried, next: Link | null = null): void {
    this.#track.stop(reason, leg, next);
  }

  #name(link: Link): string {
    return nameOfLink(this.#index, link);
  }
}

/** Kinds that share a lower link by address, each with a stack of its own. */
const sharing: ReadonlySet<string> = new Set(['macvlan', 'ipvlan']);

function tagWords(tag: number | null): string {
  return tag === null ? 'frames without a tag' : `frames of VLAN ${tag}`;
}

function isMulticast(address: string | null): boolean {
  return address !== null && /^(?:22[4-9]|23\d)\.|^ff/i.test(address);
}

function isForwarding({ portState }: Link): boolean {
  return portState === null || portState === 'forwarding';
}

function pick(record: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => key in record).map((key) => [key, record[key]]));
}
