/** RTM_NEWROUTE (linux/rtnetlink.h) → the record that `ip -j -d -s route show table all` prints (iproute2: ip/iproute.c, print_route). */
import type { RouteRecord } from '../records.ts';
import { align, Attributes, named, said, Undecodable, unlessZero } from './attributes.ts';
import type { Bytes } from './bytes.ts';
import { addressText, familyName, inet, inet6, protocols, scopes, tables } from './words.ts';

/** RTA_… */
const attribute = {
  ...{ destination: 1, source: 2, link: 4, gateway: 5, priority: 6, preferredSource: 7, metrics: 8 },
  ...{ multipath: 9, cacheInfo: 12, table: 15, via: 18, preference: 20 },
} as const;
const known = new Set<number>(Object.values(attribute));
/** Of one of several next hops. */
const knownOfHop = new Set<number>([attribute.gateway, attribute.via]);

/** RTN_… */
const types = {
  ...{ 1: 'unicast', 2: 'local', 3: 'broadcast', 4: 'anycast', 5: 'multicast', 6: 'blackhole' },
  ...{ 7: 'unreachable', 8: 'prohibit', 9: 'throw' },
} as const;

/** RTNH_F_… and RTM_F_…, in the order in which iproute2 prints them. */
const flags = [
  ...([
    [0x1, 'dead'],
    [0x4, 'onlink'],
    [0x2, 'pervasive'],
    [0x8, 'offload'],
    [0x40, 'trap'],
  ] as const),
  ...([
    [0x100, 'notify'],
    [0x10, 'linkdown'],
    [0x20, 'unresolved'],
    [0x4000, 'rt_offload'],
  ] as const),
  ...([
    [0x8000, 'rt_trap'],
    [0x20000000, 'rt_offload_failed'],
  ] as const),
] as const;
/** RTM_F_CLONED: an entry of a cache. */
const isCloned = 0x200;

/** RTAX_… whose values are plain numbers. */
const metrics = {
  ...{ 2: 'mtu', 3: 'window', 6: 'ssthresh', 7: 'cwnd', 8: 'advmss', 9: 'reordering', 10: 'hoplimit' },
  ...{ 11: 'initcwnd', 14: 'initrwnd', 15: 'quickack' },
} as const;
const hopLimit = 10;
const unset = 0xffffffff;

/** ICMPV6_ROUTER_PREF_… (RFC 4191). */
const preferences = { 0: 'medium', 1: 'high', 3: 'low' } as const;

/** Of a clock tick: USER_HZ is 100 everywhere. */
const ticksPerSecond = 100;

/** The message's struct rtmsg and its attributes; null for what `ip` does not show. Throws Undecodable. */
export function decodeRoute(payload: Bytes, nameOf: (link: number) => string): RouteRecord | null {
  const bits = payload.u32(8);
  if ((bits & isCloned) !== 0) {
    return null;
  }
  const family = payload.u8(0);
  const attributes = new Attributes(payload.from(12)).allow(known);
  if ((family !== inet && family !== inet6) || payload.u8(3) !== 0) {
    throw new Undecodable('route of another family, or for a type of service');
  }
  const link = attributes.u32(attribute.link);
  return said({
    type: named(types, payload.u8(7), 'route type'),
    dst: prefixText(family, attributes.bytes(attribute.destination), payload.u8(1)) ?? 'default',
    from: prefixText(family, attributes.bytes(attribute.source), payload.u8(2)),
    ...gatewayOf(family, attributes),
    dev: link === undefined ? undefined : nameOf(link),
    table: named(tables, attributes.u32(attribute.table) ?? payload.u8(4), 'table'),
    protocol: named(protocols, payload.u8(5), 'protocol'),
    scope: named(scopes, payload.u8(6), 'scope'),
    prefsrc: addressOf(family, attributes.bytes(attribute.preferredSource)),
    metric: attributes.u32(attribute.priority),
    flags: flagNames(bits),
    ...cacheInfoOf(attributes.bytes(attribute.cacheInfo)),
    metrics: metricsOf(attributes.nested(attribute.metrics)),
    pref: preferenceOf(attributes),
    nexthops: hopsOf(family, attributes.bytes(attribute.multipath), nameOf),
  });
}

function addressOf(family: number, bytes: Bytes | undefined): string | undefined {
  return bytes && addressText(family, bytes);
}

/** Undefined for all addresses. */
function prefixText(family: number, bytes: Bytes | undefined, length: number): string | undefined {
  if (!bytes) {
    if (length > 0) {
      throw new Undecodable('prefix without an address');
    }
    return undefined;
  }
  const isHost = length === (family === inet ? 32 : 128);
  return isHost ? addressText(family, bytes) : `${addressText(family, bytes)}/${length}`;
}

/** RTA_VIA (struct rtvia) is a gateway of another family. */
function gatewayOf(family: number, attributes: Attributes): Record<string, unknown> {
  const via = attributes.bytes(attribute.via);
  const viaFamily = via?.u16(0) ?? 0;
  return {
    gateway: addressOf(family, attributes.bytes(attribute.gateway)),
    via: via && { family: familyName(viaFamily), host: addressText(viaFamily, via.from(2)) },
  };
}

function flagNames(bits: number): string[] {
  return flags.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
}

/** struct rta_cacheinfo; what is 0 is not told. */
function cacheInfoOf(info: Bytes | undefined): Record<string, number | undefined> {
  if (!info) {
    return {};
  }
  if (info.u32(20) !== 0 || info.u32(24) !== 0 || info.u32(28) !== 0) {
    throw new Undecodable('timestamps of a peer');
  }
  const seconds = (ticks: number): number | undefined =>
    ticks === 0 ? undefined : Math.trunc(ticks / ticksPerSecond);
  return {
    expires: seconds(info.i32(8)),
    error: unlessZero(info.u32(12)),
    users: unlessZero(info.u32(0)),
    used: unlessZero(info.u32(16)),
    age: seconds(info.u32(4)),
  };
}

/** One object in an array, as iproute2 prints it, also where nothing is in it. */
function metricsOf(all: Attributes | undefined): Record<string, number>[] | undefined {
  if (!all) {
    return undefined;
  }
  const said = [...all.types]
    .sort((a, b) => a - b)
    .flatMap((type) => {
      const value = all.u32(type) ?? 0;
      const name = named(metrics, type, 'metric');
      return type === hopLimit && value === unset ? [] : [[name, value] as const];
    });
  return [Object.fromEntries(said)];
}

function preferenceOf(attributes: Attributes): string | undefined {
  const preference = attributes.u8(attribute.preference);
  return preference === undefined ? undefined : named(preferences, preference, 'preference');
}

/** struct rtnexthop, each with attributes of its own. */
function hopsOf(
  family: number,
  bytes: Bytes | undefined,
  nameOf: (link: number) => string,
): Record<string, unknown>[] | undefined {
  if (!bytes) {
    return undefined;
  }
  const hops: Record<string, unknown>[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.u16(at);
    const attributes = new Attributes(bytes.from(at + 8, at + length)).allow(knownOfHop);
    hops.push(
      said({
        ...gatewayOf(family, attributes),
        dev: nameOf(bytes.u32(at + 4)),
        weight: bytes.u8(at + 3) + 1,
        flags: flagNames(bytes.u8(at + 2)),
      }),
    );
    at += align(length);
  }
  return hops;
}
