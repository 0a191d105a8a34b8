/**
 * Schemas of what `ip -j` and `bridge -j` print. Tolerant on purpose: iproute2 releases add, rename and drop
 * fields, so only what Patchbay reads is named, everything else is kept as it came (`looseObject`).
 */
import * as v from 'valibot';
import { doWhole, type Sliced } from '../util/sliced.ts';

const text = v.optional(v.string());
const number = v.optional(v.number());

/** One entry of `addr_info` (iproute2: ip/ipaddress.c, print_addrinfo). */
const addressSchema = v.looseObject({
  family: text,
  local: text,
  prefixlen: number,
  scope: text,
  /** The other side of a point-to-point address. */
  address: text,
  broadcast: text,
  label: text,
});

/** One link of `ip -j -d -s addr show` (iproute2: ip/ipaddress.c, print_linkinfo). */
export const linkSchema = v.looseObject({
  ifindex: v.number(),
  ifname: v.string(),
  flags: v.fallback(v.array(v.string()), []),
  mtu: v.fallback(v.number(), 0),
  operstate: v.fallback(v.string(), 'UNKNOWN'),
  link_type: text,
  address: text,
  /** Name of the lower or peer link in the same namespace. */
  link: v.optional(v.nullable(v.string())),
  /** ifindex of the lower or peer link in the namespace `link_netnsid`. */
  link_index: number,
  link_netnsid: number,
  master: text,
  ifalias: text,
  linkinfo: v.optional(
    v.looseObject({
      info_kind: text,
      info_data: v.optional(v.unknown()),
      info_slave_kind: text,
      info_slave_data: v.optional(v.looseObject({ state: text })),
    }),
  ),
  addr_info: v.fallback(v.array(addressSchema), []),
});
export type LinkRecord = v.InferOutput<typeof linkSchema>;

/** One route of `ip -j -d route show table all` (iproute2: ip/iproute.c, print_route). */
export const routeSchema = v.looseObject({
  type: text,
  dst: v.string(),
  gateway: text,
  via: v.optional(v.looseObject({ host: text })),
  dev: text,
  table: text,
  protocol: text,
  scope: text,
  prefsrc: text,
  metric: number,
});
export type RouteRecord = v.InferOutput<typeof routeSchema>;

/** One rule of `ip -j rule show` (iproute2: ip/iprule.c, print_rule). */
export const ruleSchema = v.looseObject({
  priority: v.number(),
  src: text,
  srclen: number,
  table: text,
});
export type RuleRecord = v.InferOutput<typeof ruleSchema>;

/** One neighbour of `ip -j neigh show` (iproute2: ip/ipneigh.c, print_neigh). */
export const neighbourSchema = v.looseObject({
  dst: v.string(),
  dev: text,
  lladdr: text,
  state: v.fallback(v.array(v.string()), []),
});
export type NeighbourRecord = v.InferOutput<typeof neighbourSchema>;

/** One entry of `bridge -j -d fdb show` (iproute2: bridge/fdb.c, print_fdb). */
export const fdbSchema = v.looseObject({
  mac: v.string(),
  ifname: text,
  master: text,
  vlan: number,
  state: v.fallback(v.string(), ''),
  flags: v.fallback(v.array(v.string()), []),
});
export type FdbRecord = v.InferOutput<typeof fdbSchema>;

/** An id that a namespace has for another (nsids.ts). */
export const nsidSchema = v.looseObject({
  nsid: v.number(),
  name: text,
  /** The namespace it names, where that is known for certain (nsids.ts). */
  id: text,
});
export type NsidRecord = v.InferOutput<typeof nsidSchema>;

/** What a namespace does with packets of one family at one link, or at "all" (iproute2: ip/ipnetconf.c, print_netconf2). */
export const netconfSchema = v.looseObject({
  family: v.string(),
  interface: v.string(),
  forwarding: v.optional(v.boolean()),
  /** "off", "strict" or "loose"; IPv4 only. */
  rp_filter: text,
  /** proxy_arp of IPv4, proxy_ndp of IPv6. */
  proxy_neigh: v.optional(v.boolean()),
});
export type NetconfRecord = v.InferOutput<typeof netconfSchema>;

/** The VLANs of one bridge port, as `bridge -j vlan show` prints them (iproute2: bridge/vlan.c, print_vlan). */
export const portVlansSchema = v.looseObject({
  ifname: v.string(),
  vlans: v.fallback(
    v.array(
      v.looseObject({
        vlan: v.number(),
        /** The last of a range. */
        vlanEnd: number,
        flags: v.fallback(v.array(v.string()), []),
      }),
    ),
    [],
  ),
});
export type PortVlansRecord = v.InferOutput<typeof portVlansSchema>;

/** A process that holds a namespace other than the node's own, or that of a container in the node's own. */
export const processSchema = v.looseObject({
  pid: v.number(),
  name: v.string(),
  containerId: v.nullable(v.string()),
});
export type ProcessRecord = v.InferOutput<typeof processSchema>;

/** A socket that waits for peers: TCP listening, UDP bound and not connected. */
export const socketSchema = v.object({
  protocol: v.picklist(['tcp', 'udp']),
  family: v.picklist([4, 6]),
  address: v.string(),
  port: v.number(),
  /** Who has it open; empty where that is not known, or where the kernel itself has it. */
  processes: v.array(v.object({ pid: v.number(), name: v.string() })),
});
export type SocketRecord = v.InferOutput<typeof socketSchema>;

/** The switches under /proc/sys/net that decide what becomes of a packet. */
export const sysctlsSchema = v.object({
  /** "ipv4.ip_forward", "ipv4.conf.all.rp_filter", "bridge.bridge-nf-call-iptables" … */
  values: v.record(v.string(), v.number()),
  /** Those of single links that are not 0, such as "ipv4.rp_filter". */
  links: v.array(v.object({ link: v.string(), name: v.string(), value: v.number() })),
});
export type SysctlsRecord = v.InferOutput<typeof sysctlsSchema>;

