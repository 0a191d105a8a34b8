/** Pure: what happens to one packet on its way, stage by stage. */
import type { Finding } from '../topology/finding.ts';
import type { Link, NamespaceId } from '../topology/topology.ts';
import { familyOf } from '../trace/addresses.ts';
import type { Probe } from '../trace/trace.ts';
import {
  anyPacketTo,
  customRulesFor,
  decideRoute,
  decideWithoutPolicy,
  type Packet,
} from '../trace/routing.ts';
import type { Ground } from './ground.ts';
import { findDrop, type HookPoint, type PacketFields } from '../trace/packetFilter.ts';
import { bridgeHooks, dropFinding, dropName } from './rules/filters.ts';
import { forwardingOff, linkForwardingOff, reversePathDrop } from './rules/forwarding.ts';
import { wrongNeighbour } from './rules/macs.ts';
import { smallMtu } from './rules/mtu.ts';
import { isolatedPorts } from './rules/ports.ts';
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
  return [...stages, ...neighboursOn(ground, way), ...tooLong(ground, way, passage)].sort(
    (a, b) => a.at - b.at,
  );
}

function atStage(ground: Ground, way: Way, stage: Stage, passage: Passage): Finding[] {
  const filtered = hooksOf(ground, stage).flatMap((hook) => filterDrop(ground, way, hook, passage));
  switch (stage.kind) {
    case 'send':
      return [...routed(ground, way, stage.namespace, null, passage), ...filtered];
    case 'forward':
      return [
        ...reversePath(ground, way, stage.ingress),
        ...forwarding(ground, way, stage.namespace, stage.ingress),
        ...routed(ground, way, stage.namespace, stage.ingress, passage),
        ...filtered,
      ];
    case 'receive':
      return [
        ...reversePath(ground, way, stage.ingress),
        ...filtered,
        ...answering(ground, way, stage.namespace, passage),
      ];
    case 'bridge':
      return [
        ...isolated(ground, stage.bridge, stage.ingress, stage.egress ?? nextPort(way, stage.bridge)),
        ...filtered,
      ];
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
        ...linkForwardingOff(ground, home, ingress, familyOf(way.to)),
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
    ? familyOf(way.to) === 4
      ? ignoredEchoes(ground, home)
      : []
    : noListener(ground, home, probe.kind, way.to, probe.port);
}

/** The port at which a bridge stopped what it took in. */
function nextPort({ next }: Way, bridge: Link): Link | null {
  return next?.master === bridge.id ? next : null;
}

function isolated(ground: Ground, bridge: Link, ingress: Link | null, egress: Link | null): Finding[] {
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
  const length = lengthOf(way, probe);
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

/** The length of the IP packet; a ping's answer is as long as its request. */
function lengthOf(way: Way, probe: Probe): number {
  return probe.kind === 'icmp' ? probe.payloadBytes + 8 + (familyOf(way.to) === 6 ? 40 : 20) : 0;
}

interface Hook {
  readonly namespace: NamespaceId;
  readonly point: HookPoint;
  readonly ingress: Link | null;
  readonly egress: Link | null;
}

/** The hooks that a packet passes at a stage (nf_hooks(9), linux/netfilter.h). */
function hooksOf(ground: Ground, stage: Stage): Hook[] {
  if (stage.kind === 'bridge') {
    return hooksOfBridge(ground, stage.bridge, stage.ingress, stage.egress);
  }
  const { namespace } = stage;
  const ingress = stage.kind === 'send' ? null : stage.ingress;
  const egress = stage.kind === 'receive' ? null : stage.egress;
  const names = {
    send: ['output', 'postrouting'],
    forward: ['prerouting', 'forward', 'postrouting'],
    receive: ['prerouting', 'input'],
  };
  return names[stage.kind].map((hook) => ({
    namespace,
    point: { layer: 'ip', hook },
    ingress: hook === 'postrouting' || hook === 'output' ? null : ingress,
    egress: hook === 'prerouting' || hook === 'input' ? null : egress,
  }));
}

function hooksOfBridge(ground: Ground, bridge: Link, ingress: Link | null, egress: Link | null): Hook[] {
  const { namespace } = bridge;
  const at = (hook: string, from: Link | null, to: Link | null): Hook => ({
    namespace,
    point: { layer: 'bridge', hook },
    ingress: from,
    egress: to,
  });
  const middle =
    ingress === null
      ? [at('output', null, egress)]
      : egress === null
        ? [at('input', ingress, null)]
        : [at('forward', ingress, egress)];
  const called =
    ingress === null || egress === null
      ? []
      : bridgeHooks(ground.homeOf(bridge), bridge).filter(({ point }) => point.layer === 'ip');
  return [
    ...(ingress === null ? [] : [at('prerouting', ingress, null)]),
    ...middle,
    ...called.map(({ point }) => ({ namespace, point, ingress: bridge, egress: bridge })),
    ...(egress === null ? [] : [at('postrouting', null, egress)]),
  ];
}

function filterDrop(ground: Ground, way: Way, hook: Hook, passage: Passage): Finding[] {
  const home = ground.index.namespace(hook.namespace);
  const drop = home && findDrop(ground.tablesOf(home), hook.point, packetFields(way, hook, passage));
  if (!home || !drop) {
    return [];
  }
  const name = ground.nameOfHome(home.id);
  const what = passage.isReply
    ? 'answers'
    : passage.probe.kind === 'icmp'
      ? 'pings'
      : `${passage.probe.kind.toUpperCase()} to port ${passage.probe.port}`;
  const address = familyOf(way.to) === 6 ? 'ip6' : 'ip';
  const links = [hook.ingress, hook.egress].filter((link) => link !== null);
  return [
    dropFinding(ground, home, drop, {
      rule: 'filter-drops-probe',
      severity: 'error',
      links: [...new Set(links)],
      namespaces: [home.id],
      key: `${drop.table.family} ${drop.table.name} ${drop.chain.name} ${way.from.address} ${way.to}`,
      title: `${dropName(drop)} of ${name} drops ${what} from ${way.from.address} to ${way.to}.`,
      explanation: `The kernel asks it at the hook ${hook.point.hook}${hook.point.layer === 'bridge' ? ' of the bridge' : ''}; what it says holds for this very packet.`,
      accept: [
        { [`${address} saddr`]: way.from.address, [`${address} daddr`]: way.to },
        { [`${address} saddr`]: way.to, [`${address} daddr`]: way.from.address },
      ],
    }),
  ];
}

/** In nft's words; what is not known of the packet (its MAC addresses, the port of who asks) is left out. */
function packetFields(way: Way, { ingress, egress }: Hook, passage: Passage): PacketFields {
  const family = familyOf(way.to);
  const network = family === 6 ? 'ip6' : 'ip';
  return {
    family,
    fields: {
      [`${network} saddr`]: way.from.address,
      [`${network} daddr`]: way.to,
      ...transportFields(family, passage),
      'ct state': passage.isReply ? 'established' : 'new',
      iifname: ingress?.name ?? null,
      oifname: egress?.name ?? null,
    },
  };
}

function transportFields(family: 4 | 6, { isReply, probe }: Passage): Record<string, string> {
  if (probe.kind === 'icmp') {
    const protocol = family === 6 ? 'icmpv6' : 'icmp';
    return { l4proto: protocol, [`${protocol} type`]: isReply ? 'echo-reply' : 'echo-request' };
  }
  const port = isReply ? 'sport' : 'dport';
  return {
    l4proto: probe.kind,
    [`${probe.kind} ${port}`]: String(probe.port),
    [`th ${port}`]: String(probe.port),
  };
}
