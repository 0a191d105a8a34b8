/** What links carry, told at the closest level of detail: who is asked about, when, and what is painted again. */
import assert from 'node:assert/strict';
import type { FromPanel, ToPanel } from '../../../src/protocol/messages.ts';
import type { LinkId } from '../../../src/topology/topology.ts';
import { show, usePanel } from './openPanel.ts';
import { podNamed, podsOnBridge } from './topologies.ts';

describe('the counters of what is in sight', function () {
  this.timeout(60_000);
  const ui = usePanel();
  const topology = podsOnBridge(60).build();
  const hostOf = (pod: string): LinkId => {
    const { id } = podNamed(topology, pod);
    return topology.links.find(({ namespace, peer }) => namespace === id && peer !== null)?.peer ?? '';
  };
  const asked = async (): Promise<(readonly LinkId[])[]> =>
    (await ui.panel.sent()).flatMap((message) => ('counters' in message ? [message.counters] : []));
  const waitForAsked = (count: number): Promise<void> =>
    ui.panel.waitUntil(`window.harness.sent.filter((one) => 'counters' in one).length >= ${count}`);
  const counters = (atMs: number, bytes: number, ...links: readonly LinkId[]): ToPanel => {
    const way = { bytes, packets: bytes / 100, errors: 0, dropped: 0 };
    const statistics = { received: way, sent: way };
    return { type: 'counters', atMs, links: links.map((link) => ({ link, statistics })) };
  };
  const answer = async (...messages: readonly ToPanel[]): Promise<void> => {
    const last = (await ui.panel.sent()).findLast(
      (message): message is Extract<FromPanel, { counters: unknown }> => 'counters' in message,
    );
    await ui.panel.send(...messages, { type: 'response', id: last?.id ?? 0, error: null });
  };
  /** Looks at a pod from close by, and at nothing in the inspector. */
  const approach = async (pod: string): Promise<void> => {
    await ui.panel.send({ type: 'select', selection: podNamed(topology, pod), reveal: true });
    await ui.panel.page.waitForSelector('.graph-host[data-selected]');
    await ui.panel.page.locator('.graph-host').focus();
    await ui.keys('z', '+', 'Escape');
  };
  /** Counts the tiles that are painted from now on. */
  const countTiles = (): Promise<void> =>
    ui.panel.page.evaluate(`{
      const { transferFromImageBitmap } = ImageBitmapRenderingContext.prototype;
      window.painted = 0;
      ImageBitmapRenderingContext.prototype.transferFromImageBitmap = function (bitmap) {
        window.painted++;
        return transferFromImageBitmap.call(this, bitmap);
      };
    }`);

  it('are asked for all at once, at the node’s ends of the cables, from close by only', async () => {
    await ui.open(topology);
    await ui.keys('f');
    await approach('app-30');
    await waitForAsked(1);
    const [links = []] = await asked();
    assert.ok(links.includes(hostOf('app-30')));
    assert.ok(links.length < 30, `${links.length} of 60 are in sight`);
    assert.ok(links.every((id) => topology.links.find((link) => link.id === id)?.namespace === '4026531840'));
  });

  it('are told with their rates, in full in the tooltip', async () => {
    await ui.open(topology);
    await approach('app-30');
    await waitForAsked(1);
    await answer(counters(1_000, 10_000, hostOf('app-30')), counters(3_000, 30_000, hostOf('app-30')));
    const { x, y } = await ui.panel.pointOf(podNamed(topology, 'app-30'));
    await ui.panel.page.mouse.move(x, y + 10);
    await ui.panel.page.getByText('↓ 30.0 kB 10.0 kB/s 100 pps').waitFor();
  });

  it('paint again only the tiles of what has moved', async () => {
    await ui.open(topology);
    await approach('app-30');
    await waitForAsked(1);
    await answer(counters(1_000, 10_000, ...((await asked())[0] ?? [])));
    await waitForAsked(2);
    await ui.panel.page.waitForSelector('.graph-host[data-sharp]');
    await countTiles();
    const painted = async (...messages: readonly ToPanel[]): Promise<number> => {
      await ui.panel.page.evaluate('window.painted = 0');
      await ui.panel.send(...messages);
      await ui.panel.nextFrame();
      await ui.panel.page.waitForSelector('.graph-host[data-sharp]');
      return ui.panel.page.evaluate('window.painted');
    };
    const one = await painted(counters(2_000, 20_000, hostOf('app-30')));
    assert.ok(one > 0 && one <= 4, `${one} tiles for one pod`);
    assert.equal(await painted(counters(3_000, 30_000, hostOf('app-30'))), one);
    assert.equal(await painted(counters(4_000, 40_000, hostOf('app-1'))), 0, 'out of sight');
  });

  it('are not asked for in a recording, and no longer from afar', async () => {
    await ui.open(topology);
    await approach('app-30');
    await waitForAsked(1);
    await ui.keys('f');
    await ui.panel.waitUntil(`document.querySelector('.graph-host').dataset.view.split(' ')[2] < 1`);
    await answer();
    await ui.panel.send({ type: 'state', state: { kind: 'recording', label: 'x' } }, show(topology));
    await approach('app-12');
    await ui.panel.page.waitForSelector('.graph-host[data-sharp]');
    assert.equal((await asked()).length, 1);
    await ui.panel.send({ type: 'state', state: { kind: 'live', label: 'x' } });
    await waitForAsked(2);
    assert.ok((await asked())[1]?.includes(hostOf('app-12')));
  });
});
