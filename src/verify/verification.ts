/** Pure: what was found when the Kubernetes network model was put to the test (docs/verify.schema.json). */
import type { NamespaceId } from '../topology/topology.ts';
import type { Family } from '../trace/addresses.ts';

/** One of those that must reach each other: a pod, or the node itself. */
export interface End {
  readonly kind: 'node' | 'pod';
  readonly namespace: NamespaceId;
  readonly name: string;
  /** Where others reach it; null where it has no address of the family. Of the node, for pods in none of its networks. */
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

/**
 * `holds`: it arrived under the sender's own address at the address that was dialled, and was answered. `translated`: it
 * arrived under another source or destination (NAT). `astray`: another got it, or answered in the receiver's place. `lost`: it
 * did not get there, or its answer did not get back. `unanswered`: nothing says that it was lost, and ICMP was not answered.
 * `unknown`: no more was shown.
 */
export type CellVerdict = 'holds' | 'translated' | 'astray' | 'lost' | 'unanswered' | 'unknown';

/** A packet as it came in at a namespace. */
export interface Arrival {
  readonly namespace: NamespaceId;
  readonly source: string;
  readonly destination: string;
}

/** One sender and one receiver, over one family of addresses. */
export interface Cell {
  readonly from: NamespaceId;
  readonly to: NamespaceId;
  readonly family: Family;
  /** The address that was dialled. */
  readonly destination: string;
  readonly verdict: CellVerdict;
  /** The receiver's view of the request; null where it saw none, or was not watched. */
  readonly seen: Arrival | null;
  /** In which half of the round trip it was lost; null where it was not, or where that is not known. */
  readonly lostOn: 'request' | 'reply' | null;
  /** What the tables of the node say, where nothing was sent; else null. Not verified. */
  readonly foretold: 'arrives' | 'translated' | 'stops' | null;
  /** One plain sentence. */
  readonly text: string;
}

/** The ends of a cell. */
export type CellKey = Pick<Cell, 'from' | 'to' | 'family'>;

export type RuleName = 'pods-to-pods' | 'node-and-pods' | 'own-address';

/** One rule of the model, and how many pairs say what of it. */
export interface RuleResult {
  readonly rule: RuleName;
  /** In the words of the Kubernetes network model. */
  readonly text: string;
  /** `unverified`: no pair breaks it, but not every one that was to be probed showed that it holds. */
  readonly verdict: 'holds' | 'broken' | 'unverified';
  readonly holds: number;
  readonly broken: number;
  readonly unverified: number;
  /** The pairs that break it. */
  readonly failing: readonly CellKey[];
}

/** How pairs were chosen where there were too many. The same seed chooses the same ones again. */
export interface Sample {
  readonly limit: number;
  readonly seed: number;
}

/**
 * How it was probed. `perl`, `python3`: our own echo requests and eyes in every namespace; a capture tool: `ping`, seen by that;
 * `ping`: its answers alone; `none`: nothing was sent.
 */
export type ProbedBy = 'perl' | 'python3' | 'tcpdump' | 'dumpcap' | 'ping' | 'none';

export interface Verification {
  readonly id: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly families: readonly Family[];
  /** The node first. */
  readonly ends: readonly End[];
  /** How many pairs there are, over all families. */
  readonly pairs: number;
  /** Null where every pair was chosen. */
  readonly sample: Sample | null;
  /** The pairs that were chosen, by sender and receiver in the order of `ends`. */
  readonly cells: readonly Cell[];
  readonly rules: readonly RuleResult[];
  readonly probedBy: ProbedBy;
  /** What was left out or could not be done, and what would make it possible. */
  readonly notes: readonly string[];
}
