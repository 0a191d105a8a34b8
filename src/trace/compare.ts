/** Pure: two traces between the same ends, and where they first differ. */
import type { LinkId } from '../topology/topology.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { Hop, Trace, TraceEvent } from './trace.ts';
import { linkName, plain } from './words.ts';

/** One place at which two traces are held against each other; null for a side that has nothing there. */
export interface ComparedRow {
  readonly before: string | null;
  readonly after: string | null;
  readonly links: readonly LinkId[];
  readonly same: boolean;
}

export interface TraceComparison {
  /** The ways as foretold, then what was seen, each in order. */
  readonly rows: readonly ComparedRow[];
  /** The row of the first difference; null where they are alike. */
  readonly first: number | null;
  /** One or two plain sentences. */
  readonly summary: string;
}

/** The newest trace before this one that was delivered between the same ends with the same kind of probe; null without one. */
export function lastGoodBefore(traces: readonly Trace[], trace: Trace): Trace | null {
  const at = traces.findIndex(({ id }) => id === trace.id);
  const earlier = at < 0 ? traces : traces.slice(0, at);
  return earlier.findLast((one) => one.verdict.delivered && hasSameEnds(one, trace)) ?? null;
}

function hasSameEnds(a: Trace, b: Trace): boolean {
  const portOf = ({ probe }: Trace): number | null => ('port' in probe ? probe.port : null);
  return (
    a.path.from.namespace === b.path.from.namespace &&
    a.path.to.address === b.path.to.address &&
    a.probe.kind === b.probe.kind &&
    portOf(a) === portOf(b)
  );
}

/**
 * Compares what was foretold and what was seen, step by step. Questions for hardware addresses are left out: whether one is
 * needed depends on what was asked before. Times and what changes from probe to probe are no difference.
 */
export function compareTraces(index: TopologyIndex, before: Trace, after: Trace): TraceComparison {
  const rows = [
    ...align(hopSteps(index, before), hopSteps(index, after)),
    ...align(eventSteps(before), eventSteps(after)),
    ...verdictRow(before, after),
  ];
  const first = rows.findIndex(({ same }) => !same);
  return { rows, first: first < 0 ? null : first, summary: summarise(rows[first]) };
}

interface StepText {
  readonly key: string;
  readonly text: string;
  readonly links: readonly LinkId[];
}

function hopSteps(index: TopologyIndex, { path }: Trace): StepText[] {
  const steps = path.hops.map((hop: Hop) => {
    return {
      key: `${hop.direction} ${hop.link}`,
      text: `${hop.direction} ${linkName(index, hop.link)}: ${hop.why}`,
      links: [hop.link],
    };
  });
  const end = path.stopped ?? (path.leavesNode ? 'It leaves the node.' : null);
  return end === null ? steps : [...steps, { key: `end ${end}`, text: end, links: [] }];
}

function eventSteps({ events }: Trace): StepText[] {
  return events
    .filter(({ phase }) => phase !== 'arp')
    .map(({ phase, links, text }: TraceEvent) => ({ key: `${phase} ${links[0] ?? ''}`, text, links }));
}

/** Both in order, as far as they go together; from the first difference on each side stands alone. */
function align(before: readonly StepText[], after: readonly StepText[]): ComparedRow[] {
  const length = Math.max(before.length, after.length);
  return Array.from({ length }, (_, i) => {
    const [a, b] = [before[i], after[i]];
    return {
      before: a?.text ?? null,
      after: b?.text ?? null,
      links: (b ?? a)?.links ?? [],
      same: a !== undefined && a.key === b?.key,
    };
  });
}

function verdictRow(before: Trace, after: Trace): ComparedRow[] {
  const words = ({ verdict }: Trace): string =>
    `${verdict.outcome}${verdict.reason === null ? '' : `: ${verdict.reason}`}`;
  return [
    {
      before: words(before),
      after: words(after),
      links: [after.verdict.lostAfter, after.verdict.lostBefore].filter((id) => id !== null),
      same: before.verdict.outcome === after.verdict.outcome,
    },
  ];
}

function summarise(row: ComparedRow | undefined): string {
  if (row === undefined) {
    return 'Both took the same way and ended alike.';
  }
  const quoted = (text: string): string => `“${plain(text).replace(/\.$/, '')}”`;
  const then = row.before === null ? 'it was over' : quoted(row.before);
  const now = row.after === null ? 'nothing more was seen' : quoted(row.after);
  return `They first differ here: before, ${then}; now, ${now}.`;
}
