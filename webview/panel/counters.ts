/** The counters of the link that is looked at: asked for every few seconds, while somebody can see them. */
import type { LinkId } from '../../src/topology/topology.ts';
import { trafficBetween, type Sample, type Traffic } from '../graph/rates.ts';
import type { Host } from '../host/host.ts';

const restMs = 2_000;

export class CounterWatch {
  readonly #host: Host;
  readonly #onChange: () => void;
  #link: LinkId | null = null;
  #last: Sample | null = null;
  #traffic: Traffic | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host, onChange: () => void) {
    this.#host = host;
    this.#onChange = onChange;
    host.on('counters', ({ link, atMs, statistics }) => {
      if (link === this.#link) {
        this.#take({ atMs, statistics });
      }
    });
    document.addEventListener('visibilitychange', () => this.#plan(0));
  }

  /** Of the link that is watched; null before the first answer. */
  trafficOf(link: LinkId): Traffic | null {
    return link === this.#link ? this.#traffic : null;
  }

  /** Null watches nothing. */
  watch(link: LinkId | null): void {
    if (link !== this.#link) {
      this.#link = link;
      this.#last = null;
      this.#traffic = null;
      this.#plan(0);
    }
  }

  #take(sample: Sample): void {
    this.#traffic = trafficBetween(this.#last, sample);
    this.#last = sample;
    this.#onChange();
  }

  #plan(delayMs: number): void {
    clearTimeout(this.#timer);
    const link = this.#link;
    if (link !== null && !document.hidden) {
      this.#timer = setTimeout(() => void this.#ask(link), delayMs);
    }
  }

  /** What cannot be read once is not asked for again: the totals of the last reading stay. */
  async #ask(link: LinkId): Promise<void> {
    const error = await this.#host.counters(link);
    if (link === this.#link && error === null) {
      this.#plan(restMs);
    }
  }
}
