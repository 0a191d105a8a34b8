import type { NamespaceId } from '../topology/topology.ts';
import { describeError } from '../util/errors.ts';
import { Emitter } from '../util/event.ts';
import type { Disposable } from '../util/disposable.ts';
import type { NodeSession } from './nodeSession.ts';

/** What is under way, or went wrong, with the details of one namespace. */
export type DetailsState =
  | { readonly kind: 'reading'; readonly done: Promise<void> }
  | { readonly kind: 'failed'; readonly message: string };

/** Details do not come by themselves; who looks again sooner than this sees what was read before. */
const restMs = 5_000;

/**
 * Reads what of a namespace is read only when somebody looks at it. Views ask as often as they like: one reading serves all
 * who ask meanwhile, and what was just read is not read again.
 */
export class DetailsReader implements Disposable {
  readonly #states = new WeakMap<NodeSession, Map<NamespaceId, DetailsState>>();
  readonly #readAt = new WeakMap<NodeSession, Map<NamespaceId, number>>();
  readonly #emitter = new Emitter<NodeSession>();
  /** A reading began or ended. */
  readonly onDidChange = this.#emitter.event;

  /** Null where nothing is being read and nothing went wrong. */
  stateOf(session: NodeSession, id: NamespaceId): DetailsState | null {
    return this.#states.get(session)?.get(id) ?? null;
  }

  /** Resolves when the details are in the session's topology. Rejects as `NodeSession.readDetails`; nothing is read of a recording. */
  async read(session: NodeSession, id: NamespaceId): Promise<void> {
    const state = this.stateOf(session, id);
    if (state?.kind === 'reading') {
      return state.done;
    }
    if (session.state.kind === 'live' && !this.#isFresh(session, id)) {
      const done = this.#read(session, id);
      this.#setState(session, id, { kind: 'reading', done });
      return done;
    }
  }

  /** As {@link read}, for views that show how it goes. */
  readQuietly(session: NodeSession, id: NamespaceId): void {
    this.read(session, id).catch(() => undefined);
  }

  async #read(session: NodeSession, id: NamespaceId): Promise<void> {
    // The state that says so is there before anything can end.
    await Promise.resolve();
    try {
      await session.readDetails(id);
      mapIn(this.#readAt, session).set(id, performance.now());
      this.#setState(session, id, null);
    } catch (error) {
      this.#setState(session, id, { kind: 'failed', message: describeError(error) });
      throw error;
    }
  }

  #isFresh(session: NodeSession, id: NamespaceId): boolean {
    const readAt = this.#readAt.get(session)?.get(id) ?? -Infinity;
    const namespace = session.topology?.namespaces.find((candidate) => candidate.id === id);
    return namespace?.unread.length === 0 && performance.now() - readAt < restMs;
  }

  #setState(session: NodeSession, id: NamespaceId, state: DetailsState | null): void {
    const states = mapIn(this.#states, session);
    if (state === null) {
      states.delete(id);
    } else {
      states.set(id, state);
    }
    this.#emitter.fire(session);
  }

  dispose(): void {
    this.#emitter.dispose();
  }
}

function mapIn<T>(
  maps: WeakMap<NodeSession, Map<NamespaceId, T>>,
  session: NodeSession,
): Map<NamespaceId, T> {
  const known = maps.get(session);
  if (known) {
    return known;
  }
  const fresh = new Map<NamespaceId, T>();
  maps.set(session, fresh);
  return fresh;
}
