import { rankCauses } from '../diagnose/causes.ts';
import { findFindings } from '../diagnose/findFindings.ts';
import type { NamespaceId, Topology } from '../topology/topology.ts';
import type { PathRequest } from '../trace/predict.ts';
import { TopologyIndex } from '../trace/topologyIndex.ts';
import type { Trace } from '../trace/trace.ts';
import { namespacesOn } from '../trace/ways.ts';
import { plain } from '../trace/words.ts';
import type { DetailsFailure, DetailsOptions } from './details.ts';

/** What is asked of a session. */
export interface DetailsSource {
  readonly topology: Topology | null;
  readDetailsOf(ids: readonly NamespaceId[], options: DetailsOptions): Promise<DetailsFailure[]>;
}

/** What was read of the namespaces on a way, and what could not be, and so is not ruled out. */
export interface WayDetails {
  readonly topology: Topology | null;
  readonly notes: readonly string[];
}

/**
 * Reads what is read on demand of the namespaces on a probe's way and its answer's: no event tells of changes to it.
 * Rejects with `not-found` or `bad-input` (the ends), `cancelled`, or `connection-lost`.
 */
export async function readOnWay(
  source: DetailsSource,
  request: PathRequest,
  signal: AbortSignal | undefined,
): Promise<WayDetails> {
  const { topology } = source;
  if (topology === null) {
    return { topology, notes: [] };
  }
  const index = new TopologyIndex(topology);
  const failed = await source.readDetailsOf(namespacesOn(index, request), { signal });
  const notes = failed.map(({ namespace }) => {
    const name = index.namespace(namespace)?.name ?? namespace;
    return `Filters and switches of ${plain(name)} could not be read, so they are not ruled out.`;
  });
  return { topology: source.topology, notes };
}

/** The same trace with what explains that it was lost, or is foretold to be. */
export function explain(trace: Trace, { topology, notes }: WayDetails): Trace {
  if (topology === null || isForetoldToArrive(trace)) {
    return trace;
  }
  const isLost = trace.verdict.outcome !== 'answered';
  return {
    ...trace,
    causes: rankCauses(topology, trace, findFindings(topology).findings),
    notes: isLost ? [...trace.notes, ...notes] : trace.notes,
  };
}

function isForetoldToArrive({ observedBy, verdict, path, wayBack }: Trace): boolean {
  const isEnded = path.stopped !== null || (wayBack?.stopped ?? null) !== null;
  return observedBy === 'none' && verdict.outcome === 'unsent' && !isEnded;
}
