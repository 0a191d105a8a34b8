/** Pure: one routing decision, as the kernel takes it from rules and tables (net/core/fib_rules.c, net/ipv4/fib_trie.c). */
import type { Link, NamespaceId, Route, Rule } from '../topology/topology.ts';
import { coveringLength, familyOf } from './addresses.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import { nameOfNamespace, plain, startOfSentence } from './words.ts';

/** What a decision is about. */
export interface Packet {
  readonly destination: string;
  /** Null while the kernel has not chosen one yet. */
  readonly source: string | null;
  /** The link it came in through; null for one that starts here. */
  readonly ingress: Link | null;
  /** The link by which a link-local destination is meant. */
  readonly zone?: Link | null;
  /** An echo request where it is left out. */
  readonly protocol?: 'icmp' | 'tcp' | 'udp';
  /** The destination's port; null for a protocol without, and where it is not known. */
  readonly port?: number | null;
  readonly sourcePort?: number | null;
  /** What rules marked it with; null where that is not known, and 0 where it is left out. */
  readonly mark?: number | null;
}

/** The packet of which nothing is known but where it is to go. */
export function anyPacketTo(destination: string): Packet {
  return { destination, source: null, ingress: null, zone: null, protocol: 'icmp', port: null };
}

export type Decision =
  | { readonly kind: 'local'; readonly route: Route }
  | {
      readonly kind: 'forward';
      readonly route: Route;
      readonly link: Link;
      /** Whom to hand it to: the gateway, or the destination itself. */
      readonly nextHop: string;
      readonly source: string | null;
      /** The rule that led to the route's table. */
      readonly rule: UsedRule;
    }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** The route or rule that refuses; null where there is none that covers the destination. */
      readonly record: unknown;
    };

/** What the kernel starts every namespace with; also asked where rules were not read (those of IPv6 in other namespaces are read on demand). */
const defaultTables = ['local', 'main', 'default'];

/** Decides by the first rule whose table has a route, and there by the longest prefix, then the lowest metric. */
export function decideRoute(index: TopologyIndex, namespace: NamespaceId, packet: Packet): Decision {
  return decideByRules(index, namespace, packet, rulesFor(index, namespace, packet));
}

/** As the kernel would decide if it had only the rules that every namespace starts with. */
export function decideWithoutPolicy(index: TopologyIndex, namespace: NamespaceId, packet: Packet): Decision {
  return decideByRules(index, namespace, packet, startingRules);
}

/** The rules of somebody's making that a packet fits, in the order in which they are asked. */
export function customRulesFor(index: TopologyIndex, namespace: NamespaceId, packet: Packet): Rule[] {
  const family = familyOf(packet.destination);
  return index
    .rulesOf(namespace)
    .filter((rule) => rule.family === family && isCustom(rule) && applies(rule, packet))
    .sort((a, b) => a.priority - b.priority);
}

/** Rules that somebody made: all but those that the kernel starts a namespace with (net/ipv4/fib_rules.c). */
export function isCustom({ priority, table, source }: Rule): boolean {
  const own = [0, 32766, 32767].indexOf(priority);
  return own < 0 || table !== defaultTables[own] || source !== 'all';
}

function decideByRules(
  index: TopologyIndex,
  namespace: NamespaceId,
  packet: Packet,
  rules: readonly UsedRule[],
): Decision {
  const unread = index.unknown(namespace, 'routes') ?? index.unknown(namespace, 'links');
  const name = nameOfNamespace(index, namespace);
  if (unread && index.linksOf(namespace).length === 0) {
    return refuse(`What is in ${name} could not be read: ${plain(unread.reason)}`, unread);
  }
  for (const rule of rules) {
    const action = ruleAction(rule);
    if (action !== null) {
      return refuse(`${startOfSentence(name)} refuses it: rule ${rule.priority} says ${action}.`, rule.raw);
    }
    const route = lookUp(index, namespace, rule, packet);
    if (route && route.type !== 'throw') {
      return decideBy(index, rule, route, packet.destination);
    }
  }
  return unread
    ? refuse(`The routes of ${name} could not be read: ${plain(unread.reason)}`, unread)
    : refuse(`${startOfSentence(name)} has no route to ${packet.destination}.`, null);
}

/** A rule that was read, or one of those that every namespace begins with; those have an empty record. */
export type UsedRule = Pick<Rule, 'priority' | 'table' | 'raw'>;

const startingRules: readonly UsedRule[] = defaultTables.map((table, priority) => ({
  priority,
  table,
  raw: {},
}));

function rulesFor(index: TopologyIndex, namespace: NamespaceId, packet: Packet): readonly UsedRule[] {
  const family = familyOf(packet.destination);
  const known = index.rulesOf(namespace).filter((rule) => rule.family === family);
  if (known.length === 0) {
    return startingRules;
  }
  return known.filter((rule) => applies(rule, packet)).sort((a, b) => a.priority - b.priority);
}

