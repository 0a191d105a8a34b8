/** What is read of a node beside its wiring, how often, and how it becomes part of the snapshot. */
import type { CollectOptions } from '../iproute/collect.ts';
import { askRuntimes, runtimeRemedy, runtimesToAsk, type RuntimeAnswers } from '../iproute/runtimes.ts';
import type { NamespaceSnapshot, NamespaceState, Snapshot, UnknownRecord } from '../iproute/snapshot.ts';
import { emptyState, readNodeState, type readNamespaceDetails, type NodeState } from '../iproute/state.ts';
import type { Transport } from '../transport/transport.ts';
import { isEqual } from '../util/collections.ts';
import { breathe } from '../util/slicer.ts';

/** State changes without an event, so it is read along with later readings, but no more often than this. */
const stateRestMs = 10_000;

/** Containers that no runtime knew are asked about again after this. */
const unnamedRestMs = 15_000;

export interface ReadOptions extends CollectOptions {
  /** Whose details are read again after this reading: until then they stay as they were, with their date. */
  readonly followed?: ReadonlySet<string>;
  /** The state is being read already. */
  readonly stateUnderWay?: boolean;
}

/** Puts what was read beside the wiring into the snapshot, whatever was learned of the wiring meanwhile. */
export type AddBeside = (snapshot: Snapshot) => Promise<Snapshot>;

/** Reads what is due beside the collector, on channels of its own: neither waits for the other. */
export class Surroundings {
  readonly #transport: Transport;
  readonly #previous: Snapshot | undefined;
  readonly #keepsDetails: (id: string) => boolean;
  readonly #everything: boolean;
  readonly #abort = new AbortController();
  readonly #stateDue: boolean;
  #state: Promise<NodeState> | null = null;
  #naming: Promise<RuntimeAnswers> | null = null;

  constructor(transport: Transport, { previous, signal, followed, stateUnderWay = false }: ReadOptions) {
    this.#transport = transport;
    this.#previous = previous?.snapshot;
    this.#keepsDetails = (id) => previous?.clean.has(id) === true || followed?.has(id) === true;
    this.#everything = previous === undefined || previous.clean.size === 0;
    signal?.addEventListener('abort', () => this.cancel(), { once: true });
    this.#stateDue =
      this.#everything || (!stateUnderWay && isStateDue(previous?.snapshot, previous?.clean.size ?? 0));
  }

  /**
   * Starts reading; to be called as soon as the node's containers are known, whose names are asked for where they are
   * new. Not earlier: the node's own namespace has been read by then, and the first picture waits for nothing else.
   */
  readonly begin = (ids: ReadonlySet<string>, installed: readonly string[]): void => {
    if (this.#stateDue) {
      this.#state = observed(readNodeState(this.#transport, this.#abort.signal));
    }
    const before = this.#previous?.runtimes ?? [];
    if (this.#everything ? ids.size > 0 : isNamingDue(this.#previous, ids)) {
      const names = runtimesToAsk(installed, before);
      this.#naming = observed(askRuntimes(this.#transport, names, this.#abort.signal));
    }
  };

