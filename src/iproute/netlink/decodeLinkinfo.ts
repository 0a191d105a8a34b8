/** IFLA_LINKINFO (linux/if_link.h): what a link is, and what is particular to its kind. */
import type { LinkRecord } from '../records.ts';
import type { Attributes } from './attributes.ts';
import { listValues, named, said, Undecodable } from './attributes.ts';
import type { Bytes } from './bytes.ts';
import { decodeGre, decodeGre6, decodeIp6Tunnel, decodeIpTunnel, decodeVti } from './decodeTunnel.ts';
import { isSince, type Iproute2Version } from './version.ts';
import { inet, inet6 } from './words.ts';

const info = { kind: 1, data: 2, slaveKind: 4 } as const;

/** Kinds of which iproute2 prints nothing particular. */
const plainKinds = new Set(['veth', 'dummy', 'ifb']);

export interface KindSurroundings {
  readonly version: Iproute2Version;
  readonly nameOf: (link: number) => string;
}

/** The kinds that pods commonly have, and how each is told. */
const kinds: Readonly<
  Record<string, (data: Attributes, around: KindSurroundings) => Record<string, unknown>>
> = {
  macvlan: decodeMacvlan,
  macvtap: decodeMacvlan,
  ipvlan: decodeIpvlan,
  ipvtap: decodeIpvlan,
  vlan: decodeVlan,
  ipip: (data, { nameOf }) => decodeIpTunnel(data, nameOf),
  sit: (data, { nameOf }) => decodeIpTunnel(data, nameOf),
  ip6tnl: (data, { nameOf }) => decodeIp6Tunnel(data, nameOf),
  gre: (data, { nameOf }) => decodeGre(data, nameOf),
  gretap: (data, { nameOf }) => decodeGre(data, nameOf),
  erspan: (data, { nameOf }) => decodeGre(data, nameOf),
  ip6gre: (data, { nameOf }) => decodeGre6(data, nameOf),
  ip6gretap: (data, { nameOf }) => decodeGre6(data, nameOf),
  vti: (data, { nameOf }) => decodeVti(data, nameOf, inet),
  vti6: (data, { nameOf }) => decodeVti(data, nameOf, inet6),
};

/**
 * Throws Undecodable for other kinds. Bridges and their ports, vxlans, bonds and others are told in many words, and iproute2
 * adds some with each release: those are left to `ip`.
 */
export function decodeLinkinfo(
  all: Attributes | undefined,
  around: KindSurroundings,
): LinkRecord['linkinfo'] {
  if (!all) {
    return undefined;
  }
  const kind = all.text(info.kind);
  if (kind === undefined || all.has(info.slaveKind)) {
    throw new Undecodable(`port of a ${all.text(info.slaveKind) ?? 'nameless kind'}`);
  }
  if (plainKinds.has(kind)) {
    return { info_kind: kind };
  }
  const data = all.nested(info.data);
  const decode = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!data || !decode) {
    throw new Undecodable(`kind ${kind}`);
  }
  return { info_kind: kind, info_data: decode(data, around) };
}

const macvlan = { mode: 1, flags: 2, queueLength: 7, queueLengthUsed: 8, broadcastLimit: 9 } as const;
const macvlanModes = { 1: 'private', 2: 'vepa', 4: 'bridge', 8: 'passthru' } as const;
const noPromiscuity = 1;
const noDestination = 2;

/** iproute2: ip/iplink_macvlan.c, macvlan_print_opt. */
function decodeMacvlan(data: Attributes, { version }: KindSurroundings): Record<string, unknown> {
  const flags = data.bytes(macvlan.flags)?.u16(0) ?? 0;
  const since = (major: number, minor: number, value: number | undefined): number | undefined =>
    isSince(version, major, minor) ? value : undefined;
  return said({
    mode: named(macvlanModes, data.u32(macvlan.mode) ?? 0, 'macvlan mode'),
    nopromisc: (flags & noPromiscuity) !== 0 || undefined,
    nodst: (flags & noDestination) !== 0 || undefined,
    bcqueuelen: since(5, 11, data.u32(macvlan.queueLength)),
    usedbcqueuelen: since(5, 11, data.u32(macvlan.queueLengthUsed)),
    bclim: since(6, 4, data.i32(macvlan.broadcastLimit)),
  });
}

const ipvlan = { mode: 1, flags: 2 } as const;
const ipvlanModes = ['l2', 'l3', 'l3s'] as const;
const isPrivate = 1;
const isVepa = 2;

/** iproute2: ip/iplink_ipvlan.c, ipvlan_print_opt. */
function decodeIpvlan(data: Attributes): Record<string, unknown> {
  const mode = data.bytes(ipvlan.mode)?.u16(0);
  const flags = data.bytes(ipvlan.flags)?.u16(0);
  const way = (bits: number): string =>
    (bits & isPrivate) !== 0 ? 'private' : (bits & isVepa) !== 0 ? 'vepa' : 'bridge';
  return said({
    mode: mode === undefined ? undefined : named(ipvlanModes, mode, 'ipvlan mode'),
    ...(flags === undefined ? {} : { [way(flags)]: true }),
  });
}

const vlan = { id: 1, flags: 2, egress: 3, ingress: 4, protocol: 5 } as const;
/** The protocol in network order, read as little endian. */
const vlanProtocols = { 0x0081: '802.1Q', 0xa888: '802.1ad' } as const;
const vlanFlags = [
  [0x1, 'REORDER_HDR'],
  [0x2, 'GVRP'],
  [0x8, 'MVRP'],
  [0x4, 'LOOSE_BINDING'],
  [0x10, 'BRIDGE_BINDING'],
] as const;

/** iproute2: ip/iplink_vlan.c, vlan_print_opt. */
function decodeVlan(data: Attributes): Record<string, unknown> {
  const flags = data.bytes(vlan.flags)?.u32(0);
  const protocol = data.bytes(vlan.protocol)?.u16(0);
  const mapping = (values: Bytes | undefined): Record<string, number>[] | undefined =>
    values && listValues(values).map((value) => ({ from: value.u32(0), to: value.u32(4) }));
  return said({
    protocol: protocol === undefined ? '802.1q' : named(vlanProtocols, protocol, 'VLAN protocol'),
    id: data.bytes(vlan.id)?.u16(0) ?? 0,
    flags:
      flags === undefined
        ? undefined
        : vlanFlags.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name),
    ingress_qos: mapping(data.bytes(vlan.ingress)),
    egress_qos: mapping(data.bytes(vlan.egress)),
  });
}
