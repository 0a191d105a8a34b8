import type { Locator, Page } from 'playwright-core';
import { RowList } from './rowList.ts';
import { waitFor } from './waitFor.ts';

/** A tree in the side bar. Rows are named by their labels. */
export class TreeView extends RowList {
  readonly #page: Page;

  /** `title` is the view's name in the manifest. */
  constructor(page: Page, title: string) {
    super(page, page.locator(`.part.sidebar .monaco-list[aria-label="${title}"]`));
    this.#page = page;
  }

  /** Opens a row; one that is open already stays so. Its children may come later. */
  async expand(label: string | RegExp): Promise<void> {
    await this.#setExpanded(label, true);
  }

  async collapse(label: string | RegExp): Promise<void> {
    await this.#setExpanded(label, false);
  }

  /** Opens one row after the other, outermost first. */
  async expandPath(...labels: (string | RegExp)[]): Promise<void> {
    for (const label of labels) {
      await this.expand(label);
    }
  }

  /** Selects a row, which also runs its command. */
  async click(label: string | RegExp): Promise<void> {
    await (await this.find(label)).locator('.label-name').click();
  }

  /** The entries of a row's context menu; the menu is closed again. */
  async contextMenuEntries(label: string | RegExp): Promise<string[]> {
    const menu = await this.#openContextMenu(label);
    const entries = await menu.locator('.action-label').allInnerTexts();
    await closeMenu(menu, () => this.#page.keyboard.press('Escape'));
    return entries.filter((entry) => entry !== '');
  }

  /** Chooses an entry of a row's context menu. */
  async chooseFromContextMenu(label: string | RegExp, entry: string): Promise<void> {
    const menu = await this.#openContextMenu(label);
    const item = menu.getByRole('menuitem', { name: entry, exact: true });
    await closeMenu(menu, () => item.click({ timeout: 5_000 }));
  }

  /** Presses one of the buttons that a row shows under the mouse. */
  async clickInlineAction(label: string | RegExp, action: string): Promise<void> {
    const row = await this.find(label);
    await row.hover();
    await row.getByRole('button', { name: action }).click();
  }

  /** What the mouse resting on a row is told. */
  async tooltip(label: string | RegExp): Promise<string> {
    const row = await this.find(label);
    await row.locator('.label-name').hover();
    const hover = this.#page.locator('.monaco-hover:visible').last();
    await hover.waitFor();
    return hover.innerText();
  }

  async #openContextMenu(label: string | RegExp): Promise<Locator> {
    const menu = this.#page.locator('.monaco-menu:visible');
    return waitFor(`the context menu of ${String(label)}`, async () => {
      const row = await this.find(label);
      await row.locator('.label-name').click({ button: 'right' });
      await menu.waitFor({ timeout: 5_000 });
      return menu;
    });
  }

  async #setExpanded(label: string | RegExp, expanded: boolean): Promise<void> {
    await waitFor(`${String(label)} to be ${expanded ? 'open' : 'closed'}`, async () => {
      const row = await this.find(label);
      if ((await row.getAttribute('aria-expanded')) === String(expanded)) {
        return true;
      }
      await row.locator('.monaco-tl-twistie').click();
      const state = row.and(this.#page.locator(`[aria-expanded="${String(expanded)}"]`));
      await state.waitFor({ timeout: 5_000 });
      return true;
    });
  }
}

/** A menu that has just opened ignores what comes in the same breath as the click that opened it. */
async function closeMenu(menu: Locator, act: () => Promise<void>): Promise<void> {
  await waitFor('the menu to close', async () => {
    if (await menu.isVisible()) {
      await act();
    }
    await menu.waitFor({ state: 'hidden', timeout: 1_000 });
    return true;
  });
}
