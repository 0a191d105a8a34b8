import { findFindingsSliced } from '../diagnose/findFindings.ts';
import type { Diagnosis } from '../topology/finding.ts';
import type { Topology } from '../topology/topology.ts';
import { isEqual } from '../util/collections.ts';
import { PatchbayError } from '../util/errors.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';
import { Emitter } from '../util/event.ts';
import { doSliced } from '../util/slicer.ts';
import type { DetailsOptions } from './details.ts';
import type { NodeSession } from './nodeSession.ts';

/** What is kept of one session. */
interface Followed {
  diagnosis: Diagnosis | null;
  /** The topology that it is of, or that is being looked at. */
  topology: Topology | null;
}

/**
 * What is wrong with each node, found anew after each change of it, in slices. Nothing is computed for a session that
 * nobody asked about.
 */
export class Diagnoses implements Disposable {
  readonly #followed = new WeakMap<NodeSession, Followed>();
  readonly #owned = new DisposableStore();
  readonly #emitter = this.#owned.add(new Emitter<NodeSession>());
  /** There are new findings, or some are gone. */
  readonly onDidChange = this.#emitter.event;

  /** What was found last; null where nothing was yet. From then on the session is followed. */
  of(session: NodeSession): Diagnosis | null {
    return this.#follow(session).diagnosis;
  }

  #follow(session: NodeSession): Followed {
    const known = this.#followed.get(session);
    if (known) {
      return known;
    }
    const followed: Followed = { diagnosis: null, topology: null };
    this.#followed.set(session, followed);
    this.#owned.add(session.onDidChangeTopology(() => void this.#find(session, followed)));
    void this.#find(session, followed);
    return followed;
  }

  /** Half a node has faults that the whole has not: its cables end nowhere. */
  async #find(session: NodeSession, followed: Followed): Promise<void> {
    const { topology, complete } = session;
    if (topology === null || !complete || topology === followed.topology) {
      return;
    }
    followed.topology = topology;
    const diagnosis = await diagnoseTopology(topology);
    const isLatest = followed.topology === topology && !this.#owned.disposed;
    if (isLatest && !isEqual(followed.diagnosis && toldOf(followed.diagnosis), toldOf(diagnosis))) {
      followed.diagnosis = diagnosis;
      this.#emitter.fire(session);
    }
  }

  dispose(): void {
    this.#owned.dispose();
  }
}

/** A diagnosis in words: its records, which are many times as much, may have counted on. */
function toldOf({ findings, unchecked }: Diagnosis): unknown {
  const words = findings.map((finding) => ({
    ...finding,
    evidence: finding.evidence.map(({ text }) => text),
  }));
  return { findings: words, unchecked };
}

/** What is wrong with a topology, as far as it was read; found in slices. */
export function diagnoseTopology(topology: Topology): Promise<Diagnosis> {
  return doSliced(findFindingsSliced(topology));
}

/**
 * Reads the details of every namespace, and says what is wrong with the node. A recording is taken as it is. Rejects with
 * `cancelled` or `connection-lost`.
 */
export async function diagnoseNode(session: NodeSession, options: DetailsOptions = {}): Promise<Diagnosis> {
  const ids = session.topology?.namespaces.map(({ id }) => id) ?? [];
  if (session.state.kind !== 'recording') {
    await session.readDetailsOf(ids, options);
  }
  const { topology } = session;
  if (!topology) {
    throw new PatchbayError('not-found', `${session.label} has not been read yet.`);
  }
  return diagnoseTopology(topology);
}
