/** Pure: how much a link has carried, and how fast, from the counters of one topology after the other. */
import type { Link, LinkId, LinkStatistics, Topology } from '../../src/topology/topology.ts';
import { formatBytes } from './text.ts';

/** The counters of a link at a moment of the page's clock, or of the node's: only differences count. */
export interface Sample {
  readonly atMs: number;
  readonly statistics: LinkStatistics;
}

interface Rates {
  /** Bytes per second. */
  readonly received: number;
  readonly sent: number;
}

/** Remembers the last two samples of each link. */
export class RateMeter {
  #links: ReadonlyMap<LinkId, Sample> = new Map();
  readonly #rates = new Map<LinkId, Rates>();

  /** Takes the counters of a topology in. Links whose counters went back were made anew: they have no rate yet. */
  take({ links, takenAt }: Pick<Topology, 'links' | 'takenAt'>): void {
    const atMs = Date.parse(takenAt);
    const samples = new Map<LinkId, Sample>();
    for (const { id, statistics } of links) {
      const before = this.#links.get(id);
      if (statistics === null) {
        this.#rates.delete(id);
      } else if (before?.statistics === statistics || (before !== undefined && atMs <= before.atMs)) {
        samples.set(id, before);
      } else {
        samples.set(id, { atMs, statistics });
        this.#setRate(id, before, { atMs, statistics });
      }
    }
    this.#links = samples;
  }

  #setRate(id: LinkId, before: Sample | undefined, now: Sample): void {
    const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
    const gained = (way: 'received' | 'sent'): number =>
      now.statistics[way].bytes - (before?.statistics[way].bytes ?? 0);
    const [received, sent] = [gained('received'), gained('sent')];
    if (before === undefined || seconds <= 0 || received < 0 || sent < 0) {
      this.#rates.delete(id);
    } else {
      this.#rates.set(id, { received: received / seconds, sent: sent / seconds });
    }
  }

  /** "↓ 68.4 kB (1.2 kB/s) ↑ 71.0 kB (0 B/s)", without the rates while there is one sample only; "" without counters. */
  words({ id, statistics }: Pick<Link, 'id' | 'statistics'>): string {
    if (statistics === null) {
      return '';
    }
    const rates = this.#rates.get(id);
    const way = (sign: string, bytes: number, rate: number | undefined): string =>
      `${sign} ${formatBytes(bytes)}${rate === undefined ? '' : ` (${formatBytes(Math.round(rate))}/s)`}`;
    return `${way('↓', statistics.received.bytes, rates?.received)}  ${way('↑', statistics.sent.bytes, rates?.sent)}`;
  }
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
