/** Pure: the way of a packet, foretold from what the kernel's own tables say. */
import type { Link, LinkId, NamespaceId, Topology } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import { addressOf, canonicalAddress, familyOf, isLinkLocal, isLoopback, isOnLink } from './addresses.ts';
import { decideRoute } from './routing.ts';
import { explainAbsence, leadsTo, isOutOfSight } from './switching.ts';
import { TopologyIndex } from './topologyIndex.ts';
import type { Endpoint, Hop, Path, Probe } from './trace.ts';
import { nameOfLink, nameOfNamespace, plain, startOfSentence } from './words.ts';

/** From where to where a packet is to go. */
export interface PathRequest {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** One ping where it is left out. */
  readonly probe?: Probe | undefined;
}

/** One stretch between two IP stacks, on which the sender must learn a hardware address (ARP, or NDP for IPv6). */
export interface Leg {
  readonly sender: NamespaceId;
  readonly egress: LinkId;
  /** Whom the sender asks for. */
  readonly nextHop: string;
  /** Null where it is not seen, or where the way ends before. */
  readonly receiver: NamespaceId | null;
}

/** A path, and what it was made from. */
export interface Prediction {
  readonly path: Path;
  readonly legs: readonly Leg[];
  /** The link at which the way would go on if nothing stopped it; null where that is not known. */
  readonly expectedNext: LinkId | null;
  /** The name of the sender's link by which a link-local destination is meant; null for any other. */
  readonly zone: string | null;
}

/** A packet that crosses more links than this goes in circles. */
const maxHops = 64;

/**
 * Foretells the way of an echo request. Throws PatchbayError `not-found` or `bad-input` for an end that does not
 * exist or has no address; whatever stops the packet itself is the path's `stopped`.
 */
export function predictPath(topology: Topology, request: PathRequest): Path {
  return predict(new TopologyIndex(topology), request).path;
}

/** {@link predictPath}, with the legs between IP stacks. */
export function predict(index: TopologyIndex, request: PathRequest): Prediction {
  const start = resolveSource(index, request.from);
  const to = resolveDestination(index, start.namespace, request.to, start.address);
  const zone = zoneOf(index, start.namespace, request.to, to.address);
  const walk = new Walk(index, { destination: to.address, zone, probe: request.probe }, start.address);
  walk.route(start.namespace, null);
  return {
    path: {
      from: { namespace: start.namespace, address: walk.source ?? '' },
      to: { namespace: walk.reached ?? to.namespace, address: to.address },
      hops: walk.hops,
      stopped: walk.stopped,
      leavesNode: walk.leavesNode,
    },
    legs: walk.legs,
    expectedNext: walk.expectedNext,
    zone: zone?.name ?? null,
  };
}

function resolveSource(
  index: TopologyIndex,
  from: Endpoint,
): { namespace: NamespaceId; address: string | null } {
  if (from.kind === 'namespace') {
    return { namespace: requireNamespace(index, from.namespace), address: null };
  }
  const address = requireAddress(from.address);
  const [owner, ...others] = new Set(index.owners(address).map(({ namespace }) => namespace));
  if (owner === undefined) {
    throw new PatchbayError('not-found', `No namespace of this node has the address ${address}.`);
  }
  if (others.length > 0) {
    throw new PatchbayError('bad-input', `${address} exists in ${others.length + 1} namespaces.`, {
      hint: 'Choose the one to send from by its name.',
    });
  }
  return { namespace: owner, address };
}

function resolveDestination(
  index: TopologyIndex,
  from: NamespaceId,
  to: Endpoint,
  source: string | null,
): { namespace: NamespaceId | null; address: string } {
  if (to.kind === 'namespace') {
    const namespace = requireNamespace(index, to.namespace);
    return { namespace, address: chooseAddress(index, from, namespace, source) };
  }
  const address = requireAddress(to.address);
  const owners = [...new Set(index.owners(address).map(({ namespace }) => namespace))];
  const owner =
    isLoopback(address) || owners.includes(from) ? from : owners.length === 1 ? owners[0] : undefined;
  return { namespace: owner ?? null, address };
}

/** Link-local addresses mean something on one link alone: the one that was named, else the only one there is. */
function zoneOf(index: TopologyIndex, from: NamespaceId, to: Endpoint, address: string): Link | null {
  if (familyOf(address) !== 6 || !isLinkLocal(address) || index.owns(from, address)) {
    return null;
  }
  const links = index.linksOf(from).filter(({ up, kind }) => up && kind !== 'loopback');
  const named = to.kind === 'address' ? /%(.*)$/s.exec(to.address)?.[1] : undefined;
  const zone =
    named === undefined
      ? links
      : links.filter(({ name, ifindex }) => name === named || `${ifindex}` === named);
  const [only, ...others] = zone;
  if (only !== undefined && others.length === 0) {
    return only;
  }
  const name = nameOfNamespace(index, from);
  throw new PatchbayError(
    'bad-input',
    named === undefined
      ? `${address} is a link-local address: it exists on each link of ${name} anew.`
      : `There is no link "${plain(named)}" in ${name} that is up.`,
    { hint: `Say by which link, as in ${address}%${plain(links[0]?.name ?? 'eth0')}.` },
  );
}

