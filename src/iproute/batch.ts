import type * as v from 'valibot';
import { doWhole, type Sliced } from '../util/sliced.ts';
import {
  fdbSchema,
  linkSchema,
  neighbourSchema,
  netconfSchema,
  parseRecordsSliced,
  portVlansSchema,
  routeSchema,
  ruleSchema,
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
  return doWhole(parseBatchSliced(text));
}

/** As `parseBatch`, to be interrupted between records. */
export function* parseBatchSliced(text: string): Sliced<BatchResult> {
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
  return yield* assign(answers, failed, complaint.join(' '));
}

function* assign(
  answers: string[],
  failed: Map<BatchSection, string>,
  complaint: string,
): Sliced<BatchResult> {
  const expected = batchSections.filter((section) => !failed.has(section));
  const inOrder = answers.length === expected.length;
  const failures: SectionFailure[] = [...failed].map(([what, reason]) => ({ what, reason }));
  const take = function* <T>(section: BatchSection, schema: v.GenericSchema<unknown, T>): Sliced<T[] | null> {
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
    return yield* parseSection(section, answer, schema, failures);
  };
  return {
    links: yield* take('links', linkSchema),
    routes: yield* take('routes', routeSchema),
    rules: yield* take('rules', ruleSchema),
    neighbours: yield* take('neighbours', neighbourSchema),
    netconf: yield* take('netconf', netconfSchema),
    failures,
  };
}

/** Parses one section alone, so that one that is broken never costs another. */
function* parseSection<T>(
  what: string,
  json: string,
  schema: v.GenericSchema<unknown, T>,
  failures: SectionFailure[],
): Sliced<T[] | null> {
  try {
    const { records, rejected } = yield* parseRecordsSliced(schema, json);
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
export function parseFdb(text: string): FdbResult {
  return doWhole(parseFdbSliced(text));
}

export interface FdbResult extends Pick<NamespaceSnapshot, 'fdb'> {
  readonly failures: readonly SectionFailure[];
}

/** As `parseFdb`, to be interrupted between records. */
export function* parseFdbSliced(text: string): Sliced<FdbResult> {
  const { records, failures } = yield* parseAnswerSliced('fdb', text, fdbSchema);
  return { fdb: records, failures };
}

/** Reads `bridge -j vlan show`. */
export function parseVlans(
  text: string,
): Pick<NamespaceSnapshot, 'vlans'> & { readonly failures: readonly SectionFailure[] } {
  const { records, failures } = parseAnswer('vlans', text, portVlansSchema);
  return { vlans: records, failures };
}

interface Answer<T> {
  readonly records: T[] | null;
  readonly failures: readonly SectionFailure[];
}

/** Reads what one command printed: JSON, or its complaint. */
export function parseAnswer<T>(what: string, text: string, schema: v.GenericSchema<unknown, T>): Answer<T> {
  return doWhole(parseAnswerSliced(what, text, schema));
}

function* parseAnswerSliced<T>(
  what: string,
  text: string,
  schema: v.GenericSchema<unknown, T>,
): Sliced<Answer<T>> {
  const failures: SectionFailure[] = [];
  const complaint = text.trim();
  // The collector ends even an empty answer with a newline.
  if (text === '') {
    return { records: null, failures: [{ what, reason: 'The command ended before it answered.' }] };
  }
  if (complaint !== '' && !/^[[{]/.test(complaint)) {
    return { records: null, failures: [{ what, reason: complaint }] };
  }
  return { records: yield* parseSection(what, text, schema, failures), failures };
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
