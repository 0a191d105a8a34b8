import { randomUUID } from 'node:crypto';
import type { RemoteProcess, Transport } from '../transport/transport.ts';
import { orCancelled } from '../util/cancellation.ts';
import { groupBy, isEqual } from '../util/collections.ts';
import { PatchbayError } from '../util/errors.ts';
import { gunzip } from '../util/gzip.ts';
import type { Sliced } from '../util/sliced.ts';
import { breathe, Slicer } from '../util/slicer.ts';
import {
  batchSections,
  parseBatchSliced,
  parseFdbSliced,
  parseVlans,
  tableSections,
  type BatchSection,
  type SectionFailure,
  type Sections,
} from './batch.ts';
import { collectScript, mountSpacesRead } from './collectScript.ts';
import { BytesFrame, FrameReader, type Frame } from './frames.ts';
import { parseHolders, parseNamespaceMountsSliced, type Holder, type NamespaceMount } from './holders.ts';
import { parseNsids } from './nsids.ts';
import { decodeNamespaceSliced } from './netlink/decodeNamespace.ts';
import { cutReadings } from './netlink/readings.ts';
import { parseIproute2Version } from './netlink/version.ts';
import { explain, ipProblemOf } from './remedies.ts';
import type { NamespaceSnapshot, NodeRecord, Snapshot } from './snapshot.ts';

export interface CollectOptions {
  /** What is known already, and which of its namespaces still hold and need no reading. New ones are always read. */
  readonly previous?: { readonly snapshot: Snapshot; readonly clean: ReadonlySet<string> };
  /**
   * Called with what is known so far: first when the root namespace is there, then at intervals that grow with what it
   * costs. Reading goes on when it has settled.
   */
  readonly onPartial?: (snapshot: Snapshot) => void | Promise<void>;
  /** Called once, as soon as all processes are known: which containers they are in, and the runtimes' clients at hand. */
  readonly onContainers?: (containerIds: ReadonlySet<string>, runtimes: readonly string[]) => void;
  readonly signal?: AbortSignal;
}

/** Ten thousand pods tell some 50 MB; what unpacks to more than this is a trap. */
const answersLimitBytes = 256 * 1024 * 1024;

/** Shares the picture of a half-read node no more often than this, and spends no more than a part of the time on it. */
const partialIntervalMs = 100;
const partialShare = 0.1;

/**
 * Reads a node in one round trip, and in a second one what only `ip` can read of some namespaces. Rejects with `command-failed` where it has no POSIX shell to read it with, with
 * `connection-lost` or `cancelled`; everything less is an entry of `unknown`.
 */
export async function collectSnapshot(transport: Transport, options: CollectOptions = {}): Promise<Snapshot> {
  const nonce = randomUUID();
  const process = await transport.spawn(['sh', '-s', '--', nonce, ...(options.previous?.clean ?? [])], {
    privileged: true,
  });
  try {
    return await readRun(process, nonce, new Collector(transport, options), options);
  } finally {
    process.dispose();
  }
}

async function readRun(
  process: RemoteProcess,
  nonce: string,
  collector: Collector,
  options: CollectOptions,
): Promise<Snapshot> {
  const { signal, onPartial } = options;
  const lanes = [new FrameReader(nonce), new FrameReader(nonce)] as const;
  let sayNothingLeft = (): void => undefined;
  const nothingLeft = new Promise<void>((resolve) => (sayNothingLeft = resolve));
  const intake = new Intake(collector, onPartial, (left) => {
    process.write(`${left.join(' ')}\n`);
    process.endInput();
    if (left.length === 0) {
      sayNothingLeft();
    }
  });
  process.onStdout((chunk) => intake.push(lanes[0].push(chunk)));
  process.onStderr((chunk) => intake.push(lanes[1].push(chunk)));
  process.write(collectScript);
  const untilEnd = async (): Promise<void> => {
    await process.exit;
    intake.push(lanes.flatMap((lane) => lane.end()));
  };
  const untilRead = async (): Promise<void> => {
    await Promise.race([untilEnd(), nothingLeft]);
    await intake.idle;
    await breathe();
  };
  try {
    await orCancelled(untilRead(), signal, 'Reading the node was cancelled.');
  } finally {
    intake.stop();
  }
  collector.finish(lanes[0].noise + lanes[1].noise);
  await breathe();
  return collector.snapshot();
}

