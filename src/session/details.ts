import type { Snapshot } from '../iproute/snapshot.ts';
import { readNamespaceDetails } from '../iproute/state.ts';
import type { Namespace, NamespaceId, Topology } from '../topology/topology.ts';
import type { Transport } from '../transport/transport.ts';
import { isCancelled, PatchbayError } from '../util/errors.ts';
import { inLanes } from '../util/lanes.ts';
import { withDetails } from './surroundings.ts';

/** A namespace whose details could not be read. */
export interface DetailsFailure {
  readonly namespace: NamespaceId;
  readonly error: unknown;
}

export interface DetailsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each namespace with how many are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Under way at a time: each takes a channel of a connection that has few (OpenSSH allows ten), and a core of the node. */
const lanes = 4;

/**
 * The snapshot with the details of namespaces, a few of them read at a time, and those that could not be read. Rejects with
 * `cancelled` or `connection-lost`, which end all of it.
 */
export async function readDetailsOf(
  transport: Transport,
  { snapshot, topology }: { readonly snapshot: Snapshot; readonly topology: Topology },
  ids: readonly NamespaceId[],
  { signal, onProgress }: DetailsOptions,
): Promise<{ readonly snapshot: Snapshot; readonly failed: DetailsFailure[] }> {
  const places = new Map(topology.namespaces.map((namespace) => [namespace.id, namespace]));
  const failed: DetailsFailure[] = [];
  let merged = snapshot;
  let done = 0;
  await inLanes(ids, lanes, async (id) => {
    try {
      const details = await readNamespaceDetails(transport, requirePlace(places.get(id)), signal);
      merged = withDetails(merged, id, details);
    } catch (error) {
      if (endsAll(error)) {
        throw error;
      }
      failed.push({ namespace: id, error });
    }
    onProgress?.(++done);
  });
  return { snapshot: merged, failed };
}

function requirePlace(place: Namespace | undefined): Namespace {
  if (!place) {
    throw new PatchbayError('not-found', 'The network namespace is gone.');
  }
  return place;
}

function endsAll(error: unknown): boolean {
  return isCancelled(error) || (error instanceof PatchbayError && error.code === 'connection-lost');
}
