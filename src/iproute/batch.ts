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

/** All but the links. */
export const tableSections = ['routes', 'rules', 'neighbours', 'netconf'] as const;

const commands: Record<BatchSection, string> = {
  links: 'addr show',
  routes: 'route show table all',
  rules: 'rule show',
  neighbours: 'neigh show',
  // The one way to sysctls of another namespace that costs no process of its own.
  netconf: 'netconf show',
};

/** The lines that `ip -batch -` reads for some sections; one process answers them all. */
export function batchInput(sections: readonly BatchSection[]): string {
  return sections.map((section) => commands[section]).join('\n');
}

export type Sections = Pick<NamespaceSnapshot, BatchSection>;

/** A section that did not come, and why. */
export interface SectionFailure {
  readonly what: string;
  readonly reason: string;
}

/** The sections that were asked for; null for what did not come. */
export type BatchResult<S extends BatchSection = BatchSection> = Pick<Sections, S> & {
  readonly failures: readonly SectionFailure[];
};

/**
 * Reads what `ip -force -j -batch -` printed, standard error among it, when it was asked for some sections. Each successful command
 * prints one line of JSON; a failed one prints its complaint and "Command failed -:N" (iproute2: lib/utils.c, do_batch).
 */
export function* parseBatchSliced<S extends BatchSection>(
  text: string,
  asked: readonly S[],
): Sliced<BatchResult<S>> {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const failed = new Map<BatchSection, string>();
  const answers: string[] = [];
  let complaint: string[] = [];
  for (const line of lines) {
    const failure = /^Command failed -:(\d+)/.exec(line);
    if (failure) {
      const section = asked[Number(failure[1]) - 1];
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
  return yield* assign(answers, { asked, failed, complaint: complaint.join(' ') });
}

/** As `parseBatchSliced` for all sections, in one go. */
export function parseBatch(text: string): BatchResult {
  return doWhole(parseBatchSliced(text, batchSections));
}

const schemas: { readonly [S in BatchSection]: v.GenericSchema<unknown, NonNullable<Sections[S]>[number]> } =
  {
    links: linkSchema,
    routes: routeSchema,
    rules: ruleSchema,
    neighbours: neighbourSchema,
    netconf: netconfSchema,
  };

interface Said<S extends BatchSection> {
  readonly asked: readonly S[];
  readonly failed: ReadonlyMap<BatchSection, string>;
  /** What was said of no command. */
  readonly complaint: string;
}

function* assign<S extends BatchSection>(
  answers: readonly string[],
  { asked, failed, complaint }: Said<S>,
): Sliced<BatchResult<S>> {
  const expected = asked.filter((section) => !failed.has(section));
  const inOrder = answers.length === expected.length;
  const failures: SectionFailure[] = [...failed].map(([what, reason]) => ({ what, reason }));
  const sections: Partial<Record<BatchSection, unknown[] | null>> = {};
  for (const section of asked) {
    const answer = inOrder
      ? answers[expected.indexOf(section)]
      : answers.find((json) => looksLike(section, json));
    if (failed.has(section)) {
      sections[section] = null;
    } else if (answer === undefined) {
      sections[section] = null;
      failures.push({ what: section, reason: complaint || 'ip ended before it answered.' });
    } else {
      sections[section] = yield* parseSection<unknown>(section, answer, schemas[section], failures);
    }
  }
  return { ...(sections as Pick<Sections, S>), failures };
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
