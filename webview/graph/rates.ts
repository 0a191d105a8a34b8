/** Pure: how much a link has carried, and how fast, from its counters at one moment after the other. */
import type { Counters, LinkId, LinkStatistics } from '../../src/topology/topology.ts';
import { formatBytes, plural } from './text.ts';
import { vethPeer, type TopologyIndex } from './topologyIndex.ts';

/** The counters of a link at a moment of the page's clock, or of the node's: only differences count. */
export interface Sample {
  readonly atMs: number;
  readonly statistics: LinkStatistics;
}

/** What goes through one way of a link each second. */
export interface Rate {
  readonly bytes: number;
  readonly packets: number;
}

/** The counters of one link at a moment, and how fast they grow. */
export interface Traffic {
  readonly statistics: LinkStatistics;
  /** Null while there is one sample only, and after counters went back. */
  readonly rates: { readonly received: Rate; readonly sent: Rate } | null;
}

/** The traffic of a link from two samples of its counters. */
export function trafficBetween(before: Sample | null, now: Sample): Traffic {
  const seconds = before === null ? 0 : (now.atMs - before.atMs) / 1000;
  const rateOf = (way: 'received' | 'sent'): Rate => {
    const [first, last] = [before?.statistics[way], now.statistics[way]];
    return {
      bytes: (last.bytes - (first?.bytes ?? 0)) / seconds,
      packets: (last.packets - (first?.packets ?? 0)) / seconds,
    };
  };
  const rates = seconds > 0 ? { received: rateOf('received'), sent: rateOf('sent') } : null;
  const wentBack =
    rates !== null && [rates.received, rates.sent].some(({ bytes, packets }) => bytes < 0 || packets < 0);
  return { statistics: now.statistics, rates: wentBack ? null : rates };
}

/** Where a link's counters are read. */
export interface Meter {
  readonly link: LinkId;
  /** It is the other end of the cable: what that sends, the link receives. */
  readonly mirrored: boolean;
}

/**
 * The link to read in place of another: of a cable to the node the node's end, since those of all pods are read at once. A
 * veth end counts what the other sends as received (drivers/net/veth.c, veth_get_stats64); drops and errors are those that
 * the end that is read has seen.
 */
export function meterOf(index: TopologyIndex, link: LinkId): Meter {
  const peer = vethPeer(index, link);
  const isFar = peer !== undefined && peer.namespace === index.root?.id;
  return isFar && index.links.get(link)?.namespace !== peer.namespace
    ? { link: peer.id, mirrored: true }
    : { link, mirrored: false };
}

/** The same traffic as the other end of the cable sees it. */
export function mirror({ statistics, rates }: Traffic): Traffic {
  return {
    statistics: { received: statistics.sent, sent: statistics.received },
    rates: rates && { received: rates.sent, sent: rates.received },
  };
}

/** Packets per second: "0 pps", "0.5 pps", "12 pps", "3.4k pps". */
function formatPacketRate(packets: number): string {
  const digits = packets > 0 && packets < 10 ? 1 : 0;
  return packets < 10_000 ? `${packets.toFixed(digits)} pps` : `${(packets / 1000).toFixed(1)}k pps`;
}

/** A line in pieces, of which the last are left out where there is no room. */
export type Pieces = readonly string[];

function wayInWords(sign: string, { bytes, errors, dropped }: Counters, rate: Rate | undefined): Pieces {
  return [
    `${sign} ${formatBytes(bytes)}`,
    ...(rate === undefined ? [] : [`${formatBytes(Math.round(rate.bytes))}/s`]),
    ...(dropped === 0 ? [] : [`${dropped} dropped`]),
    ...(errors === 0 ? [] : [plural(errors, 'error')]),
    ...(rate === undefined ? [] : [formatPacketRate(rate.packets)]),
  ];
}

/** "↓ 68.4 kB", "1.2 kB/s", "3 dropped", "12 pps" of what was received, and the same of what was sent. */
export function trafficLines({ statistics, rates }: Traffic): readonly [Pieces, Pieces] {
  return [
    wayInWords('↓', statistics.received, rates?.received),
    wayInWords('↑', statistics.sent, rates?.sent),
  ];
}
