/** Pure: what happens to one packet on its way, stage by stage. */
import type { Finding } from '../topology/finding.ts';
import type { Link, Namespace, NamespaceId } from '../topology/topology.ts';
import { familyOf } from '../trace/addresses.ts';
import { lengthOf } from '../trace/lengths.ts';
import type { Gate, Met } from '../trace/gates/passGate.ts';
import type { Probe } from '../trace/trace.ts';
import type { OpenLeg } from '../trace/track.ts';
import {
  anyPacketTo,
  customRulesFor,
  decideRoute,
  decideWithoutPolicy,
  type Packet,
} from '../trace/routing.ts';
import type { Ground } from './ground.ts';
import { dropFinding, dropName } from './rules/filters.ts';
import { forwardingOff, linkForwardingOff, reversePathDrop } from './rules/forwarding.ts';
import { wrongNeighbour } from './rules/macs.ts';
import { smallMtu } from './rules/mtu.ts';
import { hairpinOff, isolatedPorts } from './rules/ports.ts';
import { divertingRule, isDecidedBy, noRoute, isSameWay, refusingRoute } from './rules/routes.ts';
import { ignoredEchoes, noListener } from './rules/switches.ts';
import type { Stage, Way } from './way.ts';

/** A probe, or the answer to it, on its way. */
export interface Passage {
  readonly isReply: boolean;
  readonly probe: Probe;
}

/** A finding that holds for the packet itself, and how far along the way it is. */
export interface Placed {
  readonly at: number;
  readonly finding: Finding;
}

/** All that stops a packet for certain, in the order of the way. */
export function findOnWay(ground: Ground, way: Way, passage: Passage): Placed[] {
  const stages = way.stages.flatMap((stage) =>
    atStage(ground, way, stage, passage).map((finding) => ({ at: stage.at, finding })),
  );
  const found = [
    ...stages,
    ...filtered(ground, way, passage),
    ...neighboursOn(ground, way),
    ...tooLong(ground, way, passage),
  ];
  return found.sort((a, b) => a.at - b.at);
}

function atStage(ground: Ground, way: Way, stage: Stage, passage: Passage): Finding[] {
  switch (stage.kind) {
    case 'send':
      return routed(ground, way, stage.namespace, null, passage);
    case 'forward':
      return [
        ...reversePath(ground, way, stage.ingress),
        ...forwarding(ground, way, stage.namespace, stage.ingress),
        ...routed(ground, way, stage.namespace, stage.ingress, passage),
      ];
    case 'receive':
      return [
        ...reversePath(ground, way, stage.ingress),
        ...answering(ground, way, stage.namespace, passage),
      ];
    case 'bridge':
      return atPorts(ground, stage.bridge, stage.ingress, stage.egress ?? nextPort(way, stage.bridge));
  }
}

function packetOf(way: Way, ingress: Link | null, { isReply, probe }: Passage): Packet {
  return {
    ...anyPacketTo(way.to),
    source: way.from.address === '' ? null : way.from.address,
    ingress,
    protocol: probe.kind,
    port: isReply || probe.kind === 'icmp' ? null : probe.port,
  };
}

/** A routing decision that refuses, or that a rule takes elsewhere. */
function routed(
  ground: Ground,
  way: Way,
  namespace: NamespaceId,
  ingress: Link | null,
  passage: Passage,
): Finding[] {
  const packet = packetOf(way, ingress, passage);
  const decision = decideRoute(ground.index, namespace, packet);
  const [rule] = customRulesFor(ground.index, namespace, packet).filter((one) => isDecidedBy(one, decision));
  if (rule && !isSameWay(decision, decideWithoutPolicy(ground.index, namespace, packet))) {
    return [divertingRule(ground, rule, packet)];
  }
  const record = decision.kind === 'refused' ? decision.record : null;
  const route = ground.index.routesOf(namespace).find(({ raw }) => raw === record);
  if (route) {
    return [refusingRoute(ground, route, ground.index.owners(way.to)[0], way.to)];
  }
  return decision.kind === 'refused' && record === null ? noRoute(ground, namespace, way.to) : [];
}

function forwarding(ground: Ground, way: Way, namespace: NamespaceId, ingress: Link): Finding[] {
  const home = ground.index.namespace(namespace);
  return home
    ? [
        ...forwardingOff(ground, home, familyOf(way.to), []),
        ...(familyOf(way.to) === 4 ? linkForwardingOff(ground, home, ingress) : []),
      ]
    : [];
}

function reversePath(ground: Ground, way: Way, ingress: Link): Finding[] {
  return familyOf(way.to) === 4 && way.from.address !== ''
    ? reversePathDrop(ground, ingress, way.from.address)
    : [];
}

/** What the receiver does with a request that came all the way. */
function answering(ground: Ground, way: Way, namespace: NamespaceId, { isReply, probe }: Passage): Finding[] {
  const home = ground.index.namespace(namespace);
  if (!home || isReply) {
    return [];
  }
  return probe.kind === 'icmp'
    ? ignoredEchoes(ground, home, familyOf(way.to))
    : noListener(ground, home, probe.kind, way.to, probe.port);
}

