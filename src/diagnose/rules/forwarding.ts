/** Pure: what a namespace does not hand on though others send through it. */
import type { Finding } from '../../topology/finding.ts';
import type { Link, Namespace, NamespaceId, Route } from '../../topology/topology.ts';
import { reversePathMode } from '../../trace/refusals.ts';
import { anyPacketTo, decideRoute } from '../../trace/routing.ts';
import { groupBy } from '../../util/collections.ts';
import { findingOf, globalAddresses, switchOf, switchProof, type Ground } from '../ground.ts';
import { mendBy, sysctlStep } from '../mends.ts';
import { heldOn } from '../subnets.ts';
import { routeProof } from './routes.ts';

/** The switch that lets a namespace forward packets of one family. */
const forwardingSwitch = { 4: 'ipv4.ip_forward', 6: 'ipv6.conf.all.forwarding' } as const;

/** A way through another namespace. */
interface Client {
  readonly route: Route;
  readonly link: Link;
  readonly gateway: NamespaceId;
}

/** A namespace that others have as their gateway, and that does not forward. */
export function findForwardingOff(ground: Ground): Finding[] {
  const clients = ground.topology.routes.flatMap((route) => clientOf(ground, route));
  return [...groupBy(clients, ({ gateway, route }) => `${gateway} ${route.family}`).values()].flatMap(
    (group) => {
      const [first] = group;
      const gateway = first && ground.index.namespace(first.gateway);
      return first && gateway ? forwardingOff(ground, gateway, first.route.family, group) : [];
    },
  );
}

function clientOf(ground: Ground, route: Route): Client[] {
  const link = ground.index.link(route.link);
  const segment = link && ground.segmentOf(link);
  const owner =
    route.gateway === null || !segment
      ? undefined
      : ground.index.owners(route.gateway).find((end) => ground.segmentOf(end) === segment);
  return link && owner && owner.namespace !== link.namespace
    ? [{ route, link, gateway: owner.namespace }]
    : [];
}

/** It matters most where there is something on its other side: clients on several of its segments. */
export function forwardingOff(
  ground: Ground,
  gateway: Namespace,
  family: 4 | 6,
  clients: readonly Client[],
): Finding[] {
  const value = switchOf(gateway, forwardingSwitch[family]);
  if (value !== 0) {
    return [];
  }
  const name = ground.nameOfHome(gateway.id);
  const sides = new Set(clients.map(({ link }) => ground.segmentOf(link)));
  const who = new Set(clients.map(({ link }) => link.namespace)).size;
  return [
    findingOf({
      rule: 'forwarding-off',
      severity: sides.size > 1 ? 'error' : hasWayOut(ground, gateway, family) ? 'warning' : 'info',
      namespaces: [gateway.id],
      key: `v${family}`,
      title: `${name} does not forward IPv${family}.`,
      explanation: `${name} drops what comes to it and is for others.${who === 0 ? '' : ` It is the gateway of ${who === 1 ? 'one namespace' : `${who} namespaces`}.`}`,
      evidence: [
        switchProof(forwardingSwitch[family], value),
        ...clients.slice(0, 2).map(({ route }) => routeProof(route)),
      ],
      mend: mendBy(
        `Let ${name} forward IPv${family}`,
        [sysctlStep(gateway, forwardingPath[family], 1, 0)],
        [`${name} then forwards between all of its links, also to and from outside.`],
      ),
    }),
  ];
}

/** A namespace that forwards, but not what comes in through one of its links. IPv6 asks the namespace alone (ip-sysctl.rst). */
export function linkForwardingOff(ground: Ground, home: Namespace, ingress: Link): Finding[] {
  const value = switchOf(ingress, 'ipv4.forwarding');
  return value !== 0 || switchOf(home, forwardingSwitch[4]) === 0
    ? []
    : [
        findingOf({
          rule: 'forwarding-off',
          severity: 'warning',
          links: [ingress],
          title: `${ground.nameOf(ingress)} does not forward IPv4.`,
          explanation: `${ground.nameOfHome(home.id)} forwards, but drops what comes in through this link and is for others.`,
          evidence: [switchProof(`ipv4.conf.${ingress.name}.forwarding`, value)],
          mend: mendBy(`Let ${ground.nameOf(ingress)} forward IPv4`, [
            sysctlStep(home, `ipv4/conf/${ingress.name}/forwarding`, 1, 0),
          ]),
        }),
      ];
}

