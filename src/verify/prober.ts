/** Pure: what sends the probes of a verification, and what it has to tell of them. */
import type { Namespace, NamespaceId } from '../topology/topology.ts';
import type { Family } from '../trace/addresses.ts';
import { plain } from '../trace/words.ts';
import type { ProbedBy } from './verification.ts';

/** One echo request that is to be sent, again where no answer comes. */
export interface Ping {
  /** Its number, which it carries. */
  readonly pair: number;
  readonly from: NamespaceId;
  readonly to: NamespaceId;
  readonly family: Family;
  readonly destination: string;
  /** Entries of neighbour tables that are there on account of this ping alone, and go with it. */
  readonly learned: readonly LearnedNeighbour[];
}

/** An entry of a neighbour table. */
export interface LearnedNeighbour {
  readonly namespace: NamespaceId;
  readonly ifindex: number;
  readonly address: string;
}

/** One of our messages at a namespace: going out, or come in for it. What only passes a bridge is none. */
export interface Sighting {
  readonly pair: number;
  readonly namespace: NamespaceId;
  readonly direction: 'in' | 'out';
  readonly message: 'request' | 'reply' | 'error';
  readonly source: string;
  readonly destination: string;
  /** What an ICMP error says; null for others. */
  readonly error: string | null;
}

/** All that was heard of the pings. */
export interface Hearing {
  /** In the order in which each namespace saw them. */
  readonly sightings: readonly Sighting[];
  /** The namespaces that were watched all the time, and missed nothing. */
  readonly watched: ReadonlySet<NamespaceId>;
  /** The pairs whose ping was not even tried: their sender could not be entered. */
  readonly untried: ReadonlySet<number>;
  /** Why the kernel did not send a ping, by its pair. */
  readonly unsent: ReadonlyMap<number, string>;
  /** What a program that pings says by the pair; empty where what came back was seen. */
  readonly answers: ReadonlyMap<number, Answer>;
  readonly notes: readonly string[];
}

/** What a program that pings says of it. */
export interface Answer {
  readonly answered: boolean;
  /** An error that came back, or that kept it from being sent; null for silence. */
  readonly complaint: string | null;
}

export interface Prober {
  readonly probedBy: ProbedBy;
  canSendFrom(namespace: NamespaceId): boolean;
  /**
   * Sends the pings, many at a time, and resolves when the last was answered or given up. `onDone` is called after each. Rejects
   * with `connection-lost`, or with `cancelled` after `close`.
   */
  send(pings: readonly Ping[], onDone: () => void): Promise<Hearing>;
  /** Ends it on the node. Never rejects. */
  close(): Promise<void>;
}

/** Where is probed. */
export interface Site {
  /** Those who send and watch, in a fixed order. */
  readonly stations: readonly Namespace[];
  /** All addresses of the node itself. */
  readonly nodeAddresses: readonly string[];
}

/** That a namespace was not watched all the time. */
export function missedNote({ name }: Pick<Namespace, 'name'>): string {
  return `The node was too busy to show all that came to ${plain(name)}.`;
}

/** What a verification says that people gave up. */
export const cancelled = 'The verification was cancelled.';
