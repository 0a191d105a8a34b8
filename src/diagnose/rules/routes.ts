/** Pure: routes that are missing, refuse, or are passed over. */
import { contains, formatSubnet, parsePrefixedAddress, subnetOf } from '../../pods/address.ts';
import type { Finding, Proof } from '../../topology/finding.ts';
import type { Link, Namespace, NamespaceId, Route, Rule } from '../../topology/topology.ts';
import { familyOf } from '../../trace/addresses.ts';
import {
  anyPacketTo,
  decideRoute,
  decideWithoutPolicy,
  isCustom,
  ruleAction,
  type Decision,
  type Packet,
} from '../../trace/routing.ts';
import { groupBy } from '../../util/collections.ts';
import { findingOf, type Ground } from '../ground.ts';
import { ipStep, mendBy } from '../mends.ts';
import { heldOn, homeOfAddress, homesOf, type Held, type Home } from '../subnets.ts';
import { defaultRouteStep } from './addresses.ts';

/** A pod without a way off its bridge. Worth a warning where its neighbours have one. */
export function findMissingDefaults(ground: Ground): Finding[] {
  return ground.segments.flatMap((segment) => {
    const held = heldOn(segment);
    const homes = homesOf(segment, held).filter(({ gateway }) => gateway !== null);
    const members = held.filter(({ link }) => link.kind === 'veth' && !ground.homeOf(link).root);
    const groups = groupBy(members, (one) => homeOfAddress(homes, one));
    return [...groups].flatMap(([home, pods]) => (home ? missingDefaults(ground, home, pods) : []));
  });
}

/** That a namespace has no way to an address: for want of a default route where one is known, which is the same finding then. */
export function noRoute(ground: Ground, namespace: NamespaceId, destination: string): Finding[] {
  const family = familyOf(destination);
  const name = ground.nameOfHome(namespace);
  const links = ground.index.linksOf(namespace);
  if (ground.index.unknown(namespace, 'routes') ?? ground.index.unknown(namespace, 'links')) {
    return [];
  }
  for (const link of links) {
    const segment = ground.segmentOf(link);
    const homes = segment && !hasDefault(ground, link, family) ? homesOf(segment) : [];
    const own = (segment ? heldOn(segment) : []).filter(
      (one) => one.link === link && one.address.family === family,
    );
    const home = own.map((one) => homeOfAddress(homes, one)).find((one) => one !== undefined);
    if (link.kind === 'veth' && home && home.gateway !== null) {
      return [missingDefault(ground, link, family, home, true)];
    }
  }
  return [
    findingOf({
      rule: 'no-route',
      severity: 'warning',
      namespaces: [namespace],
      key: destination,
      title: `${name} has no route to ${destination}.`,
      explanation: 'None of its routes covers the address, and it has no default route.',
      evidence: [routesProof(ground, namespace, family)],
      mend: null,
    }),
  ];
}

function missingDefaults(ground: Ground, home: Home, pods: readonly Held[]): Finding[] {
  const lacking = pods.filter(({ link, address }) => link.up && !hasDefault(ground, link, address.family));
  const isOdd = lacking.length * 2 <= pods.length;
  return lacking.map(({ link, address }) => missingDefault(ground, link, address.family, home, isOdd));
}

export function hasDefault(ground: Ground, { namespace }: Link, family: 4 | 6): boolean {
  return ground.index
    .routesOf(namespace)
    .some((route) => route.destination === 'default' && route.family === family && route.type === 'unicast');
}

function missingDefault(ground: Ground, link: Link, version: 4 | 6, home: Home, isOdd: boolean): Finding {
  const name = ground.nameOfHome(link.namespace);
  const family = version === 6 ? ' for IPv6' : '';
  return findingOf({
    rule: 'no-default-route',
    severity: isOdd ? 'warning' : 'info',
    links: [link],
    key: `v${version}`,
    title: `${name} has no default route${family}.`,
    explanation: `It reaches ${formatSubnet(home.subnet)} and nothing beyond: it has no gateway to send the rest to.`,
    evidence: [routesProof(ground, link.namespace, version)],
    mend:
      home.gateway === null
        ? null
        : mendBy(`Give ${name} a default route through ${home.gateway}`, [
            defaultRouteStep(ground, link, home.gateway),
          ]),
  });
}

/** The whole main table: that something is not there is proved by all that is. */
function routesProof(ground: Ground, namespace: NamespaceId, family: 4 | 6): Proof {
  const routes = ground.index
    .routesOf(namespace)
    .filter((route) => route.family === family && route.table === 'main');
  return {
    kind: 'route',
    text: routes.length === 0 ? 'The main table is empty.' : `main: ${routes.map(routeText).join('; ')}`,
    record: routes.map(({ raw }) => raw),
  };
}

