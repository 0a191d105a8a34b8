/** A table that sorts and filters, and that takes as long as it is tall: long ones are drawn a piece at a time. */
import type { Table } from '../../graph/describe/cells.ts';
import { arrangeRows, nextSort, rowAsTsv, type Row, type SortOrder } from '../../graph/tableRows.ts';
import { h } from '../dom.ts';
import { cellElement, copyButton, type CellHandlers } from './cells.ts';
import { walkGrid } from './gridKeys.ts';

/** Rows that are drawn at once, and each time more of them are asked for or come in a frame of their own. */
const rowsAtOnce = 100;
/** A shorter table is read faster than a filter is typed. */
const leastToFilter = 8;

export class DataTable {
  readonly element = h('div', { class: 'table' });
  readonly #handlers: CellHandlers;
  readonly #filter = h('input', { class: 'table-filter', type: 'search', placeholder: 'Filter' });
  readonly #head = h('tr', { role: 'row' });
  readonly #body = h('tbody', { role: 'rowgroup' });
  readonly #more = h('div', { class: 'table-more' });
  #table: Table = { head: [], rows: [] };
  #shown: readonly Row[] = [];
  #sort: SortOrder | null = null;
  #showsAll = false;
  #frame = 0;

  constructor(label: string, handlers: CellHandlers) {
    this.#handlers = handlers;
    this.#filter.setAttribute('aria-label', `Filter ${label}`);
    this.#filter.addEventListener('input', () => this.#arrange());
    this.#body.addEventListener('keydown', (event) => this.#onKey(event));
    this.#body.addEventListener('copy', (event) => this.#onCopy(event));
    this.#body.addEventListener('pointerover', (event) => this.#offerCopy(event.target));
    this.#body.addEventListener('focusin', (event) => this.#offerCopy(event.target));
    const scroller = h('div', { class: 'table-scroller' });
    const attributes = { role: 'grid', 'aria-label': label };
    scroller.append(h('table', attributes, h('thead', { role: 'rowgroup' }, this.#head), this.#body));
    this.element.append(this.#filter, scroller, this.#more);
  }

  /** Takes on new rows; order, filter and focus stay. */
  show(table: Table): void {
    const sameHead = table.head.join('\n') === this.#table.head.join('\n') && this.#head.hasChildNodes();
    this.#table = table;
    if (!sameHead) {
      this.#drawHead();
    }
    this.element.classList.toggle('lines', table.inOrder === true && table.head.length === 1);
    this.#filter.hidden = table.rows.length < leastToFilter && this.#filter.value === '';
    this.#arrange();
  }

  #drawHead(): void {
    this.#head.replaceChildren(
      ...this.#table.head.map((title, column) => {
        const heading = h('th', { role: 'columnheader', scope: 'col' });
        if (this.#table.inOrder === true) {
          heading.append(title);
          return heading;
        }
        const button = h('button', { type: 'button', class: 'sort' }, title);
        button.addEventListener('click', () => {
          this.#sort = nextSort(this.#sort, column);
          this.#arrange();
        });
        heading.append(button);
        return heading;
      }),
    );
  }

  #arrange(): void {
    this.#shown = arrangeRows(this.#table.rows, { sort: this.#sort, filter: this.#filter.value });
    this.#head.querySelectorAll('th').forEach((heading, column) => {
      const sorted = this.#sort?.column === column ? this.#sort : null;
      heading.setAttribute(
        'aria-sort',
        sorted === null ? 'none' : sorted.descending ? 'descending' : 'ascending',
      );
    });
    const focused = this.#focusedRow();
    this.#body.replaceChildren();
    this.#drawMore(rowsAtOnce);
    if (focused >= 0) {
      this.#rowAt(Math.min(focused, this.#body.rows.length - 1))?.focus({ preventScroll: true });
    }
    cancelAnimationFrame(this.#frame);
    if (this.#showsAll) {
      this.#frame = requestAnimationFrame(() => this.#drawRest());
    }
  }

  #drawRest(): void {
    this.#drawMore(rowsAtOnce);
    if (this.#body.rows.length < this.#shown.length) {
      this.#frame = requestAnimationFrame(() => this.#drawRest());
    }
  }

  #drawMore(count: number): void {
    const drawn = this.#body.rows.length;
    const rows = this.#shown.slice(drawn, drawn + count).map((row) => this.#rowElement(row));
    this.#body.append(...rows);
    const first = this.#rowAt(0);
    if (first !== undefined && this.#body.querySelector('tr[tabindex="0"]') === null) {
      first.tabIndex = 0;
    }
    this.#drawFoot();
  }

  #drawFoot(): void {
    const [drawn, count, all] = [this.#body.rows.length, this.#shown.length, this.#table.rows.length];
    this.#more.replaceChildren();
    if (count < all) {
      this.#more.append(h('p', { class: 'muted', role: 'status' }, `${count} of ${all}`));
    }
    if (drawn < count && !this.#showsAll) {
      const button = h('button', { type: 'button', class: 'text-link' }, `Show all ${count}`);
      button.addEventListener('click', () => {
        this.#showsAll = true;
        this.#freezeWidths();
        this.#rowAt(0)?.focus({ preventScroll: true });
        this.#drawRest();
      });
      this.#more.append(button);
    }
  }

  /**
   * A table measures all of its rows with every piece that comes. From here on the columns are as wide as they are, and
   * each row is laid out for itself, when it comes into sight. Roles say what the elements then no longer do.
   */
  #freezeWidths(): void {
    const widths = Array.from(this.#head.cells, (heading) => heading.getBoundingClientRect().width);
    this.element.style.setProperty('--columns', widths.map((width) => `${width}px`).join(' '));
    this.element.classList.add('frozen');
  }

  #rowElement(row: Row): HTMLTableRowElement {
    const cells = row.map((cell) => h('td', { role: 'gridcell' }, cellElement(cell, this.#handlers, true)));
    return h('tr', { role: 'row', tabindex: '-1' }, ...cells);
  }

  /** The row under the pointer, or with the focus, gets its button: no other needs one. */
  #offerCopy(target: EventTarget | null): void {
    const element = target instanceof Element ? target.closest('tr') : null;
    const row = this.#shown[element?.sectionRowIndex ?? -1];
    if (element === null || row === undefined || element.querySelector('.copy-row') !== null) {
      return;
    }
    const copy = copyButton('Copy row', () => this.#handlers.onCopy(rowAsTsv(row)), true);
    copy.classList.add('copy-row');
    element.cells[element.cells.length - 1]?.append(copy);
  }

  #onKey(event: KeyboardEvent): void {
    const modified = event.ctrlKey || event.metaKey;
    if (modified && event.key.toLowerCase() === 'c') {
      this.#copyFocused(event);
    } else if (!modified && !event.altKey && walkGrid(this.#body, event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** The browser's own copying goes first where text is selected. */
  #copyFocused(event: Event): void {
    const row = this.#shown[this.#focusedRow()];
    if (row !== undefined && document.getSelection()?.isCollapsed !== false) {
      event.preventDefault();
      this.#handlers.onCopy(rowAsTsv(row));
    }
  }

  #onCopy(event: ClipboardEvent): void {
    if (!event.defaultPrevented) {
      this.#copyFocused(event);
    }
  }

  #focusedRow(): number {
    const row = document.activeElement?.closest('tr');
    return row?.parentElement === this.#body ? row.sectionRowIndex : -1;
  }

  #rowAt(index: number): HTMLTableRowElement | undefined {
    return this.#body.rows[index];
  }
}