/** Hands frames to the collector one after the other, in slices, and shares what is known now and then. */
class Intake {
  readonly #collector: Collector;
  readonly #onPartial: CollectOptions['onPartial'];
  readonly #onLeft: (namespaces: readonly string[]) => void;
  readonly #slicer = new Slicer();
  readonly #frames: Frame[] = [];
  #shareFrom = -Infinity;
  #working = false;
  #stopped = false;
  #idle: Promise<void> = Promise.resolve();

  /** `onLeft` is told, once, which namespaces the node is to read by `ip`. */
  constructor(
    collector: Collector,
    onPartial: CollectOptions['onPartial'],
    onLeft: (namespaces: readonly string[]) => void,
  ) {
    this.#collector = collector;
    this.#onPartial = onPartial;
    this.#onLeft = onLeft;
  }

  /** Settles when all that was pushed has been taken; rejects as `onPartial` does. */
  get idle(): Promise<void> {
    return this.#idle;
  }

  push(frames: readonly Frame[]): void {
    this.#frames.push(...frames);
    if (!this.#working && frames.length > 0) {
      this.#working = true;
      this.#idle = this.#work();
      // A failure is for who waits for `idle`; until then nothing more is taken.
      this.#idle.catch(() => undefined);
    }
  }

  async #work(): Promise<void> {
    this.#slicer.begin();
    for (let frame = this.#next(); frame; frame = this.#next()) {
      const whole = await this.#unpacked(frame);
      await this.#slicer.do(this.#collector.take(whole));
      if (whole.header[0] === 'netlink') {
        // The node waits to be told what is left to `ip`, whatever came of the answers.
        this.#onLeft(this.#collector.leaveToIp());
      }
      await this.#share();
    }
    this.#working = false;
  }

  /** What is damaged tells nothing. */
  async #unpacked(frame: Frame): Promise<Frame> {
    if (frame.header.at(-1) !== 'gzip') {
      return frame;
    }
    const bytes = await gunzip(frame.bytes, answersLimitBytes).catch(() => new Uint8Array());
    // What unpacked it has used this turn of the event loop.
    await this.#slicer.breathe();
    return new BytesFrame(frame.header, bytes);
  }

  #next(): Frame | undefined {
    return this.#stopped ? undefined : this.#frames.shift();
  }

  async #share(): Promise<void> {
    const startedAt = performance.now();
    if (!this.#onPartial || this.#stopped || !this.#collector.hasRoot || startedAt < this.#shareFrom) {
      return;
    }
    await this.#onPartial(this.#collector.snapshot());
    const now = performance.now();
    this.#shareFrom = now + Math.max(partialIntervalMs, (now - startedAt) / partialShare);
  }

  /** Takes and shares nothing any more. */
  stop(): void {
    this.#stopped = true;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Turns frames into a snapshot, as they come and in any order of namespaces. */
class Collector {
  readonly #transport: Transport;
  readonly #previous: ReadonlyMap<string, NamespaceSnapshot>;
  readonly #previousUnknown: Snapshot['unknown'];
  readonly #clean: ReadonlySet<string>;
  readonly #read = new Map<string, Mutable<NamespaceSnapshot>>();
  readonly #failures = new Map<string, SectionFailure[]>();
  /** Listed, and gone before they could be read. */
  readonly #vanished = new Set<string>();
  readonly #onContainers: CollectOptions['onContainers'];
  readonly #lists = { processes: '', cgroups: '', names: '' };
  #isRoot = false;
  #node: NodeRecord | null = null;
  /** What `ip -V` said. */
  #version = '';
  #root: string | null = null;
  #mounts = new Map<string, NamespaceMount[]>();
  #holders = new Map<string, Holder[]>();
  #enumerated = false;
  #ended = false;

  constructor(transport: Transport, options: CollectOptions) {
    this.#transport = transport;
    this.#onContainers = options.onContainers;
    const { snapshot, clean } = options.previous ?? {};
    this.#clean = clean ?? new Set();
    this.#previous = new Map((snapshot?.namespaces ?? []).map((namespace) => [namespace.id, namespace]));
    this.#previousUnknown = (snapshot?.unknown ?? []).filter(
      ({ namespace }) => namespace !== null && clean?.has(namespace) === true,
    );
  }

  /** True once the links of the root namespace are known, read now or before. */
  get hasRoot(): boolean {
    return this.#root !== null && this.#linksOf(this.#root) !== null;
  }

  /** Takes one frame in; may be interrupted between records. */
  *take(frame: Frame): Sliced<void> {
    const { header } = frame;
    const [name = '', id = ''] = header;
    switch (name) {
      case 'netlink':
        yield* this.#takeAnswers(frame.bytes);
        return;
      case 'node':
        this.#isRoot = header[2] === '0';
        this.#takeNode(id, frame.body);
        return;
      case 'iproute2':
        this.#takeVersion(frame.body.split('\n', 1)[0] ?? '');
        return;
      case 'batch':
        yield* this.#takeBatch(id, frame.body, batchSections);
        return;
      case 'links':
        yield* this.#takeBatch(id, frame.body, ['links']);
        return;
      case 'tables':
        yield* this.#takeBatch(id, frame.body, tableSections);
        return;
      case 'fdb':
        yield* this.#takeFdb(id, frame.body);
        return;
      case 'vlans': {
        const { vlans, failures } = parseVlans(frame.body);
        this.#namespace(id).vlans = vlans;
        this.#fail(id, failures);
        return;
      }
      case 'nsids':
        this.#takeNsids(id, frame.body);
        return;
      case 'mounts':
        yield* this.#takeMounts(id, frame.body);
        return;
      case 'processes':
      case 'cgroups':
      case 'names':
        this.#lists[name] = frame.body;
        this.#joinHolders();
        return;
      case 'enumerated':
        this.#takeHolders(header.slice(1));
        return;
      case 'end':
        this.#ended = true;
        return;
    }
  }

  /** Says what kept the run from being whole; throws where nothing at all could be read. */
  finish(noise: string): void {
    if (this.#root === null) {
      throw new PatchbayError(
        'command-failed',
        'The node did not run the collector: its shell ended early.',
        {
          hint: 'Check that the account has a POSIX shell and that its start-up files print nothing.',
          detail: noise,
        },
      );
    }
    if (!this.#ended) {
      this.#fail('', [
        { what: 'namespaces', reason: 'The collector ended before it had read every namespace.' },
      ]);
    }
    const problem = this.#ipProblem();
    if (problem !== null) {
      this.#sayOnce(problem);
    } else if (this.#transport.privilege.way !== 'none') {
      this.#sayWhatIsMissing();
    }
  }

  /** Why nothing that is asked of `ip` can be known on this node; null where it can. */
  #ipProblem(): string | null {
    if (this.hasRoot) {
      return null;
    }
    const said = (this.#failures.get(this.#root ?? '') ?? []).map(({ reason }) => reason);
    return [this.#version, ...said].map(ipProblemOf).find((problem) => problem !== null) ?? null;
  }

  /** One sentence for each namespace in place of one for each section. */
  #sayOnce(reason: string): void {
    const asked: readonly string[] = [...batchSections, 'fdb', 'vlans'];
    const isBlind = this.#transport.privilege.way === 'none';
    for (const id of this.#ids(this.#root ?? '')) {
      const others = (this.#failures.get(id) ?? []).filter(({ what }) => !asked.includes(what));
      const inside = isBlind && id !== this.#root ? [] : [{ what: 'links', reason }];
      this.#failures.set(id, [...others, ...inside]);
    }
  }

  /** What was announced and never came is unknown, not absent. Without its links nothing of a namespace is known. */
  #sayWhatIsMissing(): void {
    const reason = 'The collector said nothing of it.';
    const toBeRead = this.#ids(this.#root ?? '').filter((id) => !this.#isKept(id));
    for (const id of toBeRead) {
      const said = new Set((this.#failures.get(id) ?? []).map(({ what }) => what));
      const namespace = this.#read.get(id);
      const tables = namespace?.links ? tableSections : [];
      const missing = (['links', ...tables, 'fdb', 'vlans'] as const).filter(
        (what) => (namespace?.[what] ?? null) === null,
      );
      this.#fail(
        id,
        missing.filter((what) => !said.has(what)).map((what) => ({ what, reason })),
      );
    }
  }

  /** It needed no reading, and is as it was. */
  #isKept(id: string): boolean {
    return this.#clean.has(id) && this.#previous.has(id);
  }

  #takeVersion(line: string): void {
    this.#version = line;
    this.#node &&= { ...this.#node, iproute2: /iproute2|BusyBox/.test(line) ? line : '' };
  }

  #takeNode(root: string, body: string): void {
    const [hostname = '', kernel = '', pretty = ''] = body.split('\n');
    this.#root = root;
    this.#node = {
      hostname,
      kernel,
      os: pretty.slice('PRETTY_NAME='.length).replace(/^(["'])(.*)\1$/, '$2'),
      // It comes when the root namespace is read: nothing is to be waited for before that.
      iproute2: '',
      privilege: this.#transport.privilege.way,
    };
  }

  *#takeBatch(id: string, body: string, asked: readonly BatchSection[]): Sliced<void> {
    const { failures, ...sections } = yield* parseBatchSliced(body, asked);
    if (isVanished(failures)) {
      this.#read.delete(id);
      this.#vanished.add(id);
      return;
    }
    this.#put(id, sections, failures);
  }

  #put(id: string, sections: Partial<Sections>, failures: readonly SectionFailure[]): void {
    const namespace = Object.assign(this.#namespace(id), sections);
    if (sections.links !== undefined) {
      // No bridge, no tables: their frames come only where there is one.
      namespace.fdb ??= mayHaveFdb(sections.links) ? null : [];
      namespace.vlans ??= mayHaveVlans(sections.links) ? null : [];
    }
    const others = (this.#failures.get(id) ?? []).filter(({ what }) => !(what in sections));
    this.#failures.set(id, [...others, ...failures]);
  }

  /** Takes what the kernel said of namespaces itself; may be interrupted between records. */
  *#takeAnswers(printed: Uint8Array): Sliced<void> {
    const version = parseIproute2Version(this.#version);
    for (const { inode, answers } of version === null ? [] : cutReadings(printed)) {
      const sections = version && (yield* decodeNamespaceSliced(answers, version));
      if (sections) {
        this.#put(inode, sections, []);
      }
    }
  }

  /** The namespaces that nothing was read of: those that `ip` alone can. Where there are none, all has been read. */
  leaveToIp(): string[] {
    const root = this.#root ?? '';
    const left = this.#ids(root).filter((id) => id !== root && !this.#clean.has(id) && !this.#read.has(id));
    this.#ended ||= left.length === 0;
    return left;
  }

  *#takeFdb(id: string, body: string): Sliced<void> {
    const { fdb, failures } = yield* parseFdbSliced(body);
    this.#namespace(id).fdb = fdb;
    this.#fail(id, failures);
  }

  *#takeMounts(skipped: string, body: string): Sliced<void> {
    this.#mounts = groupBy(yield* parseNamespaceMountsSliced(body), ({ inode }) => inode);
    if (skipped === 'skipped') {
      const reason = `Only ${mountSpacesRead} mount namespaces of processes were searched for namespaces mounted in them.`;
      this.#fail('', [{ what: 'mounts', reason }]);
    }
  }

  #takeHolders(runtimes: readonly string[]): void {
    this.#enumerated = true;
    const ids = this.#joinHolders().flatMap(({ process: { containerId } }) => containerId ?? []);
    this.#onContainers?.(new Set(ids), runtimes);
  }

  /** Whatever the order in which the lists come. */
  #joinHolders(): Holder[] {
    const holders = parseHolders(this.#lists, this.#isRoot ? this.#root : null);
    this.#holders = groupBy(holders, ({ inode }) => inode);
    return holders;
  }

  #takeNsids(id: string, body: string): void {
    this.#namespace(id).nsids = parseNsids(body);
  }

  #namespace(id: string): Mutable<NamespaceSnapshot> {
    const known = this.#read.get(id);
    if (known) {
      return known;
    }
    const fresh: Mutable<NamespaceSnapshot> = emptyNamespace(id, id === this.#root);
    this.#read.set(id, fresh);
    return fresh;
  }

  #linksOf(id: string): NamespaceSnapshot['links'] {
    return this.#namespaceOf(id)?.links ?? null;
  }

  #namespaceOf(id: string): NamespaceSnapshot | undefined {
    return this.#read.get(id) ?? this.#previous.get(id);
  }

  #fail(id: string, failures: readonly SectionFailure[]): void {
    this.#failures.set(id, [...(this.#failures.get(id) ?? []), ...failures]);
  }

  snapshot(): Snapshot {
    const node = this.#node;
    const root = this.#root;
    if (node === null || root === null) {
      throw new PatchbayError('command-failed', 'The node has not been read yet.');
    }
    const namespaces = this.#ids(root).map((id) => this.#describe(id, root));
    return {
      format: 'patchbay-snapshot',
      version: 1,
      takenAt: new Date().toISOString(),
      node,
      namespaces,
      containers: [],
      runtimes: [],
      tunHolders: [],
      stateReadAt: null,
      unknown: this.#unknown(namespaces),
    };
  }

  #ids(root: string): string[] {
    return this.#enumerated ? this.#enumerate(root) : this.#known(root);
  }

  #enumerate(root: string): string[] {
    const ids = new Set([root, ...this.#mounts.keys(), ...this.#holders.keys()]);
    return [...ids].filter((id) => !this.#vanished.has(id));
  }

  #known(root: string): string[] {
    return [...new Set([root, ...this.#previous.keys(), ...this.#read.keys()])];
  }

  #describe(id: string, root: string): NamespaceSnapshot {
    const known = this.#namespaceOf(id) ?? emptyNamespace(id, id === root);
    if (!this.#enumerated) {
      return known;
    }
    const paths = (this.#mounts.get(id) ?? []).map(({ path }) => path);
    const processes = (this.#holders.get(id) ?? []).map(({ process }) => process);
    // The same object for what is the same: a session sees without comparing that nothing changed.
    return isEqual(known.paths, paths) && isEqual(known.processes, processes)
      ? known
      : { ...known, paths, processes };
  }

  #unknown(namespaces: readonly NamespaceSnapshot[]): Snapshot['unknown'] {
    const ids = new Set(namespaces.map(({ id }) => id));
    const kept = this.#previousUnknown.filter(({ namespace }) => namespace !== null && ids.has(namespace));
    const failed = [...this.#failures].flatMap(([id, failures]) =>
      failures.map(({ what, reason }) => ({ namespace: id === '' ? null : id, what, ...explain(reason) })),
    );
    return [...kept, ...failed, ...this.#unprivileged(namespaces)];
  }

  #unprivileged(namespaces: readonly NamespaceSnapshot[]): Snapshot['unknown'] {
    if (this.#transport.privilege.way !== 'none') {
      return [];
    }
    const remedy = 'Connect as root, or allow this account to run sudo without a password (NOPASSWD).';
    const inside = namespaces
      .filter(({ root, links }) => !root && links === null)
      .map(({ id }) => ({
        namespace: id,
        what: 'links',
        reason: 'Only root may look inside a network namespace.',
        remedy,
      }));
    const reason = 'Only root sees which namespaces the processes of other accounts hold.';
    return [{ namespace: null, what: 'processes', reason, remedy }, ...inside];
  }
}

/** As the collector's script decides it; where the links are not known, it may have decided so. */
function mayHaveFdb(links: NamespaceSnapshot['links']): boolean {
  return links?.some(({ linkinfo }) => ['bridge', 'vxlan'].includes(linkinfo?.info_kind ?? '')) ?? true;
}

/** Whether a bridge filters VLANs, so that it has a table of them. */
function mayHaveVlans(links: NamespaceSnapshot['links']): boolean {
  const filters = (data: unknown): boolean =>
    typeof data === 'object' && data !== null && 'vlan_filtering' in data && data.vlan_filtering === 1;
  return links?.some(({ linkinfo }) => filters(linkinfo?.info_data)) ?? true;
}

function emptyNamespace(id: string, root: boolean): Mutable<NamespaceSnapshot> {
  return {
    id,
    root,
    paths: [],
    processes: [],
    links: null,
    routes: null,
    rules: null,
    neighbours: null,
    fdb: null,
    nsids: null,
    netconf: null,
    vlans: null,
    state: null,
    wireguard: null,
    ovsPorts: null,
    teams: null,
  };
}

/** A namespace that went away between the listing and the reading is not an unknown one: it is gone. */
function isVanished(failures: readonly SectionFailure[]): boolean {
  return failures.some(({ reason }) =>
    /Cannot open network namespace|reassociate to namespace|No such file or directory|Invalid argument.*namespace/i.test(
      reason,
    ),
  );
}
