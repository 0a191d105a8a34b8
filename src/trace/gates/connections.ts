/** Pure: what the namespaces on a way remember of the connection that a probe opens (net/netfilter/nf_conntrack_core.c). */
import type { NamespaceId } from '../../topology/topology.ts';

/** The ends of a packet; null for what is not known, and for the ports of a protocol without. */
export interface Flow {
  readonly source: string | null;
  readonly destination: string;
  readonly sourcePort: number | null;
  readonly port: number | null;
}

export type End = 'destination' | 'source';

/** A connection in one namespace. */
export class Connection {
  /** As its first packet came in. */
  readonly original: Flow;
  readonly #done = new Set<End>();
  #translated: Flow;
  #mark: number | null = 0;

  constructor(original: Flow) {
    this.original = original;
    this.#translated = original;
  }

  /** As its first packet went on. */
  get translated(): Flow {
    return this.#translated;
  }

  get mark(): number | null {
    return this.#mark;
  }

  /** Each of its ends is translated at most once. */
  isDone(end: End): boolean {
    return this.#done.has(end);
  }

  translate(end: End, flow: Flow): void {
    this.#done.add(end);
    this.#translated = flow;
  }

  setMark(mark: number | null): void {
    this.#mark = mark;
  }
}

/** The connections of a probe by namespace. */
export class Connections {
  readonly #known = new Map<NamespaceId, Connection[]>();

  /** That of a packet on its way there, which opens it where it comes by first. */
  open(namespace: NamespaceId, flow: Flow): Connection {
    const known = this.#known.get(namespace) ?? [];
    const same = known.find(({ original, translated }) => isSame(original, flow) || isSame(translated, flow));
    const connection = same ?? new Connection(flow);
    this.#known.set(namespace, same ? known : [...known, connection]);
    return connection;
  }

  /** That of an answer; null where the request did not come by. */
  answered(namespace: NamespaceId, { source, destination, sourcePort }: Flow): Connection | null {
    const found = this.#known
      .get(namespace)
      ?.find(
        ({ translated }) =>
          translated.destination === source &&
          translated.source === destination &&
          translated.port === sourcePort,
      );
    return found ?? null;
  }
}

function isSame(a: Flow, b: Flow): boolean {
  return a.source === b.source && a.destination === b.destination && a.port === b.port;
}
