import { collectSnapshot, type CollectOptions } from '../iproute/collect.ts';
import { readNsids } from '../iproute/nsids.ts';
import type { Snapshot } from '../iproute/snapshot.ts';
import { openQuestions, pairVethsSliced, type Pairing } from '../topology/pairing.ts';
import type { Transport } from '../transport/transport.ts';
import { doSliced } from '../util/slicer.ts';

export interface NodeReading {
  readonly snapshot: Snapshot;
  readonly pairing: Pairing;
}

/**
 * Reads a node, and asks it once more where the first answer leaves open which links belong together (cables
 * straight from namespace to namespace with equal indexes). Rejects as `collectSnapshot` does.
 */
export async function readNode(transport: Transport, options: CollectOptions = {}): Promise<NodeReading> {
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
