import assert from 'node:assert/strict';
import type { Cell } from '../../../webview/graph/describe/cells.ts';
import { arrangeRows, nextSort, rowAsTsv, type Row } from '../../../webview/graph/tableRows.ts';

const cell = (text: string, more: Partial<Cell> = {}): Cell => ({ text, ...more });
const rows: readonly Row[] = [
  [cell('10.0.0.10'), cell('1.2 MB', { sort: 1_200_000 }), cell('')],
  [cell('10.0.0.9'), cell('900 B', { sort: 900 }), cell('b')],
  [cell('10.0.0.100'), cell('3 kB', { sort: 3_000 }), cell('a', { copy: '/run/netns/alpha' })],
];
const firsts = (arranged: readonly Row[]): string[] => arranged.map(([first]) => first?.text ?? '');

describe('The rows of a table', () => {
  it('are sorted as people count, and by what a text stands for', () => {
    const by = (column: number, descending = false) =>
      firsts(arrangeRows(rows, { sort: { column, descending }, filter: '' }));
    assert.deepEqual(by(0), ['10.0.0.9', '10.0.0.10', '10.0.0.100']);
    assert.deepEqual(by(1, true), ['10.0.0.10', '10.0.0.100', '10.0.0.9']);
  });

  it('have what is empty last, either way', () => {
    for (const descending of [false, true]) {
      assert.equal(arrangeRows(rows, { sort: { column: 2, descending }, filter: '' }).at(-1)?.[2]?.text, '');
    }
  });

  it('are filtered by every word, also by what would be copied', () => {
    const by = (filter: string) => firsts(arrangeRows(rows, { sort: null, filter }));
    assert.deepEqual(by('10.0 kb'), ['10.0.0.100']);
    assert.deepEqual(by('ALPHA'), ['10.0.0.100']);
    assert.deepEqual(by('nothing'), []);
    assert.deepEqual(by('  '), firsts(rows));
  });

  it('go up, down, and back to how they came', () => {
    const up = nextSort(null, 1);
    const down = nextSort(up, 1);
    assert.deepEqual(
      [up, down, nextSort(down, 1)],
      [{ column: 1, descending: false }, { column: 1, descending: true }, null],
    );
    assert.deepEqual(nextSort(down, 0), { column: 0, descending: false });
  });

  it('stay one row and their own cells when pasted, whatever is in them', () => {
    assert.equal(rowAsTsv([cell('a\tb\nc'), cell('x', { copy: 'y' })]), 'a b c\ty');
  });
});
