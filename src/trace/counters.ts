/** Pure: link counters in place of captures, where no capture tool is to be had. */
import * as v from 'valibot';
import { parseRecords } from '../iproute/records.ts';
import type { LinkId, NamespaceId } from '../topology/topology.ts';

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
