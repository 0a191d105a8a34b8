/** What iproute2 calls what the kernel tells in numbers, where both records of several kinds have it. */
import ipaddr from 'ipaddr.js';
import { named, Undecodable } from './attributes.ts';
import type { Bytes } from './bytes.ts';

/** Of addresses and routes (linux/rtnetlink.h, enum rt_scope_t). */
export const scopes = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' } as const;

/** Files of the node may name any other (iproute2: lib/rt_names.c). */
export const tables = { 253: 'default', 254: 'main', 255: 'local' } as const;

/** As iproute2 names them without files (lib/rt_names.c): those that kernels and routing daemons give. */
export const protocols = {
  ...{ 0: 'unspec', 1: 'redirect', 2: 'kernel', 3: 'boot', 4: 'static', 9: 'ra', 11: 'zebra', 12: 'bird' },
  ...{ 16: 'dhcp', 186: 'bgp' },
} as const;

const families = { 2: 'inet', 10: 'inet6', 28: 'mpls' } as const;

export const inet = 2;
export const inet6 = 10;

export function familyName(family: number): string {
  return named(families, family, 'address family');
}

/** As inet_ntop(3) writes it, which writes addresses with an IPv4 part in a form of their own. */
export function addressText(family: number, bytes: Bytes): string {
  const array = bytes.toArray();
  if (array.length !== (family === inet ? 4 : 16)) {
    throw new Undecodable(`address of ${array.length} bytes`);
  }
  if (family === inet) {
    return array.join('.');
  }
  if (array.slice(0, 10).every((byte) => byte === 0) && array.slice(10, 14).some((byte) => byte !== 0)) {
    throw new Undecodable('address with an IPv4 part');
  }
  return ipaddr.fromByteArray(array).toString();
}

/** Types of links (linux/if_arp.h). */
const linkTypes = {
  ...{ 1: 'ether', 768: 'ipip', 769: 'tunnel6', 772: 'loopback', 776: 'sit', 778: 'gre', 823: 'gre6' },
  65534: 'none',
} as const;

export function linkTypeName(type: number): string {
  return named(linkTypes, type, 'link type');
}

/** Of links whose hardware addresses are the addresses of their endpoints. */
const endpointFamilies: Readonly<Record<number, number>> = {
  ...{ 768: inet, 776: inet, 778: inet },
  ...{ 769: inet6, 823: inet6 },
};

/** iproute2: lib/ll_addr.c, ll_addr_n2a. */
export function linkAddressText(type: number, bytes: Bytes): string {
  const family = endpointFamilies[type];
  if (family !== undefined && bytes.length === (family === inet ? 4 : 16)) {
    return addressText(family, bytes);
  }
  return bytes
    .toArray()
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(':');
}
