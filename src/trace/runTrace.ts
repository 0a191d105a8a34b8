/** One trace from beginning to end: predict, watch, probe, and say what happened. */
import { enterNamespace } from '../iproute/enterNamespace.ts';
import type { Namespace, Topology } from '../topology/topology.ts';
import type { Transport } from '../transport/transport.ts';
import { familyOf } from './addresses.ts';
import { captureFilter } from './captureFilter.ts';
import type { CaptureTool } from './capture.ts';
import { correlate, type Story } from './correlate.ts';
import type { LinkCounters } from './counters.ts';
import { predict, type Prediction } from './predict.ts';
import { parsePing, pingArgv, type ProbeResult } from './probe.ts';
import { TopologyIndex } from './topologyIndex.ts';
import type { Endpoint, Sighting, Trace, Verdict } from './trace.ts';
import { judge, unsent } from './verdict.ts';
import { orCancelled, startWatch, type Observation, type Watch } from './watch.ts';
import { nameOfNamespace, plain } from './words.ts';

export interface TraceRequest {
  readonly transport: Transport;
  /** What the node was like when the trace began. */
  readonly topology: Topology;
  readonly from: Endpoint;
  readonly to: Endpoint;
}

export interface TraceOptions {
  readonly id: string;
  readonly signal?: AbortSignal | undefined;
  /** Says in a few words what happens now. */
  readonly onProgress?: ((text: string) => void) | undefined;
}

/**
 * Foretells a ping's way, watches every namespace on it, sends one ping and judges. Leaves nothing on the node, also
 * when it fails. Rejects with `not-found` or `bad-input` (the ends), `cancelled`, or `connection-lost`; a ping that
 * is lost, and a node on which nothing can be watched, are results.
 */
export async function runTrace(request: TraceRequest, options: TraceOptions): Promise<Trace> {
  const run = new TraceRun(request, options);
  return run.toTrace(await run.probe());
}

/** What a probe brought; `result` is a verdict where it could not be sent. */
interface Outcome {
  readonly result: ProbeResult | Verdict;
  readonly observation: Observation;
}

const nothingWatched: Observation = {
  observedBy: 'none',
  watched: new Set(),
  captured: [],
  counters: new Map(),
  notes: [],
};

/** Payloads that no ping has by default (56), small enough to pass any link whole. */
const payloads = { least: 64, choices: 128 };

class TraceRun {
  readonly #request: TraceRequest;
  readonly #options: TraceOptions;
  readonly #index: TopologyIndex;
  readonly #prediction: Prediction;
  readonly #signal: AbortSignal | undefined;
  readonly #startedAt = new Date().toISOString();
  readonly #payloadBytes = payloads.least + Math.floor(Math.random() * payloads.choices);

  constructor(request: TraceRequest, options: TraceOptions) {
    this.#request = request;
    this.#options = options;
    this.#signal = options.signal;
    this.#index = new TopologyIndex(request.topology);
    this.#prediction = predict(this.#index, request);
  }

