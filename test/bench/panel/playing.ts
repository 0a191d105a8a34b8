/** What playing a trace costs the page: a bridge's flood, whose frames run on all its ports' cables at once. */
import type { Browser } from 'playwright-core';
import { PanelPage } from '../../harness/panel/panelPage.ts';
import { podsOnBridge } from '../../harness/panel/topologies.ts';
import { pingTrace } from '../../harness/panel/traces.ts';
import { busyMs } from './contenders.ts';

export interface MeasuredPlaying {
  readonly pods: number;
  /** What the main thread computes for each frame. */
  readonly frameMs: number;
  readonly framesPerSecond: number;
}

/** At the slowest speed the frames of one step run for longer than this. */
const playedMs = 2_000;

const countFrames = `new Promise((done) => {
  const startedAt = performance.now();
  let frames = 0;
  const next = (now) => {
    frames++;
    if (now - startedAt > ${playedMs}) { done(frames); } else { requestAnimationFrame(next); }
  };
  requestAnimationFrame(next);
})`;

/** `bundle` is the directory of the page's script and style. */
export async function measurePlaying(
  browser: Browser,
  bundle: string,
  pods: number,
): Promise<MeasuredPlaying> {
  const topology = podsOnBridge(pods).build();
  const panel = await PanelPage.open(browser, { width: 1600, height: 900, bundle });
  const { page } = panel;
  await panel.send(
    { type: 'state', state: { kind: 'live', label: 'bench' } },
    { type: 'topology', topology, complete: true },
  );
  await panel.waitForPicture();
  await panel.send({ type: 'trace', trace: pingTrace(topology, 'app-3', `app-${pods - 2}`) });
  await page.waitForSelector('.trace-row');
  await page.getByLabel('Speed').selectOption('0.25');
  await page.locator('.trace-rows button').nth(2).click();
  await page.waitForSelector('.graph-host[data-step="3 seen"][data-sharp]');
  const session = await page.context().newCDPSession(page);
  // Of the main thread's own clock: what others do on the machine does not count.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await busyMs(session);
  const frames = await page.evaluate<number>(countFrames);
  const frameMs = ((await busyMs(session)) - before) / frames;
  await panel.close();
  return { pods, frameMs, framesPerSecond: (frames * 1000) / playedMs };
}
