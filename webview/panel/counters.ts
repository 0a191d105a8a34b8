/** The counters of the links that are looked at: asked for all at once, every few seconds, while somebody can see them. */
import { mostCounted } from '../../src/protocol/messages.ts';
import type { LinkId } from '../../src/topology/topology.ts';
import { trafficBetween, type Sample, type Traffic } from '../graph/rates.ts';
import type { Host } from '../host/host.ts';

const restMs = 2_000;

/** Who looks, each at links of its own. What the inspector shows goes first. */
export type Onlooker = 'inspector' | 'picture';

export class CounterWatch {
  readonly #host: Host;
  readonly #watched: Record<Onlooker, readonly LinkId[]> = { inspector: [], picture: [] };
  readonly #listeners: (() => void)[] = [];
  #samples = new Map<LinkId, Sample>();
  #traffic = new Map<LinkId, Traffic>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the plans: an answer is followed by another question only while none was made since. */
  #turn = 0;

  constructor(host: Host) {
    this.#host = host;
    host.on('counters', ({ atMs, links }) => {
      links.forEach(({ link, statistics }) => this.#take(link, { atMs, statistics }));
      this.#listeners.forEach((listener) => listener());
    });
    document.addEventListener('visibilitychange', () => this.#plan(0));
  }

  /** Counters have come. For as long as the page lives. */
  onDidRead(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Of a link that is watched; null before the first answer. */
  trafficOf(link: LinkId): Traffic | null {
    return this.#traffic.get(link) ?? null;
  }

  /** From now on so many links, as many as may be asked for at once; none watches nothing. */
  watch(onlooker: Onlooker, links: readonly LinkId[]): void {
    const before = this.#watched[onlooker];
    if (links.length === before.length && links.every((link, at) => link === before[at])) {
      return;
    }
    this.#watched[onlooker] = links;
    const all = new Set(this.#all());
    const kept = <T>(map: ReadonlyMap<LinkId, T>): Map<LinkId, T> =>
      new Map([...map].filter(([link]) => all.has(link)));
    [this.#samples, this.#traffic] = [kept(this.#samples), kept(this.#traffic)];
    this.#plan(0);
  }

  #all(): LinkId[] {
    const { inspector, picture } = this.#watched;
    return [...new Set([...inspector, ...picture])].slice(0, mostCounted);
  }

  #take(link: LinkId, sample: Sample): void {
    this.#traffic.set(link, trafficBetween(this.#samples.get(link) ?? null, sample));
    this.#samples.set(link, sample);
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    const links = this.#all();
    if (links.length > 0 && !document.hidden) {
      this.#timer = setTimeout(() => void this.#ask(links, turn), delayMs);
    }
  }

  /** What cannot be read once is not asked for again: the totals of the last reading stay. */
  async #ask(links: readonly LinkId[], turn: number): Promise<void> {
    const error = await this.#host.counters(links);
    if (error === null && turn === this.#turn) {
      this.#plan(restMs);
    }
  }
}
