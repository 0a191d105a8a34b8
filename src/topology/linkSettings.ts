/** What a link's own record says beyond its kind: counters, port flags, tunnels, modes. Pure. */
import type { LinkRecord, NetconfRecord, SysctlsRecord } from '../iproute/records.ts';
import { flatMapSliced, type Sliced } from '../util/sliced.ts';
import type { Address, Counters, LinkStatistics, PortSettings, Switches, Tunnel } from './topology.ts';

type Data = Readonly<Record<string, unknown>>;

const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null;
const dataOf = (value: unknown): Data => (isData(value) ? value : {});
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
/** iproute2 prints flags as booleans, as 0 and 1, or as "on" and "off", by release. */
const flagOf = (value: unknown): boolean | null =>
  typeof value === 'boolean' ? value : typeof value === 'number' ? value !== 0 : null;

/** Flags of an address that iproute2 prints as members of their own (ip/ipaddress.c, ifa_flag_data). */
const addressFlags = [
  'secondary',
  'temporary',
  'nodad',
  'optimistic',
  'dadfailed',
  'home',
  'deprecated',
  'tentative',
  'permanent',
  'mngtmpaddr',
  'noprefixroute',
  'autojoin',
  'stable-privacy',
];

export function addressesOf({ addr_info: records }: LinkRecord): Address[] {
  return records.flatMap((record) => {
    const { local, prefixlen, scope, address, broadcast, label } = record;
    if (local === undefined || prefixlen === undefined) {
      return [];
    }
    const dynamic = record['dynamic'] === true;
    return [
      {
        address: local,
        prefixLength: prefixlen,
        family: local.includes(':') ? (6 as const) : (4 as const),
        scope: scope ?? null,
        flags: [...addressFlags.filter((flag) => record[flag] === true), ...(dynamic ? ['dynamic'] : [])],
        peer: address ?? null,
        broadcast: broadcast ?? null,
        label: label ?? null,
      },
    ];
  });
}

function countersOf(value: unknown): Counters {
  const data = dataOf(value);
  const number = (name: string): number => numberOf(data[name]) ?? 0;
  return {
    bytes: number('bytes'),
    packets: number('packets'),
    errors: number('errors'),
    dropped: number('dropped'),
  };
}

/** Null where the link was read without counters. */
export function statisticsOf(record: LinkRecord): LinkStatistics | null {
  const stats = record['stats64'] ?? record['stats'];
  return isData(stats) ? { received: countersOf(stats['rx']), sent: countersOf(stats['tx']) } : null;
}

/** How a bridge treats a port of its own (iproute2: ip/iplink_bridge_slave.c). Null for a link that is none. */
export function portOf({ linkinfo }: LinkRecord): PortSettings | null {
  if (linkinfo?.info_slave_kind !== 'bridge') {
    return null;
  }
  const data = dataOf(linkinfo.info_slave_data);
  return {
    state: textOf(data['state']),
    priority: numberOf(data['priority']),
    cost: numberOf(data['cost']),
    hairpin: flagOf(data['hairpin']),
    isolated: flagOf(data['isolated']),
    learning: flagOf(data['learning']),
    flood: flagOf(data['flood']),
    guard: flagOf(data['guard']),
    rootBlock: flagOf(data['root_block']),
    neighbourSuppression: flagOf(data['neigh_suppress']),
    vlanTunnel: flagOf(data['vlan_tunnel']),
  };
}

export const tunnelKinds: ReadonlySet<string> = new Set([
  'vxlan',
  'geneve',
  'gre',
  'gretap',
  'ip6gre',
  'ip6gretap',
  'ipip',
  'sit',
  'ip6tnl',
  'erspan',
  'ip6erspan',
  'vti',
  'vti6',
  'gtp',
  'bareudp',
]);

