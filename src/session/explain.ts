import { rankCauses } from '../diagnose/causes.ts';
import { findFindings } from '../diagnose/findFindings.ts';
import type { NamespaceId, Topology } from '../topology/topology.ts';
import type { Trace } from '../trace/trace.ts';
import { plain } from '../trace/words.ts';
import type { DetailsFailure, DetailsOptions } from './details.ts';

/** What is asked of a session. */
export interface DetailsSource {
  readonly topology: Topology | null;
  readDetailsOf(ids: readonly NamespaceId[], options: DetailsOptions): Promise<DetailsFailure[]>;
}

/**
 * The same trace with its causes. Of a probe that was lost it first reads what is read on demand of the namespaces on
 * its way: nothing of that moves by itself, so it is as good after the probe, and a probe that comes through need not wait.
 * Rejects with `cancelled` or `connection-lost`.
 */
export async function explain(
  source: DetailsSource,
  trace: Trace,
  signal: AbortSignal | undefined,
): Promise<Trace> {
  const isLost = trace.verdict.outcome !== 'answered';
  const notes = isLost ? await readOnWay(source, trace, signal) : [];
  const { topology } = source;
  return topology === null
    ? trace
    : {
        ...trace,
        causes: rankCauses(topology, trace, findFindings(topology).findings),
        notes: [...trace.notes, ...notes],
      };
}

/** Returns what could not be read, and so was not ruled out. */
async function readOnWay(
  source: DetailsSource,
  { path }: Trace,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const ids = new Set([
    path.from.namespace,
    ...path.hops.map(({ namespace }) => namespace),
    path.to.namespace,
  ]);
  const onWay = (source.topology?.namespaces ?? []).filter(({ id }) => ids.has(id));
  const failed = await source.readDetailsOf(
    onWay.map(({ id }) => id),
    { signal },
  );
  return failed.map(({ namespace }) => {
    const name = onWay.find(({ id }) => id === namespace)?.name ?? namespace;
    return `Filters and switches of ${plain(name)} could not be read, so they are not ruled out.`;
  });
}
