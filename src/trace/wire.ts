/** Pure: the walk of one frame from the stack that sends it to the one that takes it: cables, bridges, VLANs, tunnels. */
import type { Link } from '../topology/topology.ts';
import { BridgeWalk } from './bridgeWalk.ts';
import { frameTooLong } from './lengths.ts';
import { LowerWalk } from './lowerWalk.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { OpenLeg, Track } from './track.ts';
import { upperFor, type Carried, type Stacks, type WireParts } from './wireParts.ts';
import { nameOfLink, pick, plain } from './words.ts';

export class Wire {
  readonly #parts: WireParts;
  readonly #bridges: BridgeWalk;
  readonly #lowers: LowerWalk;

  constructor(index: TopologyIndex, track: Track, stacks: Stacks) {
    const leave = (link: Link, frame: Carried): void => this.leave(link, frame);
    const enter = (link: Link, frame: Carried): void => this.#enter(link, frame);
    this.#parts = { index, track, stacks, leave, enter };
    this.#bridges = new BridgeWalk(this.#parts);
    this.#lowers = new LowerWalk(this.#parts);
  }

  /** A frame leaves through a link, towards the next hop of its leg. */
  leave(link: Link, frame: Carried): void {
    const { index, track, stacks } = this.#parts;
    const { up, carrier, kind, namespace } = link;
    const { leg } = frame;
    const peer = index.link(link.peer);
    const point = { layer: 'netdev', hook: 'egress' } as const;
    if (track.isEndless) {
      track.stop({ reason: 'The links lead in circles.', leg });
    } else if (!up) {
      this.#stopAt(link, `${this.#name(link)} is down.`, leg);
    } else if (!stacks.lets({ namespace, point, ingress: null, egress: link }, { leg })) {
      return;
    } else if (kind === 'bridge') {
      this.#bridges.switch(link, null, frame);
    } else if (peer && !peer.up) {
      const reason = `${this.#name(peer)}, the other end of ${this.#name(link)}, is down.`;
      this.#stopAt(peer, reason, leg, peer);
    } else if (!carrier) {
      this.#stopAt(link, `${this.#name(link)} has no carrier.`, leg);
    } else if (peer) {
      this.#cross(link, peer, frame);
    } else {
      this.#lowers.leave(link, frame);
    }
  }

  #cross(from: Link, to: Link, frame: Carried): void {
    const { index, track, stacks } = this.#parts;
    const long = frameTooLong(index, to, stacks.lengthBytes());
    if (long) {
      track.stop({ ...long, leg: frame.leg });
      return;
    }
    const record = pick(to.raw, ['ifindex', 'ifname', 'link', 'link_index', 'link_netnsid']);
    const why = `What goes into ${this.#name(from)} comes out of ${this.#name(to)}: they are the two ends of a veth pair.`;
    track.hop(to, 'in', why, { kind: 'veth', record });
    this.#enter(to, frame);
  }

  /** What lies on the link takes the frame, or its bridge, or its stack. */
  #enter(link: Link, frame: Carried): void {
    const { index, track, stacks } = this.#parts;
    const { leg, tag } = frame;
    const upper = upperFor(index, link, frame);
    const master = index.link(link.master);
    const point = { layer: 'netdev', hook: 'ingress' } as const;
    if (!stacks.lets({ namespace: link.namespace, point, ingress: link, egress: null }, { leg })) {
      return;
    }
    if (upper) {
      this.#riseTo(upper, link, frame);
    } else if (master?.kind === 'bridge') {
      this.#bridges.switch(master, link, frame);
    } else if (master?.kind === 'bond' || master?.kind === 'team') {
      const why = `${this.#name(link)} is a member of ${this.#name(master)}.`;
      track.hop(master, 'in', why, { kind: 'port', record: pick(link.raw, ['ifname', 'master']) });
      this.#enter(master, frame);
    } else if (master) {
      const reason = `${this.#name(link)} belongs to ${this.#name(master)} (${plain(master.kind)}), whose ways are not followed here.`;
      this.#stopAt(link, reason, leg);
    } else if (tag !== null) {
      track.stop({ reason: `Nothing on ${this.#name(link)} takes frames of VLAN ${tag}.`, leg });
    } else {
      stacks.arrive(link, frame);
    }
  }

  #riseTo(upper: Link, link: Link, frame: Carried): void {
    const isVlan = upper.kind === 'vlan';
    const why = isVlan
      ? `Frames of VLAN ${frame.tag ?? 0} on ${this.#name(link)} belong to ${this.#name(upper)}, which takes the tag off.`
      : `${this.#name(upper)} (${plain(upper.kind)}) lies on ${this.#name(link)} and has ${frame.leg.nextHop}.`;
    const record = pick(upper.raw, ['ifindex', 'ifname', 'link', 'linkinfo']);
    this.#parts.track.hop(upper, 'in', why, { kind: isVlan ? 'vlan' : 'lower', record });
    this.#enter(upper, isVlan ? { ...frame, tag: null } : frame);
  }

  #stopAt(link: Link, reason: string, leg: OpenLeg, next?: Link): void {
    const record = pick(link.raw, ['ifindex', 'ifname', 'flags', 'operstate']);
    this.#parts.track.stop({ reason, leg, by: { kind: 'port', record }, ...(next && { next }) });
  }

  #name(link: Link): string {
    return nameOfLink(this.#parts.index, link);
  }
}
