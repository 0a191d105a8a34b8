import { collectSnapshot, type CollectOptions } from '../iproute/collect.ts';
import { readNsids } from '../iproute/nsids.ts';
import { withOverlays } from '../iproute/overlays.ts';
import type { Snapshot } from '../iproute/snapshot.ts';
import { openQuestions, pairVethsSliced, type Pairing } from '../topology/pairing.ts';
import type { Transport } from '../transport/transport.ts';
import { breathe, doSliced } from '../util/slicer.ts';
import { Surroundings, type AddBeside, type ReadOptions } from './surroundings.ts';

export interface NodeReading {
  readonly snapshot: Snapshot;
  readonly pairing: Pairing;
}

export interface ChangesReading extends NodeReading {
  /** What is still being read beside the wiring; null where nothing is. */
  readonly beside: Promise<AddBeside> | null;
}

/**
 * Reads a node: its wiring by the collector, what is beside it (state, names of containers) at the same time, and where the
 * wiring has links that only other programs know more of, what these tell. Rejects as `collectSnapshot` does.
 */
export async function readNode(transport: Transport, options: ReadOptions = {}): Promise<NodeReading> {
  const surroundings = new Surroundings(transport, options);
  try {
    const { snapshot, pairing } = await readWiring(transport, {
      ...options,
      onContainers: surroundings.begin,
    });
    const whole = await surroundings.addTo(snapshot);
    await breathe();
    return { snapshot: await withOverlays(transport, whole, options.signal), pairing };
  } finally {
    surroundings.cancel();
  }
}

/** As {@link readNode}, but what is beside the wiring may follow: somebody waits to see that a link went down. */
export async function readChanges(transport: Transport, options: ReadOptions): Promise<ChangesReading> {
  const surroundings = new Surroundings(transport, options);
  try {
    const { snapshot, pairing } = await readWiring(transport, {
      ...options,
      onContainers: surroundings.begin,
    });
    const whole = await surroundings.keepIn(snapshot);
    await breathe();
    return {
      snapshot: await withOverlays(transport, whole, options.signal),
      pairing,
      beside: surroundings.rest(),
    };
  } catch (error) {
    surroundings.cancel();
    throw error;
  }
}

/**
 * Reads the wiring, and asks it once more where the first answer leaves open which links belong together (cables
 * straight from namespace to namespace with equal indexes).
 */
async function readWiring(transport: Transport, options: CollectOptions): Promise<NodeReading> {
  const snapshot = await collectSnapshot(transport, options);
  const pairing = await doSliced(pairVethsSliced(snapshot.namespaces));
  const { asked, about } = openQuestions(snapshot.namespaces, pairing);
  if (asked.length === 0 || transport.privilege.way === 'none') {
    return { snapshot, pairing };
  }
  const answers = await readNsids(transport, asked, about);
  const namespaces = snapshot.namespaces.map((namespace) => {
    const nsids = answers.get(namespace.id);
    return nsids === undefined ? namespace : { ...namespace, nsids };
  });
  return { snapshot: { ...snapshot, namespaces }, pairing: await doSliced(pairVethsSliced(namespaces)) };
}
