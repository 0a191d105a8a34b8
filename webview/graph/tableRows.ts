/** Pure: the rows of a table as one asked to see them: filtered, sorted, and as text to paste. */
import type { Cell } from './describe/cells.ts';
import { compareNames } from './topologyIndex.ts';

export type Row = readonly Cell[];

export interface SortOrder {
  readonly column: number;
  readonly descending: boolean;
}

export interface Arrangement {
  readonly sort: SortOrder | null;
  readonly filter: string;
}

/** What clicking a heading comes to: up, then down, then as it came. */
export function nextSort(sort: SortOrder | null, column: number): SortOrder | null {
  if (sort?.column !== column) {
    return { column, descending: false };
  }
  return sort.descending ? null : { column, descending: true };
}

const mac = /^[\da-f]{2}(:[\da-f]{2})+$/;

/** As people count; MAC addresses by their bytes. */
function compareTexts(a: string, b: string): number {
  return mac.test(a) && mac.test(b) ? Number(a > b) - Number(a < b) : compareNames(a, b);
}

/** Cells without anything come last either way. */
function compareCells(a: Cell | undefined, b: Cell | undefined, descending: boolean): number {
  const [textA, textB] = [a?.text ?? '', b?.text ?? ''];
  if (textA === '' || textB === '') {
    return Number(textA === '') - Number(textB === '');
  }
  const order = a?.sort !== undefined && b?.sort !== undefined ? a.sort - b.sort : compareTexts(textA, textB);
  return descending ? -order : order;
}

/** Every word of the filter must be somewhere in a row. */
export function arrangeRows(rows: readonly Row[], { sort, filter }: Arrangement): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matching =
    words.length === 0
      ? rows
      : rows.filter((row) => {
          const text = row.map((cell) => `${cell.text} ${cell.copy ?? ''}`.toLowerCase()).join(' ');
          return words.every((word) => text.includes(word));
        });
  return sort === null
    ? matching
    : matching.toSorted((a, b) => compareCells(a[sort.column], b[sort.column], sort.descending));
}

/** A row to paste into a spreadsheet: what would begin another cell or row becomes a space. */
export function rowAsTsv(row: Row): string {
  return row.map((cell) => (cell.copy ?? cell.text).replace(/[\t\r\n]+/g, ' ')).join('\t');
}
