/** Pure: link counters in place of captures, where no capture tool is to be had. */
import * as v from 'valibot';
import { parseRecords } from '../iproute/records.ts';
import type { LinkId, NamespaceId } from '../topology/topology.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { Path, Sighting } from './trace.ts';

/** Packets through one link since it exists. */
export interface LinkCounter {
  readonly received: number;
  readonly sent: number;
}

export type LinkCounters = ReadonlyMap<LinkId, LinkCounter>;

/** The argv that reads the counters of a namespace's links, to be run inside it. */
export const countersArgv: readonly string[] = ['ip', '-s', '-j', 'link', 'show'];

const direction = v.optional(v.looseObject({ packets: v.optional(v.number()) }));
const statistics = v.optional(v.looseObject({ rx: direction, tx: direction }));

/** iproute2 ≥ 4.15 calls them `stats64`; `stats` holds the 32-bit ones. */
const counterSchema = v.looseObject({ ifindex: v.number(), stats64: statistics, stats: statistics });

/** Reads `ip -s -j link show`. Throws SyntaxError where it is not JSON. */
export function parseCounters(namespace: NamespaceId, json: string): LinkCounters {
  const { records } = parseRecords(counterSchema, json);
  return new Map(
    records.map(({ ifindex, stats64, stats }) => {
      const { rx, tx } = stats64 ?? stats ?? {};
      return [`${namespace}:${ifindex}`, { received: rx?.packets ?? 0, sent: tx?.packets ?? 0 }];
    }),
  );
}

/** What went through each link between two readings; links that are not in both are left out. */
export function countersBetween(before: LinkCounters, after: LinkCounters): LinkCounters {
  const differences = [...after].flatMap(([link, { received, sent }]) => {
    const first = before.get(link);
    return first ? [[link, { received: received - first.received, sent: sent - first.sent }] as const] : [];
  });
  return new Map(differences);
}

/** Counters know neither time nor kind: each link on the way whose counter grew was crossed. */
export function sightingsByCounters(index: TopologyIndex, path: Path, counters: LinkCounters): Sighting[] {
  const links = [...new Set(path.hops.map(({ link }) => link))];
  return links.flatMap((link) => {
    const { sent = 0, received = 0 } = counters.get(link) ?? {};
    const directions = [...(sent > 0 ? (['out'] as const) : []), ...(received > 0 ? (['in'] as const) : [])];
    const namespace = index.link(link)?.namespace ?? '';
    const rest = {
      protocol: 'other',
      atNs: 0,
      sequence: null,
      source: null,
      destination: null,
      flooded: false,
      repeat: null,
    } as const;
    return directions.map((direction) => ({ link, namespace, direction, ...rest }));
  });
}
