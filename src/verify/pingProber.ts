/** Probes by the node's own `ping`, a process for each, and watches by captures where a tool can. Leaves nothing behind. */
import { enterNamespace } from '../iproute/enterNamespace.ts';
import { runFramed } from '../iproute/runFramed.ts';
import type { Namespace, NamespaceId } from '../topology/topology.ts';
import type { CaptureTool } from '../trace/capture.ts';
import { listOf, plain } from '../trace/words.ts';
import type { Transport } from '../transport/transport.ts';
import { groupBy } from '../util/collections.ts';
import { Eyes, type Seen } from './eyes.ts';
import { payloadOf, sightingsOf } from './pingFrames.ts';
import { parsePings, pingScript } from './pingScript.ts';
import { missedNote, type Answer, type Hearing, type Ping, type Prober, type Site } from './prober.ts';

/** Processes at a time. Each adds two entries to neighbour tables, of which a node has 1,024 for all its namespaces. */
const mostAtOnce = 192;

/** How long an answer is waited for, in seconds: at the first try, and at the second where none came. */
const patienceS = [1, 2] as const;

const scriptTimeoutMs = 60_000;

const nothingSeen: Seen = { watched: new Set(), missed: [], frames: [] };

export class PingProber implements Prober {
  readonly probedBy;
  readonly #transport: Transport;
  readonly #stations: ReadonlyMap<NamespaceId, Namespace>;
  readonly #eyes: Eyes | null;
  readonly #abort = new AbortController();
  readonly #answers = new Map<number, Answer>();
  readonly #unsent = new Map<number, string>();
  readonly #untried = new Map<number, NamespaceId>();
  #noise = '';

  private constructor(
    transport: Transport,
    { stations }: Site,
    watching: { eyes: Eyes; tool: CaptureTool } | null,
  ) {
    this.#transport = transport;
    this.#stations = new Map(stations.map((station) => [station.id, station]));
    this.#eyes = watching?.eyes ?? null;
    this.probedBy = watching?.tool ?? ('ping' as const);
  }

  /** Watches with the first of the tools that can; with none of them, the answers are all there is. */
  static async start(
    transport: Transport,
    site: Site,
    tools: readonly CaptureTool[],
    signal: AbortSignal | undefined,
  ): Promise<{ readonly prober: PingProber; readonly complaints: readonly string[] }> {
    const complaints: string[] = [];
    for (const tool of tools) {
      const eyes = await Eyes.open(transport, site, tool, signal);
      if (typeof eyes !== 'string') {
        return { prober: new PingProber(transport, site, { eyes, tool }), complaints };
      }
      complaints.push(`${tool} does not capture here: ${eyes}.`);
    }
    return { prober: new PingProber(transport, site, null), complaints };
  }

  canSendFrom(namespace: NamespaceId): boolean {
    const station = this.#stations.get(namespace);
    return (
      station !== undefined &&
      (station.root || (this.#transport.privilege.way !== 'none' && enterNamespace(station) !== null))
    );
  }

  async send(pings: readonly Ping[], onDone: () => void): Promise<Hearing> {
    let left = pings;
    for (const [attempt, waitS] of patienceS.entries()) {
      for (let at = 0; at < left.length; at += mostAtOnce) {
        const wave = left.slice(at, at + mostAtOnce);
        await this.#sendAll(wave, waitS);
        const isLast = attempt === patienceS.length - 1;
        wave.filter((ping) => isLast || this.#isOver(ping)).forEach(onDone);
      }
      left = left.filter((ping) => !this.#isOver(ping));
    }
    const { watched, missed, frames } = (await this.#eyes?.shut()) ?? nothingSeen;
    return {
      sightings: sightingsOf(frames, pings, [...this.#stations.keys()]),
      watched,
      untried: new Set(this.#untried.keys()),
      unsent: this.#unsent,
      answers: this.#answers,
      notes: [...this.#notes(), ...missed.map(missedNote)],
    };
  }

  #isOver({ pair }: Ping): boolean {
    return this.#answers.get(pair)?.answered === true || this.#unsent.has(pair) || this.#untried.has(pair);
  }

  async #sendAll(wave: readonly Ping[], waitS: number): Promise<void> {
    const { frames, noise } = await runFramed(this.#transport, this.#scriptFor(wave, waitS), {
      timeoutMs: scriptTimeoutMs,
      signal: this.#abort.signal,
    });
    this.#noise += noise;
    const told = parsePings(frames);
    for (const { pair, from } of wave) {
      const result = told.get(pair);
      if (result === undefined) {
        this.#untried.set(pair, from);
      } else if (result.sent) {
        this.#answers.set(pair, { answered: result.outcome === 'answered', complaint: result.complaint });
      } else {
        this.#unsent.set(pair, result.complaint ?? 'ping gave no reason');
      }
    }
  }

  #notes(): string[] {
    const names = [...new Set(this.#untried.values())].map((id) => plain(this.#stations.get(id)?.name ?? id));
    const why = plain(this.#noise.trim().split('\n')[0] ?? '');
    return names.length === 0 ? [] : [`Nothing could be sent from ${listOf(names)}: ${why}.`];
  }

  #scriptFor(wave: readonly Ping[], waitS: number): string {
    const numbers = new Map([...this.#stations.keys()].map((id, number) => [id, number]));
    const pings = this.#byPlace(wave, ({ from }) => from).map(([place, members]) => ({
      place,
      calls: members.map(({ pair, destination, from }) => ({
        pair,
        destination,
        payloadBytes: payloadOf(numbers.get(from) ?? 0),
      })),
    }));
    const learned = wave.flatMap((ping) => ping.learned);
    const forget = this.#byPlace(
      learned.filter(({ namespace }) => this.canSendFrom(namespace)),
      ({ namespace }) => namespace,
    ).map(([place, neighbours]) => ({ place, neighbours }));
    return pingScript(pings, forget, waitS);
  }

  #byPlace<T>(items: readonly T[], idOf: (item: T) => NamespaceId): [Namespace, T[]][] {
    return [...groupBy(items, idOf)].flatMap(([id, members]): [Namespace, T[]][] => {
      const place = this.#stations.get(id);
      return place === undefined ? [] : [[place, members]];
    });
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#eyes?.close();
  }
}
