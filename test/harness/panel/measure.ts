/** Measures the panel in headless Chromium: `node test/harness/panel/measure.ts [pods…]`. Prints one JSON line each. */
import type { Browser } from 'playwright-core';
import type { ToPanel } from '../../../src/protocol/messages.ts';
import { launchBrowser, PanelPage } from './panelPage.ts';
import { podsOnBridge } from './topologies.ts';

interface Numbers {
  readonly pods: number;
  /** Of the layout itself, in the worker. */
  readonly layoutMs: number;
  /** From the topology message to the frame after the picture was drawn. */
  readonly pictureMs: number;
  /** The same for a topology with one pod more. */
  readonly oneMorePodMs: number;
  readonly longestTaskMs: number;
  readonly framesPerSecond: { readonly panAtFit: number; readonly panAtOne: number; readonly zoom: number };
  readonly elements: number;
}

const live: ToPanel = { type: 'state', state: { kind: 'live', label: 'bench' } };

/** Dispatches wheel and pointer events as fast as frames come, for a second; gives the frames that were painted. */
const gesture = (step: string): string => `new Promise((done) => {
  const graph = document.querySelector('.graph-host');
  const box = graph.getBoundingClientRect();
  const at = { bubbles: true, cancelable: true, view: window, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
  const startedAt = performance.now();
  let frames = 0;
  const next = (now) => {
    if (now - startedAt > 1500) { done((frames * 1000) / (now - startedAt)); return; }
    frames++;
    ${step}
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})`;

const zooming = gesture(
  `graph.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: Math.floor(frames / 25) % 2 ? 40 : -40 }));`,
);
const panning = gesture(`
  if (frames === 1) { graph.dispatchEvent(new MouseEvent('mousedown', at)); }
  const way = frames * 8 % 400;
  window.dispatchEvent(new MouseEvent('mousemove', { ...at, clientX: at.clientX + way - 200, clientY: at.clientY + way / 2 - 100 }));`);
const letGo = `window.dispatchEvent(new MouseEvent('mouseup', { bubbles: true }))`;

async function timeToPicture(panel: PanelPage, message: ToPanel, pods: number): Promise<number> {
  return panel.page.evaluate<number>(`new Promise((done) => {
    const message = ${JSON.stringify(message)};
    const startedAt = performance.now();
    window.postMessage(message, '*');
    const count = () => Number([...document.querySelectorAll('.inspector dt')].find((dt) => dt.textContent === 'Pods')?.nextSibling.textContent);
    const check = () => (count() === ${pods} ? requestAnimationFrame(() => done(performance.now() - startedAt)) : requestAnimationFrame(check));
    check();
  })`);
}

async function measure(browser: Browser, pods: number): Promise<Numbers> {
  const panel = await PanelPage.open(browser, { width: 1600, height: 900 });
  const { page } = panel;
  await page.evaluate(`new Promise((done) => setTimeout(done, 1500))`);
  await page.evaluate(`window.longest = 0; new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) { window.longest = Math.max(window.longest, entry.duration); }
  }).observe({ type: 'longtask' })`);
  const topology = (count: number): ToPanel => ({
    type: 'topology',
    topology: podsOnBridge(count).build(),
    complete: true,
  });
  await panel.send(live);
  const pictureMs = await timeToPicture(panel, topology(pods), pods);
  const oneMorePodMs = await timeToPicture(panel, topology(pods + 1), pods + 1);
  await page.evaluate(`new Promise((done) => setTimeout(done, 500))`);
  const longestTaskMs = await page.evaluate<number>('window.longest');
  const layoutMs = await page.evaluate<number>(
    `performance.getEntriesByName('patchbay-layout').at(-1).duration`,
  );
  const panAtFit = await page.evaluate<number>(panning);
  await page.evaluate(letGo);
  const zoom = await page.evaluate<number>(zooming);
  await page.locator('.graph-host').focus();
  await page.keyboard.press('0');
  await page.evaluate(`new Promise((done) => setTimeout(done, 400))`);
  const panAtOne = await page.evaluate<number>(panning);
  await page.evaluate(letGo);
  const elements = await page.evaluate<number>(`document.querySelectorAll('*').length`);
  await panel.close();
  return {
    pods,
    layoutMs,
    pictureMs,
    oneMorePodMs,
    longestTaskMs,
    framesPerSecond: { panAtFit, panAtOne, zoom },
    elements,
  };
}

const counts = process.argv.slice(2).map(Number);
const browser = await launchBrowser();
try {
  for (const pods of counts.length === 0 ? [100, 500] : counts) {
    const numbers = await measure(browser, pods);
    console.log(
      JSON.stringify(numbers, (_, value: unknown) =>
        typeof value === 'number' ? Math.round(value * 10) / 10 : value,
      ),
    );
  }
} finally {
  await browser.close();
}
