/**
 * Schemas of what `ip -j` and `bridge -j` print. Tolerant on purpose: iproute2 releases add, rename and drop
 * fields, so only what Patchbay reads is named, everything else is kept as it came (`looseObject`).
 */
import * as v from 'valibot';

const text = v.optional(v.string());
const number = v.optional(v.number());

/** One entry of `addr_info` (iproute2: ip/ipaddress.c, print_addrinfo). */
const addressSchema = v.looseObject({
  family: text,
  local: text,
  prefixlen: number,
  scope: text,
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

/** A process that holds a namespace other than the node's own. */
export const processSchema = v.object({
  pid: v.number(),
  name: v.string(),
  containerId: v.nullable(v.string()),
});
export type ProcessRecord = v.InferOutput<typeof processSchema>;

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
  const value: unknown = json.trim() === '' ? [] : JSON.parse(json);
  const items = Array.isArray(value) ? value.filter(isNotEmptyObject) : [value];
  const results = items.map((item) => v.safeParse(schema, item));
  const records = results.flatMap((result) => (result.success ? [result.output] : []));
  return { records, rejected: results.length - records.length };
}

/** iproute2 prints `{}` for every record that a filter left out (`ip -j link show type veth`). */
function isNotEmptyObject(item: unknown): boolean {
  return typeof item !== 'object' || item === null || Object.keys(item).length > 0;
}