/** A rule set of netfilter as its own tool prints it, with counters. */
export const rulesetSchema = v.object({
  tool: v.picklist(['nft', 'iptables', 'ip6tables']),
  text: v.string(),
  /** True where it was too long to be read whole. */
  cut: v.boolean(),
});
export type RulesetRecord = v.InferOutput<typeof rulesetSchema>;

/** A link of wireguard as `wg show` tells of it: never with a key that is secret. */
export const wireguardSchema = v.object({
  ifname: v.string(),
  listenPort: v.nullable(v.number()),
  peers: v.array(
    v.object({
      /** The peer's public key. */
      key: v.string(),
      endpoint: v.nullable(v.object({ address: v.string(), port: v.number() })),
      /** Prefixes: what may come from the peer, and goes to it. */
      allowed: v.array(v.string()),
      /** Seconds since 1970; null for never. */
      handshakeAt: v.nullable(v.number()),
    }),
  ),
});
export type WireguardRecord = v.InferOutput<typeof wireguardSchema>;

/** A port of an Open vSwitch bridge, as its database tells of it. */
export const ovsPortSchema = v.object({
  bridge: v.string(),
  port: v.string(),
  /** Also of ports that have no link in the kernel: tunnels and patches. */
  ifname: v.string(),
  /** "internal", "vxlan", "patch" …; "" for a link of the kernel. */
  kind: v.string(),
  tag: v.nullable(v.number()),
  trunks: v.array(v.number()),
  remote: v.nullable(v.string()),
  key: v.nullable(v.string()),
  /** The other end of a patch. */
  peer: v.nullable(v.string()),
});
export type OvsPortRecord = v.InferOutput<typeof ovsPortSchema>;

/** A team as its daemon tells of it. */
export const teamSchema = v.object({
  ifname: v.string(),
  /** "activebackup", "lacp", "roundrobin" … */
  runner: v.string(),
  activePort: v.nullable(v.string()),
});
export type TeamRecord = v.InferOutput<typeof teamSchema>;

/** A container as its runtime knows it. */
export const containerSchema = v.object({
  /** 64 hexadecimal digits. */
  id: v.string(),
  runtime: v.string(),
  name: v.string(),
  image: v.nullable(v.string()),
  /** The container that only holds the pod's namespaces (pause, infra, sandbox). */
  infra: v.boolean(),
  pod: v.nullable(v.object({ name: v.string(), namespace: v.nullable(v.string()) })),
});
export type ContainerRecord = v.InferOutput<typeof containerSchema>;

/** What one JSON text held: records that fit, and how many did not. */
export interface Parsed<T> {
  readonly records: readonly T[];
  readonly rejected: number;
}

/**
 * Reads one JSON array of records. Records that do not fit the schema are counted, not fatal.
 * Throws SyntaxError when the text is not JSON (some iproute2 releases print invalid JSON for some tunnels).
 */
export function parseRecords<T>(schema: v.GenericSchema<unknown, T>, json: string): Parsed<T> {
  return doWhole(parseRecordsSliced(schema, json));
}

/** As `parseRecords`, to be interrupted between records. */
export function* parseRecordsSliced<T>(schema: v.GenericSchema<unknown, T>, json: string): Sliced<Parsed<T>> {
  const records: T[] = [];
  let rejected = 0;
  for (const part of yield* partsOf(json)) {
    const value: unknown = part.trim() === '' ? [] : JSON.parse(part);
    yield;
    for (const item of Array.isArray(value) ? value.filter(isNotEmptyObject) : [value]) {
      const result = v.safeParse(schema, item);
      if (result.success) {
        records.push(result.output);
      } else {
        rejected++;
      }
      yield;
    }
  }
  return { records, rejected };
}

/** JSON.parse cannot be interrupted: a text longer than this, in characters, is parsed in parts of about this length. */
const partLength = 32 * 1024;
/** How many characters are searched in one go. */
const searchLength = 8 * 1024;

/** An array of many records as several arrays; any other text, also one that is broken, as it is. */
function* partsOf(json: string): Sliced<string[]> {
  const text = json.trim();
  if (text.length <= partLength || !text.startsWith('[') || !text.endsWith(']')) {
    return [text];
  }
  const parts: string[] = [];
  let start = 1;
  while (start < text.length) {
    const end = yield* endOfRecord(text, start);
    if (end === null) {
      return [text];
    }
    parts.push(`[${text.slice(start, end)}]`);
    start = end + 1;
  }
  return parts;
}

/**
 * Where the array's records from `start` end that together have the length of a part: at the comma after them, or at the
 * array's end. Null where the text is not an array of objects alone.
 */
function* endOfRecord(text: string, start: number): Sliced<number | null> {
  let depth = 0;
  let rest = start + searchLength;
  for (let at = start; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth++;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        if (depth === 0) {
          return at === text.length - 1 ? at : null;
        }
        depth--;
        break;
      case 0x2c: // ,
        if (depth === 0 && at - start >= partLength) {
          return at;
        }
        break;
    }
    if (at >= rest) {
      yield;
      rest = at + searchLength;
    }
  }
  return null;
}

/** The place of the quote that ends a string which begins at `start`; the text's end where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === 0x5c) {
      backslashes++;
    }
    if (backslashes % 2 === 0) {
      return at;
    }
  }
  return text.length;
}

/** iproute2 prints `{}` for every record that a filter left out (`ip -j link show type veth`). */
function isNotEmptyObject(item: unknown): boolean {
  return typeof item !== 'object' || item === null || Object.keys(item).length > 0;
}
