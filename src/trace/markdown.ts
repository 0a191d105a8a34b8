/** Pure: a trace as a Markdown document. What it quotes from a node is escaped: it is text there, never markup. */
import type { LinkId, Topology } from '../topology/topology.ts';
import { quoteArgv } from '../util/quote.ts';
import type { TraceComparison } from './compare.ts';
import { describeChoices, describeVerdict, describeWayBack } from './describe.ts';
import { isSeen, tellTrace } from './tellTrace.ts';
import { TopologyIndex } from './topologyIndex.ts';
import type { Trace } from './trace.ts';
import { formatNs, linkName, plain } from './words.ts';

/** Way, times, verdict and evidence, with a sequence diagram in Mermaid. Ends with a line break. */
export function traceMarkdown(trace: Trace, topology: Topology): string {
  const index = new TopologyIndex(topology);
  const sections = [
    [`# Trace ${escaped(trace.title)}`],
    [`_${escaped(trace.startedAt)}, ${observed[trace.observedBy]}._`],
    describeVerdict(index, trace).map((line) => escaped(line)),
    ...whyLines(trace),
    ['## The way', '', ...wayLines(index, trace)],
    ...wayBackLines(index, trace),
    ...(trace.events.length > 0
      ? [
          [
            '## What was seen',
            '',
            '| time | since | what |',
            '| ---: | ---: | --- |',
            ...seenRows(index, trace),
          ],
          ['```mermaid', ...diagram(index, trace), '```'],
        ]
      : []),
    ...evidence(trace),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Two traces side by side; the first difference is marked. Ends with a line break. */
export function comparisonMarkdown(
  { rows, first, summary }: TraceComparison,
  before: Trace,
  after: Trace,
): string {
  const cell = (text: string | null): string => (text === null ? '' : escaped(text));
  const lines = rows.map((row, i) => {
    const mark = i === first ? '**≠**' : row.same ? '' : '≠';
    return `| ${mark} | ${cell(row.before)} | ${cell(row.after)} |`;
  });
  return [
    `# ${escaped(after.title)}, compared`,
    '',
    escaped(summary),
    '',
    `|   | ${cell(before.startedAt)} | ${cell(after.startedAt)} |`,
    '| --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}

const observed: Record<Trace['observedBy'], string> = {
  tcpdump: 'watched with tcpdump',
  dumpcap: 'watched with dumpcap',
  counters: 'watched through link counters',
  none: 'predicted only, not watched',
};

/** Each cause with its proof, and the commands that mend it. */
function whyLines({ causes }: Trace): string[][] {
  const lines = causes.flatMap(({ title, explanation, evidence, mend }) => [
    '',
    `- **${escaped(title)}** ${escaped(explanation)}`,
    ...evidence.map(({ text }) => `  - ${escaped(text)}`),
    ...(mend?.steps ?? []).map(({ argv }) => `  - ${escaped(quoteArgv(argv))}`),
  ]);
  return causes.length === 0 ? [] : [['## Why', ...lines]];
}

function wayBackLines(index: TopologyIndex, trace: Trace): string[][] {
  const lines = describeWayBack(index, trace).map((line) => `- ${escaped(line)}`);
  return lines.length === 0 ? [] : [['## The way back', '', ...lines]];
}

function wayLines(index: TopologyIndex, trace: Trace): string[] {
  const { path } = trace;
  const lines = path.hops.flatMap((hop, i) => [
    `${i + 1}. **${escaped(linkName(index, hop.link))}**: ${escaped(hop.why)}`,
    ...hop.alsoBy.map(({ why }) => `   - ${escaped(why)}`),
  ]);
  const end = path.stopped ?? (path.leavesNode ? 'Here it leaves the node.' : null);
  const remarks = [...(end === null ? [] : [end]), ...describeChoices(trace)];
  return [...lines, ...remarks.flatMap((remark) => ['', escaped(remark)])];
}

function seenRows(index: TopologyIndex, trace: Trace): string[] {
  const steps = tellTrace(trace, (id) => linkName(index, id)).filter(isSeen);
  return steps.map(({ atNs, sinceNs, text }) => {
    const [at, since] = [
      atNs === null ? '' : formatNs(atNs),
      sinceNs === null ? '' : `+${formatNs(sinceNs)}`,
    ];
    return `| ${at} | ${since} | ${escaped(text)} |`;
  });
}

function evidence({ drops, kernel, notes }: Trace): string[][] {
  const lines = [...drops, ...kernel].map(({ text }) => `- ${escaped(text)}`);
  const remarks = notes.filter((note) => !kernel.some(({ text }) => text === note));
  return [
    ...(lines.length > 0 ? [['## Evidence', '', ...lines]] : []),
    ...(remarks.length > 0 ? [['## Notes', '', ...remarks.map((note) => `- ${escaped(note)}`)]] : []),
  ];
}

/** A message goes from where it was seen last to where it is seen next; a flood is told at its bridge's first port. */
function diagram(index: TopologyIndex, { events, path }: Trace): string[] {
  const seen = events.flatMap(({ links }) => links.slice(0, 1));
  const order = [
    ...new Set([...path.hops.map(({ link }) => link).filter((id) => seen.includes(id)), ...seen]),
  ];
  const alias = (id: LinkId): string => `l${order.indexOf(id)}`;
  let before: LinkId | null = null;
  const arrows = events.flatMap(({ links: [link], text, sincePreviousNs }) => {
    if (link === undefined) {
      return [];
    }
    const words = mermaidText(sincePreviousNs === null ? text : `+${formatNs(sincePreviousNs)} ${text}`);
    const line =
      before === null || before === link
        ? `  Note over ${alias(link)}: ${words}`
        : `  ${alias(before)}->>${alias(link)}: ${words}`;
    before = link;
    return [line];
  });
  const participants = order.map((id) => `  participant ${alias(id)} as ${mermaidText(linkName(index, id))}`);
  return ['sequenceDiagram', ...participants, ...arrows];
}

/** Everything that Mermaid could read as more than a letter becomes a character reference of its own kind ("#60;"). */
function mermaidText(text: string): string {
  return plain(text).replace(
    /[^\p{L}\p{N} .,:()/+?_-]/gu,
    (character) => `#${character.codePointAt(0) ?? 0};`,
  );
}

/** CommonMark: any ASCII punctuation may be escaped by a backslash, and entities are the safe way for what makes HTML. */
function escaped(text: string): string {
  return plain(text)
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[\\`*_{}[\]|~$@!]/g, (character) => `\\${character}`)
    .replace(/^(\s*)([-+#=]|\d+[.)])/, '$1\\$2')
    .replace(/(https?|ftp|www)(:\/\/|\.)/gi, '$1&#8203;$2');
}
