/** RTM_NEWLINK (linux/if_link.h) → the record that `ip -j -d -s addr show` prints (iproute2: ip/ipaddress.c, print_linkinfo). */
import type { LinkRecord } from '../records.ts';
import { Attributes, listValues, named, said, Undecodable, unlessZero } from './attributes.ts';
import type { Bytes } from './bytes.ts';
import { decodeLinkinfo } from './decodeLinkinfo.ts';
import { isSince, type Iproute2Version } from './version.ts';
import { linkAddressText, linkTypeName } from './words.ts';

/** IFLA_…, those whose values are read. */
const attribute = {
  ...{ address: 1, broadcast: 2, name: 3, mtu: 4, link: 5, qdisc: 6, master: 10, txqlen: 13, operstate: 16 },
  ...{
    linkinfo: 18,
    alias: 20,
    vfCount: 21,
    stats64: 23,
    group: 27,
    promiscuity: 30,
    txQueues: 31,
    rxQueues: 32,
  },
  ...{ physPortId: 34, physSwitchId: 36, linkNetnsid: 37, physPortName: 38, protoDown: 39, gsoMaxSegs: 40 },
  ...{ gsoMaxSize: 41, xdp: 43, event: 44, minMtu: 50, maxMtu: 51, properties: 52, permAddress: 54 },
  ...{ protoDownReason: 55, parentDev: 56, parentBus: 57, groMaxSize: 58, tsoMaxSize: 59, tsoMaxSegs: 60 },
  ...{ allmulti: 61, gsoIpv4MaxSize: 63, groIpv4MaxSize: 64, netnsImmutable: 67 },
} as const;

/** What few links have and iproute2 says in words of its own. */
const seldom = [
  attribute.vfCount,
  attribute.physPortId,
  attribute.physSwitchId,
  attribute.physPortName,
  attribute.event,
  attribute.protoDownReason,
] as const;

/** IFF_… in the order in which iproute2 prints them (linux/if.h). */
const flags = [
  ...([
    [0x8, 'LOOPBACK'],
    [0x2, 'BROADCAST'],
    [0x10, 'POINTOPOINT'],
    [0x1000, 'MULTICAST'],
  ] as const),
  ...([
    [0x80, 'NOARP'],
    [0x200, 'ALLMULTI'],
    [0x100, 'PROMISC'],
    [0x400, 'MASTER'],
    [0x800, 'SLAVE'],
  ] as const),
  ...([
    [0x4, 'DEBUG'],
    [0x8000, 'DYNAMIC'],
    [0x4000, 'AUTOMEDIA'],
    [0x2000, 'PORTSEL'],
  ] as const),
  ...([
    [0x20, 'NOTRAILERS'],
    [0x1, 'UP'],
    [0x10000, 'LOWER_UP'],
    [0x20000, 'DORMANT'],
    [0x40000, 'ECHO'],
  ] as const),
] as const;
const isUp = 0x1;
const isPointToPoint = 0x10;
const isRunning = 0x40;

/** RFC 2863. */
const operstates = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP'] as const;

/** One link as the kernel tells it. */
export interface LinkMessage {
  readonly index: number;
  readonly name: string;
  readonly flags: number;
  readonly type: number;
  readonly attributes: Attributes;
}

/** The message's struct ifinfomsg, and its attributes. */
export function readLinkMessage(payload: Bytes): LinkMessage {
  const attributes = new Attributes(payload.from(16));
  const name = attributes.text(attribute.name);
  if (name === undefined) {
    throw new Undecodable('link without a name');
  }
  return { index: payload.i32(4), name, flags: payload.u32(8), type: payload.u16(2), attributes };
}

/** What a link's record takes from its surroundings. */
export interface LinkSurroundings {
  /** Of the same namespace, by index. */
  readonly links: ReadonlyMap<number, LinkMessage>;
  readonly addresses: LinkRecord['addr_info'];
  readonly version: Iproute2Version;
}