/** The port at which a bridge stopped what it took in. */
function nextPort({ next }: Way, bridge: Link): Link | null {
  return next?.master === bridge.id ? next : null;
}

function atPorts(ground: Ground, bridge: Link, ingress: Link | null, egress: Link | null): Finding[] {
  if (ingress !== null && ingress.id === egress?.id && ingress.port?.hairpin === false) {
    return [hairpinOff(ground, bridge, ingress)];
  }
  return ingress?.port?.isolated === true && egress?.port?.isolated === true
    ? [isolatedPorts(ground, bridge, [ingress, egress])]
    : [];
}

function neighboursOn(ground: Ground, way: Way): Placed[] {
  return way.legs.flatMap(({ egress, nextHop }) => {
    const at = Math.max(
      0,
      way.links.findIndex(({ id }) => id === egress),
    );
    const entries = ground.topology.neighbours.filter(
      (entry) => entry.link === egress && entry.address === nextHop,
    );
    return entries.flatMap((entry) => wrongNeighbour(ground, entry)).map((finding) => ({ at, finding }));
  });
}

/**
 * The first link that takes less than the packet is long; the length that a bridge has as a link of its own matters only to
 * what its namespace sends. The kernel says so to the sender where it routes, and where a bridge forwards not even that.
 */
function tooLong(ground: Ground, way: Way, { probe }: Passage): Placed[] {
  const length = lengthOf(probe, familyOf(way.to));
  const switched = new Set(
    way.stages.flatMap((stage) => (stage.kind === 'bridge' && stage.ingress ? [stage.bridge.id] : [])),
  );
  const beyond = [...way.links, ...(way.next === null ? [] : [way.next])];
  const at = beyond.findIndex(
    ({ id, mtu, kind }) => mtu < length && kind !== 'loopback' && !switched.has(id),
  );
  const narrow = beyond[at];
  return narrow ? [{ at, finding: smallMtu(ground, narrow, length) }] : [];
}

/** The rule that ends the way, as a finding about this very packet, or about the question that goes before it. */
function filtered(ground: Ground, { met, links }: Way, passage: Passage): Placed[] {
  const home = ground.index.namespace(met?.gate.namespace ?? '');
  if (!home || !met) {
    return [];
  }
  const finding = met.asks
    ? questionDrop(ground, home, met, met.asks)
    : packetDrop(ground, home, met, passage);
  return [{ at: Math.max(0, links.length - 1), finding }];
}

function packetDrop(
  ground: Ground,
  home: Namespace,
  { gate, drop, flow }: Met,
  { isReply, probe }: Passage,
): Finding {
  const [from, to] = [flow.source ?? '', flow.destination];
  const what = isReply
    ? 'answers'
    : probe.kind === 'icmp'
      ? 'pings'
      : `${probe.kind.toUpperCase()} to port ${flow.port ?? probe.port}`;
  const ip = familyOf(to) === 6 ? 'ip6' : 'ip';
  return dropFinding(ground, home, drop, {
    rule: 'filter-drops-probe',
    severity: 'error',
    links: linksAt(gate),
    namespaces: [home.id],
    key: `${drop.table.family} ${drop.table.name} ${drop.chain.name} ${from} ${to}`,
    title: `${dropName(drop)} of ${ground.nameOfHome(home.id)} drops ${what} from ${from} to ${to}.`,
    explanation: `The kernel asks it at ${hookName(gate)}; what it says holds for this very packet.`,
    accept: [
      { [`${ip} saddr`]: from, [`${ip} daddr`]: to },
      { [`${ip} saddr`]: to, [`${ip} daddr`]: from },
    ],
  });
}

function questionDrop(
  ground: Ground,
  home: Namespace,
  { gate, drop }: Met,
  { sender, nextHop }: OpenLeg,
): Finding {
  const isArp = familyOf(nextHop) === 4;
  const protocol = isArp ? 'ARP' : 'neighbour discovery';
  return dropFinding(ground, home, drop, {
    rule: 'questions-filtered',
    severity: 'error',
    links: linksAt(gate),
    namespaces: [home.id],
    key: `${drop.table.family} ${drop.table.name} ${drop.chain.name} ${nextHop}`,
    title: `${dropName(drop)} of ${ground.nameOfHome(home.id)} drops ${protocol}, by which ${ground.nameOfHome(sender)} asks for ${nextHop}.`,
    explanation: `The kernel asks it at ${hookName(gate)}. Who does not learn the hardware address of the next hop sends nothing to it.`,
    accept: isArp
      ? [drop.table.family === 'arp' ? { 'arp htype': '1' } : { 'ether type': 'arp' }]
      : [{ 'icmpv6 type': 'nd-neighbor-solicit' }, { 'icmpv6 type': 'nd-neighbor-advert' }],
  });
}

function linksAt({ ingress, egress, ports }: Gate): Link[] {
  const places = [ports?.ingress ?? ingress, ports?.egress ?? egress];
  return [...new Set(places.filter((link) => link !== null))];
}

function hookName({ point }: Gate): string {
  return `the hook ${point.hook}${point.layer === 'bridge' ? ' of the bridge' : ''}`;
}
