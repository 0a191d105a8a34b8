/** Pure: the traces of a node as its page is told of them. */
import type { KeptTrace, ToPanel, TraceDifference } from '../../protocol/messages.ts';
import type { NodeSession } from '../../session/nodeSession.ts';
import { compareTraces, lastGoodBefore } from '../../trace/compare.ts';
import { TopologyIndex } from '../../trace/topologyIndex.ts';
import type { Trace } from '../../trace/trace.ts';

type Session = Pick<NodeSession, 'topology' | 'traces' | 'captureOf'>;

/** The trace to show, the last one where `wanted` is null or no longer kept; what can be done with it; and which others there are. */
export function tellTraces(
  session: Session | undefined,
  wanted: Trace['id'] | null,
): Extract<ToPanel, { type: 'trace' }> {
  const traces = session?.traces ?? [];
  const trace = traces.find(({ id }) => id === wanted) ?? traces.at(-1) ?? null;
  const good = trace && lastGoodBefore(traces, trace);
  const capture = trace && session?.captureOf(trace);
  return {
    type: 'trace',
    trace,
    kept: traces.map(toKept).reverse(),
    can: { compare: good !== null, saveCapture: Boolean(capture) },
    difference: session && trace && good ? differenceOf(session, good, trace) : null,
  };
}

function toKept({ id, startedAt, title, observedBy, verdict }: Trace): KeptTrace {
  const end = verdict.delivered ? 'delivered' : observedBy === 'none' ? 'predicted' : 'lost';
  return { id, startedAt, title, end };
}

/** Only of a trace that was lost: one that was delivered needs no comparison. */
function differenceOf({ topology }: Session, before: Trace, trace: Trace): TraceDifference | null {
  if (trace.verdict.delivered || !topology) {
    return null;
  }
  const { rows, first, summary } = compareTraces(new TopologyIndex(topology), before, trace);
  return { text: summary, links: rows[first ?? -1]?.links ?? [] };
}
