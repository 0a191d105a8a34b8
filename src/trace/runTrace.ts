/** One trace from beginning to end: predict, watch, probe, and say what happened. */
import type { Namespace, Topology } from '../topology/topology.ts';
import type { CommandOutput, Transport } from '../transport/transport.ts';
import { familyOf } from './addresses.ts';
import { captureFile } from './captureFile.ts';
import { captureFilter } from './captureFilter.ts';
import type { CaptureTool } from './capture.ts';
import { correlate, type Story } from './correlate.ts';
import { dropsOf, probeLengths } from './drops.ts';
import { DropWatch, type Heard } from './dropWatch.ts';
import { sightingsByCounters } from './counters.ts';
import { inside } from './inside.ts';
import { parsePing, pingArgv } from './ping.ts';
import { predict, type Prediction } from './predict.ts';
import { nameOfProbe, probeOf, probeTimeMs, type ProbeResult, type ProbeWish } from './probe.ts';
import { parseSocketProbe, socketArgv } from './socketProbe.ts';
import { survey } from './survey.ts';
import { TopologyIndex } from './topologyIndex.ts';
import type { Endpoint, KernelAnswer, Probe, Trace, Verdict } from './trace.ts';
import { judge, unsent, type Evidence } from './verdict.ts';
import { orCancelled, startWatch, type Observation, type Watch } from './watch.ts';
import { nameOfNamespace, plain } from './words.ts';

export interface TraceRequest {
  readonly transport: Transport;
  /** What the node was like when the trace began. */
  readonly topology: Topology;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** One ping where it is left out. */
  readonly probe?: ProbeWish | undefined;
}

export interface TraceOptions {
  readonly id: string;
  readonly signal?: AbortSignal | undefined;
  /** Says in a few words what happens now. */
  readonly onProgress?: ((text: string) => void) | undefined;
  /** Takes the frames that were captured, as a pcapng file; not called where there are none. */
  readonly onCapture?: ((file: Uint8Array) => void) | undefined;
}

/**
 * Foretells a probe's way, watches every namespace on it, sends the probe and judges. Leaves nothing on the node, also
 * when it fails. Rejects with `not-found` or `bad-input` (the ends, the probe), `cancelled`, or `connection-lost`; a probe
 * that is lost, and a node on which nothing can be watched, are results.
 */
export async function runTrace(request: TraceRequest, options: TraceOptions): Promise<Trace> {
  const run = new TraceRun(request, options);
  return run.toTrace(await run.send());
}

/** What a probe brought; `result` is a verdict where it could not be sent. */
interface Outcome {
  readonly result: ProbeResult | Verdict;
  readonly observation: Observation;
  /** Null where nobody listened for drops. */
  readonly heard: Heard | null;
}

const nothingWatched: Observation = {
  observedBy: 'none',
  watched: new Set(),
  captured: [],
  counters: new Map(),
  notes: [],
};

class TraceRun {
  readonly #request: TraceRequest;
  readonly #options: TraceOptions;
  readonly #index: TopologyIndex;
  readonly #probe: Probe;
  readonly #prediction: Prediction;
  readonly #signal: AbortSignal | undefined;
  readonly #startedAt = new Date().toISOString();
  #kernel: readonly KernelAnswer[] = [];

  constructor(request: TraceRequest, options: TraceOptions) {
    this.#request = request;
    this.#options = options;
    this.#signal = options.signal;
    this.#index = new TopologyIndex(request.topology);
    this.#probe = probeOf(request.probe);
    this.#prediction = predict(this.#index, { ...request, probe: this.#probe });
  }