  async probe(): Promise<Outcome> {
    const { transport } = this.#request;
    const source = this.#index.namespace(this.#prediction.path.from.namespace);
    if (!source || !canEnter(transport, source)) {
      const name = nameOfNamespace(this.#index, this.#prediction.path.from.namespace);
      const notes = [`Sending from ${name} needs root: connect as root, or let sudo -n work.`];
      return {
        result: unsent(`Nothing was sent: ${name} cannot be entered.`),
        observation: { ...nothingWatched, notes },
      };
    }
    this.#say('Looking for tcpdump and ping');
    const tools = await this.#findTools(source);
    if (!tools.includes('ping')) {
      const notes = ['Install ping on the node: iputils-ping on Debian and Ubuntu, iputils elsewhere.'];
      return {
        result: unsent('Nothing was sent: ping is not installed on the node.'),
        observation: { ...nothingWatched, notes },
      };
    }
    this.#say('Starting to watch the way');
    const watch = await startWatch(transport, {
      namespaces: this.#namespacesToWatch(),
      filter: captureFilter(this.#concernedAddresses()),
      tools: (['tcpdump', 'dumpcap'] as const satisfies readonly CaptureTool[]).filter((tool) =>
        tools.includes(tool),
      ),
      signal: this.#signal,
    });
    return this.#probeUnder(watch, source);
  }

  async #probeUnder(watch: Watch, source: Namespace): Promise<Outcome> {
    try {
      this.#say(`Pinging ${this.#prediction.path.to.address}`);
      const result = await this.#ping(source);
      this.#say('Reading what was seen');
      return { result, observation: await orCancelled(watch.finish(), this.#signal) };
    } catch (error) {
      await watch.abandon();
      throw error;
    }
  }

  async #findTools(source: Namespace): Promise<string[]> {
    const script =
      'for tool in tcpdump dumpcap ping; do command -v "$tool" >/dev/null 2>&1 && echo "$tool"; done; :';
    const { stdout } = await this.#exec([...(enterNamespace(source) ?? []), 'sh', '-c', script]);
    return stdout.split('\n');
  }

  async #ping(source: Namespace): Promise<ProbeResult> {
    const { to, from } = this.#prediction.path;
    const argv = pingArgv({
      destination: to.address,
      source: this.#request.from.kind === 'address' ? from.address : null,
      payloadBytes: this.#payloadBytes,
    });
    return parsePing(await this.#exec([...(enterNamespace(source) ?? []), ...argv]));
  }

  #exec(argv: readonly string[]): ReturnType<Transport['exec']> {
    const signal = this.#options.signal;
    return this.#request.transport.exec(argv, {
      privileged: true,
      timeoutMs: 15_000,
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

  #concernedAddresses(): string[] {
    const { path, legs } = this.#prediction;
    const { from, to } = path;
    // Where the source is not known, whatever the sender has: its own questions must be seen.
    const sources = from.address === '' ? this.#index.addressesOf(from.namespace) : [from.address];
    return [...sources, to.address, ...legs.map(({ nextHop }) => nextHop)].filter(
      (address) => address !== '',
    );
  }

  #say(text: string): void {
    this.#options.onProgress?.(text);
  }

  toTrace({ result, observation }: Outcome): Trace {
    const story = this.#tell(observation);
    const { path } = this.#prediction;
    return {
      id: this.#options.id,
      startedAt: this.#startedAt,
      title: this.#title(),
      path,
      sightings: story.sightings,
      events: story.events,
      verdict:
        'delivered' in result
          ? result
          : judge(this.#index, { ...this.#evidence(result, observation), story }),
      observedBy: observation.observedBy,
      notes: [...observation.notes, ...this.#blindSpots(observation)],
    };
  }

  #evidence(probe: ProbeResult, { watched }: Observation): Omit<Parameters<typeof judge>[1], 'story'> {
    return { prediction: this.#prediction, wayBack: this.#wayBack(), watched, probe };
  }

  #tell({ observedBy, captured, counters }: Observation): Story {
    return observedBy === 'counters'
      ? { sightings: this.#sightingsBy(counters), events: [] }
      : correlate(this.#index, this.#prediction, captured, this.#payloadBytes);
  }

  /** Counters know neither time nor kind: each link on the way whose counter grew was crossed. */
  #sightingsBy(counters: LinkCounters): Sighting[] {
    const links = [...new Set(this.#prediction.path.hops.map(({ link }) => link))];
    return links.flatMap((link) => {
      const { sent = 0, received = 0 } = counters.get(link) ?? {};
      const directions = [
        ...(sent > 0 ? (['out'] as const) : []),
        ...(received > 0 ? (['in'] as const) : []),
      ];
      const namespace = this.#index.link(link)?.namespace ?? '';
      const rest = {
        protocol: 'other',
        atNs: 0,
        sequence: null,
        source: null,
        destination: null,
        flooded: false,
      } as const;
      return directions.map((direction) => ({ link, namespace, direction, ...rest }));
    });
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

  #blindSpots({ watched, observedBy }: Observation): string[] {
    const wanted = new Set(this.#prediction.path.hops.map(({ namespace }) => namespace));
    const unseen = [...wanted].filter((id) => !watched.has(id)).map((id) => nameOfNamespace(this.#index, id));
    return observedBy === 'none' || unseen.length === 0 || this.#request.transport.privilege.way !== 'none'
      ? []
      : [`What happened in ${unseen.join(', ')} was not watched: that needs root, or sudo -n.`];
  }

  /** "web → db (10.244.0.3)". */
  #title(): string {
    const { from, to } = this.#prediction.path;
    const name = (id: string): string => plain(this.#index.namespace(id)?.name ?? id);
    const end = to.namespace === null ? to.address : `${name(to.namespace)} (${to.address})`;
    return `${name(from.namespace)} → ${end}`;
  }
}

function canEnter({ privilege }: Transport, namespace: Namespace): boolean {
  return namespace.root || (privilege.way !== 'none' && enterNamespace(namespace) !== null);
}
