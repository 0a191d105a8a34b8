import type { Transport } from '../transport/transport.ts';
import { quoteArgv } from '../util/quote.ts';
import { enterNamespace, type NamespacePlace } from './enterNamespace.ts';
import { linkSchema, parseRecords, type LinkRecord } from './records.ts';
import { runFramed } from './runFramed.ts';

/** Some links of one namespace, by name. */
export interface LinksQuestion {
  readonly place: NamespacePlace;
  readonly names: readonly string[];
}

/** Counters that come later than the next ones are asked for are of no use. */
const timeoutMs = 5_000;

/**
 * Reads links with their counters, one answer for each question: one round trip, and one process for each namespace. What is
 * gone or cannot be read is left out. Rejects with `cancelled` or `connection-lost`.
 */
export async function readLinkRecords(
  transport: Transport,
  questions: readonly LinksQuestion[],
): Promise<readonly (readonly LinkRecord[])[]> {
  const script = questions.map(commandFor).join('\n');
  const { frames } = await runFramed(transport, script, { timeoutMs });
  return questions.map((_, at) =>
    frames.filter(({ header }) => header[0] === String(at)).flatMap(({ body }) => parseAnswers(body)),
  );
}

/** `ip -batch` prints one line of JSON for each command that it could carry out. */
function commandFor({ place, names }: LinksQuestion, at: number): string {
  const enter = enterNamespace(place);
  if (enter === null) {
    return '';
  }
  // `ip -n` spares what `ip netns exec` mounts.
  const ip = enter[0] === 'ip' ? ['ip', '-n', enter.at(-1) ?? ''] : [...enter, 'ip'];
  const mark = `printf '\\036%s %s\\n' "$1" ${at}`;
  const lines = quoteArgv(['printf', '%s\\n', ...batchOf(names)]);
  return `${mark}; ${lines} | ${quoteArgv([...ip, '-s', '-j', '-force', '-batch', '-'])}`;
}

/** A batch has no way to quote a `#` (iproute2: lib/utils.c, getcmdline): all links are read where a name is not plain. */
function batchOf(names: readonly string[]): string[] {
  const isPlain = names.every((name) => /^[^\s#'"\\]+$/.test(name));
  return isPlain ? names.map((name) => `link show dev ${name}`) : ['link show'];
}

function parseAnswers(body: string): LinkRecord[] {
  return body.split('\n').flatMap((line) => (line.startsWith('[') ? parseAnswer(line) : []));
}

/** A line that was cut short says nothing. */
function parseAnswer(line: string): readonly LinkRecord[] {
  try {
    return parseRecords(linkSchema, line).records;
  } catch {
    return [];
  }
}