/** "blackhole 10.245.0.0/24 metric 5", as `ip route` prints it. */
export function routeText(route: Route): string {
  const { type, destination, gateway, metric, raw } = route;
  return [
    type === 'unicast' ? [] : [type],
    [destination],
    gateway === null ? [] : ['via', gateway],
    typeof raw['dev'] === 'string' ? ['dev', raw['dev']] : [],
    metric === null ? [] : ['metric', String(metric)],
  ]
    .flat()
    .join(' ');
}

export function routeProof(route: Route): Proof {
  const table = route.table === 'main' ? '' : ` table ${route.table}`;
  return { kind: 'route', text: `${routeText(route)}${table}`, record: route.raw };
}

const refusing = new Set(['blackhole', 'unreachable', 'prohibit']);

/** A route that refuses what is on this very node. */
export function findRefusingRoutes(ground: Ground): Finding[] {
  const routes = ground.topology.routes.flatMap((route) => {
    const prefixed = refusing.has(route.type) ? parsePrefixedAddress(withLength(route)) : null;
    return prefixed ? [{ route, range: subnetOf(prefixed) }] : [];
  });
  const held = routes.length === 0 ? [] : ground.segments.flatMap(heldOn);
  return routes.flatMap(({ route, range }) => {
    const victim = held.find(
      ({ link, address, value }) =>
        link.namespace !== route.namespace &&
        contains(range, value) &&
        refusedBy(ground, route, address.address),
    );
    return victim ? [refusingRoute(ground, route, victim.link, victim.address.address)] : [];
  });
}

function withLength({ destination, family }: Route): string {
  const any = family === 4 ? '0.0.0.0/0' : '::/0';
  return destination === 'default'
    ? any
    : destination.includes('/')
      ? destination
      : `${destination}/${family === 4 ? 32 : 128}`;
}

function refusedBy(ground: Ground, route: Route, destination: string): boolean {
  const decision = decideRoute(ground.index, route.namespace, anyPacketTo(destination));
  return decision.kind === 'refused' && decision.record === route.raw;
}

export function refusingRoute(
  ground: Ground,
  route: Route,
  victim: Link | undefined,
  address: string,
): Finding {
  const name = ground.nameOfHome(route.namespace);
  const home = ground.index.namespace(route.namespace);
  return findingOf({
    rule: 'refusing-route',
    severity: 'warning',
    namespaces: [route.namespace],
    key: `${route.table} ${routeText(route)}`,
    title: `A ${route.type} route of ${name} covers ${address}${victim ? `, which ${ground.nameOf(victim)} has` : ''}.`,
    explanation: `${name} ${route.type === 'blackhole' ? 'drops what is for' : 'refuses what is for'} ${route.destination}${route.type === 'blackhole' ? ' without a word' : ''}.`,
    evidence: [routeProof(route)],
    mend: home ? routeRemoval(home, route) : null,
  });
}

function routeRemoval(home: Namespace, route: Route): Finding['mend'] {
  const metric = route.metric === null ? [] : ['metric', String(route.metric)];
  const words = [route.type, route.destination, 'table', route.table, ...metric];
  const ip = route.family === 6 ? ['-6'] : [];
  return mendBy(
    `Remove the route ${routeText(route)}`,
    [ipStep(home, [...ip, 'route', 'del', ...words], [...ip, 'route', 'add', ...words])],
    ['Somebody may have set it on purpose.'],
  );
}

/** Rules that send what is for the namespace's own segments another way than the main table does. */
export function findDivertingRules(ground: Ground): Finding[] {
  const custom = ground.topology.rules.filter(isCustom);
  return [...groupBy(custom, ({ namespace }) => namespace)].flatMap(([id, rules]) => {
    const namespace = ground.index.namespace(id);
    const targets = namespace ? nearAddresses(ground, namespace) : [];
    return rules.flatMap((rule) => {
      const target = targets.find((destination) =>
        diverts(ground, rule, packetFor(ground, rule, destination)),
      );
      return target === undefined ? [] : [divertingRule(ground, rule, packetFor(ground, rule, target))];
    });
  });
}

/** One address of another namespace on each segment that a namespace is on. */
function nearAddresses(ground: Ground, { id }: Namespace): string[] {
  const segments = new Set(ground.index.linksOf(id).map((link) => ground.segmentOf(link)));
  return [...segments].flatMap((segment) => {
    const other = segment && heldOn(segment).find(({ link }) => link.namespace !== id);
    return other ? [other.address.address] : [];
  });
}

