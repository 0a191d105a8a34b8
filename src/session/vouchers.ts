import type { MonitorEvent } from '../iproute/monitor.ts';
import type { NamespaceSnapshot } from '../iproute/snapshot.ts';
import type { NamespaceId } from '../topology/topology.ts';

type Nsids = ReadonlyMap<number, NamespaceId>;

/** One read, from its start to its end. */
export interface ReadWindow {
  /** What need not be read. */
  readonly clean: ReadonlySet<NamespaceId>;
  /** What came to its end: a namespace of the same id is another. */
  readonly gone: ReadonlySet<NamespaceId>;
  /** The read ended, and found these. */
  close(namespaces: readonly NamespaceSnapshot[]): void;
  /** The read failed: nothing was learned. */
  fail(): void;
}

/**
 * Which namespaces are still as they were read. A namespace is believed only while the kernel vouches for it: the node's own
 * namespace has an id for it, so all that happens in it is told, and its end as well ("Deleted nsid"). That matters because the
 * kernel gives the inode of a namespace that ended to the next one at once: an inode alone proves nothing.
 */
export class Vouchers {
  /** By the ids of the node's own namespace. */
  readonly #byNsid = new Map<number, NamespaceId>();
  readonly #doubted = new Set<NamespaceId>();
  /** What was told, while a read was under way, of ids that nobody knew yet; and which ids ended. */
  readonly #heard = new Set<number>();
  readonly #ended = new Set<number>();
  readonly #gone = new Set<NamespaceId>();
  #allDoubted = true;

  /** Takes an event; true where something must be read for it. */
  hear({ nsid, subject, deleted }: MonitorEvent, root: NamespaceId | undefined): boolean {
    if (subject === null) {
      this.#doubtNsid(nsid, root);
      return true;
    }
    if (deleted) {
      // Its list of ids is part of what is known of the reporter.
      this.#doubtNsid(nsid, root);
    }
    if (deleted && nsid === null) {
      this.#ended.add(subject);
      this.#doubtNsid(subject, root);
      this.#bury(subject);
    }
    return nsid === null || deleted;
  }

  #doubtNsid(nsid: number | null, root: NamespaceId | undefined): void {
    const id = nsid === null ? root : this.#byNsid.get(nsid);
    if (id !== undefined) {
      this.#doubted.add(id);
    } else if (nsid !== null) {
      this.#heard.add(nsid);
    }
  }

  /** These must be read again. */
  doubt(ids: readonly NamespaceId[]): void {
    ids.forEach((id) => this.#doubted.add(id));
  }

  /** Everything must be read again. */
  doubtAll(): void {
    this.#allDoubted = true;
  }

  /** Events were lost: the ids may name others now. */
  forgetAll(): void {
    this.#allDoubted = true;
    for (const nsid of [...this.#byNsid.keys()]) {
      this.#ended.add(nsid);
      this.#bury(nsid);
    }
  }

  #bury(nsid: number): void {
    const id = this.#byNsid.get(nsid);
    if (id !== undefined) {
      this.#gone.add(id);
      this.#byNsid.delete(nsid);
    }
  }

  /** A read starts now: what is doubted is read by it. */
  open(namespaces: readonly NamespaceSnapshot[]): ReadWindow {
    const vouched = new Set(this.#byNsid.values());
    const isClean = ({ id, root, links }: NamespaceSnapshot): boolean =>
      links !== null && !this.#doubted.has(id) && (root || vouched.has(id));
    const clean = this.#allDoubted ? [] : namespaces.filter(isClean);
    const gone = new Set(this.#gone);
    this.#gone.clear();
    this.#doubted.clear();
    this.#heard.clear();
    this.#ended.clear();
    this.#allDoubted = false;
    return {
      clean: new Set(clean.map(({ id }) => id)),
      gone,
      close: (read) => {
        const root = read.find((namespace) => namespace.root);
        // The ids of a root namespace that was not read now were told of the names of then.
        if (root && !clean.some(({ id }) => id === root.id)) {
          this.#learn(idsByName(root, read));
        }
      },
      fail: () => {
        this.doubtAll();
        gone.forEach((id) => this.#gone.add(id));
      },
    };
  }

  /**
   * Takes ids that a read learned. What ended since it began may name another by now: nobody vouches for it. What
   * was told of an id before it was known is a doubt now.
   */
  #learn(nsids: Nsids): NamespaceId[] {
    const learned = [...nsids].filter(
      ([nsid, id]) => this.#byNsid.get(nsid) !== id && !this.#ended.has(nsid),
    );
    for (const [nsid, id] of learned) {
      if (this.#heard.has(nsid) || this.#byNsid.has(nsid)) {
        this.#doubted.add(id);
      }
      this.#byNsid.set(nsid, id);
    }
    return learned.map(([, id]) => id);
  }

  /** Takes ids of namespaces that were read before they could be heard; true where they must be read again. */
  learnLate(nsids: Nsids): boolean {
    const learned = this.#learn(nsids);
    learned.forEach((id) => this.#doubted.add(id));
    return learned.length > 0;
  }

  /** Namespaces that nobody vouches for, though they can be read. */
  without(namespaces: readonly NamespaceSnapshot[]): NamespaceSnapshot[] {
    const vouched = new Set(this.#byNsid.values());
    return namespaces.filter(({ id, root, links }) => !root && links !== null && !vouched.has(id));
  }
}

/**
 * The ids of the node's own namespace that the kernel itself put to names. What pairing infers is not enough here: it
 * holds for what stands still, and a read of a node in turmoil does not.
 */
function idsByName(root: NamespaceSnapshot, namespaces: readonly NamespaceSnapshot[]): Nsids {
  const byPath = new Map(namespaces.flatMap(({ id, paths }) => paths.map((path) => [path, id] as const)));
  return new Map(
    (root.nsids ?? []).flatMap(({ nsid, name, id }) => {
      const named = id ?? byPath.get(`/run/netns/${name ?? ''}`);
      return named === undefined ? [] : [[nsid, named] as const];
    }),
  );
}
