/** Pure: the walk of one packet from IP stack to IP stack. */
import type { Link, NamespaceId } from '../topology/topology.ts';
import { addressOf, familyOf, isLinkLocal } from './addresses.ts';
import { decideRoute, type Decision, type Packet } from './routing.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import { Track, type OpenLeg, type Voice } from './track.ts';
import { nameOfLink, nameOfNamespace, plain, startOfSentence } from './words.ts';
import type { PacketFields } from './packetFilter.ts';
import { tablesOf, translationAt, type NatHook } from './translate.ts';
import { Wire } from './wire.ts';

/** A packet as it starts. */
export type NewPacket = Omit<Packet, 'ingress'>;

/** One routing decision on the way: what was asked in which namespace, and what the tables say. */
export interface RoutingStep {
  readonly namespace: NamespaceId;
  readonly packet: Packet;
  readonly decided: Decision;
}

export class Router {
  readonly track: Track;
  /** The address that the packet was sent from. */
  firstSource: string | null;
  readonly #index: TopologyIndex;
  readonly #wire: Wire;
  #packet: NewPacket;

  constructor(index: TopologyIndex, packet: NewPacket, track = new Track()) {
    this.#index = index;
    this.#packet = packet;
    this.firstSource = packet.source;
    this.track = track;
    this.#wire = new Wire(index, track, {
      arrive: (link, leg) => this.#arrive(link, leg),
      encapsulate: (namespace, outer) => this.#encapsulate(namespace, outer),
    });
  }

  /** A packet is at a namespace's IP stack: it starts there (`ingress` null) or came in. */
  route(namespace: NamespaceId, ingress: Link | null): void {
    this.#translate(namespace, ingress === null ? 'output' : 'prerouting', ingress, null);
    const packet = { ...this.#packet, zone: ingress === null ? (this.#packet.zone ?? null) : null, ingress };
    const decided = decideRoute(this.#index, namespace, packet);
    const refusal = ingress === null ? null : this.#refusal(namespace, ingress, decided);
    const refused = refusal !== null && ({ kind: 'refused', reason: refusal, record: null } as const);
    this.track.routing.push({ namespace, packet, decided: refused || decided });
    if (decided.kind === 'refused') {
      this.track.stop(decided.reason);
    } else if (refused) {
      this.track.stop(refused.reason, undefined, decided.kind === 'forward' ? decided.link : null);
    } else if (decided.kind === 'local') {
      this.#deliver(namespace, ingress, decided.route.raw);
    } else if (this.track.isEndless) {
      this.track.stop('The routes lead in circles.');
    } else {
      this.#forward(namespace, ingress, decided);
    }
  }

  /** Why a stack does not take in, or does not send on, what came in through a link. */
  #refusal(namespace: NamespaceId, ingress: Link, decided: Decision): string | null {
    const name = nameOfNamespace(this.#index, namespace);
    const family = familyOf(this.#packet.destination);
    const { source } = this.#packet;
    if (family === 4 && source !== null && isStrict(this.#index, ingress)) {
      const back = decideRoute(this.#index, namespace, {
        ...this.#packet,
        destination: source,
        source: this.#packet.destination,
        ingress: null,
      });
      if (back.kind === 'refused' || (back.kind === 'forward' && back.link.id !== ingress.id)) {
        return `${name} drops it: rp_filter of ${plain(ingress.name)} wants the way back to ${source} to lead out of the same link.`;
      }
    }
    const forwards = ingress.switches[`ipv${family}.forwarding`];
    return decided.kind === 'forward' && forwards === 0
      ? `${name} does not forward IPv${family} packets that come in through ${plain(ingress.name)}: forwarding is off.`
      : null;
  }

  #forward(
    namespace: NamespaceId,
    ingress: Link | null,
    decided: Extract<Decision, { kind: 'forward' }>,
  ): void {
    const { link, nextHop, route } = decided;
    this.#setSource(decided.source ?? this.#sourceFor(link));
    const way = nextHop === this.#packet.destination ? 'straight' : `by way of ${nextHop}`;
    const which = route.destination === 'default' ? 'default route' : `route to ${plain(route.destination)}`;
    const name = nameOfNamespace(this.#index, namespace);
    const why = `The ${which} in ${name} sends it ${way} out of ${plain(link.name)}.${this.#whetherForwarded(namespace, ingress)}`;
    this.track.hear(ruleVoice(decided));
    this.track.hear(this.#neighbourVoice(link, nextHop));
    this.#translate(namespace, 'postrouting', null, link);
    this.track.hop(link, 'out', why, { kind: 'route', record: route.raw });
    this.#wire.leave(link, { leg: { sender: namespace, egress: link.id, nextHop }, tag: null });
  }

  /** What rules of address translation make of the packet at a hook; how a reply is translated back, the kernel remembers. */
  #translate(namespace: NamespaceId, hook: NatHook, ingress: Link | null, egress: Link | null): void {
    const home = this.#index.namespace(namespace);
    const tables = home ? tablesOf(home) : [];
    const found =
      tables.length === 0 ? null : translationAt(tables, hook, this.#fields(namespace, ingress, egress));
    if (found === null) {
      return;
    }
    const { nat, chain, table, rule, isCertain } = found;
    const isDestination = nat.kind === 'dnat' || nat.kind === 'redirect';
    const own = ingress ?? this.#index.loopbackOf(namespace);
    const told =
      nat.kind === 'masquerade' && egress
        ? this.#sourceFor(egress)
        : nat.kind === 'redirect' && own
          ? (own.addresses.map(addressOf).find((address) => address !== null) ?? null)
          : nat.address;
    const from = isDestination ? this.#packet.destination : (this.#packet.source ?? '');
    const to = told ?? from;
    const port = nat.port === null ? '' : ` port ${nat.port}`;
    const what = nat.isKnown ? `becomes ${to}${port}` : 'becomes one that the rule takes from a map';
    const doubt = isCertain ? '' : ' Whether it does, or which of several rules does, is not certain.';
    this.track.hear({
      kind: 'nat',
      why: `In ${nameOfNamespace(this.#index, namespace)}, chain ${plain(chain.name)} of table ${plain(table.name)}: the ${isDestination ? 'destination' : 'source'} ${from} ${what} (${nat.kind}).${doubt}`,
      record: {
        tool: table.tool,
        family: table.family,
        table: table.name,
        chain: chain.name,
        rule: rule.text,
      },
    });
    if (nat.isKnown) {
      const isPorted = nat.port !== null && (this.#packet.port ?? null) !== null;
      this.#packet = isDestination
        ? { ...this.#packet, destination: to, ...(isPorted ? { port: nat.port } : {}) }
        : { ...this.#packet, source: to };
      this.track.translated.push({ address: to, port: isDestination ? nat.port : null });
    }
  }

  #fields(namespace: NamespaceId, ingress: Link | null, egress: Link | null): PacketFields {
    const { destination, source, protocol = 'icmp', port = null } = this.#packet;
    const family = familyOf(destination);
    const ip = family === 6 ? 'ip6' : 'ip';
    const isIcmp = protocol === 'icmp';
    const icmp = family === 6 ? 'icmpv6' : 'icmp';
    return {
      family,
      fields: {
        ...(source === null ? {} : { [`${ip} saddr`]: source }),
        [`${ip} daddr`]: destination,
        l4proto: isIcmp ? icmp : protocol,
        ...(isIcmp
          ? { [`${icmp} type`]: 'echo-request' }
          : { [`${protocol} dport`]: String(port ?? 0), 'th dport': String(port ?? 0) }),
        'ct state': 'new',
        'fib daddr type': this.#index.owns(namespace, destination) ? 'local' : 'unicast',
        iifname: ingress?.name ?? null,
        oifname: egress?.name ?? null,
      },
    };
  }

  #whetherForwarded(namespace: NamespaceId, ingress: Link | null): string {
    const known = ingress?.switches[`ipv${familyOf(this.#packet.destination)}.forwarding`];
    return ingress === null || known !== undefined
      ? ''
      : ` Whether ${nameOfNamespace(this.#index, namespace)} forwards at all (ip_forward) was not read.`;
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

  #setSource(source: string | null): void {
    this.#packet = { ...this.#packet, source: this.#packet.source ?? source };
    this.firstSource ??= source;
  }

  /** The address that the kernel would give a packet of ours (inet_select_addr): the link's own, else any of the namespace. */
  #sourceFor(link: Link): string | null {
    const { destination } = this.#packet;
    const fits = (address: string | null): address is string =>
      address !== null &&
      familyOf(address) === familyOf(destination) &&
      isLinkLocal(address) === isLinkLocal(destination);
    return (
      link.addresses.map(addressOf).find(fits) ?? this.#index.addressesOf(link.namespace).find(fits) ?? null
    );
  }

  #deliver(namespace: NamespaceId, ingress: Link | null, record: unknown): void {
    this.track.reached = namespace;
    if (ingress !== null) {
      return;
    }
    const { destination } = this.#packet;
    this.#setSource(destination);
    const lo = this.#index.loopbackOf(namespace);
    const name = startOfSentence(nameOfNamespace(this.#index, namespace));
    if (lo) {
      const why = `${name} has ${destination} itself, so it never leaves: it goes through ${plain(lo.name)}.`;
      this.track.hop(lo, 'through', why, { kind: 'local', record });
    }
    if (lo?.up !== true) {
      this.track.reached = null;
      this.track.stop(`${name} has ${destination} itself, but its loopback link is down.`);
    }
  }

  /** A frame is at an IP stack, which takes it only if the question for the next hop's address is its to answer. */
  #arrive(link: Link, leg: OpenLeg): void {
    const { nextHop } = leg;
    const egress = this.#index.link(leg.egress);
    const known = egress ? (this.#index.neighbour(egress, nextHop)?.mac ?? null) : null;
    const name = nameOfLink(this.#index, link);
    if (!this.#index.owns(link.namespace, nextHop)) {
      this.track.stop(
        `${name} is not a port of a bridge, and ${nameOfNamespace(this.#index, link.namespace)} does not have ${nextHop}.`,
        leg,
      );
    } else if (known !== null && !this.#answersTo(link).has(known)) {
      const who = startOfSentence(nameOfNamespace(this.#index, leg.sender));
      this.track.stop(
        `${who} takes ${nextHop} to be at ${known}, but ${name} has ${link.mac ?? 'none'}.`,
        leg,
      );
    } else {
      this.track.legs.push({ ...leg, receiver: link.namespace });
      this.route(link.namespace, link);
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
    carrier.route(namespace, null);
    const { reached, stopped, leavesNode } = this.track;
    this.track.reached = null;
    return stopped === null && !leavesNode ? reached : null;
  }
}

/** The kernel takes the stricter of the link's own setting and that of all (net/ipv4/fib_frontend.c, fib_validate_source). */
function isStrict(index: TopologyIndex, ingress: Link): boolean {
  const all = index.namespace(ingress.namespace)?.switches?.['ipv4.conf.all.rp_filter'] ?? 0;
  return Math.max(all, ingress.switches['ipv4.rp_filter'] ?? 0) === 1;
}

/** The rules that every namespace begins with are not worth a word. */
const builtIn: ReadonlySet<number> = new Set([0, 32766, 32767]);

function ruleVoice({ rule }: Extract<Decision, { kind: 'forward' }>): Voice | null {
  return builtIn.has(rule.priority) || Object.keys(rule.raw).length === 0
    ? null
    : {
        kind: 'rule',
        why: `Rule ${rule.priority} leads to table ${plain(rule.table ?? 'main')}.`,
        record: rule.raw,
      };
}
