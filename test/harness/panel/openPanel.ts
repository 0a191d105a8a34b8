/** A browser and one panel for each test of a suite; a panel that complained fails its test. */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { FromPanel, Selection, ToPanel } from '../../../src/protocol/messages.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { launchChromium } from '../chromium.ts';
import { PanelPage, type PanelOptions } from './panelPage.ts';

export const live: ToPanel = { type: 'state', state: { kind: 'live', label: 'root@edge-07' } };
export const show = (topology: Topology): ToPanel => ({ type: 'topology', topology, complete: true });

export interface PanelUnderTest {
  readonly panel: PanelPage;
  /** Opens the panel, with a picture where there is a topology. */
  open(topology: Topology | null, options?: PanelOptions): Promise<void>;
  /** Loads the page again with what it kept, and shows a topology. */
  reload(topology: Topology): Promise<void>;
  keys(...names: readonly string[]): Promise<void>;
  /** Types into the search box. */
  search(query: string): Promise<void>;
  /** What the page last told the host to be selected. */
  selected(): Promise<Selection | null | undefined>;
  /** The heading of the inspector. */
  inspected(): Promise<string>;
  /** What the page keeps across reloads, once it holds a condition on `state`. */
  kept(condition?: string): Promise<Record<string, unknown>>;
}

/** Call inside `describe`. */
export function usePanel(): PanelUnderTest {
  let browser: Browser;
  let panel: PanelPage | null = null;
  const here = (): PanelPage => {
    assert.ok(panel, 'no panel is open');
    return panel;
  };

  before(async () => {
    browser = await launchChromium();
  });

  after(async () => {
    await browser.close();
  });

  afterEach(async () => {
    const complaints = panel === null ? [] : [...panel.errors, ...(await panel.violations())];
    await panel?.close();
    panel = null;
    assert.deepEqual(complaints, []);
  });

  const present = async (topology: Topology): Promise<void> => {
    await here().send(live, show(topology));
    await here().waitForPicture();
  };
  const kept = `JSON.parse(sessionStorage.getItem('state') ?? '{}')`;
  return {
    get panel() {
      return here();
    },
    open: async (topology, options) => {
      panel = await PanelPage.open(browser, options);
      if (topology !== null) {
        await present(topology);
      }
    },
    reload: async (topology) => {
      await here().page.reload();
      await here().waitForMessage('ready');
      await present(topology);
    },
    keys: async (...names) => {
      for (const name of names) {
        await here().page.keyboard.press(name);
      }
    },
    search: async (query) => {
      await here().page.keyboard.press('/');
      await here().page.keyboard.type(query);
    },
    selected: async () => {
      const told = (await here().sent()).findLast(
        (message): message is Extract<FromPanel, { type: 'selected' }> => message.type === 'selected',
      );
      return told?.selection;
    },
    inspected: () => here().text('.inspector h2'),
    kept: async (condition = 'true') => {
      await here().waitUntil(`((state) => ${condition})(${kept})`);
      return here().page.evaluate<Record<string, unknown>>(kept);
    },
  };
}