  async send(): Promise<Outcome> {
    const { transport } = this.#request;
    const source = this.#index.namespace(this.#prediction.path.from.namespace);
    if (!source || !canEnter(transport, source)) {
      const name = nameOfNamespace(this.#index, this.#prediction.path.from.namespace);
      return notSent(
        `Nothing was sent: ${name} cannot be entered.`,
        `Sending from ${name} needs root: connect as root, or let sudo -n work.`,
      );
    }
    this.#say('Asking the kernel for the way');
    const { tools, kernel } = await survey(transport, this.#index, this.#prediction.routing, this.#signal);
    this.#kernel = kernel;
    if (this.#probe.kind === 'icmp' && !tools.has('ping')) {
      return notSent(
        'Nothing was sent: ping is not installed on the node.',
        'Install ping on the node: iputils-ping on Debian and Ubuntu, iputils elsewhere.',
      );
    }
    this.#say('Starting to watch the way');
    const listening = this.#listen();
    const watch = await startWatch(transport, {
      namespaces: this.#namespacesToWatch(),
      filter: this.#filter(),
      tools: (['tcpdump', 'dumpcap'] as const satisfies readonly CaptureTool[]).filter((tool) =>
        tools.has(tool),
      ),
      signal: this.#signal,
    }).catch(async (error: unknown) => {
      await (await listening)?.abandon();
      throw error;
    });
    return this.#sendUnder(watch, await listening, source);
  }

  /** Listens for drops, where root may. */
  async #listen(): Promise<DropWatch | null> {
    const { transport } = this.#request;
    if (transport.privilege.way === 'none') {
      return null;
    }
    const family = familyOf(this.#prediction.path.to.address);
    const drops = await DropWatch.start(transport, family, probeLengths(this.#probe, family)).catch(
      () => null,
    );
    await drops?.ready;
    return drops;
  }

  async #sendUnder(watch: Watch, drops: DropWatch | null, source: Namespace): Promise<Outcome> {
    try {
      const { kind } = this.#probe;
      const to = this.#prediction.path.to.address;
      this.#say(kind === 'icmp' ? `Pinging ${to}` : `Sending ${nameOfProbe(this.#probe)} to ${to}`);
      const result = await this.#sendFrom(source);
      this.#say('Reading what was seen');
      const seen = Promise.all([watch.finish(), drops?.finish() ?? null]);
      const [observation, heard] = await orCancelled(seen, this.#signal);
      return { result, observation, heard };
    } catch (error) {
      await Promise.all([watch.abandon(), drops?.abandon()]);
      throw error;
    }
  }

  async #sendFrom(source: Namespace): Promise<ProbeResult | Verdict> {
    const { path, zone } = this.#prediction;
    const target = {
      destination: path.to.address,
      zone,
      source: this.#request.from.kind === 'address' ? path.from.address : null,
    };
    const probe = this.#probe;
    if (probe.kind === 'icmp') {
      return parsePing(await this.#exec(inside(source, pingArgv(target, probe)) ?? []));
    }
    const result = parseSocketProbe(await this.#exec(inside(source, socketArgv(target, probe)) ?? []));
    return result.noTool
      ? unsent(
          `Nothing was sent: nothing on the node could open a ${probe.kind.toUpperCase()} socket. Install one of perl, python3 or netcat there.`,
        )
      : result;
  }

  #exec(argv: readonly string[]): Promise<CommandOutput> {
    const signal = this.#options.signal;
    return this.#request.transport.exec(argv, {
      privileged: true,
      timeoutMs: 15_000 + probeTimeMs(this.#probe),
      ...(signal && { signal }),
    });
  }

  /** Both ends and what lies between. Also the destination's, where the way ends before: it shows what did not arrive. */
  #namespacesToWatch(): Namespace[] {
    const { path } = this.#prediction;
    const ids = new Set([
      path.from.namespace,
      ...path.hops.map(({ namespace }) => namespace),
      ...(path.to.namespace === null ? [] : [path.to.namespace]),
    ]);
    return [...ids].flatMap((id) => {
      const namespace = this.#index.namespace(id);
      return namespace && canEnter(this.#request.transport, namespace) ? [namespace] : [];
    });
  }

  #filter(): string {
    const { kind } = this.#probe;
    const { translated } = this.#prediction;
    const ports =
      this.#probe.kind === 'icmp' ? [] : [this.#probe.port, ...translated.flatMap(({ port }) => port ?? [])];
    return captureFilter(this.#concernedAddresses(), { protocol: kind, ports }, this.#prediction.tunnels);
  }

  #concernedAddresses(): string[] {
    const { path, legs, translated } = this.#prediction;
    const { from, to } = path;
    // Where the source is not known, whatever the sender has: its own questions must be seen.
    const sources = from.address === '' ? this.#index.addressesOf(from.namespace) : [from.address];
    return [
      ...sources,
      to.address,
      ...legs.map(({ nextHop }) => nextHop),
      ...translated.map(({ address }) => address),
    ].filter((address) => address !== '');
  }

  #say(text: string): void {
    this.#options.onProgress?.(text);
  }

