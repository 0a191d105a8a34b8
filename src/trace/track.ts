/** Pure: what the walk of a packet found so far. */
import type { Link, LinkId, NamespaceId } from '../topology/topology.ts';
import type { Met } from './gates/passGate.ts';
import type { Leg } from './predict.ts';
import type { RoutingStep } from './router.ts';
import type { Choice, Decider, Hop } from './trace.ts';
import { startOfSentence } from './words.ts';

/** A leg that has not come to its end. */
export type OpenLeg = Omit<Leg, 'receiver'>;

/** Something that had a say in a hop beside what decided it. */
export type Voice = Hop['alsoBy'][number];

/** Why a way ends. */
export interface End {
  readonly reason: string;
  /** The record that says so. */
  readonly by?: Decider | null;
  /** The leg that it was on. */
  readonly leg?: OpenLeg;
  /** The link at which it would go on. */
  readonly next?: Link | null;
}

/** A packet that crosses more links than this goes in circles. */
const maxHops = 64;

/** Grows while a packet is walked through the topology; at the end it is the prediction. */
export class Track {
  readonly legs: Leg[] = [];
  readonly routing: RoutingStep[] = [];
  readonly tunnels: { readonly port: number; readonly end: string }[] = [];
  /** Addresses and ports that translation gave the packet. */
  readonly translated: { readonly address: string; readonly port: number | null }[] = [];
  readonly choices: Choice[] = [];
  stopped: string | null = null;
  stoppedBy: Decider | null = null;
  /** The rule that ends the way, where one does. */
  met: Met | null = null;
  expectedNext: LinkId | null = null;
  leavesNode = false;
  reached: NamespaceId | null = null;
  readonly #hops: Hop[] = [];
  readonly #decisions: readonly number[];
  #voices: Voice[] = [];

  /** `decisions`: which of several ways to take where nothing but chance decides, one after the other; the first where it ends. */
  constructor(decisions: readonly number[] = []) {
    this.#decisions = decisions;
  }

  /** What was heard last, and had a say in no further hop, had one in whether the packet goes on from the last. */
  get hops(): readonly Hop[] {
    const last = this.#hops.at(-1);
    return last && this.#voices.length > 0
      ? [...this.#hops.slice(0, -1), { ...last, alsoBy: [...last.alsoBy, ...this.#voices] }]
      : this.#hops;
  }

  get isEndless(): boolean {
    return this.#hops.length > maxHops;
  }

  /** Takes one of several ways, and keeps that there were others. */
  choose<T>(namespace: NamespaceId, options: readonly [T, ...T[]], nameOf: (option: T) => string): T {
    const [first, ...others] = options;
    if (others.length === 0) {
      return first;
    }
    const taken = this.#decisions[this.choices.length] ?? 0;
    this.choices.push({ namespace, options: options.map(nameOf), taken, seen: false });
    return options[taken] ?? first;
  }

  /** Adds to the hop that comes next. */
  hear(voice: Voice | null): void {
    if (voice) {
      this.#voices.push(voice);
    }
  }

  hop(link: Link, direction: Hop['direction'], why: string, decidedBy: Decider | null): void {
    const alsoBy = this.#voices;
    this.#voices = [];
    this.#hops.push({ link: link.id, namespace: link.namespace, direction, why, decidedBy, alsoBy });
  }

  stop({ reason, by = null, leg, next }: End): void {
    this.stopped = startOfSentence(reason);
    this.stoppedBy = by;
    this.expectedNext = next?.id ?? this.expectedNext;
    if (leg) {
      this.legs.push({ ...leg, receiver: null });
    }
  }
}
