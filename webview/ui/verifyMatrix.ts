/** The matrix of a verification: a grid with one tab stop, whose cells are walked by the arrow keys. */
import { labelOf, looks, nameOf, type TableCell, type VerifyTable } from '../graph/verifyTable.ts';
import { h } from './dom.ts';

export interface VerifyMatrixHandlers {
  /** A cell is pointed at or has the focus; null when none has any more. */
  readonly onPoint: (cell: TableCell | null) => void;
  /** It was clicked, or Enter was pressed. */
  readonly onOpen: (cell: TableCell) => void;
}

/** Where a key leads, from a row and column of so many. */
const steps: Readonly<
  Record<string, (row: number, column: number, last: number) => readonly [number, number]>
> = {
  ArrowUp: (row, column) => [row - 1, column],
  ArrowDown: (row, column) => [row + 1, column],
  ArrowLeft: (row, column) => [row, column - 1],
  ArrowRight: (row, column) => [row, column + 1],
  Home: (row) => [row, 0],
  End: (row, _, last) => [row, last],
  PageUp: (_, column) => [0, column],
  PageDown: (_, column, last) => [last, column],
  'Ctrl+Home': () => [0, 0],
  'Ctrl+End': (_, __, last) => [last, last],
};

export class VerifyMatrix {
  readonly element = h('div', { class: 'verify-scroller' });
  readonly #handlers: VerifyMatrixHandlers;
  #table: VerifyTable = { ends: [], hidden: 0, rows: [] };
  #body = h('tbody', {});
  #columns: readonly HTMLElement[] = [];
  /** Row and column of the tab stop. */
  #at: readonly [number, number] = [0, 0];
  /** Where the last look for a cell came to. */
  #found: readonly [number, number] | null = null;

  constructor(handlers: VerifyMatrixHandlers) {
    this.#handlers = handlers;
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.element.addEventListener('click', (event) => this.#onClick(event));
    this.element.addEventListener('pointerover', (event) => this.#point(event.target));
    this.element.addEventListener('focusin', (event) => this.#point(event.target));
    this.element.addEventListener('pointerleave', () => this.#point(document.activeElement));
    this.element.addEventListener('focusout', () => this.#point(null));
  }

  show(table: VerifyTable, label: string): void {
    this.#table = table;
    this.#at = firstToTell(table);
    this.#found = null;
    this.#columns = table.ends.map((end) =>
      h('th', { scope: 'col', title: nameOf(end) }, h('span', {}, nameOf(end))),
    );
    this.#body = h('tbody', {}, ...table.rows.map((_, row) => this.#row(row)));
    const corner = h('td', { class: 'verify-corner', 'aria-label': 'from each row to each column' });
    const head = h('thead', {}, h('tr', {}, corner, ...this.#columns));
    this.element.replaceChildren(h('table', { role: 'grid', 'aria-label': label }, head, this.#body));
    this.#stopAt(this.#at);
  }

  /** Gives the focus to the next cell, in the order of reading, that has a look; from the first again after the last. */
  focusNext(isMeant: (cell: TableCell) => boolean): void {
    const size = this.#table.ends.length;
    const [row, column] = this.#at;
    const start = row * size + column + (this.#found === this.#at ? 1 : 0);
    for (let step = 0; step < size * size; step++) {
      const place = (start + step) % (size * size);
      const at = [Math.floor(place / size), place % size] as const;
      const cell = this.#table.rows[at[0]]?.[at[1]];
      if (cell !== undefined && isMeant(cell)) {
        this.#focus(at);
        this.#found = at;
        return;
      }
    }
  }

  #row(row: number): HTMLTableRowElement {
    const name = nameOf(this.#table.ends[row] ?? { kind: 'pod', name: '' });
    const cells = this.#table.rows[row] ?? [];
    return h(
      'tr',
      {},
      h('th', { scope: 'row', title: name }, h('span', {}, name)),
      ...cells.map((cell) =>
        h(
          'td',
          { role: 'gridcell', class: cell.look, tabindex: '-1', 'aria-label': labelOf(cell) },
          looks[cell.look].sign,
        ),
      ),
    );
  }

  #cellAt([row, column]: readonly [number, number]): HTMLTableCellElement | undefined {
    return this.#body.rows[row]?.cells[column + 1];
  }

  #placeOf(target: EventTarget | Element | null): readonly [number, number] | null {
    const cell = target instanceof Element ? target.closest('td') : null;
    const row = cell?.closest('tr');
    return cell === null || !(row instanceof HTMLTableRowElement) || row.parentElement !== this.#body
      ? null
      : [row.sectionRowIndex, cell.cellIndex - 1];
  }

  #focus(at: readonly [number, number]): void {
    this.#stopAt(at);
    this.#cellAt(at)?.focus();
  }

  #stopAt(at: readonly [number, number]): void {
    this.#cellAt(this.#at)?.setAttribute('tabindex', '-1');
    this.#at = at;
    this.#cellAt(at)?.setAttribute('tabindex', '0');
  }

  #onKey(event: KeyboardEvent): void {
    const place = this.#placeOf(event.target);
    const last = this.#table.ends.length - 1;
    if (place === null || event.altKey || event.shiftKey) {
      return;
    }
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#open(place);
      return;
    }
    const next = steps[`${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.key}`]?.(...place, last);
    if (next !== undefined) {
      event.preventDefault();
      this.#focus([Math.min(last, Math.max(0, next[0])), Math.min(last, Math.max(0, next[1]))]);
    }
  }

  #onClick(event: Event): void {
    const place = this.#placeOf(event.target);
    if (place !== null) {
      this.#focus(place);
      this.#open(place);
    }
  }

  #open([row, column]: readonly [number, number]): void {
    const cell = this.#table.rows[row]?.[column];
    if (cell !== undefined && cell.look !== 'itself') {
      this.#handlers.onOpen(cell);
    }
  }

  /** Marks the headings of what is pointed at: in a large matrix nobody finds them else. */
  #point(target: EventTarget | Element | null): void {
    const place = this.#placeOf(target);
    this.element.querySelectorAll('th.pointed').forEach((heading) => heading.classList.remove('pointed'));
    if (place !== null) {
      this.#columns[place[1]]?.classList.add('pointed');
      this.#body.rows[place[0]]?.cells[0]?.classList.add('pointed');
    }
    this.#handlers.onPoint(place === null ? null : (this.#table.rows[place[0]]?.[place[1]] ?? null));
  }
}

/** The tab stop begins where there is something to tell. */
function firstToTell({ rows }: VerifyTable): readonly [number, number] {
  const quiet: readonly string[] = ['holds', 'itself', 'unprobed'];
  for (const [row, cells] of rows.entries()) {
    const column = cells.findIndex(({ look }) => !quiet.includes(look));
    if (column !== -1) {
      return [row, column];
    }
  }
  return [0, Math.min(1, rows.length - 1)];
}
