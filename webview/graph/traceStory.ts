/** Pure: a trace in the words of its strip, and as routes on the picture. */
import type { TraceDifference } from '../../src/protocol/messages.ts';
import type { LinkId } from '../../src/topology/topology.ts';
import { tellTrace, type StoryStep } from '../../src/trace/tellTrace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { selectionName, selectLink } from './selection.ts';
import { displayName, formatNs } from './text.ts';
import type { TopologyIndex } from './topologyIndex.ts';

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

/** The steps of a trace, with names as the picture has them. */
export function storyOf(trace: Trace, index: TopologyIndex): StoryStep[] {
  return tellTrace(trace, (link) => nameOf(index, link)).map((step) => ({
    ...step,
    text: displayName(step.text),
  }));
}

const roleWords: Readonly<Record<StoryStep['role'], string>> = {
  question: 'question',
  answer: 'answer',
  request: 'request',
  reply: 'reply',
  error: 'error',
};

const kindWords: Readonly<Partial<Record<StoryStep['kind'], string>>> = {
  unseen: 'not seen',
  lost: 'lost',
  predicted: 'predicted',
  stopped: 'stops here',
};

/** What a step is in a word or two: "request", "not seen", "lost". */
export function stepWord({ kind, role }: StoryStep): string {
  return kindWords[kind] ?? roleWords[role];
}

/** "0 µs" for the first, "+12.4 µs" since the step before; "" for what was not seen itself. */
export function sinceInWords({ atNs, sinceNs }: StoryStep): string {
  if (atNs === null) {
    return '';
  }
  return sinceNs === null ? '0 µs' : `+${formatNs(sinceNs)}`;
}

/** "12.4 µs after the step before, 24.8 µs after the first"; null for what was not seen itself. */
export function timeInWords({ atNs, sinceNs }: StoryStep): string | null {
  if (atNs === null || sinceNs === null) {
    return atNs === null ? null : 'The first that was seen';
  }
  return `${formatNs(sinceNs)} after the step before, ${formatNs(atNs)} after the first`;
}

/** The step at which a trace first differs from another; -1 where there is none. */
export function differingStep(steps: readonly StoryStep[], { links }: TraceDifference): number {
  const isProbe = ({ role }: StoryStep): boolean => role === 'request' || role === 'reply';
  const at = steps.findIndex((step) => isProbe(step) && step.links.some((link) => links.includes(link)));
  return at >= 0 ? at : steps.findIndex(({ kind }) => kind === 'lost' || kind === 'stopped');
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
