import type { Family } from '../trace/addresses.ts';
import { plural } from './doctorText.ts';
import { failingEnds, isFailing, outcomeOf, type Outcome } from '../verify/summary.ts';
import type { Cell, CellVerdict, RuleResult, Verification } from '../verify/verification.ts';
import { printable } from './inspectText.ts';

/** What a pair comes to in the matrix. */
const signs: Readonly<Record<CellVerdict, string>> = {
  holds: '+',
  translated: 'N',
  astray: 'A',
  lost: 'x',
  unanswered: '?',
  unknown: '?',
};
const signWords = '+ holds   N NAT   A astray   x lost   ? not shown   . not probed';

/** More are no picture any more on a terminal. */
const mostInMatrix = 60;
const mostListed = 40;
const longestName = 24;

/** Failures first, and the whole as a matrix where it fits. */
export function verifyText(verification: Verification, hostname: string): string {
  const { cells, ends, families, rules, notes, sample } = verification;
  const shownAs = sample === null ? '' : ', as far as it was probed';
  const lines = [
    `${hostname}: the Kubernetes network model ${outcomeWords[outcomeOf(verification)]}${shownAs}.`,
    ...rules.map(ruleLine),
    scopeLine(verification),
    ...section('Failing:', failures(verification)),
    ...section('Not verified:', cells.filter(isUnshown).map(cellLine)),
    ...(ends.length > mostInMatrix ? [] : families.flatMap((family) => matrix(verification, family))),
    ...(notes.length === 0 ? [] : ['']),
    ...notes.map((note) => `Note: ${note}`),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function isUnshown({ verdict }: Cell): boolean {
  return verdict === 'unanswered' || verdict === 'unknown';
}

/** Of whom nothing works one line stands for all. */
function failures({ ends, cells }: Verification): string[] {
  const dead = failingEnds(ends, cells);
  const isDead = ({ from, to }: Cell): boolean =>
    dead.some(({ namespace }) => namespace === from || namespace === to);
  const summaries = dead.map(({ kind, name, namespace }) => {
    const own = cells.filter((cell) => isFailing(cell) && (cell.from === namespace || cell.to === namespace));
    const who = kind === 'node' ? 'the node' : name;
    return `x Every pair of ${who} fails (${own.length}). ${own[0]?.text ?? ''}`;
  });
  return [...summaries, ...cells.filter((cell) => isFailing(cell) && !isDead(cell)).map(cellLine)];
}

function cellLine({ verdict, text }: Cell): string {
  return `${signs[verdict]} ${text}`;
}

const outcomeWords: Readonly<Record<Outcome, string>> = {
  holds: 'holds',
  broken: 'does not hold',
  unverified: 'could not be verified',
};

const ruleSigns: Readonly<Record<RuleResult['verdict'], string>> = {
  holds: '+',
  broken: 'x',
  unverified: '?',
};

function ruleLine({ verdict, text, holds, broken, unverified }: RuleResult): string {
  const parts = [
    `${plural(holds, 'pair')} hold${holds === 1 ? 's' : ''}`,
    ...(broken > 0 ? [`${broken} broken`] : []),
    ...(unverified > 0 ? [`${unverified} not verified`] : []),
  ];
  return `${ruleSigns[verdict]} ${text} (${parts.join(', ')})`;
}

function scopeLine({ ends, cells, pairs, sample, durationMs, probedBy }: Verification): string {
  const pods = plural(ends.filter(({ kind }) => kind === 'pod').length, 'pod');
  const which =
    sample === null
      ? `all ${plural(pairs, 'pair')}`
      : `${cells.length} of ${pairs} pairs, chosen by seed ${sample.seed} (limit ${sample.limit})`;
  const how = probedBy === 'none' ? 'foretold, not probed' : `probed by ${probedBy}`;
  return `The node and ${pods}: ${which}, ${how}, in ${(durationMs / 1000).toFixed(1)} s.`;
}

function section(heading: string, lines: readonly string[]): string[] {
  const more = lines.length > mostListed ? [`  and ${lines.length - mostListed} more (--json has them)`] : [];
  return lines.length === 0
    ? []
    : ['', heading, ...lines.slice(0, mostListed).map((line) => `  ${line}`), ...more];
}

function matrix({ ends, cells }: Verification, family: Family): string[] {
  const byEnds = new Map(
    cells.filter((cell) => cell.family === family).map((cell) => [`${cell.from} ${cell.to}`, cell]),
  );
  const width = Math.min(longestName, Math.max(...ends.map(({ name }) => printable(name).length)));
  const digits = String(ends.length).length;
  const number = (place: number): string => String(place + 1).padStart(digits);
  const rows = ends.map(({ namespace, name }, row) => {
    const marks = ends.map((to) => {
      const cell = byEnds.get(`${namespace} ${to.namespace}`);
      return (to.namespace === namespace ? '\\' : cell === undefined ? '.' : signs[cell.verdict]).padStart(
        digits,
      );
    });
    return `  ${number(row)} ${printable(name).slice(0, width).padEnd(width)} ${marks.join(' ')}`;
  });
  const head = `  ${' '.repeat(digits + 1 + width)} ${ends.map((_, column) => number(column)).join(' ')}`;
  return ['', `IPv${family}, each row to each column:`, head, ...rows, `  ${signWords}`];
}
