/** Pure: a trace as plain text. */
import type { Finding } from '../topology/finding.ts';
import type { LinkId, Topology } from '../topology/topology.ts';
import { TopologyIndex } from './topologyIndex.ts';
import type { Hop, Trace } from './trace.ts';
import { quoteArgv } from '../util/quote.ts';
import { isSeen, tellTrace } from './tellTrace.ts';
import { formatNs, linkName, listOf, lossInWords, nameOfNamespace, plain, startOfSentence } from './words.ts';

/** The story of a trace for a terminal: the predicted path, what was seen when, and the verdict. No line break at its end. */
export function describeTrace(trace: Trace, topology: Topology): string {
  const index = new TopologyIndex(topology);
  const sections = [
    pathLines(index, trace),
    timeLines(index, trace),
    verdictLines(index, trace),
    causeLines(trace),
  ];
  return sections.flatMap((lines) => (lines.length === 0 ? [] : [lines.join('\n')])).join('\n\n');
}

function pathLines(index: TopologyIndex, trace: Trace): string[] {
  const { hops, stopped, leavesNode } = trace.path;
  const seen = new Set(trace.sightings.filter(({ flooded }) => !flooded).map(({ link }) => link));
  const names = hops.map((hop) => `${hop.direction} ${linkName(index, hop.link)}`);
  const width = Math.max(0, ...names.map(({ length }) => length));
  const lines = hops.flatMap((hop, i) => [
    `${markOf(trace, hop, seen)} ${(names[i] ?? '').padEnd(width)}  ${hop.why}`,
    ...hop.alsoBy.map(({ why }) => `${' '.repeat(width + 4)}${why}`),
  ]);
  return [
    `Trace ${trace.title}`,
    ...lines.map((line) => `  ${line}`),
    ...(stopped === null ? [] : [`  It should end here: ${stopped}`]),
    ...(leavesNode ? ['  Here it leaves the node.'] : []),
    ...describeChoices(trace).map((line) => `  ${line}`),
    ...describeWayBack(index, trace).map((line) => `  On the way back: ${line}`),
    ...kernelLines(trace),
  ];
}

/** Which of several ways it took, where it could go more than one. */
export function describeChoices({ path }: Trace): string[] {
  return path.choices.map(({ options, taken, seen }) => {
    const which = plain(options[taken] ?? '');
    return seen
      ? `Of ${options.length} ways it took the one to ${which}.`
      : `It may go ${options.length} ways; this is the one to ${which}. Which it takes was not seen.`;
  });
}

/** What is to be said of the answer's way; nothing where it is the same backwards and nobody has a say in it. */
export function describeWayBack(index: TopologyIndex, { path, wayBack }: Trace): string[] {
  if (wayBack === null) {
    return [];
  }
  const backwards = path.hops.map(({ link }) => link).reverse();
  const isTurned = wayBack.hops.map(({ link }) => link).join() === backwards.join();
  const voices = wayBack.hops.flatMap(({ alsoBy }) =>
    alsoBy.filter(({ kind }) => kind === 'nat' || kind === 'filter').map(({ why }) => why),
  );
  const names = wayBack.hops.map(({ link }) => linkName(index, link));
  return [
    ...(isTurned || names.length === 0 ? [] : [`The answer takes another way: ${listOf(names, 16)}.`]),
    ...voices,
    ...(wayBack.stopped === null ? [] : [`The answer should not come back: ${wayBack.stopped}`]),
  ];
}

/** What it says where it disagrees is among the notes. */
function kernelLines({ kernel }: Trace): string[] {
  const agreed = kernel.filter(({ agrees }) => agrees === true).length;
  return agreed === 0 ? [] : [`  The kernel agrees at ${agreed} of ${kernel.length} routing decisions.`];
}

/** "+" seen, "-" not seen, "·" not watched: a bridge is crossed unseen between two of its ports. */
function markOf({ observedBy }: Trace, { link, direction }: Hop, seen: ReadonlySet<LinkId>): string {
  if (seen.has(link)) {
    return '+';
  }
  return observedBy === 'none' || direction === 'through' ? '·' : '-';
}

function timeLines(index: TopologyIndex, trace: Trace): string[] {
  const { observedBy } = trace;
  if (observedBy === 'none') {
    return ['Nothing was watched: this is the prediction alone.'];
  }
  if (observedBy === 'counters') {
    return ['Watched by link counters: they tell where packets went, not when.'];
  }
  const steps = tellTrace(trace, (id) => linkName(index, id)).filter(isSeen);
  const times = steps.map(({ sinceNs }) => (sinceNs === null ? '' : `+${formatNs(sinceNs)}`));
  const width = Math.max(0, ...times.map(({ length }) => length));
  const lines = steps.map(({ text }, i) => `  ${(times[i] ?? '').padStart(width)}  ${text}`);
  return lines.length > 0
    ? ['What was seen:', ...lines]
    : ['Nothing of the probe was seen anywhere on the way.'];
}

function verdictLines(index: TopologyIndex, trace: Trace): string[] {
  return [...describeVerdict(index, trace), ...trace.notes.map((note) => `Note: ${note}`)];
}

/** What became of it, and why: one line each. */
export function describeVerdict(index: TopologyIndex, trace: Trace): string[] {
  const { verdict } = trace;
  return [
    verdict.delivered ? deliveredLine(index, trace) : lossInWords(verdict, (id) => linkName(index, id)),
    ...(verdict.reason === null ? [] : [verdict.reason]),
  ];
}

/** Each cause with what proves it and the commands that mend it. */
function causeLines({ causes }: Trace): string[] {
  return causes.length === 0 ? [] : ['Why, likeliest first:', ...causes.flatMap(describeFinding)];
}

/** A finding for a terminal: its title, what it means, its proof, its mend. */
export function describeFinding({ title, explanation, evidence, mend }: Finding): string[] {
  return [
    `- ${plain(title)}`,
    `    ${plain(explanation)}`,
    ...evidence.map(({ text }) => `    | ${plain(text)}`),
    ...(mend?.steps ?? []).map(({ argv }) => `    $ ${plain(quoteArgv(argv))}`),
  ];
}

function deliveredLine(index: TopologyIndex, { verdict: { outcome, rttMs }, path: { to } }: Trace): string {
  const who =
    to.namespace === null
      ? to.address
      : startOfSentence(`${nameOfNamespace(index, to.namespace)} (${to.address})`);
  const time = rttMs === null ? '' : ` in ${formatNs(rttMs * 1e6)}`;
  if (outcome === 'refused') {
    return `Refused: ${who} was reached and said no${time}.`;
  }
  return outcome === 'silent' ? `Delivered: it reached ${who}.` : `Delivered: ${who} answered${time}.`;
}
