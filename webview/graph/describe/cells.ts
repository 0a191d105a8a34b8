/** Pure: what descriptions are made of, and the small pieces that they share. */
import type { Selection, ShownFinding } from '../../../src/protocol/messages.ts';
import { placesOf, type Severity } from '../../../src/topology/finding.ts';
import type { ShownFact } from '../../../src/topology/showCommands.ts';
import type { Link, Unknown } from '../../../src/topology/topology.ts';
import type { FindingIndex } from '../findings.ts';
import { sameSelection, selectionName, selectLink } from '../selection.ts';
import { displayName, linkState, stateInWords } from '../text.ts';
import type { TopologyIndex } from '../topologyIndex.ts';

export interface Cell {
  readonly text: string;
  /** Makes the text a link that selects this. */
  readonly selection?: Selection;
  readonly tone?: 'bad' | 'warning' | 'dim';
  /** The sign before it. */
  readonly mark?: Severity;
  /** Makes the text copyable, as it is. */
  readonly copy?: string;
  /** What it is sorted by, where that is not its text. */
  readonly sort?: number;
}

export interface Fact {
  readonly label: string;
  readonly values: readonly Cell[];
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** The order of the rows means something: they are filtered, never sorted. */
  readonly inOrder?: boolean;
}

/** A finding, and the places where it is beside the one that is described. */
export interface FoundHere {
  readonly finding: ShownFinding;
  readonly elsewhere: readonly Cell[];
}

export interface Section {
  readonly title: string;
  readonly count?: number;
  readonly findings?: readonly FoundHere[];
  readonly facts?: readonly Fact[];
  readonly table?: Table;
  readonly notes?: readonly { readonly text: string; readonly remedy: string | null }[];
  /** What its commands show. */
  readonly shows?: readonly ShownFact[];
}

export interface Description {
  readonly title: string;
  readonly subtitle: string;
  readonly sections: readonly Section[];
  /** The records as the node's own tools printed them; made when somebody looks. */
  readonly raw: (() => unknown) | null;
}

export const text = (value: string): Cell => ({ text: displayName(value) });
export const number = (value: number): Cell => ({ text: String(value), sort: value });
export const copyable = (value: string): Cell => ({ text: displayName(value), copy: value });
export const fact = (label: string, ...values: Cell[]): Fact => ({ label, values });

/** A fact where there is something to tell. */
export const optional = (label: string, value: string | number | null | undefined): Fact[] =>
  value === null || value === undefined || value === '' ? [] : [fact(label, text(String(value)))];

/** A link by its name and place, to go there. */
export function linkCell(index: TopologyIndex, link: Link): Cell {
  const selection = selectLink(link.id);
  return { text: selectionName(index, selection), selection };
}

/** A link of the namespace that is described, by its name alone. */
export function nearLinkCell(index: TopologyIndex, id: string | null): Cell {
  const link = id === null ? undefined : index.links.get(id);
  return link === undefined ? text('') : { text: displayName(link.name), selection: selectLink(link.id) };
}

export function stateCell(link: Link): Cell {
  const state = linkState(link);
  const words = stateInWords(link);
  const operstate = displayName(link.operstate);
  const said = operstate.toLowerCase() === words ? words : `${words} (${operstate})`;
  return state === 'up' ? { text: said } : { text: said, tone: state === 'down' ? 'bad' : 'warning' };
}

/** A section with a table, left out where it has no rows. */
export function tableSection(
  title: string,
  head: readonly string[],
  rows: readonly Cell[][],
  shows: ShownFact,
): Section[] {
  return rows.length === 0 ? [] : [{ title, count: rows.length, table: { head, rows }, shows: [shows] }];
}

export function unknownSection(unknown: readonly Unknown[]): Section[] {
  return unknown.length === 0
    ? []
    : [
        {
          title: 'Not known',
          count: unknown.length,
          notes: unknown.map(({ what, reason, remedy }) => ({
            text: `${displayName(what)}: ${displayName(reason)}`,
            remedy,
          })),
        },
      ];
}

/** So many places of one finding are told. */
const mostPlaces = 8;

/** What is wrong with a link; of a namespace, with its links too. */
export function findingSection(
  index: TopologyIndex,
  selection: Selection,
  findings: FindingIndex,
): Section[] {
  const here = findings.of(index, selection).map((finding): FoundHere => {
    const others = placesOf(finding).filter((place) => !sameSelection(place, selection));
    const cells = others.map((place) => ({ text: selectionName(index, place), selection: place }));
    return { finding, elsewhere: cells.filter(({ text: name }) => name !== '').slice(0, mostPlaces) };
  });
  return here.length === 0 ? [] : [{ title: 'Findings', count: here.length, findings: here }];
}
