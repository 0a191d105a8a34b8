/** Pure: a trace as the rows of its strip, and as routes on the picture. */
import type { LinkId } from '../../src/topology/topology.ts';
import type { Trace, TraceEvent } from '../../src/trace/trace.ts';
import { selectionName, selectLink } from './selection.ts';
import { displayName, formatNs } from './text.ts';
import type { TopologyIndex } from './topologyIndex.ts';

export interface TraceRow {
  /** "+12.4 µs", "0 µs" for the first, "" for a hop that was not seen. */
  readonly since: string;
  readonly phase: TraceEvent['phase'] | 'not-seen';
  readonly text: string;
  readonly links: readonly LinkId[];
}

export interface Headline {
  readonly delivered: boolean;
  readonly text: string;
  readonly reason: string | null;
}

function nameOf(index: TopologyIndex, link: LinkId | null): string {
  return link === null ? '' : selectionName(index, selectLink(link)) || 'a link that is gone';
}

function lostWhere(trace: Trace, index: TopologyIndex): string {
  const { lostAfter, lostBefore, lostOn } = trace.verdict;
  const way = lostOn === 'reply' ? 'Reply lost' : 'Lost';
  if (lostAfter !== null && lostBefore !== null) {
    return `${way} between ${nameOf(index, lostAfter)} and ${nameOf(index, lostBefore)}`;
  }
  if (lostAfter !== null) {
    return `${way} after ${nameOf(index, lostAfter)}`;
  }
  return lostBefore === null ? 'Not delivered' : `${way} before ${nameOf(index, lostBefore)}`;
}

/** The verdict in one line: "Delivered in 0.12 ms", "Lost between veth1 of node and eth0 of db". */
export function headline(trace: Trace, index: TopologyIndex): Headline {
  const { delivered, rttMs, reason } = trace.verdict;
  if (!delivered) {
    return { delivered, text: lostWhere(trace, index), reason: reason === null ? null : displayName(reason) };
  }
  const time = rttMs === null ? '' : ` in ${rttMs.toFixed(rttMs < 100 ? 2 : 0)} ms`;
  const word = trace.verdict.outcome === 'refused' ? 'Reached, and refused' : 'Delivered';
  return { delivered, text: `${word}${time}`, reason: reason === null ? null : displayName(reason) };
}

/** Links that saw the probe itself. A bridge counts as seen between two of its ports that were. */
export function seenLinks(trace: Trace): ReadonlySet<LinkId> {
  return new Set([
    ...trace.sightings.filter((one) => !one.flooded).map((one) => one.link),
    ...trace.events.filter((one) => one.phase !== 'arp').flatMap((event) => event.links),
  ]);
}

function unseenRows(trace: Trace, index: TopologyIndex): TraceRow[] {
  if (trace.observedBy === 'none') {
    return [];
  }
  const seen = seenLinks(trace);
  return trace.path.hops
    .filter((hop) => hop.direction !== 'through' && !seen.has(hop.link))
    .map((hop) => ({
      since: '',
      phase: 'not-seen',
      text: `Predicted, not seen: ${nameOf(index, hop.link)}. ${displayName(hop.why)}`,
      links: [hop.link],
    }));
}

function predictedRows(trace: Trace): TraceRow[] {
  return trace.path.hops.map((hop) => ({
    since: '',
    phase: 'request',
    text: `Predicted: ${displayName(hop.why)}`,
    links: [hop.link],
  }));
}

/** The rows of a trace in order: what was seen, then what should have been. Only the prediction where nothing was watched. */
export function traceRows(trace: Trace, index: TopologyIndex): TraceRow[] {
  if (trace.observedBy === 'none') {
    return predictedRows(trace);
  }
  const events = trace.events.map((event): TraceRow => {
    const since = event.sincePreviousNs === null ? '0 µs' : `+${formatNs(event.sincePreviousNs)}`;
    return { since, phase: event.phase, text: displayName(event.text), links: event.links };
  });
  return [...events, ...unseenRows(trace, index)];
}

export interface TraceChains {
  /** Links up to the last that saw the probe, in order. */
  readonly seen: readonly LinkId[];
  /** From there to the first that did not: where it was lost. */
  readonly lost: readonly LinkId[];
  /** Where it should have gone on. */
  readonly unseen: readonly LinkId[];
}

/** Splits the predicted way at the place of the loss. */
export function traceChains(trace: Trace): TraceChains {
  const way = trace.path.hops.map((hop) => hop.link);
  const { delivered, lostAfter, lostOn, lostBefore } = trace.verdict;
  if (delivered || trace.observedBy === 'none') {
    return { seen: way, lost: [], unseen: [] };
  }
  if (lostOn === 'reply') {
    const back = [...way].reverse();
    const at = Math.max(0, back.indexOf(lostAfter ?? ''));
    return {
      seen: way,
      lost: lostBefore === null ? [] : back.slice(at, back.indexOf(lostBefore) + 1),
      unseen: [],
    };
  }
  const after = lostAfter === null ? -1 : way.lastIndexOf(lostAfter);
  const before = lostBefore === null ? after + 1 : way.indexOf(lostBefore, Math.max(0, after));
  const end = before < 0 ? after + 1 : before;
  return {
    seen: way.slice(0, after + 1),
    lost: after < 0 ? [] : way.slice(after, end + 1),
    unseen: way.slice(Math.max(0, end)),
  };
}
