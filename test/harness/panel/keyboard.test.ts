/** Everything that can be done in the panel is done by keys alone, without a pointer. */
import assert from 'node:assert/strict';
import type { ToPanel } from '../../../src/protocol/messages.ts';
import { live, show, usePanel } from './openPanel.ts';
import { broken, fiveBridges, podsOnBridge } from './topologies.ts';
import { pingTrace } from './traces.ts';

/** What one may press: all of it must be reached by Tab, but what a list or a menu leads to by arrows. */
const controls = `button, vscode-button, input, select, textarea, summary, a[href], [role=button], [role=separator], [role=application], [role=listbox], [role=menuitem], [role=tab], [role=slider], [tabindex="0"]`;

/** Runs in the page: what can be seen and pressed, each by a number that it is marked with. */
const markControls = `(() => {
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.offscreen, [disabled], [hidden]');
  const led = (element) => element.closest('[role=menu], [role=tablist], [role=grid], .trace-rows') !== null && element.tabIndex < 0;
  const all = [...document.querySelectorAll(${JSON.stringify(controls)})].filter((element) => isSeen(element) && !led(element));
  all.forEach((element, at) => element.setAttribute('data-control', String(at)));
  return all.map((element) => (element.title || element.getAttribute('aria-label') || element.className || element.textContent).trim());
})()`;

const focusedControl = `(document.activeElement?.getAttribute('data-control') ?? '')`;

describe('the keyboard', function () {
  this.timeout(90_000);
  const ui = usePanel();

  /** Goes round by Tab; what was not reached, by name. */
  const unreached = async (): Promise<string[]> => {
    const names = await ui.panel.page.evaluate<string[]>(markControls);
    const reached = new Set<string>();
    for (let step = 0; step < names.length + 12; step++) {
      await ui.keys('Tab');
      reached.add(await ui.panel.page.evaluate<string>(focusedControl));
    }
    return names.filter((_, at) => !reached.has(String(at)));
  };

  it('reaches every control of the picture, the inspector, the search and a trace', async () => {
    const topology = broken().build();
    const trace: ToPanel = { type: 'trace', trace: pingTrace(topology, 'app-1', 'cache-down', true) };
    await ui.open(null);
    await ui.panel.send(live, show(topology), trace);
    await ui.panel.page.waitForSelector('.trace-row');
    await ui.search('kind:veth');
    await ui.keys('Enter');
    await ui.panel.page.waitForSelector('.inspector .text-link');
    assert.deepEqual(await unreached(), []);
  });

  it('reaches every control of the pages without a picture', async () => {
    await ui.open(null);
    for (const kind of ['empty', 'failed', 'lost'] as const) {
      const [label, message, since] = ['root@edge-07', 'Gone.', '2026-01-15T10:00:00.000Z'];
      const state = kind === 'empty' ? { kind } : { kind, label, message, since };
      await ui.panel.send({ type: 'state', state });
      await ui.panel.nextFrame();
      assert.deepEqual(await unreached(), [], kind);
    }
  });

  it('presses every button of the toolbar', async () => {
    await ui.open(podsOnBridge(5).build());
    await ui.search('app-');
    const { page } = ui.panel;
    await page.evaluate(
      `window.pressed = new Set(); document.addEventListener('click', (event) => window.pressed.add(event.target.title), true)`,
    );
    const titles = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.toolbar vscode-button:not([disabled])')].filter((one) => one.checkVisibility()).map((one) => one.title)`,
    );
    assert.ok(titles.length >= 12, titles.join());
    for (const title of titles) {
      for (let step = 0; step < 80; step++) {
        await ui.keys('Tab');
        if ((await page.evaluate('document.activeElement?.title')) === title) {
          break;
        }
      }
      await ui.keys(title.startsWith('Hide') ? ' ' : 'Enter');
      assert.ok(await page.evaluate<boolean>(`window.pressed.has(${JSON.stringify(title)})`), title);
    }
  });

  it('lists its keys on ?, and gives the graph back on Escape', async () => {
    await ui.open(podsOnBridge(2).build());
    await ui.keys('?');
    const rows = await ui.panel.page.locator('.legend .keys kbd').allTextContents();
    for (const key of ['← →', 'Enter', '/', 'F', 'Z', 'C', 'O', 'R', 'Ctrl + arrows', '?', 'Esc']) {
      assert.ok(rows.includes(key), key);
    }
    await ui.keys('Escape');
    assert.equal(await ui.panel.page.isVisible('.legend'), false);
    assert.equal(await ui.panel.page.evaluate('document.activeElement.className'), 'graph-host');
  });

  it('zooms to what is selected, and back to everything', async () => {
    await ui.open(fiveBridges().build(), { reducedMotion: true });
    const zoom = async (): Promise<number> => Number((await ui.panel.fact('view'))?.split(' ')[2]);
    const all = await zoom();
    await ui.search('name:"cni-50" kind:pod');
    await ui.keys('Enter', 'Escape', 'z');
    assert.ok((await zoom()) > 1.3);
    await ui.keys('f');
    assert.ok(Math.abs((await zoom()) - all) < 0.01);
  });

  it('tells changes of the node to those who hear it, and says many as numbers', async () => {
    await ui.open(podsOnBridge(5).build());
    await ui.panel.send(show(podsOnBridge(6).build()));
    const news = (words: RegExp): Promise<void> =>
      ui.panel.waitUntil(
        `${String(words)}.test(document.querySelector('[role=log][aria-live]').textContent)`,
      );
    await news(/^pod app-6 added$/);
    await ui.panel.send(show(podsOnBridge(12).build()), show(podsOnBridge(16).build()));
    await news(/^10 pods added$/);
  });
});

describe('the pointer', function () {
  this.timeout(30_000);
  const ui = usePanel();

  it('zooms about itself with the wheel and with a pinch', async () => {
    await ui.open(podsOnBridge(20).build());
    const { x, y } = (await ui.panel.page.locator('.graph-host').boundingBox()) ?? { x: 0, y: 0 };
    const at = { x: 320, y: 410 };
    const under = async (): Promise<{ x: number; y: number; k: number }> => {
      const [left = 0, top = 0, k = 1] = ((await ui.panel.fact('view')) ?? '').split(' ').map(Number);
      return { x: (at.x - left) / k, y: (at.y - top) / k, k };
    };
    const before = await under();
    await ui.panel.page.mouse.move(x + at.x, y + at.y);
    for (const ctrlKey of [false, true]) {
      const from = await under();
      await ui.panel.page.evaluate(
        `document.querySelector('.graph-host').dispatchEvent(new WheelEvent('wheel', { deltaY: -60, ctrlKey: ${ctrlKey}, clientX: ${x + at.x}, clientY: ${y + at.y}, bubbles: true, cancelable: true }))`,
      );
      const after = await under();
      assert.ok(after.k > from.k);
      assert.ok(Math.hypot(after.x - before.x, after.y - before.y) < 0.5);
    }
  });
});
