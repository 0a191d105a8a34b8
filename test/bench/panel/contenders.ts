/** One run of one contender: a fresh page, its first picture, one pod more, and moving about. */
import type { Browser, CDPSession, Page } from 'playwright-core';
import type { ToPanel } from '../../../src/protocol/messages.ts';
import { makePatch } from '../../../src/protocol/makeTopologyPatch.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { PanelPage } from '../../harness/panel/panelPage.ts';
import { podsOnBridge } from '../../harness/panel/topologies.ts';
import { benchGraph } from './graph.ts';
import { median } from '../section.ts';
import type { BundleSize } from './pageBundles.ts';
import type { BenchMessage } from './pages/message.ts';

export interface Measured {
  /** Of the layout itself; null for those that are given the places. */
  readonly layoutMs: number | null;
  /** From the message, once it is on its way, to the frame after the picture was drawn. */
  readonly pictureMs: number;
  /** The longest task of the main thread meanwhile; 0 where none reached 50 ms. */
  readonly longestTaskMs: number;
  /** From the message of one pod more to the frame after it was drawn; the median of some, one after the other. */
  readonly onePodMs: number;
  /** What the main thread was busy for meanwhile. */
  readonly onePodBusyMs: number;
  readonly panAtFit: number;
  readonly panAtOne: number;
  readonly zoom: number;
  readonly elements: number;
  readonly heapMiB: number;
}

export interface MeasuredContender {
  readonly name: string;
  readonly bundle: BundleSize;
  measure(pods: number): Promise<Measured>;
}

const screen = { width: 1600, height: 900 } as const;
const gestureMs = 1_500;
/** How many times one pod is added. */
const changes = 5;

const watchTasks = `window.longest = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) { window.longest = Math.max(window.longest, entry.duration); }
}).observe({ type: 'longtask' })`;

/** Calls a step for each frame; gives the frames in a second. */
const framesOf = (step: string): string => `new Promise((done) => {
  let frames = -1;
  let startedAt = 0;
  const next = (now) => {
    if (frames < 0) { startedAt = now; }
    frames++;
    if (now - startedAt > ${gestureMs}) { done((frames * 1000) / (now - startedAt)); return; }
    (${step})(frames);
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})`;

/** In and out again, by a factor of four each. */
const zoomFactor = `(frame) => (Math.floor(frame / 25) % 2 === 0 ? 1.057 : 1 / 1.057)`;
/** Right and back by 800 px, a little downwards and back. */
const panStep = `(frame) => { const way = Math.floor(frame / 50) % 2 === 0 ? 1 : -1; return { x: 16 * way, y: 7 * way }; }`;

async function rest(page: Page, ms: number): Promise<void> {
  await page.evaluate(`new Promise((done) => setTimeout(done, ${ms}))`);
}

/** What the main thread has computed since the session's `Performance.enable`. */
export async function busyMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
}

async function heapMiB(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / 2 ** 20;
}

/** What differs between a panel and a peer. */
interface Stage {
  readonly page: Page;
  /** Shows the first picture, or the next ones; each gives ms. Expressions for the page. */
  readonly first: string;
  readonly next: readonly string[];
  readonly layout: string | null;
  readonly panning: string;
  readonly zooming: string;
  readonly atOne: () => Promise<void>;
  readonly fit: () => Promise<void>;
}

async function run(stage: Stage): Promise<Measured> {
  const { page } = stage;
  const session = await page.context().newCDPSession(page);
  // Of the main thread's own clock: what others do on the machine does not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await rest(page, 1_200);
  await page.evaluate(watchTasks);
  const pictureMs = await page.evaluate<number>(stage.first);
  await rest(page, 700);
  const longestTaskMs = await page.evaluate<number>('window.longest');
  const layoutMs = stage.layout === null ? null : await page.evaluate<number>(stage.layout);
  const elements = await page.evaluate<number>(`document.querySelectorAll('*').length`);
  const heap = await heapMiB(session);
  const onePods: { readonly ms: number; readonly busy: number }[] = [];
  for (const next of stage.next) {
    const before = await busyMs(session);
    const ms = await page.evaluate<number>(next);
    onePods.push({ ms, busy: (await busyMs(session)) - before });
    await rest(page, 700);
  }
  const onePodMs = median(onePods.map(({ ms }) => ms));
  const onePodBusyMs = median(onePods.map(({ busy }) => busy));
  await rest(page, 1_900);
  const panAtFit = await page.evaluate<number>(stage.panning);
  await stage.fit();
  const zoom = await page.evaluate<number>(stage.zooming);
  await stage.atOne();
  const panAtOne = await page.evaluate<number>(stage.panning);
  return {
    ...{ layoutMs, pictureMs, longestTaskMs, onePodMs, onePodBusyMs, panAtFit, panAtOne, zoom },
    ...{ elements, heapMiB: heap },
  };
}

