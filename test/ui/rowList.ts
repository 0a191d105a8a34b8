import type { Locator, Page } from 'playwright-core';
import { defaultTimeoutMs, matches, waitFor } from './waitFor.ts';

/** A row of a list or a tree, as a person reads it. */
export interface Row {
  /** Without its icons. */
  label: string;
  description: string;
  /** What a screen reader says of it. */
  ariaLabel: string;
  /** 1 for rows that have no parent. */
  level: number;
  /** Undefined for a row without children. */
  expanded: boolean | undefined;
  selected: boolean;
  checked: boolean | undefined;
}

interface DrawnRow extends Row {
  position: number;
  isLast: boolean;
}

/** A list or tree of VS Code. It draws only the rows in sight: reading all or finding one scrolls through it. */
export class RowList {
  readonly #page: Page;
  readonly #list: Locator;

  constructor(page: Page, list: Locator) {
    this.#page = page;
    this.#list = list;
  }

  /** The rows in sight, top to bottom. */
  async visibleRows(): Promise<Row[]> {
    return (await this.#drawn()).map(withoutPosition);
  }

  /** All rows, from the first to the last; a list that is longer than its window ends up scrolled. */
  async rows(): Promise<Row[]> {
    const inSight = await this.#drawn();
    if (inSight.length === 0 || (inSight[0]?.position === 0 && inSight.at(-1)?.isLast)) {
      return inSight.map(withoutPosition);
    }
    const all = new Map<number, Row>();
    await this.#scrollThrough((drawn) => {
      for (const row of drawn) {
        all.set(row.position, withoutPosition(row));
      }
      return undefined;
    });
    return [...all].sort(([a], [b]) => a - b).map(([, row]) => row);
  }

  /** The labels of all rows. */
  async labels(): Promise<string[]> {
    return (await this.rows()).map(({ label }) => label);
  }

  /** Waits until the row is there, scrolls it into sight and returns its place in the page. */
  async find(wanted: string | RegExp, timeoutMs = defaultTimeoutMs): Promise<Locator> {
    const { position } = await this.#waitFor(wanted, timeoutMs);
    return this.#row(position);
  }

  /** Waits until the row is there and returns what it says. */
  async waitForRow(wanted: string | RegExp, timeoutMs = defaultTimeoutMs): Promise<Row> {
    return withoutPosition(await this.#waitFor(wanted, timeoutMs));
  }

  /** Waits until no row in the list has the label. */
  async waitUntilGone(wanted: string | RegExp, timeoutMs = defaultTimeoutMs): Promise<void> {
    await waitFor(
      `the row ${String(wanted)} to go`,
      async () => ((await this.labels()).some((label) => matches(label, wanted)) ? undefined : true),
      timeoutMs,
    );
  }

  async #waitFor(wanted: string | RegExp, timeoutMs: number): Promise<DrawnRow> {
    const visit = (drawn: DrawnRow[]) => drawn.find(({ label }) => matches(label, wanted));
    return waitFor(
      `the row ${String(wanted)}`,
      async () => visit(await this.#drawn()) ?? (await this.#scrollThrough(visit)),
      timeoutMs,
    );
  }

  #row(position: number): Locator {
    return this.#list.locator(`.monaco-list-rows > .monaco-list-row[data-index="${position}"]`);
  }

  async #drawn(): Promise<DrawnRow[]> {
    return this.#list.locator('.monaco-list-rows > .monaco-list-row').evaluateAll(readRows);
  }

  /** Visits the rows screen by screen, from the first on, until the visitor has found what it wants. */
  async #scrollThrough<T>(visit: (drawn: DrawnRow[]) => T | undefined): Promise<T | undefined> {
    const box = (await this.#list.isVisible()) ? await this.#list.boundingBox() : undefined;
    if (!box) {
      return undefined;
    }
    await this.#page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    let drawn = await waitFor('the top of the list', async () => {
      const rows = await this.#drawn();
      if (rows.length === 0 || rows[0]?.position === 0) {
        return rows;
      }
      await this.#page.mouse.wheel(0, -wheelStepPx);
      return undefined;
    });
    for (;;) {
      const found = visit(drawn);
      const last = drawn.at(-1);
      if (found !== undefined || !last || last.isLast) {
        return found;
      }
      await this.#page.mouse.wheel(0, wheelStepPx);
      drawn = await waitFor('the next rows', async () => {
        const rows = await this.#drawn();
        return rows.some((row) => row.position > last.position) ? rows : undefined;
      });
    }
  }
}

/** VS Code takes any turn of the wheel for a small one; `workbench.list.mouseWheelScrollSensitivity` says how small. */
const wheelStepPx = 100;

function withoutPosition({
  label,
  description,
  ariaLabel,
  level,
  expanded,
  selected,
  checked,
}: DrawnRow): Row {
  return { label, description, ariaLabel, level, expanded, selected, checked };
}

/** Reads what VS Code draws for its rows; runs in the page. */
function readRows(rows: readonly PageElement[]): DrawnRow[] {
  const text = (row: PageElement, selector: string) => row.querySelector(selector)?.textContent?.trim() ?? '';
  const flag = (row: PageElement, attribute: string) => {
    const value = row.getAttribute(attribute);
    return value === null ? undefined : value === 'true';
  };
  return rows
    .map((row) => ({
      position: Number(row.getAttribute('data-index')),
      label: text(row, '.label-name'),
      description: text(row, '.label-description'),
      ariaLabel: row.getAttribute('aria-label') ?? '',
      level: Number(row.getAttribute('aria-level') ?? 1),
      expanded: flag(row, 'aria-expanded'),
      selected: flag(row, 'aria-selected') ?? false,
      checked: flag(row, 'aria-checked'),
      isLast: flag(row, 'data-last-element') ?? false,
    }))
    .sort((a, b) => a.position - b.position);
}

/** As much of the DOM's Element as is read here: tests compile without the DOM's types. */
interface PageElement {
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
}
