/**
 * What is particular to tunnels of plain IP. Where their modules are loaded, every namespace has one of each that nobody made
 * (tunl0, sit0, gre0 …; sysctl net.core.fb_tunnels_only_for_init_net), so that pods have them too.
 */
import { named, said, Undecodable, type Attributes } from './attributes.ts';
import type { Bytes } from './bytes.ts';
import { addressText, inet, inet6 } from './words.ts';

type LinkName = (index: number) => string;

/** Throws Undecodable where any of these is told and not zero: it has words of its own. */
function refuse(data: Attributes, ...types: readonly number[]): void {
  for (const type of types) {
    if (
      data
        .bytes(type)
        ?.toArray()
        .some((byte) => byte !== 0)
    ) {
      throw new Undecodable(`tunnel attribute ${type}`);
    }
  }
}

function endpoint(family: number, bytes: Bytes | undefined): string {
  return bytes?.toArray().some((byte) => byte !== 0) ? addressText(family, bytes) : 'any';
}

function underlay(data: Attributes, type: number, nameOf: LinkName): string | undefined {
  const link = data.u32(type) ?? 0;
  return link === 0 ? undefined : nameOf(link);
}

/** What all but vti tell of the packets that they wrap others in. */
function outerOf(
  data: Attributes,
  at: Readonly<Record<'external' | 'remote' | 'local' | 'link' | 'ttl', number>>,
  family: number,
  nameOf: LinkName,
): Record<string, unknown> {
  return {
    external: data.has(at.external) || undefined,
    remote: endpoint(family, data.bytes(at.remote)),
    local: endpoint(family, data.bytes(at.local)),
    link: underlay(data, at.link, nameOf),
    ttl: data.u8(at.ttl) ?? 0,
  };
}

/** IFLA_IPTUN_… (linux/if_tunnel.h) */
const iptun = {
  ...{ link: 1, local: 2, remote: 3, ttl: 4, tos: 5, encapLimit: 6, flowInfo: 7, flags: 8, protocol: 9 },
  ...{ pathMtu: 10, prefix6rd: 11, relay6rd: 12, prefixLength6rd: 13, encapType: 15, external: 19, mark: 20 },
} as const;

const protocols4 = { 0: 'any', 4: 'ipip', 41: 'ip6ip', 137: 'mplsip' } as const;

/** ipip and sit (iproute2: ip/link_iptnl.c, iptunnel_print_opt). */
export function decodeIpTunnel(data: Attributes, nameOf: LinkName): Record<string, unknown> {
  refuse(data, iptun.tos, iptun.relay6rd, iptun.encapType, iptun.mark);
  const isatap = 1;
  if (((data.bytes(iptun.flags)?.u16(0) ?? 0) & isatap) !== 0) {
    throw new Undecodable('ISATAP');
  }
  const protocol = data.u8(iptun.protocol);
  const prefixLength = data.bytes(iptun.prefixLength6rd)?.u16(0) ?? 0;
  const prefix = prefixLength === 0 ? undefined : data.bytes(iptun.prefix6rd);
  return said({
    ...outerOf(data, iptun, inet, nameOf),
    proto: protocol === undefined ? undefined : named(protocols4, protocol, 'protocol'),
    pmtudisc: (data.u8(iptun.pathMtu) ?? 0) !== 0,
    prefix: prefix && addressText(inet6, prefix),
    prefixlen: prefix && prefixLength,
  });
}

const protocols6 = { 0: 'any', 4: 'ipip6', 41: 'ip6ip6' } as const;

/** IP6_TNL_F_… that are told by their names; other bits the kernel keeps for itself. */
const flags6 = {
  ip6_tnl_f_ign_encap_limit: 0x1,
  ip6_tnl_f_use_orig_tclass: 0x2,
  ip6_tnl_f_use_orig_flowlabel: 0x4,
  ip6_tnl_f_mip6_dev: 0x8,
  ip6_tnl_f_rcv_dscp_copy: 0x10,
  ip6_tnl_f_use_orig_fwmark: 0x20,
  ip6_tnl_f_allow_local_remote: 0x40,
} as const;

/** ip6tnl (iproute2: ip/link_ip6tnl.c, ip6tunnel_print_opt). */
export function decodeIp6Tunnel(data: Attributes, nameOf: LinkName): Record<string, unknown> {
  refuse(data, iptun.encapType, iptun.mark);
  const protocol = data.u8(iptun.protocol);
  return said({
    ...outerOf(data, iptun, inet6, nameOf),
    proto: protocol === undefined ? undefined : named(protocols6, protocol, 'protocol'),
    ...ip6Options(data.u32(iptun.flags) ?? 0, data.u8(iptun.encapLimit), data.bytes(iptun.flowInfo)),
  });
}