/** Whether a rule's selectors fit a packet. A selector that we cannot judge does not fit. */
function applies(rule: Rule, packet: Packet): boolean {
  const { raw } = rule;
  const fits =
    fitsPrefix(rule.source, packet.source) &&
    fitsPrefix(prefixOf(raw['dst'], raw['dstlen']), packet.destination) &&
    (raw['iif'] === undefined || raw['iif'] === (packet.ingress?.name ?? 'lo')) &&
    fitsProtocol(raw['ipproto'], packet.protocol ?? 'icmp') &&
    fitsPort(raw, 'dport', packet.port ?? null) &&
    fitsPort(raw, 'sport', packet.sourcePort ?? null) &&
    fitsMark(raw['fwmark'], raw['fwmask'], packet.mark === undefined ? 0 : packet.mark) &&
    ['oif', 'tun_id', 'tos', 'dsfield', 'l3mdev'].every((selector) => !(selector in raw));
  return 'not' in raw ? !fits : fits;
}

/** As iproute2 prints them, by name or by number. */
const protocolNames = {
  icmp: ['icmp', 'ipv6-icmp', '1', '58'],
  tcp: ['tcp', '6'],
  udp: ['udp', '17'],
} as const satisfies Record<NonNullable<Packet['protocol']>, readonly string[]>;

function fitsProtocol(wanted: unknown, protocol: NonNullable<Packet['protocol']>): boolean {
  const names: readonly unknown[] = protocolNames[protocol];
  return wanted === undefined || names.includes(typeof wanted === 'number' ? `${wanted}` : wanted);
}

/** iproute2 prints "dport", or "dport_start" and "dport_end" (ip/iprule.c). */
function fitsPort(raw: Rule['raw'], name: 'dport' | 'sport', port: number | null): boolean {
  const start = raw[name] ?? raw[`${name}_start`];
  const end = raw[`${name}_end`] ?? start;
  return start === undefined || (port !== null && Number(start) <= port && port <= Number(end));
}

/** "0x1" of the bits "0xff"; all of them where none are named. */
function fitsMark(wanted: unknown, mask: unknown, mark: number | null): boolean {
  const bits = mask === undefined ? 0xffffffff : Number(mask);
  return wanted === undefined || (mark !== null && ((mark ^ Number(wanted)) & bits) === 0);
}

function prefixOf(address: unknown, length: unknown): string {
  if (typeof address !== 'string') {
    return 'all';
  }
  return typeof length === 'number' ? `${address}/${length}` : address;
}

function fitsPrefix(prefix: string, address: string | null): boolean {
  return prefix === 'all' || (address !== null && coveringLength(prefix, address) !== null);
}

/** "blackhole", "unreachable" or "prohibit" for a rule that ends the matter itself (iproute2: ip/iprule.c; "to" in some releases). */
export function ruleAction({ raw }: Pick<Rule, 'raw'>): string | null {
  const action = raw['action'] ?? raw['to'];
  return typeof action === 'string' && action in refusals ? action : null;
}

function lookUp(
  index: TopologyIndex,
  namespace: NamespaceId,
  rule: UsedRule,
  { destination, zone = null }: Packet,
): Route | undefined {
  const shortest =
    typeof rule.raw['suppress_prefixlen'] === 'number' ? rule.raw['suppress_prefixlen'] + 1 : 0;
  const family = familyOf(destination);
  return index
    .routesOf(namespace)
    .filter(
      (route) =>
        route.family === family &&
        route.table === rule.table &&
        (zone === null || route.link === zone.id) &&
        !isDead(route),
    )
    .map((route) => ({ route, length: coveringLength(route.destination, destination) ?? -1 }))
    .filter(({ length }) => length >= shortest)
    .sort((a, b) => b.length - a.length || (a.route.metric ?? 0) - (b.route.metric ?? 0))[0]?.route;
}

function isDead({ raw }: Route): boolean {
  return Array.isArray(raw['flags']) && raw['flags'].includes('dead');
}

const refusals = {
  blackhole: 'drops it silently',
  unreachable: 'answers that the host is unreachable',
  prohibit: 'answers that it is prohibited',
} as const;

function decideBy(index: TopologyIndex, rule: UsedRule, route: Route, destination: string): Decision {
  const name = startOfSentence(nameOfNamespace(index, route.namespace));
  const { type } = route;
  if (type === 'local' || type === 'anycast') {
    return { kind: 'local', route };
  }
  if (type === 'blackhole' || type === 'unreachable' || type === 'prohibit') {
    return refuse(
      `${name} ${refusals[type]}: a route of type ${type} covers ${plain(route.destination)}.`,
      route.raw,
    );
  }
  if (type === 'broadcast' || type === 'multicast') {
    return refuse(`${destination} is a ${type} address: a packet to it has no one way.`, route.raw);
  }
  return sendBy(index, rule, route, destination);
}

function sendBy(index: TopologyIndex, rule: UsedRule, route: Route, destination: string): Decision {
  const [first] = nextHopsOf(route);
  const link =
    index.link(route.link) ?? index.linksOf(route.namespace).find(({ name }) => name === first?.dev);
  if (!link) {
    return refuse(
      `The route to ${plain(route.destination)} leads out of a link that is not there.`,
      route.raw,
    );
  }
  const nextHop = route.gateway ?? first?.gateway ?? destination;
  return { kind: 'forward', route, link, nextHop, source: route.source, rule };
}

/** A multipath route's ways, none for another; which one the kernel takes depends on a hash of the packet. */
export function nextHopsOf({ raw }: Route): { readonly dev?: string; readonly gateway?: string }[] {
  return Array.isArray(raw['nexthops']) ? (raw['nexthops'] as { dev?: string; gateway?: string }[]) : [];
}

function refuse(reason: string, record: unknown): Decision {
  return { kind: 'refused', reason, record };
}