/** The panel itself, in the page that VS Code gives it. */
export class PanelContender implements MeasuredContender {
  readonly name: string;
  readonly bundle: BundleSize;
  readonly #browser: Browser;
  readonly #directory: string;

  constructor(name: string, bundle: BundleSize, browser: Browser, directory: string) {
    this.name = name;
    this.bundle = bundle;
    this.#browser = browser;
    this.#directory = directory;
  }

  async measure(pods: number): Promise<Measured> {
    const [before, ...after] = grown(pods);
    const patches = after.map((topology, at) => changeOf(after[at - 1] ?? before, topology));
    const panel = await PanelPage.open(this.#browser, { ...screen, bundle: this.#directory });
    const { page } = panel;
    const live: ToPanel = { type: 'state', state: { kind: 'live', label: 'bench' } };
    await panel.send(live);
    const gesture = (event: string): string => `(() => {
      const graph = document.querySelector('.graph-host');
      const box = graph.getBoundingClientRect();
      // The middle button pans wherever it is pressed.
      const at = { bubbles: true, cancelable: true, view: window, button: 1, buttons: 4, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
      ${event}
    })()`;
    const measured = await run({
      page,
      first: until({ type: 'topology', topology: before, complete: true }, pods),
      next: patches.map((patch, at) => until(patch, pods + 1 + at)),
      layout: `performance.getEntriesByName('patchbay-layout').at(-1).duration`,
      panning: gesture(`
        graph.dispatchEvent(new MouseEvent('mousedown', at));
        const step = ${panStep};
        const where = { x: at.clientX, y: at.clientY };
        return ${framesOf(`(frame) => {
          const { x, y } = step(frame);
          where.x += x;
          where.y += y;
          window.dispatchEvent(new MouseEvent('mousemove', { ...at, clientX: where.x, clientY: where.y }));
        }`)}.then((frames) => { window.dispatchEvent(new MouseEvent('mouseup', at)); return frames; });`),
      // d3-zoom takes a wheel's delta for a power of two: 0.002 for each px.
      zooming: gesture(`
        const factor = ${zoomFactor};
        return ${framesOf(`(frame) => graph.dispatchEvent(new WheelEvent('wheel', { ...at, deltaY: -Math.log2(factor(frame)) / 0.002 }))`)};`),
      atOne: async () => {
        await page.locator('.graph-host').focus();
        await page.keyboard.press('0');
        await rest(page, 500);
      },
      fit: async () => {
        await page.locator('.graph-host').focus();
        await page.keyboard.press('f');
        await rest(page, 500);
      },
    });
    await panel.close();
    return measured;
  }
}

/** The pods of one bridge, and as many times one more as are measured. */
function grown(pods: number): [Topology, ...Topology[]] {
  const more = Array.from({ length: changes }, (_, at) => podsOnBridge(pods + 1 + at).build());
  return [podsOnBridge(pods).build(), ...more];
}

function changeOf(before: Topology, after: Topology): ToPanel {
  const patch = makePatch(before, after);
  return patch === null
    ? { type: 'topology', topology: after, complete: true }
    : { type: 'topologyPatch', patch, complete: true };
}

/** Posts a message; gives the time until the frame after its picture was drawn. */
function until(message: ToPanel, pods: number): string {
  return `new Promise((done) => {
    const message = ${JSON.stringify(message)};
    const drawn = new MutationObserver(() => {
      if (graph.dataset.items?.includes('pod:${pods} ') && graph.dataset.sharp === '') {
        drawn.disconnect();
        requestAnimationFrame(() => done(performance.now() - startedAt));
      }
    });
    const graph = document.querySelector('.graph-host');
    drawn.observe(graph, { attributeFilter: ['data-items', 'data-sharp'] });
    window.postMessage(message, '*');
    const startedAt = performance.now();
  })`;
}

/** Another library with the same graph, on a page of its own. */
export class PeerContender implements MeasuredContender {
  readonly name: string;
  readonly bundle: BundleSize;
  readonly #browser: Browser;
  readonly #script: string;