function ip6Options(
  bits: number,
  encapLimit: number | undefined,
  flowInfo: Bytes | undefined,
): Record<string, unknown> {
  const set = Object.entries(flags6).filter(([, bit]) => (bits & bit) !== 0);
  const flags = Object.fromEntries(set.map(([name]) => [name, true]));
  const { tclass, flowlabel } = flowInfo ? flowOf(flowInfo) : {};
  return {
    ...flags,
    encap_limit: flags['ip6_tnl_f_ign_encap_limit'] ? undefined : encapLimit,
    tclass: flags['ip6_tnl_f_use_orig_tclass'] ? undefined : tclass,
    flowlabel: flags['ip6_tnl_f_use_orig_flowlabel'] ? undefined : flowlabel,
  };
}

/** The first 32 bits of an IPv6 header, in network order: version, traffic class and flow label (RFC 8200). */
function flowOf(flowInfo: Bytes): Record<'tclass' | 'flowlabel', string> {
  const word = flowInfo.toArray().reduce((sum, byte) => sum * 256 + byte, 0);
  const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
  return { tclass: hex((word >>> 20) & 0xff, 2), flowlabel: hex(word & 0xfffff, 5) };
}

/** IFLA_GRE_… (linux/if_tunnel.h) */
const gre = {
  ...{ link: 1, inFlags: 2, outFlags: 3, inKey: 4, outKey: 5, local: 6, remote: 7, ttl: 8, tos: 9 },
  ...{
    pathMtu: 10,
    encapLimit: 11,
    flowInfo: 12,
    flags: 13,
    encapType: 14,
    external: 18,
    ignoreDf: 19,
    mark: 20,
    erspanIndex: 21,
  },
  ...{ erspanVersion: 22, erspanDirection: 23, erspanHardware: 24 },
} as const;

/** gre, gretap and erspan (iproute2: ip/link_gre.c, gre_print_opt). */
export function decodeGre(data: Attributes, nameOf: LinkName): Record<string, unknown> {
  refuse(data, gre.tos, gre.encapType, gre.ignoreDf, gre.mark);
  const pathMtu = data.u8(gre.pathMtu);
  return said({
    ...outerOf(data, gre, inet, nameOf),
    pmtudisc: pathMtu === undefined ? undefined : pathMtu !== 0,
    ...greHeaderOf(data),
    ...erspanOf(data),
  });
}

/** ip6gre and ip6gretap (iproute2: ip/link_gre6.c, gre_print_opt). */
export function decodeGre6(data: Attributes, nameOf: LinkName): Record<string, unknown> {
  refuse(data, gre.encapType, gre.mark);
  return said({
    ...outerOf(data, gre, inet6, nameOf),
    ...ip6Options(data.u32(gre.flags) ?? 0, data.u8(gre.encapLimit), data.bytes(gre.flowInfo)),
    ...greHeaderOf(data),
    ...erspanOf(data),
  });
}

/** Bits of a GRE header (RFC 2784, RFC 2890), in network order as the attributes tell them, read as little endian. */
const greBits = { checksum: 0x0080, key: 0x0020, sequence: 0x0010 } as const;

function greHeaderOf(data: Attributes): Record<string, unknown> {
  const arriving = data.bytes(gre.inFlags)?.u16(0) ?? 0;
  const leaving = data.bytes(gre.outFlags)?.u16(0) ?? 0;
  const key = (flags: number, type: number): string | undefined => {
    const bytes = (flags & greBits.key) === 0 ? undefined : data.bytes(type);
    return bytes && addressText(inet, bytes);
  };
  const has = (flags: number, bit: number): true | undefined => (flags & bit) !== 0 || undefined;
  return {
    ikey: key(arriving, gre.inKey),
    okey: key(leaving, gre.outKey),
    iseq: has(arriving, greBits.sequence),
    icsum: has(arriving, greBits.checksum),
    oseq: has(leaving, greBits.sequence),
    ocsum: has(leaving, greBits.checksum),
  };
}

function erspanOf(data: Attributes): Record<string, number | undefined> {
  if (data.has(gre.erspanDirection) || data.has(gre.erspanHardware)) {
    throw new Undecodable('ERSPAN of version 2');
  }
  return { erspan_index: data.u32(gre.erspanIndex), erspan_ver: data.u8(gre.erspanVersion) };
}

/** IFLA_VTI_… (linux/if_tunnel.h) */
const vti = { link: 1, inKey: 2, outKey: 3, local: 4, remote: 5, mark: 6 } as const;

/** vti and vti6 (iproute2: ip/link_vti.c and ip/link_vti6.c, vti_print_opt). */
export function decodeVti(data: Attributes, nameOf: LinkName, family: number): Record<string, unknown> {
  refuse(data, vti.inKey, vti.outKey, vti.mark);
  return said({
    remote: endpoint(family, data.bytes(vti.remote)),
    local: endpoint(family, data.bytes(vti.local)),
    link: underlay(data, vti.link, nameOf),
  });
}