  /** The snapshot with what was read beside it, now or before. Rejects with `cancelled` or `connection-lost`. */
  async addTo(snapshot: Snapshot): Promise<Snapshot> {
    const [state, answers] = [await this.#state, await this.#naming];
    return addBeside(snapshot, state, answers, await this.#kept());
  }

  /** The snapshot with what was read beside it before. */
  async keepIn(snapshot: Snapshot): Promise<Snapshot> {
    return addBeside(snapshot, null, null, await this.#kept());
  }

  /** What of the last snapshot still stands. */
  async #kept(): Promise<Snapshot | undefined> {
    const kept = this.#previous && withoutDetails(this.#previous, this.#keepsDetails);
    await breathe();
    return kept;
  }

  /** What is still being read beside the wiring, if anything is. Rejects with `cancelled` or `connection-lost`. */
  rest(): Promise<AddBeside> | null {
    return this.#state || this.#naming ? observed(this.#rest()) : null;
  }

  async #rest(): Promise<AddBeside> {
    const [state, answers] = [await this.#state, await this.#naming];
    return (snapshot) => addBeside(snapshot, state, answers, snapshot);
  }

  /** Ends what is still being read; its outcome is nobody's concern then. */
  cancel(): void {
    this.#abort.abort();
  }
}

async function addBeside(
  snapshot: Snapshot,
  state: NodeState | null,
  answers: RuntimeAnswers | null,
  previous: Snapshot | undefined,
): Promise<Snapshot> {
  const stated = withState(snapshot, state, previous);
  await breathe();
  return withContainers(stated, answers, previous);
}

/** The reading may fail while nobody waits for it yet. */
function observed<T>(reading: Promise<T>): Promise<T> {
  reading.catch(() => undefined);
  return reading;
}

function isStateDue(previous: Snapshot | undefined, clean: number): boolean {
  const readAt = Date.parse(previous?.stateReadAt ?? '');
  const rested = Number.isNaN(readAt) || Date.now() - readAt >= stateRestMs;
  return rested && clean < (previous?.namespaces.length ?? 0);
}

function isNamingDue(previous: Snapshot | undefined, ids: ReadonlySet<string>): boolean {
  const named = new Set(previous?.containers.map(({ id }) => id));
  const seen = new Set(containerIdsOf(previous?.namespaces ?? []));
  const unnamed = [...ids].filter((id) => !named.has(id));
  const askedAt = Math.max(...(previous?.runtimes ?? []).map((runtime) => Date.parse(runtime.askedAt)));
  return unnamed.some((id) => !seen.has(id)) || (unnamed.length > 0 && Date.now() - askedAt >= unnamedRestMs);
}

function containerIdsOf(namespaces: readonly NamespaceSnapshot[]): string[] {
  return namespaces.flatMap(({ processes }) => processes.flatMap(({ containerId }) => containerId ?? []));
}

/** The snapshot with what was read of one namespace on demand. */
export function withDetails(
  snapshot: Snapshot,
  id: string,
  { state, unknown }: Awaited<ReturnType<typeof readNamespaceDetails>>,
): Snapshot {
  const namespaces = snapshot.namespaces.map((namespace) => {
    if (namespace.id !== id) {
      return namespace;
    }
    // A pod's resolv.conf is that of its own files, which are not seen from its network namespace alone.
    const { resolvConf = null } = namespace.state ?? {};
    return { ...namespace, state: { ...state, resolvConf, detailsReadAt: new Date().toISOString() } };
  });
  const others = snapshot.unknown.filter((one) => one.namespace !== id || !isAboutState(one));
  return { ...snapshot, namespaces, unknown: [...others, ...unknown] };
}

/** Whether `unknown` speaks of what is read beside the wiring: of state. */
const isAboutState = ({ what }: UnknownRecord): boolean =>
  /^(?:state|rules6|switches|processes of sockets|netfilter.*)$/.test(what);
/** Or of the names of containers. */
const isAboutContainers = ({ what }: UnknownRecord): boolean => what.startsWith('containers (');

/**
 * The snapshot without what somebody asked to read of pods that changed since: nobody knows whether it is still so. What each
 * reading of the node's state tells of a pod stays.
 */
function withoutDetails(snapshot: Snapshot, keeps: (id: string) => boolean): Snapshot {
  const dropped = new Set(
    snapshot.namespaces.filter(({ id, root }) => !root && !keeps(id)).map(({ id }) => id),
  );
  return {
    ...snapshot,
    namespaces: snapshot.namespaces.map((namespace) =>
      dropped.has(namespace.id) ? { ...namespace, state: lasting(namespace) } : namespace,
    ),
    unknown: snapshot.unknown.filter((one) => !isAboutState(one) || !dropped.has(one.namespace ?? '')),
  };
}

function lasting({ state, processes }: NamespaceSnapshot): NamespaceState | null {
  return (
    state && {
      ...emptyState,
      sockets: processes.length > 0 ? state.sockets : null,
      resolvConf: state.resolvConf,
    }
  );
}

function withState(snapshot: Snapshot, read: NodeState | null, previous: Snapshot | undefined): Snapshot {
  const before = new Map((previous?.namespaces ?? []).map(({ id, state }) => [id, state]));
  const namespaces = snapshot.namespaces.map((namespace) => {
    const state = merged(before.get(namespace.id) ?? null, namespace, read);
    return isEqual(namespace.state, state) ? namespace : { ...namespace, state };
  });
  const ids = new Set(namespaces.map(({ id }) => id));
  const unknown = unknownOfState(read, previous, snapshot);
  return {
    ...snapshot,
    namespaces,
    tunHolders: [...(read?.tunHolders ?? previous?.tunHolders ?? [])],
    stateReadAt: read ? new Date().toISOString() : (previous?.stateReadAt ?? null),
    unknown: [
      ...snapshot.unknown.filter((one) => !isAboutState(one)),
      ...unknown.filter(({ namespace }) => namespace === null || ids.has(namespace)),
    ],
  };
}

/** What one reading of the node does not tell of a pod stays as it was found when somebody looked at that pod. */
function unknownOfState(
  read: NodeState | null,
  previous: Snapshot | undefined,
  { namespaces }: Snapshot,
): UnknownRecord[] {
  const before = previous?.unknown.filter(isAboutState) ?? [];
  if (read === null) {
    return before;
  }
  const root = namespaces.find((namespace) => namespace.root)?.id;
  return [...read.unknown, ...before.filter(({ namespace }) => namespace !== null && namespace !== root)];
}

/** Parts that were not read now stay as they were read before. */
function merged(
  before: NamespaceState | null,
  { id, paths }: NamespaceSnapshot,
  read: NodeState | null,
): NamespaceState | null {
  const named = paths.flatMap((path) => read?.namedResolvers.get(path.replace(/^\/run\/netns\//, '')) ?? []);
  const now = read?.namespaces.get(id);
  if (now === undefined && named.length === 0) {
    return before;
  }
  return {
    rules6: now?.rules6 ?? before?.rules6 ?? null,
    sysctls: now?.sysctls ?? before?.sysctls ?? null,
    sockets: now?.sockets ?? before?.sockets ?? null,
    // A resolv.conf made for the namespace by name comes before that of a process that happens to be in it.
    resolvConf: named[0] ?? now?.resolvConf ?? before?.resolvConf ?? null,
    netfilter: now?.netfilter ?? before?.netfilter ?? null,
    detailsReadAt: before?.detailsReadAt ?? null,
  };
}

function withContainers(
  snapshot: Snapshot,
  answers: RuntimeAnswers | null,
  previous: Snapshot | undefined,
): Snapshot {
  const present = new Set(containerIdsOf(snapshot.namespaces));
  const asked = new Set(answers?.runtimes.map(({ name }) => name));
  const kept = (previous?.runtimes ?? []).filter(({ name }) => !asked.has(name));
  const runtimes = [...kept, ...(answers?.runtimes ?? [])];
  const known = new Map(
    [...(previous?.containers ?? []), ...(answers?.containers ?? [])].map((container) => [
      container.id,
      container,
    ]),
  );
  const containers = [...known.values()].filter(({ id }) => present.has(id));
  const allNamed = containers.length === present.size;
  const problems = runtimes.flatMap(({ name, problem }): UnknownRecord[] =>
    problem === null || allNamed
      ? []
      : [{ namespace: null, what: `containers (${name})`, reason: problem, remedy: runtimeRemedy(name) }],
  );
  const unknown = snapshot.unknown.filter((one) => !isAboutContainers(one));
  return { ...snapshot, containers, runtimes, unknown: [...unknown, ...problems] };
}
