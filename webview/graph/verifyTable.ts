/** Pure: a verification as a table of senders and receivers, for one family of addresses. */
import type { NamespaceId } from '../../src/topology/topology.ts';
import type { Cell, CellVerdict, End, Verification } from '../../src/verify/verification.ts';
import { displayName } from './text.ts';

/** What a cell looks like. */
export type Look = CellVerdict | 'foretold' | 'unprobed' | 'itself';

/** The sign of each look, and what it means. */
export const looks: Readonly<Record<Look, { readonly sign: string; readonly meaning: string }>> = {
  holds: { sign: '●', meaning: 'arrives under the own address, and is answered' },
  translated: { sign: 'N', meaning: 'translated on the way (NAT)' },
  astray: { sign: 'A', meaning: 'another gets it' },
  lost: { sign: '✕', meaning: 'lost' },
  unanswered: { sign: '?', meaning: 'ICMP not answered' },
  unknown: { sign: '○', meaning: 'answered, the address seen is not known' },
  foretold: { sign: '~', meaning: 'foretold from tables, nothing was sent' },
  unprobed: { sign: '', meaning: 'not probed' },
  itself: { sign: '', meaning: 'itself' },
};

export interface TableCell {
  readonly from: End;
  readonly to: End;
  readonly look: Look;
  /** What was found, in one sentence. */
  readonly text: string;
  /** The address that was dialled; null where nothing was. */
  readonly destination: string | null;
}

export interface VerifyTable {
  /** Rows and columns. */
  readonly ends: readonly End[];
  /** How many there are beside. */
  readonly hidden: number;
  readonly rows: readonly (readonly TableCell[])[];
}

/** More rows nobody can take in: those with most to tell come first then. */
const mostEnds = 100;

export function tableOf(verification: Verification, family: Cell['family']): VerifyTable {
  const cells = verification.cells.filter((cell) => cell.family === family);
  const byEnds = new Map(cells.map((cell) => [`${cell.from} ${cell.to}`, cell]));
  const all = verification.ends.filter(({ ipv4, ipv6 }) => (family === 4 ? ipv4 : ipv6) !== null);
  const ends = all.length > mostEnds ? tellingEnds(all, cells) : all;
  const rows = ends.map((from) =>
    ends.map((to) => cellOf(from, to, byEnds.get(`${from.namespace} ${to.namespace}`))),
  );
  return { ends, hidden: all.length - ends.length, rows };
}

/** The node, then those of whom most pairs do not hold, all in their order. */
function tellingEnds(ends: readonly End[], cells: readonly Cell[]): End[] {
  const weight = new Map<NamespaceId, number>();
  for (const { from, to, verdict } of cells) {
    for (const id of verdict === 'holds' ? [] : [from, to]) {
      weight.set(id, (weight.get(id) ?? 0) + 1);
    }
  }
  const weightOf = ({ kind, namespace }: End): number =>
    kind === 'node' ? Infinity : (weight.get(namespace) ?? 0);
  const chosen = new Set([...ends].sort((a, b) => weightOf(b) - weightOf(a)).slice(0, mostEnds));
  return ends.filter((end) => chosen.has(end));
}

function cellOf(from: End, to: End, cell: Cell | undefined): TableCell {
  if (cell !== undefined) {
    const look = cell.foretold === null ? cell.verdict : 'foretold';
    return { from, to, look, text: displayName(cell.text), destination: cell.destination };
  }
  return from === to
    ? { from, to, look: 'itself', text: 'Nobody is probed from itself.', destination: null }
    : { from, to, look: 'unprobed', text: 'Not probed: it is not part of the sample.', destination: null };
}

/** "web to db: web sees …", for those who hear it. */
export function labelOf({ from, to, text }: TableCell): string {
  return `${nameOf(from)} to ${nameOf(to)}: ${text}`;
}

export function nameOf({ kind, name }: Pick<End, 'kind' | 'name'>): string {
  return kind === 'node' ? 'node' : displayName(name);
}
