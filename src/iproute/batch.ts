import {
  fdbSchema,
  linkSchema,
  neighbourSchema,
  netconfSchema,
  parseRecords,
  portVlansSchema,
  routeSchema,
  ruleSchema,
  type Parsed,
} from './records.ts';
import type { NamespaceSnapshot } from './snapshot.ts';

/** The sections that one `ip -batch` reads from a namespace, in the order of its commands. */
export const batchSections = ['links', 'routes', 'rules', 'neighbours', 'netconf'] as const;
export type BatchSection = (typeof batchSections)[number];

/** The lines that `ip -batch -` reads; one process answers them all. */
export const batchCommands: Record<BatchSection, string> = {
  links: 'addr show',
  routes: 'route show table all',
  rules: 'rule show',
  neighbours: 'neigh show',
  // The one way to sysctls of another namespace that costs no process of its own.
  netconf: 'netconf show',
};

export type Sections = Pick<NamespaceSnapshot, BatchSection>;

/** A section that did not come, and why. */
export interface SectionFailure {
  readonly what: string;
  readonly reason: string;
}

export interface BatchResult extends Sections {
  readonly failures: readonly SectionFailure[];
}

/**
 * Reads what `ip -force -j -batch -` printed, standard error among it. Each successful command prints one line of
 * JSON; a failed one prints its complaint and "Command failed -:N" (iproute2: lib/utils.c, do_batch).
 */
export function parseBatch(text: string): BatchResult {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const failed = new Map<BatchSection, string>();
  const answers: string[] = [];
  let complaint: string[] = [];
  for (const line of lines) {
    const failure = /^Command failed -:(\d+)/.exec(line);
    if (failure) {
      const section = batchSections[Number(failure[1]) - 1];
      if (section) {
        failed.set(section, complaint.join(' ') || 'ip gave no reason.');
      }
      complaint = [];
    } else if (/^\s*[[{]/.test(line)) {
      answers.push(line);
    } else {
      complaint.push(line.trim());
    }
  }
  return assign(answers, failed, complaint.join(' '));
}

function assign(answers: string[], failed: Map<BatchSection, string>, complaint: string): BatchResult {
  const expected = batchSections.filter((section) => !failed.has(section));
  const inOrder = answers.length === expected.length;
  const failures: SectionFailure[] = [...failed].map(([what, reason]) => ({ what, reason }));
  const take = <T>(section: BatchSection, parse: (json: string) => Parsed<T>): T[] | null => {
    if (failed.has(section)) {
      return null;
    }
    const answer = inOrder
      ? answers[expected.indexOf(section)]
      : answers.find((json) => looksLike(section, json));
    if (answer === undefined) {
      failures.push({ what: section, reason: complaint || 'ip ended before it answered.' });
      return null;
    }
    return parseSection(section, answer, parse, failures);
  };
  return {
    links: take('links', (json) => parseRecords(linkSchema, json)),
    routes: take('routes', (json) => parseRecords(routeSchema, json)),
    rules: take('rules', (json) => parseRecords(ruleSchema, json)),
    neighbours: take('neighbours', (json) => parseRecords(neighbourSchema, json)),
    netconf: take('netconf', (json) => parseRecords(netconfSchema, json)),
    failures,
  };
}

/** Parses one section alone, so that one that is broken never costs another. */
export function parseSection<T>(
  what: string,
  json: string,
  parse: (json: string) => Parsed<T>,
  failures: SectionFailure[],
): T[] | null {
  try {
    const { records, rejected } = parse(json);
    if (rejected > 0) {
      failures.push({
        what,
        reason: `${rejected} of ${records.length + rejected} records have a form we do not know.`,
      });
    }
    return [...records];
  } catch (error) {
    failures.push({ what, reason: `ip printed invalid JSON: ${String(error)}` });
    return null;
  }
}

/** Reads `bridge -j fdb show`. */
export function parseFdb(
  text: string,
): Pick<NamespaceSnapshot, 'fdb'> & { readonly failures: readonly SectionFailure[] } {
  const { records, failures } = parseAnswer('fdb', text, (json) => parseRecords(fdbSchema, json));
  return { fdb: records, failures };
}

/** Reads `bridge -j vlan show`. */
export function parseVlans(
  text: string,
): Pick<NamespaceSnapshot, 'vlans'> & { readonly failures: readonly SectionFailure[] } {
  const { records, failures } = parseAnswer('vlans', text, (json) => parseRecords(portVlansSchema, json));
  return { vlans: records, failures };
}

/** Reads what one command printed: JSON, or its complaint. */
export function parseAnswer<T>(
  what: string,
  text: string,
  parse: (json: string) => Parsed<T>,
): { readonly records: T[] | null; readonly failures: readonly SectionFailure[] } {
  const failures: SectionFailure[] = [];
  const complaint = text.trim();
  if (complaint !== '' && !/^[[{]/.test(complaint)) {
    return { records: null, failures: [{ what, reason: complaint }] };
  }
  return { records: parseSection(what, text, parse, failures), failures };
}

/** Tells sections apart by their fields, where a release prints nothing at all for an empty one. */
function looksLike(section: BatchSection, json: string): boolean {
  const fields: Record<BatchSection, RegExp> = {
    links: /^\s*\[\s*\{[^}]*"ifindex"/,
    routes: /^\s*\[\s*\{(?![^}]*"(?:ifindex|lladdr|state)")[^}]*"dst"/,
    rules: /^\s*\[\s*\{[^}]*"priority"/,
    neighbours: /^\s*\[\s*\{[^}]*"dst"[^}]*"state"/,
    netconf: /^\s*\[\s*\{[^}]*"interface"/,
  };
  return fields[section].test(json);
}