/** Throws Undecodable for a link that only `ip` has all the words for. */
export function decodeLink(link: LinkMessage, { links, addresses, version }: LinkSurroundings): LinkRecord {
  const { attributes } = link;
  refuseSeldom(attributes);
  const number = (type: number): number | undefined => attributes.u32(type);
  const text = (type: number): string | undefined => attributes.text(type);
  const since = <T>(major: number, minor: number, value: T): T | undefined =>
    isSince(version, major, minor) ? value : undefined;
  const master = number(attribute.master);
  return said({
    ifindex: link.index,
    ...lowerOf(link, links),
    ifname: link.name,
    flags: flagNames(link, links),
    mtu: number(attribute.mtu) ?? 0,
    qdisc: text(attribute.qdisc),
    master: master === undefined ? undefined : nameOf(links, master),
    operstate: named(operstates, attributes.u8(attribute.operstate) ?? 0, 'operational state'),
    group: named({ 0: 'default' }, number(attribute.group) ?? 0, 'group'),
    txqlen: unlessZero(number(attribute.txqlen)),
    ...hardwareOf(link),
    link_netnsid: attributes.i32(attribute.linkNetnsid),
    promiscuity: number(attribute.promiscuity),
    allmulti: since(6, 1, number(attribute.allmulti)),
    min_mtu: number(attribute.minMtu),
    max_mtu: number(attribute.maxMtu),
    'netns-immutable': since(6, 17, attributes.u8(attribute.netnsImmutable) === 1 || undefined),
    linkinfo: decodeLinkinfo(attributes.nested(attribute.linkinfo), {
      version,
      nameOf: (index) => nameOf(links, index),
    }),
    num_tx_queues: number(attribute.txQueues),
    num_rx_queues: number(attribute.rxQueues),
    gso_max_size: number(attribute.gsoMaxSize),
    gso_max_segs: number(attribute.gsoMaxSegs),
    tso_max_size: since(6, 0, number(attribute.tsoMaxSize)),
    tso_max_segs: since(6, 0, number(attribute.tsoMaxSegs)),
    gro_max_size: since(5, 18, number(attribute.groMaxSize)),
    gso_ipv4_max_size: since(6, 3, number(attribute.gsoIpv4MaxSize)),
    gro_ipv4_max_size: since(6, 3, number(attribute.groIpv4MaxSize)),
    parentbus: since(5, 14, text(attribute.parentBus)),
    parentdev: since(5, 14, text(attribute.parentDev)),
    ifalias: text(attribute.alias),
    altnames: alternativeNames(attributes),
    addr_info: addresses,
    stats64: statisticsOf(attributes),
  });
}

function refuseSeldom(attributes: Attributes): void {
  const found = seldom.find((type) => attributes.has(type));
  if (found !== undefined || attributes.u8(attribute.protoDown) === 1) {
    throw new Undecodable(`link attribute ${found ?? attribute.protoDown}`);
  }
  const xdpAttached = 2;
  if ((attributes.nested(attribute.xdp)?.u8(xdpAttached) ?? 0) !== 0) {
    throw new Undecodable('XDP program');
  }
}

/** The lower or peer link: by its name in the same namespace, by its index in another one. */
function lowerOf({ attributes }: LinkMessage, links: LinkSurroundings['links']): Partial<LinkRecord> {
  const index = attributes.i32(attribute.link);
  if (index === undefined) {
    return {};
  }
  if (index === 0) {
    return { link: null };
  }
  return attributes.has(attribute.linkNetnsid) ? { link_index: index } : { link: nameOf(links, index) };
}

function nameOf(links: LinkSurroundings['links'], index: number): string {
  const name = links.get(index)?.name;
  if (name === undefined) {
    throw new Undecodable(`link ${index}`);
  }
  return name;
}

function flagNames(link: LinkMessage, links: LinkSurroundings['links']): string[] {
  const known = flags.reduce((sum, [bit]) => sum | bit, isRunning);
  if ((link.flags & ~known) !== 0) {
    throw new Undecodable('link flags');
  }
  const noCarrier = (link.flags & isUp) !== 0 && (link.flags & isRunning) === 0;
  const index = link.attributes.i32(attribute.link) ?? 0;
  const isLocal = index !== 0 && !link.attributes.has(attribute.linkNetnsid);
  const lowerDown = isLocal && ((links.get(index)?.flags ?? 0) & isUp) === 0;
  return [
    ...(noCarrier ? ['NO-CARRIER'] : []),
    ...flags.filter(([bit]) => (link.flags & bit) !== 0).map(([, name]) => name),
    ...(lowerDown ? ['M-DOWN'] : []),
  ];
}

function hardwareOf({ type, flags: bits, attributes }: LinkMessage): Record<string, unknown> {
  const address = (attributeType: number): string | undefined => {
    const bytes = attributes.bytes(attributeType);
    return bytes && linkAddressText(type, bytes);
  };
  const own = address(attribute.address);
  const broadcast = address(attribute.broadcast);
  const permanent = address(attribute.permAddress);
  return {
    link_type: linkTypeName(type),
    address: own,
    link_pointtopoint: (broadcast !== undefined && (bits & isPointToPoint) !== 0) || undefined,
    broadcast,
    permaddr: permanent === own ? undefined : permanent,
  };
}

function alternativeNames(attributes: Attributes): string[] | undefined {
  const names = attributes.bytes(attribute.properties);
  return names && listValues(names).map((name) => name.text());
}

/** struct rtnl_link_stats64: 64-bit words in this order. */
const statistics = {
  rx: { bytes: 2, packets: 0, errors: 4, dropped: 6, over_errors: 11, multicast: 8 },
  tx: { bytes: 3, packets: 1, errors: 5, dropped: 7, carrier_errors: 17, collisions: 9 },
} as const;
const compressed = { rx: 21, tx: 22 } as const;

function statisticsOf(attributes: Attributes): Record<'rx' | 'tx', Record<string, number>> {
  const words = attributes.bytes(attribute.stats64);
  if (!words) {
    throw new Undecodable('link without 64-bit statistics');
  }
  const side = (way: 'rx' | 'tx'): Record<string, number> => {
    const counters = Object.entries(statistics[way]).map(
      ([name, word]) => [name, words.u64(8 * word)] as const,
    );
    const zipped = words.u64(8 * compressed[way]);
    return { ...Object.fromEntries(counters), ...(zipped === 0 ? {} : { compressed: zipped }) };
  };
  return { rx: side('rx'), tx: side('tx') };
}