/** Where a tunnel's packets go (iproute2: ip/iplink_vxlan.c, iplink_geneve.c, link_gre.c, link_iptnl.c). */
export function tunnelOf({ linkinfo }: LinkRecord): Tunnel | null {
  if (!tunnelKinds.has(linkinfo?.info_kind ?? '')) {
    return null;
  }
  const data = dataOf(linkinfo?.info_data);
  const first = (...names: string[]): unknown =>
    names.map((name) => data[name]).find((value) => value !== undefined);
  const end = (value: unknown): string | null => (value === 'any' ? null : textOf(value));
  return {
    remote: end(first('remote', 'remote6', 'group', 'group6')),
    local: end(first('local', 'local6')),
    vni: numberOf(data['id']),
    port: numberOf(data['port']),
    key: textOf(data['key']) ?? textOf(data['okey']) ?? textOf(data['ikey']),
  };
}

/** "bridge", "private", "l2" … of a macvlan or ipvlan, "active-backup" of a bond, "tap" of a tun device; else null. */
export function modeOf({ linkinfo }: LinkRecord): string | null {
  const data = dataOf(linkinfo?.info_data);
  return linkinfo?.info_kind === 'tun' ? textOf(data['type']) : textOf(data['mode']);
}

/** The id of a vlan link, with the protocol where it is not 802.1Q; null for other kinds. */
export function vlanIdOf({ linkinfo }: LinkRecord): number | null {
  return linkinfo?.info_kind === 'vlan' ? numberOf(dataOf(linkinfo.info_data)['id']) : null;
}

const rpFilters: Readonly<Record<string, number>> = { off: 0, strict: 1, loose: 2 };

/** The switches that one netconf record tells, by the names they have under /proc/sys/net. */
function netconfSwitches({ family, forwarding, rp_filter, proxy_neigh }: NetconfRecord): [string, number][] {
  const bit = (name: string, value: boolean | undefined): [string, number][] =>
    value === undefined ? [] : [[name, value ? 1 : 0]];
  const filter = rp_filter === undefined ? undefined : rpFilters[rp_filter];
  switch (family) {
    case 'inet':
      return [
        ...bit('ipv4.forwarding', forwarding),
        ...(filter === undefined ? [] : [['ipv4.rp_filter', filter] satisfies [string, number]]),
        ...bit('ipv4.proxy_arp', proxy_neigh),
      ];
    case 'inet6':
      return [...bit('ipv6.forwarding', forwarding), ...bit('ipv6.proxy_ndp', proxy_neigh)];
    default:
      return [];
  }
}

/** "ipv4.rp_filter" of "all" is "ipv4.conf.all.rp_filter". */
const atPlace = (name: string, place: string): string => name.replace('.', `.conf.${place}.`);

/** The switches of a whole namespace; null where none of them is known. */
export function namespaceSwitches(
  netconf: readonly NetconfRecord[] | null,
  sysctls: SysctlsRecord | null,
): Switches | null {
  if (netconf === null && sysctls === null) {
    return null;
  }
  const told = (netconf ?? [])
    .filter(({ interface: place }) => place === 'all' || place === 'default')
    .flatMap((record) =>
      netconfSwitches(record).flatMap(([name, value]): [string, number][] => [
        [atPlace(name, record.interface), value],
        // The kernel keeps one value under two names (net/ipv4/devinet.c).
        ...(record.interface === 'all' && name === 'ipv4.forwarding'
          ? [['ipv4.ip_forward', value] satisfies [string, number]]
          : []),
      ]),
    );
  return Object.fromEntries([...Object.entries(sysctls?.values ?? {}), ...told].sort(byName));
}

/** The switches of single links, by name; those of the second kind are known where they are not 0. */
export function* linkSwitches(
  netconf: readonly NetconfRecord[] | null,
  sysctls: SysctlsRecord | null,
): Sliced<ReadonlyMap<string, Switches>> {
  const byLink = new Map<string, [string, number][]>();
  const add = (link: string, switches: [string, number][]): void => {
    byLink.set(link, [...(byLink.get(link) ?? []), ...switches]);
  };
  for (const { link, name, value } of sysctls?.links ?? []) {
    add(link, [[name, value]]);
  }
  for (const record of netconf ?? []) {
    add(record.interface, netconfSwitches(record));
    yield;
  }
  return new Map(
    yield* flatMapSliced(byLink, ([link, switches]): [string, Switches][] => [
      [link, Object.fromEntries(switches.sort(byName))],
    ]),
  );
}

function byName([a]: [string, number], [b]: [string, number]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
