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
import { titleOf } from './foretell.ts';
import { sightingsByCounters } from './counters.ts';
import { inside } from './inside.ts';
import { questionFor } from './kernelAnswers.ts';
import { parsePing, pingArgv } from './ping.ts';
import type { Prediction } from './predict.ts';
import { nameOfProbe, probeOf, probeTimeMs, type ProbeResult, type ProbeWish } from './probe.ts';
import { parseSocketProbe, socketArgv } from './socketProbe.ts';
import type { SentProbe } from './recognise.ts';
import { survey } from './survey.ts';
import { TopologyIndex } from './topologyIndex.ts';
import type { Endpoint, KernelAnswer, Probe, Trace, Verdict } from './trace.ts';
import { judge, unsent, type Evidence } from './verdict.ts';
import { orCancelled, startWatch, type Observation, type Watch } from './watch.ts';
import { distinctNamespaces, predictWays, takenWay, type Way, type Ways } from './ways.ts';
import { nameOfNamespace } from './words.ts';

export interface TraceRequest {
  readonly transport: Transport;
  /** What the node was like when the trace began. */
  readonly topology: Topology;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** One ping where it is left out. */
  readonly probe?: ProbeWish | undefined;
  /**
   * What is read of the namespaces on the way meanwhile, their filters and their switches: the probe waits for it, and its way is
   * foretold by it. Null where it could not be read.
   */
  readonly details?: Promise<Topology | null> | undefined;
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
  readonly #probe: Probe;
  #index: TopologyIndex;
  #ways: Ways;
  readonly #signal: AbortSignal | undefined;
  readonly #startedAt = new Date().toISOString();
  #kernel: readonly KernelAnswer[] = [];

  constructor(request: TraceRequest, options: TraceOptions) {
    this.#request = request;
    this.#options = options;
    this.#signal = options.signal;
    this.#probe = probeOf(request.probe);
    this.#index = new TopologyIndex(request.topology);
    this.#ways = predictWays(this.#index, { ...request, probe: this.#probe });
  }