function requireNamespace(index: TopologyIndex, id: NamespaceId): NamespaceId {
  if (!index.namespace(id)) {
    throw new PatchbayError('not-found', `There is no namespace ${plain(id)} on this node any more.`);
  }
  return id;
}

function requireAddress(text: string): string {
  const address = canonicalAddress(text);
  if (address === null) {
    throw new PatchbayError('bad-input', `"${plain(text)}" is not an IP address.`);
  }
  return address;
}

/** The address to ping a namespace at: one in a network of the sender's first, IPv4 before IPv6. */
function chooseAddress(
  index: TopologyIndex,
  from: NamespaceId,
  to: NamespaceId,
  source: string | null,
): string {
  const own = index.linksOf(from).flatMap(({ addresses }) => addresses);
  const rank = (address: string): number =>
    (source !== null && familyOf(address) !== familyOf(source) ? 8 : 0) +
    (isLinkLocal(address) ? 4 : 0) +
    (familyOf(address) === 6 ? 2 : 0) +
    (own.some((prefix) => isOnLink(prefix, address)) ? 0 : 1);
  const [best] = index.addressesOf(to).sort((a, b) => rank(a) - rank(b));
  if (best !== undefined) {
    return best;
  }
  const name = startOfSentence(nameOfNamespace(index, to));
  const unread = index.unknown(to, 'links');
  throw new PatchbayError('bad-input', `${name} has no address that could be pinged.`, {
    hint: unread
      ? `What is in it could not be read: ${plain(unread.reason)}`
      : 'Give one of its links an address.',
  });
}

/** What a packet is and where it is to go. */
interface Aim {
  readonly destination: string;
  readonly zone: Link | null;
  readonly probe: Probe | undefined;
}

/** The walk of one packet from stack to stack; holds what it found so far. */
class Walk {
  readonly hops: Hop[] = [];
  readonly legs: Leg[] = [];
  source: string | null;
  stopped: string | null = null;
  expectedNext: LinkId | null = null;
  leavesNode = false;
  reached: NamespaceId | null = null;
  readonly #index: TopologyIndex;
  readonly #destination: string;
  readonly #zone: Link | null;
  readonly #probe: Probe | undefined;

  constructor(index: TopologyIndex, to: Aim, source: string | null) {
    this.#index = index;
    this.#destination = to.destination;
    this.#zone = to.zone;
    this.#probe = to.probe;
    this.source = source;
  }