  toTrace({ result, observation, heard }: Outcome): Trace {
    const sourcePort = 'sourcePort' in result ? result.sourcePort : null;
    const story = this.#tell(observation, sourcePort);
    const { path } = this.#prediction;
    const drops = dropsOf(this.#index, path, story.sightings, heard?.drops ?? [], story.beganNs);
    const trace: Trace = {
      id: this.#options.id,
      startedAt: this.#startedAt,
      title: this.#title(),
      probe: this.#probe,
      path,
      kernel: this.#kernel,
      sightings: story.sightings,
      events: story.events,
      drops,
      verdict:
        'delivered' in result
          ? result
          : judge(this.#index, { ...this.#evidence(result, observation), story, drops }),
      causes: [],
      observedBy: observation.observedBy,
      notes: [
        ...this.#disagreements(),
        ...observation.notes,
        ...this.#blindSpots(observation),
        ...this.#deafness(result, heard),
      ],
    };
    if (observation.captured.some(({ frames }) => frames.length > 0)) {
      this.#options.onCapture?.(captureFile(this.#index, trace, observation.captured, story.beganNs));
    }
    return trace;
  }

  #evidence(probe: ProbeResult, { watched }: Observation): Omit<Evidence, 'story' | 'drops'> {
    return { prediction: this.#prediction, wayBack: this.#wayBack(), watched, sent: this.#probe, probe };
  }

  #tell({ observedBy, captured, counters }: Observation, sourcePort: number | null): Story {
    return observedBy === 'counters'
      ? {
          beganNs: null,
          sightings: sightingsByCounters(this.#index, this.#prediction.path, counters),
          events: [],
        }
      : correlate(this.#index, this.#prediction, captured, { probe: this.#probe, sourcePort });
  }

  #wayBack(): Prediction | null {
    const { from, to } = this.#prediction.path;
    if (to.namespace === null || from.address === '' || familyOf(from.address) !== familyOf(to.address)) {
      return null;
    }
    return predict(this.#index, {
      from: { kind: 'namespace', namespace: to.namespace },
      to: { kind: 'address', address: from.address },
    });
  }

  #disagreements(): string[] {
    return this.#kernel.filter(({ agrees }) => agrees !== true).map(({ text }) => text);
  }

  #blindSpots({ watched, observedBy }: Observation): string[] {
    const wanted = new Set(this.#prediction.path.hops.map(({ namespace }) => namespace));
    const unseen = [...wanted].filter((id) => !watched.has(id)).map((id) => nameOfNamespace(this.#index, id));
    return observedBy === 'none' || unseen.length === 0 || this.#request.transport.privilege.way !== 'none'
      ? []
      : [`What happened in ${unseen.join(', ')} was not watched: that needs root, or sudo -n.`];
  }

  /** Why the kernel's own reasons are missing, where they would have told something. */
  #deafness({ outcome }: Outcome['result'], heard: Heard | null): string[] {
    const missing = heard?.missing ?? null;
    return missing === null || outcome === 'answered' || outcome === 'unsent'
      ? []
      : [`Drop reasons of the kernel are missing: ${missing}.`];
  }

  /** "web → db (10.244.0.3)", "web → db (10.244.0.3), TCP 80". */
  #title(): string {
    const { from, to } = this.#prediction.path;
    const name = (id: string): string => plain(this.#index.namespace(id)?.name ?? id);
    const end = to.namespace === null ? to.address : `${name(to.namespace)} (${to.address})`;
    const what = this.#probe.kind === 'icmp' ? '' : `, ${nameOfProbe(this.#probe)}`;
    return `${name(from.namespace)} → ${end}${what}`;
  }
}

function notSent(reason: string, note: string): Outcome {
  return { result: unsent(reason), observation: { ...nothingWatched, notes: [note] }, heard: null };
}

function canEnter({ privilege }: Transport, namespace: Namespace): boolean {
  return namespace.root || (privilege.way !== 'none' && inside(namespace, []) !== null);
}
