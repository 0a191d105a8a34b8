/** Pure: the walk of one packet from IP stack to IP stack. */
import type { Link, NamespaceId } from '../topology/topology.ts';
import { sourceFor } from './ends.ts';
import { Gatekeeper } from './gates/gatekeeper.ts';
import { Traveller, type NewPacket } from './gates/traveller.ts';
import { packetTooLong } from './lengths.ts';
import { confinedTo, refusalOf } from './refusals.ts';
import { decideRoute, nextHopsOf, type Decision, type Packet } from './routing.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import { Track, type Voice } from './track.ts';
import { nameOfLink, nameOfNamespace, plain, startOfSentence } from './words.ts';
import { Wire } from './wire.ts';
import type { Carried } from './wireParts.ts';

/** One routing decision on the way: what was asked in which namespace, and what the tables say. */
export interface RoutingStep {
  readonly namespace: NamespaceId;
  readonly packet: Packet;
  readonly decided: Decision;
}

type Forward = Extract<Decision, { kind: 'forward' }>;

export class Router {
  readonly track: Track;
  readonly traveller: Traveller;
  /** The address that the packet was sent from. */
  firstSource: string | null;
  readonly #index: TopologyIndex;
  readonly #gatekeeper: Gatekeeper;
  readonly #wire: Wire;

