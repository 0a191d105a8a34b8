import type { Locator, Page } from 'playwright-core';
import { RowList } from './rowList.ts';
import { defaultTimeoutMs, matches, waitFor } from './waitFor.ts';

/** The box at the top of the window: command palette, quick picks and input boxes. One is open at a time. */
export class QuickInput {
  readonly #page: Page;
  readonly #widget: Locator;
  /** The rows of a quick pick. */
  readonly list: RowList;

  constructor(page: Page) {
    this.#page = page;
    this.#widget = page.locator('.quick-input-widget:not(.quick-input-widget-closing):visible');
    this.list = new RowList(page, this.#widget.locator('.quick-input-list .monaco-list'));
  }

  /** Runs a command by its title (with its category: "Patchbay: Create Pod…") through the command palette. */
  async runCommand(title: string, timeoutMs = defaultTimeoutMs): Promise<void> {
    await waitFor(
      `the command "${title}" in the palette`,
      async () => {
        // A palette does not notice commands that come while it is open: each attempt opens a new one.
        await this.cancel();
        await this.#page.keyboard.press('F1');
        await this.#input.fill(`>${title}`, { timeout: 15_000 });
        const row = await this.list.find(title, 10_000);
        await row.click();
        return true;
      },
      timeoutMs,
    );
  }

  /** Waits for a quick pick or input box whose title or placeholder is the one wanted. */
  async waitUntilAsked(title: string | RegExp, timeoutMs = defaultTimeoutMs): Promise<void> {
    await waitFor(
      `the question ${String(title)}`,
      async () => {
        const texts = [await this.title(), (await this.#input.getAttribute('placeholder')) ?? ''];
        return texts.some((text) => matches(text, title)) ? true : undefined;
      },
      timeoutMs,
    );
  }

  /** The title above the box, '' without one. */
  async title(): Promise<string> {
    return (await this.#widget.locator('.quick-input-title').innerText({ timeout: 1_000 })).trim();
  }

  /** The text below an input box: its prompt, or what is wrong with the input. */
  async message(): Promise<string> {
    return (await this.#widget.locator('.quick-input-message').innerText({ timeout: 1_000 })).trim();
  }

  /** Waits until the text below an input box is the one wanted, and returns it. */
  async waitForMessage(wanted: string | RegExp, timeoutMs = defaultTimeoutMs): Promise<string> {
    return waitFor(
      `the message ${String(wanted)}`,
      async () => {
        const message = await this.message();
        return matches(message, wanted) ? message : undefined;
      },
      timeoutMs,
    );
  }

  /** Waits for a row of the open quick pick and takes it. */
  async pick(label: string | RegExp, timeoutMs = defaultTimeoutMs): Promise<void> {
    const row = await this.list.find(label, timeoutMs);
    await row.locator('.label-name').first().click();
  }

  /** Replaces what the box holds, and leaves it open. */
  async type(text: string): Promise<void> {
    await this.#input.fill(text);
  }

  /** What the box holds. */
  async value(): Promise<string> {
    return this.#input.inputValue();
  }

  /** Presses Enter in the box. */
  async accept(): Promise<void> {
    await this.#input.press('Enter');
  }

  async isOpen(): Promise<boolean> {
    return this.#widget.isVisible();
  }

  /** Closes the box, if there is one. */
  async cancel(): Promise<void> {
    if (await this.isOpen()) {
      await this.#page.keyboard.press('Escape');
      await this.#widget.waitFor({ state: 'hidden' });
    }
  }

  get #input(): Locator {
    return this.#widget.locator('.quick-input-box input');
  }
}