/** A packet that a rule is about, to a destination. */
function packetFor(ground: Ground, rule: Rule, destination: string): Packet {
  const iif = rule.raw['iif'];
  return {
    ...anyPacketTo(destination),
    source: rule.source === 'all' ? null : rule.source.replace(/\/.*$/s, ''),
    ingress: ground.index.linksOf(rule.namespace).find(({ name }) => name === iif) ?? null,
  };
}

/** True where the rule decides about the packet, and otherwise than would be decided without rules. */
function diverts(ground: Ground, rule: Rule, packet: Packet): boolean {
  const ruled = decideRoute(ground.index, rule.namespace, packet);
  const plain = decideWithoutPolicy(ground.index, rule.namespace, packet);
  return plain.kind === 'forward' && !isSameWay(ruled, plain) && isDecidedBy(rule, ruled);
}

export function isSameWay(a: Decision, b: Decision): boolean {
  return a.kind === 'forward' && b.kind === 'forward'
    ? a.link.id === b.link.id && a.nextHop === b.nextHop
    : a.kind === b.kind;
}

/** By its own action, or by a route of its table. */
export function isDecidedBy(rule: Rule, decision: Decision): boolean {
  if (decision.kind === 'refused') {
    const table =
      typeof decision.record === 'object' && decision.record !== null && 'table' in decision.record
        ? decision.record.table
        : null;
    return decision.record === rule.raw || (table !== null && table === rule.table);
  }
  return decision.route.table === rule.table;
}

export function divertingRule(ground: Ground, rule: Rule, { destination }: Packet): Finding {
  const name = ground.nameOfHome(rule.namespace);
  const home = ground.index.namespace(rule.namespace);
  const taken = ground.index.routesOf(rule.namespace).filter(({ table }) => table === rule.table);
  return findingOf({
    rule: 'diverting-rule',
    severity: 'warning',
    namespaces: [rule.namespace],
    key: `v${rule.family} ${rule.priority}`,
    title: `Rule ${rule.priority} of ${name} sends what is for ${destination} another way than the main table.`,
    explanation: `What it selects (${ruleText(rule)}) does not go where the routes of the main table lead.`,
    evidence: [
      { kind: 'rule', text: `${rule.priority}: ${ruleText(rule)}`, record: rule.raw },
      ...taken.slice(0, 4).map(routeProof),
    ],
    mend: home ? ruleRemoval(home, rule) : null,
  });
}

function ruleRemoval(home: Namespace, rule: Rule): Finding['mend'] {
  const words = ruleWords(rule);
  const ip = rule.family === 6 ? ['-6'] : [];
  const preference = ['pref', String(rule.priority)];
  return words === null
    ? null
    : mendBy(
        `Remove rule ${rule.priority}`,
        [
          ipStep(
            home,
            [...ip, 'rule', 'del', ...preference, ...words],
            [...ip, 'rule', 'add', ...preference, ...words],
          ),
        ],
        ['Somebody may have set it on purpose.'],
      );
}

function ruleText(rule: Rule): string {
  return ruleWords(rule)?.join(' ') ?? `from ${rule.source} … lookup ${rule.table ?? ''}`;
}

/** Keys of a rule's record (iproute2: ip/iprule.c, print_rule) that `ruleWords` writes back as words. */
const told = new Set([
  'priority',
  'src',
  'srclen',
  'dst',
  'dstlen',
  'iif',
  'oif',
  'ipproto',
  'table',
  'action',
  'to',
  'not',
  'protocol',
  'fwmark',
  'fwmask',
]);

/** The selectors and the action of a rule as `ip rule` takes them; null for one with others than are known here. */
function ruleWords(rule: Rule): string[] | null {
  const { raw, source, table } = rule;
  if (Object.keys(raw).some((key) => !told.has(key))) {
    return null;
  }
  const text = (key: string): string | null =>
    typeof raw[key] === 'string' ? raw[key] : typeof raw[key] === 'number' ? String(raw[key]) : null;
  const pair = (word: string, value: string | null): string[] => (value === null ? [] : [word, value]);
  const mark = text('fwmark');
  const length = text('dstlen');
  const to = text('dst') === null || length === null ? text('dst') : `${text('dst') ?? ''}/${length}`;
  const action = ruleAction(rule);
  return [
    ...('not' in raw ? ['not'] : []),
    'from',
    source,
    ...pair('to', to),
    ...pair('fwmark', mark === null || text('fwmask') === null ? mark : `${mark}/${text('fwmask') ?? ''}`),
    ...pair('iif', text('iif')),
    ...pair('oif', text('oif')),
    ...pair('ipproto', text('ipproto')),
    ...(action === null ? pair('lookup', table) : [action]),
  ];
}