  constructor(name: string, bundle: BundleSize, browser: Browser, script: string) {
    this.name = name;
    this.bundle = bundle;
    this.#browser = browser;
    this.#script = script;
  }

  async measure(pods: number): Promise<Measured> {
    const message = async (topology: Topology): Promise<BenchMessage> => ({
      topology,
      graph: await benchGraph(topology, screen),
    });
    const [before, ...after] = grown(pods);
    const context = await this.#browser.newContext({ viewport: screen });
    const page = await context.newPage();
    await page.setContent(`<!doctype html><style>${peerStyle}</style><body></body>`);
    await page.addScriptTag({ content: this.#script });
    const show = (what: BenchMessage): string => `new Promise((done) => {
      const message = ${JSON.stringify(what)};
      window.addEventListener('message', async ({ data }) => {
        await window.contender.show(data);
        requestAnimationFrame(() => done(performance.now() - startedAt));
      }, { once: true });
      window.postMessage(message, '*');
      const startedAt = performance.now();
    })`;
    const measured = await run({
      page,
      first: show(await message(before)),
      next: await Promise.all(after.map(async (topology) => show(await message(topology)))),
      layout: this.name.startsWith('ELK') ? `performance.getEntriesByName('layout').at(-1).duration` : null,
      panning: `(() => { const step = ${panStep}; return ${framesOf(`(frame) => { const { x, y } = step(frame); window.contender.pan(x, y); }`)}; })()`,
      zooming: `(() => { const factor = ${zoomFactor}; return ${framesOf('(frame) => window.contender.zoom(factor(frame))')}; })()`,
      atOne: async () => {
        await page.evaluate('window.contender.actualSize()');
        await rest(page, 500);
      },
      fit: async () => {
        await page.evaluate('window.contender.fit()');
        await rest(page, 500);
      },
    });
    await context.close();
    return measured;
  }
}

/** What React Flow's own style sheet does, as far as it decides what is laid out and painted. */
const peerStyle = `
  html, body { margin: 0; height: 100%; font: 12px sans-serif; }
  .react-flow { position: relative; width: 100%; height: 100%; overflow: hidden; }
  .react-flow__container { position: absolute; width: 100%; height: 100%; top: 0; left: 0; }
  .react-flow__pane { z-index: 1; }
  .react-flow__viewport { transform-origin: 0 0; z-index: 2; pointer-events: none; }
  .react-flow__renderer { z-index: 4; }
  .react-flow__nodes { pointer-events: none; transform-origin: 0 0; }
  .react-flow__node { position: absolute; pointer-events: all; transform-origin: 0 0; box-sizing: border-box; cursor: grab; }
  .react-flow__edges { position: absolute; }
  .react-flow__edges svg { overflow: visible; position: absolute; pointer-events: none; }
  .react-flow__edge { pointer-events: visibleStroke; }
  .react-flow__edge-path { stroke: #89d185; stroke-width: 2; fill: none; }
  .react-flow__edge-interaction { stroke: transparent; fill: none; }
  .react-flow__handle { position: absolute; pointer-events: none; min-width: 5px; min-height: 5px; width: 6px; height: 6px; background: #89d185; border-radius: 100%; }
  .react-flow__handle-top { top: 0; left: 50%; transform: translate(-50%, -50%); }
  .react-flow__handle-bottom { bottom: 0; left: 50%; transform: translate(-50%, 50%); }
  .box { width: 100%; height: 100%; box-sizing: border-box; overflow: hidden; border: 1.2px solid #3a5a7a; border-radius: 7px; background: #24303c; padding: 6px 10px; color: #ccc; }
  .box strong, .box span { display: block; }
`;
