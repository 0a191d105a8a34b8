/** Pure: what the walk of a packet found so far. */
import type { Link, LinkId, NamespaceId } from '../topology/topology.ts';
import type { Leg } from './predict.ts';
import type { RoutingStep } from './router.ts';
import type { Decider, Hop } from './trace.ts';
import { startOfSentence } from './words.ts';

/** A leg that has not come to its end. */
export type OpenLeg = Omit<Leg, 'receiver'>;

/** Something that had a say in a hop beside what decided it. */
export type Voice = Hop['alsoBy'][number];

/** A packet that crosses more links than this goes in circles. */
const maxHops = 64;

/** Grows while a packet is walked through the topology; at the end it is the prediction. */
export class Track {
  readonly hops: Hop[] = [];
  readonly legs: Leg[] = [];
  readonly routing: RoutingStep[] = [];
  readonly tunnels: { readonly port: number; readonly end: string }[] = [];
  /** Addresses and ports that translation gave the packet. */
  readonly translated: { readonly address: string; readonly port: number | null }[] = [];
  stopped: string | null = null;
  expectedNext: LinkId | null = null;
  leavesNode = false;
  reached: NamespaceId | null = null;
  #voices: Voice[] = [];

  get isEndless(): boolean {
    return this.hops.length > maxHops;
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
    this.hops.push({ link: link.id, namespace: link.namespace, direction, why, decidedBy, alsoBy });
  }

  stop(reason: string, leg?: OpenLeg, next?: Link | null): void {
    this.stopped = startOfSentence(reason);
    this.expectedNext = next?.id ?? this.expectedNext;
    if (leg) {
      this.legs.push({ ...leg, receiver: null });
    }
  }
}