  /** Foretells the way by the details that were read meanwhile. */
  async #learn(): Promise<void> {
    const topology = await this.#request.details;
    if (topology) {
      this.#index = new TopologyIndex(topology);
      this.#ways = predictWays(this.#index, { ...this.#request, probe: this.#probe });
    }
  }

  /** What all ways have in common is told by the first. */
  get #prediction(): Prediction {
    return this.#ways.all[0].there;
  }

  get #predictions(): Prediction[] {
    return this.#ways.all.flatMap(({ there, back }) => (back === null ? [there] : [there, back]));
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
    const routing = this.#ways.all.flatMap(({ there }) => there.routing);
    const { tools, kernel } = await survey(transport, this.#index, routing, this.#signal);
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
      await orCancelled(this.#learn(), this.#signal);
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

  #namespacesToWatch(): Namespace[] {
    return distinctNamespaces(this.#ways.all).flatMap((id) => {
      const namespace = this.#index.namespace(id);
      return namespace && canEnter(this.#request.transport, namespace) ? [namespace] : [];
    });
  }

  #filter(): string {
    const probe = this.#probe;
    const all = this.#predictions;
    const translated = all.flatMap((one) => one.translated.flatMap(({ port }) => port ?? []));
    const ports = probe.kind === 'icmp' ? [] : [probe.port, ...translated];
    const tunnels = all.flatMap((one) => one.tunnels);
    return captureFilter(this.#concernedAddresses(), { protocol: probe.kind, ports }, tunnels);
  }

  #concernedAddresses(): string[] {
    const { from, to } = this.#prediction.path;
    // Where the source is not known, whatever the sender has: its own questions must be seen.
    const sources = from.address === '' ? this.#index.addressesOf(from.namespace) : [from.address];
    const others = this.#predictions.flatMap(({ legs, translated }) => [
      ...legs.map(({ nextHop }) => nextHop),
      ...translated.map(({ address }) => address),
    ]);
    return [...sources, to.address, ...others].filter((address) => address !== '');
  }

  #say(text: string): void {
    this.#options.onProgress?.(text);
  }

  toTrace({ result, observation, heard }: Outcome): Trace {
    const sent: SentProbe = {
      probe: this.#probe,
      sourcePort: 'sourcePort' in result ? result.sourcePort : null,
    };
    const way = takenWay(this.#index, this.#ways, observation.captured, sent);
    const story = this.#tell(way, observation, sent);
    const { path } = way.there;
    const drops = dropsOf(this.#index, path, story.sightings, heard?.drops ?? [], story.beganNs);
    const trace: Trace = {
      id: this.#options.id,
      startedAt: this.#startedAt,
      title: titleOf(this.#index, path, this.#probe),
      probe: this.#probe,
      path,
      wayBack: way.back?.path ?? null,
      kernel: this.#answersOn(way),
      sightings: story.sightings,
      events: story.events,
      drops,
      verdict:
        'delivered' in result
          ? result
          : judge(this.#index, { ...this.#evidence(way, result, observation), story, drops }),
      causes: [],
      observedBy: observation.observedBy,
      notes: [
        ...this.#disagreements(way),
        ...this.#limits(way, result),
        ...observation.notes,
        ...this.#blindSpots(way, observation),
        ...this.#deafness(result, heard),
      ],
    };
    if (observation.captured.some(({ frames }) => frames.length > 0)) {
      this.#options.onCapture?.(captureFile(this.#index, trace, observation.captured, story.beganNs));
    }
    return trace;
  }

  #evidence(
    { there, back }: Way,
    probe: ProbeResult,
    { watched }: Observation,
  ): Omit<Evidence, 'story' | 'drops'> {
    return { prediction: there, wayBack: back, watched, sent: this.#probe, probe };
  }

  #tell({ there, back }: Way, { observedBy, captured, counters }: Observation, sent: SentProbe): Story {
    return observedBy === 'counters'
      ? {
          beganNs: null,
          sightings: sightingsByCounters(this.#index, there.path, counters),
          events: [],
        }
      : correlate(this.#index, there, captured, sent, back);
  }

  /** What the kernel said to the decisions on this way, of all that it was asked. */
  #answersOn({ there: { routing } }: Way): KernelAnswer[] {
    return routing.flatMap((step) => {
      const question = questionFor(this.#index, step).join(' ');
      const answer = this.#kernel.find(
        (one) => one.namespace === step.namespace && one.question === question,
      );
      return answer ?? [];
    });
  }

  #disagreements(way: Way): string[] {
    return this.#answersOn(way)
      .filter(({ agrees }) => agrees !== true)
      .map(({ text }) => text);
  }

  /** Where the prediction was wrong, or could not be whole. */
  #limits({ there }: Way, { outcome }: Outcome['result']): string[] {
    const { stopped } = there.path;
    const cut = new Set(there.path.hops.map(({ namespace }) => namespace));
    const names = [...cut].flatMap((id) => {
      const namespace = this.#index.namespace(id);
      return namespace?.netfilter?.some((ruleset) => ruleset.cut) === true
        ? [nameOfNamespace(this.#index, id)]
        : [];
    });
    return [
      ...(stopped !== null && outcome === 'answered'
        ? [
            `It was foretold to end on its way, and came through: ${stopped} That may have changed since it was read.`,
          ]
        : []),
      ...(this.#ways.areMore
        ? [`It may go more ways than the ${this.#ways.all.length} that were foretold and watched.`]
        : []),
      ...names.map(
        (name) =>
          `The rule sets of ${name} are longer than what is read of them: what they do is foretold only in part.`,
      ),
    ];
  }

  #blindSpots({ there }: Way, { watched, observedBy }: Observation): string[] {
    const wanted = new Set(there.path.hops.map(({ namespace }) => namespace));
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
}

function notSent(reason: string, note: string): Outcome {
  return { result: unsent(reason), observation: { ...nothingWatched, notes: [note] }, heard: null };
}

function canEnter({ privilege }: Transport, namespace: Namespace): boolean {
  return namespace.root || (privilege.way !== 'none' && inside(namespace, []) !== null);
}