  constructor(index: TopologyIndex, packet: NewPacket, track = new Track()) {
    this.#index = index;
    this.firstSource = packet.source;
    this.track = track;
    this.traveller = new Traveller(index, track, packet);
    this.#gatekeeper = new Gatekeeper(index, track, this.traveller);
    this.#wire = new Wire(index, track, {
      lets: (gate, where) => this.#gatekeeper.lets(gate, where),
      hears: (gate, leg, message) => this.#gatekeeper.hears(gate, leg, message),
      arrive: (link, frame) => this.#arrive(link, frame),
      destination: () => this.traveller.flow.destination,
      lengthBytes: () => this.traveller.lengthBytes,
      decide: (bridge) => this.#decide(bridge.namespace, bridge),
      encapsulate: (namespace, outer) => this.#encapsulate(namespace, outer),
    });
  }

  /** A packet starts in a namespace. Its first route also chooses its source; rules at the hook output may lead it elsewhere. */
  send(namespace: NamespaceId): void {
    const decided = this.#decide(namespace, null);
    if (decided === null) {
      return;
    }
    this.#setSource(decided.kind === 'local' ? this.traveller.flow.destination : this.#sourceBy(decided));
    const egress = decided.kind === 'local' ? this.#index.loopbackOf(namespace) : decided.link;
    const before = this.traveller.packetFrom(null);
    if (!this.#lets(namespace, 'output', null, egress ?? null)) {
      return;
    }
    const after = this.traveller.packetFrom(null);
    const isMoved = before.destination !== after.destination || before.mark !== after.mark;
    const again = isMoved ? this.#decide(namespace, null) : decided;
    if (again?.kind === 'local') {
      this.#loop(namespace, again.route.raw);
    } else if (again) {
      this.#leave(namespace, null, again);
    }
  }

  /** A packet came in through a link. */
  #routeOn(namespace: NamespaceId, ingress: Link): void {
    const decided = this.#decide(namespace, ingress);
    if (decided === null) {
      return;
    }
    if (decided.kind === 'local') {
      this.#takeIn(namespace, ingress);
    } else if (this.track.isEndless) {
      this.track.stop({ reason: 'The routes lead in circles.' });
    } else if (
      this.#mayPassOn(namespace, decided.link) &&
      this.#lets(namespace, 'forward', ingress, decided.link)
    ) {
      this.#leave(namespace, ingress, decided);
    }
  }

  /** Before a router asks its rules, it looks at the time to live and the length (net/ipv4/ip_forward.c). */
  #mayPassOn(namespace: NamespaceId, egress: Link): boolean {
    const { traveller, track } = this;
    const { lengthBytes, ttl } = traveller;
    if (ttl <= 1) {
      const who = startOfSentence(nameOfNamespace(this.#index, namespace));
      track.stop({ reason: `${who} does not send it on: its time to live is used up.`, next: egress });
    } else if (lengthBytes > egress.mtu) {
      track.stop(packetTooLong(this.#index, egress, lengthBytes));
    }
    traveller.ttl--;
    return track.stopped === null;
  }

  /** What starts here is cut into fragments where it is too long, if it may be. */
  #cut(egress: Link): boolean {
    const { lengthBytes, isWhole } = this.traveller;
    const isLong = lengthBytes > egress.mtu;
    if (isLong && isWhole) {
      this.track.stop(packetTooLong(this.#index, egress, lengthBytes));
    }
    this.traveller.lengthBytes = isLong ? egress.mtu : lengthBytes;
    return !isLong || !isWhole;
  }

  #lets(namespace: NamespaceId, hook: string, ingress: Link | null, egress: Link | null): boolean {
    return this.#gatekeeper.lets(
      { namespace, point: { layer: 'ip', hook }, ingress, egress },
      { next: egress },
    );
  }

  /** Decides by rules and routes; null where they, or the switches of the namespace, end the way. */
  #decide(namespace: NamespaceId, ingress: Link | null): Exclude<Decision, { kind: 'refused' }> | null {
    const packet = this.traveller.packetFrom(ingress);
    const decided = this.#chosen(decideRoute(this.#index, namespace, packet));
    const refusal = ingress && refusalOf(this.#index, ingress, packet, decided);
    const { reason, record } =
      decided.kind === 'refused' ? decided : { reason: refusal?.reason ?? '', record: null };
    this.track.routing.push({
      namespace,
      packet,
      decided: refusal ? { kind: 'refused', reason, record } : decided,
    });
    if (decided.kind === 'refused') {
      this.track.stop({ reason, by: record === null ? null : { kind: 'route', record } });
    } else if (refusal) {
      this.track.stop({ ...refusal, next: decided.kind === 'forward' ? decided.link : null });
    }
    return decided.kind === 'refused' || refusal ? null : decided;
  }

  /** Of the ways of a multipath route one, by a hash of the packet. */
  #chosen(decided: Decision): Decision {
    if (decided.kind !== 'forward') {
      return decided;
    }
    const { route, link } = decided;
    const ways = nextHopsOf(route).map((hop): Forward => {
      const own = this.#index.linksOf(route.namespace).find(({ name }) => name === hop.dev);
      return { ...decided, link: own ?? link, nextHop: hop.gateway ?? this.traveller.flow.destination };
    });
    const [first, ...others] = ways;
    return first
      ? this.track.choose(
          route.namespace,
          [first, ...others],
          (way) => `${way.nextHop} out of ${plain(way.link.name)}`,
        )
      : decided;
  }

  #leave(namespace: NamespaceId, ingress: Link | null, decided: Forward): void {
    const { link, nextHop, route } = decided;
    const { destination } = this.traveller.flow;
    this.#setSource(this.#sourceBy(decided));
    this.track.hear(ruleVoice(decided));
    this.track.hear(this.#neighbourVoice(link, nextHop));
    const confined = ingress === null ? confinedTo(this.#index, link, this.traveller.flow.source) : null;
    if (confined) {
      this.track.stop({ ...confined, next: link });
      return;
    }
    if (!this.#lets(namespace, 'postrouting', null, link) || (ingress === null && !this.#cut(link))) {
      return;
    }
    const way = nextHop === destination ? 'straight' : `by way of ${nextHop}`;
    const which = route.destination === 'default' ? 'default route' : `route to ${plain(route.destination)}`;
    const name = nameOfNamespace(this.#index, namespace);
    const why = `The ${which} in ${name} sends it ${way} out of ${plain(link.name)}.${this.#whetherForwarded(ingress)}`;
    const leg = { sender: namespace, egress: link.id, nextHop };
    if (this.#gatekeeper.asks(leg)) {
      this.track.hop(link, 'out', why, { kind: 'route', record: route.raw });
      this.#wire.leave(link, { leg, tag: null });
    }
  }

  #whetherForwarded(ingress: Link | null): string {
    const known = ingress?.switches[`ipv${this.traveller.family}.forwarding`];
    return ingress === null || known !== undefined
      ? ''
      : ` Whether ${nameOfNamespace(this.#index, ingress.namespace)} forwards at all (ip_forward) was not read.`;
  }

  #neighbourVoice(link: Link, nextHop: string): Voice | null {
    const entry = this.#index.neighbour(link, nextHop);
    return (
      entry && {
        kind: 'neighbour',
        why: `${startOfSentence(nameOfNamespace(this.#index, link.namespace))} takes ${nextHop} to be at ${entry.mac} (${entry.states.map(plain).join(', ')}).`,
        record: entry.raw,
      }
    );
  }

  #sourceBy({ source, link }: Forward): string | null {
    return source ?? sourceFor(this.#index, link, this.traveller.flow.destination);
  }

  #setSource(source: string | null): void {
    const { flow } = this.traveller;
    this.traveller.flow = { ...flow, source: flow.source ?? source };
    this.firstSource ??= source;
  }

  /** What a namespace sends to itself goes out of its loopback link and in again. */
  #loop(namespace: NamespaceId, record: unknown): void {
    const { destination } = this.traveller.flow;
    const lo = this.#index.loopbackOf(namespace);
    const name = startOfSentence(nameOfNamespace(this.#index, namespace));
    if (lo?.up !== true) {
      const reason = `${name} has ${destination} itself, but its loopback link is down.`;
      if (lo) {
        this.track.hop(lo, 'through', `${name} has ${destination} itself.`, { kind: 'local', record });
      }
      this.track.stop({ reason });
      return;
    }
    if (this.#lets(namespace, 'postrouting', null, lo)) {
      const why = `${name} has ${destination} itself, so it never leaves: it goes through ${plain(lo.name)}.`;
      this.track.hop(lo, 'through', why, { kind: 'local', record });
      if (this.#lets(namespace, 'prerouting', lo, null)) {
        this.#takeIn(namespace, lo);
      }
    }
  }

  #takeIn(namespace: NamespaceId, ingress: Link): void {
    if (this.#lets(namespace, 'input', ingress, null)) {
      this.track.reached = namespace;
    }
  }

  /** A frame is at an IP stack, which takes it only if the question for the next hop's address is its to answer. */
  #arrive(link: Link, { leg, isPrerouted = false }: Carried): void {
    const { nextHop } = leg;
    const egress = this.#index.link(leg.egress);
    const known = egress ? (this.#index.neighbour(egress, nextHop)?.mac ?? null) : null;
    const name = nameOfLink(this.#index, link);
    if (!this.#index.owns(link.namespace, nextHop)) {
      const reason = `${name} is not a port of a bridge, and ${nameOfNamespace(this.#index, link.namespace)} does not have ${nextHop}.`;
      this.track.stop({ reason, leg });
    } else if (known !== null && !this.#answersTo(link).has(known)) {
      const who = startOfSentence(nameOfNamespace(this.#index, leg.sender));
      const record = egress && this.#index.neighbour(egress, nextHop)?.raw;
      const reason = `${who} takes ${nextHop} to be at ${known}, but ${name} has ${link.mac ?? 'none'}.`;
      this.track.stop({ reason, leg, by: { kind: 'neighbour', record } });
    } else if (this.#gatekeeper.answers(link, leg)) {
      this.track.legs.push({ ...leg, receiver: link.namespace });
      if (isPrerouted || this.#lets(link.namespace, 'prerouting', link, null)) {
        this.#routeOn(link.namespace, link);
      }
    }
  }

  /** Hardware addresses for which a link's namespace takes a frame; a bridge also takes those of its ports. */
  #answersTo(link: Link): Set<string | null> {
    const ports = link.kind === 'bridge' ? this.#index.portsOf(link.id) : [];
    return new Set([link, ...ports].map(({ mac }) => mac));
  }

  /** The outside of a tunnel is a packet of its own; where it arrives, if it does in sight. */
  #encapsulate(namespace: NamespaceId, outer: NewPacket): NamespaceId | null {
    const carrier = new Router(this.#index, outer, this.track);
    carrier.send(namespace);
    const { reached, stopped, leavesNode } = this.track;
    this.track.reached = null;
    return stopped === null && !leavesNode ? reached : null;
  }
}

/** The rules that every namespace begins with are not worth a word. */
const builtIn: ReadonlySet<number> = new Set([0, 32766, 32767]);

function ruleVoice({ rule }: Forward): Voice | null {
  return builtIn.has(rule.priority) || Object.keys(rule.raw).length === 0
    ? null
    : {
        kind: 'rule',
        why: `Rule ${rule.priority} leads to table ${plain(rule.table ?? 'main')}.`,
        record: rule.raw,
      };
}