/** Without a default route of its own a gateway has nowhere to forward to. */
function hasWayOut(ground: Ground, { id }: Namespace, family: 4 | 6): boolean {
  return ground.index
    .routesOf(id)
    .some((route) => route.destination === 'default' && route.family === family && route.type === 'unicast');
}

const forwardingPath = { 4: 'ipv4/ip_forward', 6: 'ipv6/conf/all/forwarding' } as const;

/** A link that checks where packets come from, on which some come by another way than the answers would go. */
export function findReversePathDrops(ground: Ground): Finding[] {
  return ground.topology.namespaces.flatMap((home) => {
    const ways = ground.index.linksOf(home.id).filter((link) => globalAddresses(link).length > 0);
    const strict = ways.length < 2 ? [] : ways.filter((link) => reversePathMode(ground.index, link) === 1);
    return strict.flatMap((link) => strangerAt(ground, link));
  });
}

/** The first neighbour on the link's own segment whose answer would go another way. */
function strangerAt(ground: Ground, link: Link): Finding[] {
  const segment = ground.segmentOf(link);
  const sources = (segment ? heldOn(segment) : [])
    .filter((one) => one.link.namespace !== link.namespace && one.address.family === 4)
    .map(({ address }) => address.address);
  const source = sources.find((candidate) => reverseLink(ground, link, candidate)?.id !== link.id);
  return source === undefined ? [] : reversePathDrop(ground, link, source);
}

/** The link by which a namespace would answer a packet from an address that came in through `link`. */
function reverseLink(ground: Ground, link: Link, source: string): Link | null {
  const decision = decideRoute(ground.index, link.namespace, anyPacketTo(source));
  return decision.kind === 'forward' ? decision.link : null;
}

/** Proves that a link drops what comes from an address; empty where it does not. */
export function reversePathDrop(ground: Ground, link: Link, source: string): Finding[] {
  const home = ground.homeOf(link);
  const mode = reversePathMode(ground.index, link);
  const decision = decideRoute(ground.index, home.id, anyPacketTo(source));
  const isDropped =
    mode === 1
      ? decision.kind !== 'forward' || decision.link.id !== link.id
      : mode === 2 && decision.kind === 'refused';
  if (!isDropped || ground.index.owns(home.id, source)) {
    return [];
  }
  const name = ground.nameOf(link);
  const own = switchOf(link, 'ipv4.rp_filter') ?? 0;
  const elsewhere =
    decision.kind === 'forward' ? `leads out of ${ground.nameOf(decision.link)}` : 'does not exist';
  return [
    findingOf({
      rule: 'reverse-path-filter',
      severity: 'warning',
      links: [link],
      key: source,
      title: `${name} drops what comes from ${source}: the way back ${elsewhere}.`,
      explanation: `rp_filter is ${mode === 1 ? 'strict' : 'loose'} at ${name}: it takes packets only from where it would ${mode === 1 ? 'send the answer by this same link' : 'be able to answer'}.`,
      evidence: [
        switchProof('ipv4.conf.all.rp_filter', switchOf(home, 'ipv4.conf.all.rp_filter') ?? 0),
        switchProof(`ipv4.conf.${link.name}.rp_filter`, own),
        ...(decision.kind === 'forward' ? [routeProof(decision.route)] : []),
      ],
      mend:
        mode === 1
          ? mendBy(`Let ${name} take packets that come by another way`, [
              sysctlStep(home, `ipv4/conf/${link.name}/rp_filter`, 2, own),
            ])
          : null,
    }),
  ];
}
