import type { ChangeSubject } from './changeEntry.ts';
import type { LinkId, NamespaceId } from './topology.ts';
import type { Plan } from './plan.ts';

/** `error`: something that is meant to work cannot. `warning`: part of it does not. `info`: worth knowing, often meant so. */
export type Severity = 'error' | 'warning' | 'info';

/**
 * Something wrong or surprising in a topology, with what proves it and, where one exists, the change that mends it. Plain
 * data.
 */
export interface Finding {
  /** The same for the same fault in the next topology. */
  readonly id: string;
  /** The rule that found it: "link-down", "duplicate-address" … (docs/FINDINGS.md). */
  readonly rule: string;
  readonly severity: Severity;
  /** What it concerns, the place to look at first. */
  readonly where: { readonly namespaces: readonly NamespaceId[]; readonly links: readonly LinkId[] };
  /** One sentence. */
  readonly title: string;
  /** What follows from it, and why. */
  readonly explanation: string;
  readonly evidence: readonly Proof[];
  /** Null where no change is known that mends it for certain. */
  readonly mend: Plan | null;
}

/** One thing that a node told and that proves a finding. */
export interface Proof {
  readonly kind:
    'link' | 'address' | 'route' | 'rule' | 'neighbour' | 'port' | 'vlan' | 'switch' | 'filter' | 'socket';
  /** On one line, in the words of the tool that shows it. */
  readonly text: string;
  /** The record as it was read. */
  readonly record: unknown;
}

/** Something that rules would look at and that was not read. */
export interface Unchecked {
  /** "Filters", "Switches" …: the beginning of a sentence that goes on with "… were not checked". */
  readonly what: string;
  readonly namespaces: readonly NamespaceId[];
  readonly reason: string;
  readonly remedy: string | null;
}

/** All that the rules say about a topology. */
export interface Diagnosis {
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
}

/** What a finding marks, the place to look at first: the links that it names; where it names none, the namespaces. */
export function placesOf({ where }: Pick<Finding, 'where'>): readonly ChangeSubject[] {
  return where.links.length > 0
    ? where.links.map((id) => ({ kind: 'link', id }))
    : where.namespaces.map((id) => ({ kind: 'namespace', id }));
}
