/** Pure: the walk of one frame through a bridge (net/bridge/br_input.c, br_forward.c). */
import type { Link } from '../topology/topology.ts';
import { familyOf } from './addresses.ts';
import { BridgeVlans } from './bridgeVlans.ts';
import { callsIpRules } from './bridgeNetfilter.ts';
import type { Gate } from './gates/passGate.ts';
import { isAsking } from './gates/questions.ts';
import { frameTooLong } from './lengths.ts';
import { explainAbsence, isFlooded, isForwarding, isOutOfSight, leadsTo } from './switching.ts';
import type { End, OpenLeg } from './track.ts';
import type { Decider } from './trace.ts';
import { believedMac, upperFor, type Carried, type WireParts } from './wireParts.ts';
import { nameOfLink, nameOfNamespace, pick, plain } from './words.ts';

/** A frame at a bridge. */
interface Visit {
  readonly bridge: Link;
  /** Null for the bridge's own namespace. */
  readonly ingress: Link | null;
  readonly frame: Carried;
  readonly vlans: BridgeVlans;
  /** Rules led it to another end of the same bridge. */
  readonly isBridged?: true;
}

export class BridgeWalk {
  readonly #parts: WireParts;

  constructor(parts: WireParts) {
    this.#parts = parts;
  }

  /** A frame is at a bridge, from one of its ports or (null) from the bridge's own namespace. */
  switch(bridge: Link, ingress: Link | null, frame: Carried): void {
    const { index } = this.#parts;
    const vlans = new BridgeVlans(index, bridge);
    const visit = { bridge, ingress, frame, vlans };
    const vlan = vlans.ofFrame(ingress ?? bridge, frame.tag);
    if (ingress && bridge.up && !isForwarding(ingress)) {
      this.#stop(visit, {
        reason: `${this.#name(ingress)} is a port that does not forward (${plain(ingress.portState ?? '')}).`,
        by: { kind: 'port', record: ingress.port },
      });
    } else if (vlan === 'dropped') {
      const taker = ingress ?? bridge;
      this.#stop(visit, {
        reason: `${this.#name(bridge)} filters VLANs, and ${this.#name(taker)} takes no ${tagWords(frame.tag)}.`,
        by: { kind: 'vlan', record: index.topology.vlans.filter(({ link }) => link === taker.id) },
      });
    } else {
      this.#take(visit, vlan);
    }
  }

  #take(visit: Visit, vlan: number | null): void {
    const { bridge, ingress } = visit;
    if (!bridge.up) {
      this.#tellTaken(visit, false);
      const record = pick(bridge.raw, ['ifindex', 'ifname', 'flags', 'operstate']);
      const reason = `The bridge ${this.#name(bridge)} is down.`;
      this.#stop(visit, { reason, by: { kind: 'port', record }, next: bridge });
      return;
    }
    const led = ingress === null ? visit : this.#preroute(visit, ingress, vlan);
    if (led === null) {
      this.#tellTaken(visit, false);
      return;
    }
    const own = led.isBridged ? null : this.#ownOf(led, vlan);
    this.#tellTaken(led, own !== null);
    if (!own) {
      this.#forward({ ...led, frame: { ...led.frame, tag: vlan ?? led.frame.tag } });
    } else if (this.#isAnswered(led, null) && this.#lets(led, 'input', ingress, null)) {
      this.#parts.enter(bridge, own);
    }
  }

  /** The rules at the hook prerouting, which may lead the packet elsewhere; null where they end its way. */
  #preroute(visit: Visit, ingress: Link, vlan: number | null): Visit | null {
    const { bridge, frame } = visit;
    const { index, stacks } = this.#parts;
    const before = stacks.destination();
    if (!this.#lets(visit, 'prerouting', ingress, null)) {
      return null;
    }
    if (!callsIpRules(index, bridge, familyOf(before))) {
      return visit;
    }
    if (!this.#letsIp(visit, 'prerouting', ingress, null)) {
      return null;
    }
    const asked: Visit = { ...visit, frame: { ...frame, isPrerouted: true } };
    return stacks.destination() === before ? asked : this.#lead(asked, vlan);
  }

  /**
   * What rules gave another destination is routed. Where the route leads out of the bridge itself, the frame stays in it, with
   * another hardware address; else the stack takes it (br_nf_pre_routing_finish).
   */
  #lead(visit: Visit, vlan: number | null): Visit | null {
    const { bridge, frame } = visit;
    const { track, stacks } = this.#parts;
    const decided = stacks.decide(bridge);
    if (decided?.kind !== 'forward' || decided.link.id !== bridge.id) {
      return decided && visit;
    }
    track.legs.push({ ...frame.leg, receiver: bridge.namespace });
    const leg = { sender: bridge.namespace, egress: bridge.id, nextHop: decided.nextHop };
    return { ...visit, isBridged: true, frame: { ...frame, leg, tag: vlan ?? frame.tag } };
  }

  #tellTaken({ bridge, ingress, frame: { leg } }: Visit, isForUs: boolean): void {
    if (!ingress) {
      return;
    }
    const taken = `${this.#name(ingress)} is a port of ${this.#name(bridge)}`;
    const port: Decider = { kind: 'port', record: pick(ingress.raw, ['ifindex', 'ifname', 'master']) };
    const name = nameOfNamespace(this.#parts.index, bridge.namespace);
    if (isForUs) {
      const why = `${taken}, and ${name} has ${leg.nextHop}: the bridge hands the frame up.`;
      this.#parts.track.hop(bridge, 'in', why, port);
    } else {
      this.#parts.track.hop(bridge, 'through', `${taken}, which takes the frame.`, port);
    }
  }

  /** The frame as the bridge's own namespace gets it, where it is for that. */
  #ownOf({ bridge, ingress, frame, vlans }: Visit, vlan: number | null): Carried | null {
    const { index } = this.#parts;
    const tag = ingress === null ? 'dropped' : vlans.tagAt(bridge, vlan ?? frame.tag);
    if (tag === 'dropped') {
      return null;
    }
    const own = { ...frame, tag };
    const isOwned = index.owns(bridge.namespace, frame.leg.nextHop);
    return isOwned && (tag === null || upperFor(index, bridge, own) !== undefined) ? own : null;
  }

  /** A bridge chooses a port: by its table where it has learned the address, else it floods and one port leads there. */
  #forward(visit: Visit): void {
    const { index } = this.#parts;
    const { bridge, ingress, frame, vlans } = visit;
    const { nextHop } = frame.leg;
    const mac = believedMac(index, frame.leg);
    const entry = mac === null ? undefined : index.fdb(bridge.id, mac);
    const learned = index.link(entry?.link ?? null);
    const isOpen = (port: Link): boolean =>
      (port.id !== ingress?.id || port.port?.hairpin === true) &&
      port.up &&
      isForwarding(port) &&
      !(ingress?.port?.isolated === true && port.port?.isolated === true) &&
      vlans.tagAt(port, frame.tag) !== 'dropped';
    const ports = index.portsOf(bridge.id).filter((port) => isOpen(port) && isFlooded(port, mac !== null));
    const flooded = ports.find((port) => leadsTo(index, port, nextHop)) ?? ports.find(isOutOfSight);
    if (entry && learned && learned.id !== bridge.id && isOpen(learned)) {
      const why = `${this.#name(bridge)} has learned that ${entry.mac} is behind ${this.#name(learned)}, so it forwards there.`;
      this.#sendOut(visit, learned, why, { kind: 'fdb', record: entry.raw });
    } else if (flooded) {
      const record = { bridge: bridge.name, address: nextHop };
      this.#sendOut(visit, flooded, this.#floodWords(bridge, flooded, frame.leg, mac), {
        kind: 'flood',
        record,
      });
    } else {
      const passes = (port: Link): boolean => vlans.tagAt(port, frame.tag) !== 'dropped';
      const isFloodedTo = (port: Link): boolean => isFlooded(port, mac !== null);
      const { reason, link } = explainAbsence(index, bridge, nextHop, { ingress, passes, isFloodedTo });
      const record =
        link && pick(link.raw, ['ifindex', 'ifname', 'flags', 'master', 'operstate', 'linkinfo']);
      this.#stop(visit, { reason, next: link, by: record && { kind: 'port', record } });
    }
  }

  /** A sender that does not know the hardware address asks for it first, and the bridge learns from the answer. */
  #floodWords(bridge: Link, port: Link, { sender, nextHop }: OpenLeg, mac: string | null): string {
    const { index } = this.#parts;
    const end = index.owners(nextHop)[0]
      ? `${nextHop} is behind ${this.#name(port)}`
      : `${this.#name(port)} leads further than is seen from here`;
    const protocol = familyOf(nextHop) === 6 ? 'neighbour discovery' : 'ARP';
    const asks = mac === null ? ` ${nameOfNamespace(index, sender)} asks by ${protocol}, and` : '';
    return `${this.#name(bridge)} has not learned where ${nextHop} is, so it floods:${asks} ${end}.`;
  }

  #sendOut(visit: Visit, port: Link, why: string, decidedBy: Decider): void {
    const { frame, vlans } = visit;
    const { index, track, stacks, leave } = this.#parts;
    const long = frameTooLong(index, port, stacks.lengthBytes());
    if (long) {
      this.#stop(visit, long);
      return;
    }
    if (!this.#isAnswered(visit, port) || !this.#passesRules(visit, port)) {
      return;
    }
    const tag = vlans.tagAt(port, frame.tag);
    track.hear(vlans.voice(port, frame.tag));
    track.hop(port, 'out', why, decidedBy);
    leave(port, { ...frame, tag: tag === 'dropped' ? null : tag });
  }

  /** Where the sender has to ask for a hardware address first: the question comes through to that side, and its answer back. */
  #isAnswered({ bridge, ingress, frame: { leg } }: Visit, egress: Link | null): boolean {
    const { index, stacks } = this.#parts;
    const [there, back] = [gatesBetween(bridge, ingress, egress), gatesBetween(bridge, egress, ingress)];
    return (
      !isAsking(index, leg) ||
      (there.every((gate) => stacks.hears(gate, leg, 'question')) &&
        back.every((gate) => stacks.hears(gate, leg, 'answer')))
    );
  }

  /** The rules of the bridge family, and those of IP where br_netfilter calls them, as if the bridge had routed the packet. */
  #passesRules(visit: Visit, port: Link): boolean {
    const { bridge, ingress } = visit;
    if (ingress === null) {
      return this.#lets(visit, 'output', null, port) && this.#lets(visit, 'postrouting', null, port);
    }
    const isCalled = callsIpRules(this.#parts.index, bridge, familyOf(this.#parts.stacks.destination()));
    const asksIp = (hook: string): boolean => !isCalled || this.#letsIp(visit, hook, ingress, port);
    return (
      this.#lets(visit, 'forward', ingress, port) &&
      asksIp('forward') &&
      this.#lets(visit, 'postrouting', null, port) &&
      asksIp('postrouting')
    );
  }

  #lets({ bridge, frame: { leg } }: Visit, hook: string, ingress: Link | null, egress: Link | null): boolean {
    const gate: Gate = { namespace: bridge.namespace, point: { layer: 'bridge', hook }, ingress, egress };
    return this.#parts.stacks.lets(gate, { leg, next: egress });
  }

  /** Rules of IP see the bridge on both sides (net/bridge/br_netfilter_hooks.c). */
  #letsIp({ bridge, frame: { leg } }: Visit, hook: string, ingress: Link, egress: Link | null): boolean {
    const gate: Gate = {
      namespace: bridge.namespace,
      point: { layer: 'ip', hook },
      ingress: hook === 'postrouting' ? null : bridge,
      egress: hook === 'prerouting' ? null : bridge,
      ports: { ingress, egress },
    };
    return this.#parts.stacks.lets(gate, { leg, next: egress });
  }

  #stop({ frame: { leg } }: Visit, end: Omit<End, 'leg'>): void {
    this.#parts.track.stop({ ...end, leg });
  }

  #name(link: Link): string {
    return nameOfLink(this.#parts.index, link);
  }
}

function tagWords(tag: number | null): string {
  return tag === null ? 'frames without a tag' : `frames of VLAN ${tag}`;
}

/** The hooks of a bridge between two of its sides; null for the side of its own namespace. */
function gatesBetween(bridge: Link, from: Link | null, to: Link | null): Gate[] {
  const gate = (hook: string, ingress: Link | null, egress: Link | null): Gate => ({
    ...{ namespace: bridge.namespace, point: { layer: 'bridge', hook }, ingress, egress },
  });
  const middle = from === null ? 'output' : to === null ? 'input' : 'forward';
  return [
    ...(from === null ? [] : [gate('prerouting', from, null)]),
    gate(middle, from, to),
    ...(to === null ? [] : [gate('postrouting', null, to)]),
  ];
}