  /** A packet is at a namespace's IP stack: it starts there (`ingress` null) or came in. */
  route(namespace: NamespaceId, ingress: Link | null): void {
    const decision = decideRoute(this.#index, namespace, {
      destination: this.#destination,
      source: this.source,
      ingress,
      zone: ingress === null ? this.#zone : null,
      protocol: this.#probe?.kind ?? 'icmp',
      port: this.#probe && 'port' in this.#probe ? this.#probe.port : null,
    });
    if (decision.kind === 'refused') {
      this.#stop(decision.reason);
    } else if (decision.kind === 'local') {
      this.#deliver(namespace, ingress, decision.route.raw);
    } else if (this.hops.length > maxHops) {
      this.#stop('The routes lead in circles.');
    } else {
      const { link, nextHop, route } = decision;
      this.source ??= decision.source ?? this.#sourceFor(link);
      const way = nextHop === this.#destination ? 'straight' : `by way of ${nextHop}`;
      const forwards =
        ingress === null
          ? ''
          : ` Whether ${nameOfNamespace(this.#index, namespace)} forwards at all (ip_forward) was not read.`;
      const which =
        route.destination === 'default' ? 'default route' : `route to ${plain(route.destination)}`;
      const why = `The ${which} in ${nameOfNamespace(this.#index, namespace)} sends it ${way} out of ${plain(link.name)}.${forwards}`;
      this.#hop(link, 'out', why, { kind: 'route', record: route.raw });
      this.#leave(link, { sender: namespace, egress: link.id, nextHop });
    }
  }

  /** The address that the kernel would give a packet of ours (inet_select_addr): the link's own, else any of the namespace. */
  #sourceFor(link: Link): string | null {
    const family = familyOf(this.#destination);
    const fits = (address: string | null): address is string =>
      address !== null &&
      familyOf(address) === family &&
      isLinkLocal(address) === isLinkLocal(this.#destination);
    return (
      link.addresses.map(addressOf).find(fits) ?? this.#index.addressesOf(link.namespace).find(fits) ?? null
    );
  }

  #deliver(namespace: NamespaceId, ingress: Link | null, record: unknown): void {
    this.reached = namespace;
    if (ingress !== null) {
      return;
    }
    this.source ??= this.#destination;
    const lo = this.#index.loopbackOf(namespace);
    const name = startOfSentence(nameOfNamespace(this.#index, namespace));
    if (lo) {
      const why = `${name} has ${this.#destination} itself, so it never leaves: it goes through ${plain(lo.name)}.`;
      this.#hop(lo, 'through', why, { kind: 'local', record });
    }
    if (lo?.up !== true) {
      this.reached = null;
      this.#stop(`${name} has ${this.#destination} itself, but its loopback link is down.`);
    }
  }

  /** A frame leaves through a link, towards the next hop of its leg. */
  #leave(link: Link, leg: Omit<Leg, 'receiver'>): void {
    const { up, carrier, kind } = link;
    const peer = this.#index.link(link.peer);
    if (this.hops.length > maxHops) {
      this.#stop('The links lead in circles.', leg);
    } else if (!up) {
      this.#stop(`${this.#name(link)} is down.`, leg);
    } else if (kind === 'bridge') {
      this.#switch(link, null, leg);
    } else if (peer && !peer.up) {
      this.expectedNext = peer.id;
      this.#stop(`${this.#name(peer)}, the other end of ${this.#name(link)}, is down.`, leg);
    } else if (!carrier) {
      this.#stop(`${this.#name(link)} has no carrier.`, leg);
    } else if (peer) {
      this.#enter(peer, link, leg);
    } else {
      this.#leaveSight(link, leg);
    }
  }

  /** A frame comes out of the other end of a veth pair. */
  #enter(link: Link, from: Link, leg: Omit<Leg, 'receiver'>): void {
    const record = pick(link.raw, ['ifindex', 'ifname', 'link', 'link_index', 'link_netnsid']);
    const why = `What goes into ${this.#name(from)} comes out of ${this.#name(link)}: they are the two ends of a veth pair.`;
    this.#hop(link, 'in', why, { kind: 'veth', record });
    const bridge = this.#index.bridgeOf(link);
    if (bridge) {
      this.#switch(bridge, link, leg);
    } else {
      this.#arrive(link, leg);
    }
  }

  /** A frame is at an IP stack, which takes it only if the question for the next hop's address is its to answer. */
  #arrive(link: Link, leg: Omit<Leg, 'receiver'>): void {
    const { nextHop } = leg;
    const known = this.#believed(leg);
    if (!this.#index.owns(link.namespace, nextHop)) {
      this.#stop(
        `${this.#name(link)} is not a port of a bridge, and ${nameOfNamespace(this.#index, link.namespace)} does not have ${nextHop}.`,
        leg,
      );
      return;
    }
    if (known !== null && !this.#answersTo(link).has(known)) {
      this.#stop(`${this.#misled(leg, known)}, but ${this.#name(link)} has ${link.mac ?? 'none'}.`, leg);
      return;
    }
    this.legs.push({ ...leg, receiver: link.namespace });
    this.route(link.namespace, link);
  }

  /** A frame is at a bridge, from one of its ports or (null) from the bridge's own namespace. */
  #switch(bridge: Link, ingress: Link | null, leg: Omit<Leg, 'receiver'>): void {
    const taken = ingress === null ? '' : `${this.#name(ingress)} is a port of ${this.#name(bridge)}`;
    const port =
      ingress && ({ kind: 'port', record: pick(ingress.raw, ['ifindex', 'ifname', 'master']) } as const);
    if (ingress && bridge.up && !isForwarding(ingress)) {
      this.#stop(
        `${this.#name(ingress)} is a port that does not forward (${plain(ingress.portState ?? '')}).`,
        leg,
      );
    } else if (ingress && this.#index.owns(bridge.namespace, leg.nextHop)) {
      const name = nameOfNamespace(this.#index, bridge.namespace);
      this.#hop(
        bridge,
        'in',
        `${taken}, and ${name} has ${leg.nextHop}: the bridge hands the frame up.`,
        port,
      );
      if (this.#whileUp(bridge, leg)) {
        this.#arrive(bridge, leg);
      }
    } else {
      if (ingress) {
        this.#hop(bridge, 'through', `${taken}, which takes the frame.`, port);
      }
      if (this.#whileUp(bridge, leg)) {
        this.#forward(bridge, ingress, leg);
      }
    }
  }

  #whileUp(bridge: Link, leg: Omit<Leg, 'receiver'>): boolean {
    if (!bridge.up) {
      this.expectedNext = bridge.id;
      this.#stop(`The bridge ${this.#name(bridge)} is down.`, leg);
    }
    return bridge.up;
  }

  /** A bridge chooses a port: by its table where it has learned the address, else it floods and one port leads there. */
  #forward(bridge: Link, ingress: Link | null, leg: Omit<Leg, 'receiver'>): void {
    const mac = this.#believed(leg);
    const entry = mac === null ? undefined : this.#index.fdb(bridge.id, mac);
    const learned = this.#index.link(entry?.link ?? null);
    if (entry && learned && learned.id !== bridge.id && learned.id !== ingress?.id) {
      const why = `${this.#name(bridge)} has learned that ${entry.mac} is behind ${this.#name(learned)}, so it forwards there.`;
      this.#hop(learned, 'out', why, { kind: 'fdb', record: entry.raw });
      this.#leave(learned, leg);
      return;
    }
    const ports = this.#index
      .portsOf(bridge.id)
      .filter((port) => port.id !== ingress?.id && port.up && isForwarding(port));
    const port =
      ports.find((candidate) => leadsTo(this.#index, candidate, leg.nextHop)) ?? ports.find(isOutOfSight);
    if (port) {
      this.#flood(bridge, port, leg);
    } else {
      const { reason, link } = explainAbsence(this.#index, bridge, leg.nextHop);
      this.expectedNext = link?.id ?? null;
      this.#stop(reason, leg);
    }
  }

  #flood(bridge: Link, port: Link, leg: Omit<Leg, 'receiver'>): void {
    const owner = this.#index.owners(leg.nextHop)[0];
    const end = owner
      ? `${leg.nextHop} is behind ${this.#name(port)}`
      : `${this.#name(port)} leads further than is seen from here`;
    const why = `${this.#name(bridge)} has not learned where ${leg.nextHop} is, so it floods; ${end}.`;
    this.#hop(port, 'out', why, { kind: 'flood', record: { bridge: bridge.name, address: leg.nextHop } });
    this.#leave(port, leg);
  }

  /** A link without an end on this node: a VLAN or macvlan lies on another, the rest leads out of sight. */
  #leaveSight(link: Link, leg: Omit<Leg, 'receiver'>): void {
    if (link.peerUnknown !== null) {
      const why =
        link.peerUnknown === 'ambiguous' ? 'could be one of several links' : 'is where nothing could be read';
      this.#stop(`The other end of ${this.#name(link)} ${why}.`, leg);
      return;
    }
    const lower = this.#lowerOf(link);
    if (lower && lower.id !== link.id) {
      this.#hop(
        lower,
        'out',
        `${this.#name(link)} lies on ${this.#name(lower)}, which carries its frames.`,
        null,
      );
      this.#leave(lower, leg);
    } else if (isOutOfSight(link)) {
      this.legs.push({ ...leg, receiver: null });
      this.leavesNode = true;
    } else {
      this.#stop(`Nothing is connected to ${this.#name(link)} (${plain(link.kind)}).`, leg);
    }
  }

  #lowerOf(link: Link): Link | undefined {
    const edge = this.#index.topology.edges.find(({ kind, a }) => kind === 'lower' && a === link.id);
    return this.#index.link(edge?.b ?? null);
  }

  /** The hardware address that the sender of a leg takes the next hop to have; null where it would ask. */
  #believed(leg: Omit<Leg, 'receiver'>): string | null {
    const egress = this.#index.link(leg.egress);
    return egress ? (this.#index.neighbour(egress, leg.nextHop)?.mac ?? null) : null;
  }

  /** Hardware addresses for which a link's namespace takes a frame; a bridge also takes those of its ports. */
  #answersTo(link: Link): Set<string | null> {
    const ports = link.kind === 'bridge' ? this.#index.portsOf(link.id) : [];
    return new Set([link, ...ports].map(({ mac }) => mac));
  }

  #misled(leg: Omit<Leg, 'receiver'>, mac: string): string {
    return `${startOfSentence(nameOfNamespace(this.#index, leg.sender))} takes ${leg.nextHop} to be at ${mac}`;
  }

  #hop(link: Link, direction: Hop['direction'], why: string, decidedBy: Hop['decidedBy']): void {
    this.hops.push({ link: link.id, namespace: link.namespace, direction, why, decidedBy });
  }

  #stop(reason: string, leg?: Omit<Leg, 'receiver'>): void {
    this.stopped = startOfSentence(reason);
    if (leg) {
      this.legs.push({ ...leg, receiver: null });
    }
  }

  #name(link: Link): string {
    return nameOfLink(this.#index, link);
  }
}

function isForwarding({ portState }: Link): boolean {
  return portState === null || portState === 'forwarding';
}

function pick(record: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => key in record).map((key) => [key, record[key]]));
}
