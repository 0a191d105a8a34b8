/** Looking back in the panel: the time line by pointer and keys, a moment of the past, two moments compared. */
import assert from 'node:assert/strict';
import type { Topology } from '../../../src/topology/topology.ts';
import { HistoryHost } from './historyHost.ts';
import { usePanel } from './openPanel.ts';
import { podNamed, podsOnBridge } from './topologies.ts';

const startMs = Date.now() - 70_000;
const at = (seconds: number): Date => new Date(startMs + seconds * 1_000);
const slider = '.time-thumb.at';

function withoutPod(topology: Topology, name: string): Topology {
  const { id } = podNamed(topology, name);
  const gone = new Set(topology.links.filter(({ namespace }) => namespace === id).map((link) => link.id));
  const peers = topology.links.filter(({ peer }) => peer !== null && gone.has(peer));
  peers.forEach((link) => gone.add(link.id));
  return {
    ...topology,
    namespaces: topology.namespaces.filter((one) => one.id !== id),
    links: topology.links.filter((link) => !gone.has(link.id)),
    edges: topology.edges.filter(({ a, b }) => !gone.has(a) && !gone.has(b)),
    routes: topology.routes.filter(({ namespace }) => namespace !== id),
    neighbours: topology.neighbours.filter(({ namespace }) => namespace !== id),
    fdb: topology.fdb.filter(({ link }) => link === null || !gone.has(link)),
  };
}

function withDown(topology: Topology, name: string): Topology {
  const { id } = podNamed(topology, name);
  const links = topology.links.map((link) =>
    link.namespace === id && link.name === 'eth0' ? { ...link, up: false, carrier: false } : link,
  );
  return { ...topology, links };
}

describe('the time line', function () {
  this.timeout(30_000);
  const under = usePanel();
  const whole = podsOnBridge(12).build();
  const fewer = withoutPod(whole, 'app-5');
  let host: HistoryHost;

  beforeEach(async () => {
    await under.open(null);
    host = new HistoryHost(under.panel);
    await host.become(whole, at(0));
    await under.panel.waitForPicture();
  });

  const isHidden = (selector: string): Promise<boolean> =>
    under.panel.page.evaluate(`document.querySelector('${selector}').hidden`);
  const said = async (): Promise<string> =>
    (await under.panel.page.getAttribute(slider, 'aria-valuetext')) ?? '';
  const clock = (date: Date): Promise<string> =>
    under.panel.page.evaluate(`new Date(${date.getTime()}).toLocaleTimeString(undefined, { hour12: false })`);
  const pods = async (): Promise<string | null> => under.panel.fact('items');

  /** app-5 goes, then app-2 goes down. */
  const live = async (): Promise<void> => {
    await host.become(fewer, at(20));
    await host.become(withDown(fewer, 'app-2'), at(40));
    await under.panel.page.waitForSelector('.graph-host[data-items~="pod:11"]');
  };

  it('is hidden until there is something to look back at', async () => {
    const isVisible = (): Promise<boolean> => under.panel.page.locator('.timeline').isVisible();
    const size = (): Promise<string> =>
      under.panel.page.evaluate(
        `JSON.stringify(document.querySelector('.graph-host').getBoundingClientRect())`,
      );
    const before = await size();
    assert.equal(await isVisible(), false);
    await live();
    assert.equal(await isVisible(), true);
    assert.equal(await size(), before);
    assert.equal(await said(), 'Now');
  });

  it('shows what was wrong then, and again what is wrong now', async () => {
    await live();
    await under.panel.page.waitForSelector('.graph-host[data-badges~="link:error"]');
    await under.panel.page.locator(slider).focus();
    await under.keys('Home');
    await host.answer();
    await under.panel.page.waitForSelector('.graph-host:not([data-badges])');
    assert.equal(await under.panel.text('.findings-button'), 'No findings');
    await under.keys('Escape');
    await under.panel.page.waitForSelector('.graph-host[data-badges~="link:error"]');
  });

  it('leads back by the keys: the graph shows what was then, says so, and comes back', async () => {
    await live();
    await under.keys('t', 'ArrowLeft');
    await host.answer();
    assert.equal(await said(), `${await clock(at(20))}, 3 changes`);
    await under.keys('ArrowLeft');
    await host.answer();
    await under.panel.page.waitForSelector('.graph-host.then[data-items~="pod:12"]');
    assert.equal(await said(), `${await clock(at(0))}, the first picture`);
    assert.match(await under.panel.text('.then-band'), new RegExp(`^As of ${await clock(at(0))}`));
    await under.keys('End');
    await under.panel.page.waitForSelector('.graph-host:not(.then)[data-items~="pod:11"]');
    assert.equal(await isHidden('.then-band'), true);
  });

  it('leads back by the pointer', async () => {
    await live();
    const box = await under.panel.page.locator('.time-track').boundingBox();
    assert.ok(box);
    const thumb = await under.panel.page.locator(slider).boundingBox();
    await under.panel.page.mouse.move((thumb?.x ?? 0) + 5, box.y + 10);
    await under.panel.page.mouse.down();
    await under.panel.page.mouse.move(box.x + 1, box.y + 10, { steps: 4 });
    await host.answer();
    await under.panel.page.mouse.up();
    assert.match(await said(), /the first picture$/);
    await under.panel.page.waitForSelector('.graph-host.then[data-items~="pod:12"]');
  });

  it('does not let news move what is looked at, and shows them on the way back', async () => {
    await live();
    await under.keys('t', 'Home');
    await host.answer();
    const then = await pods();
    await host.become(withoutPod(fewer, 'app-7'), at(60));
    await under.panel.nextFrame();
    assert.equal(await pods(), then);
    await under.keys('Escape');
    await under.panel.page.waitForSelector('.graph-host:not(.then)[data-items~="pod:10"]');
  });

  it('moves nothing that is there at both times', async () => {
    await live();
    const place = async (): Promise<string> =>
      JSON.stringify(await under.panel.pointOf(podNamed(whole, 'app-12')));
    const before = await place();
    await under.keys('t', 'Home');
    await host.answer();
    await under.panel.page.waitForSelector('.graph-host.then[data-items~="pod:12"]');
    assert.equal(await place(), before);
  });

  it('compares two moments on the graph and as a list whose links select', async () => {
    await live();
    await under.panel.page.getByRole('button', { name: 'Compare' }).click();
    await host.answer();
    await under.keys('Home');
    await host.answer();
    await under.panel.page.waitForSelector('.graph-host[data-items~="pod:12"]');
    const list = await under.panel.page.locator('.change-list li').allTextContents();
    assert.ok(list.includes('−app-5: pod made by Patchbay'), list.join('\n'));
    assert.ok(list.includes('~eth0 of app-2: up → down'), list.join('\n'));
    const gone = podNamed(whole, 'app-5').id;
    const marked = await under.panel.fact('changes');
    assert.ok(marked?.split(' ').includes(`removed:namespace/${gone}`), marked ?? 'no marks');
    await under.panel.page.getByRole('button', { name: 'app-5', exact: true }).click();
    assert.deepEqual(await under.selected(), { kind: 'namespace', id: gone });
    assert.equal(await under.inspected(), 'app-5');
  });

  it('goes on with a comparison with the present as that changes', async () => {
    await host.become(fewer, at(20));
    await under.panel.page.getByRole('button', { name: 'Compare' }).click();
    await host.answer();
    assert.match(await under.panel.text('.change-list h2'), /^3 changes between/);
    await host.become(withDown(fewer, 'app-2'), at(40));
    await host.answer();
    assert.match(await under.panel.text('.change-list h2'), /^4 changes between/);
  });

  it('shows what changed since people last looked', async () => {
    await host.become(fewer, at(20));
    host.lookedMs = at(30).getTime();
    await host.become(withDown(fewer, 'app-2'), at(40));
    await under.panel.page.getByRole('button', { name: 'Since I last looked' }).click();
    const [request] = await host.answer();
    assert.deepEqual(request && 'compare' in request && request.compare, {
      from: host.history.moments[1]?.id,
      to: null,
    });
    assert.match(await under.panel.text('.change-list h2'), /^1 change between/);
  });

  it('stops at marks, and says their names', async () => {
    await live();
    host.history.mark('server.js:42', 'debugger', at(50));
    await under.panel.send(host.timeline());
    await under.keys('t', 'ArrowLeft');
    await host.answer();
    assert.equal(await said(), `${await clock(at(50))}, marked server.js:42`);
    assert.equal(
      await under.panel.page.locator('.time-mark title').textContent(),
      `${await clock(at(50))} server.js:42`,
    );
  });

  it('lights what holds a process that is being debugged', async () => {
    const namespace = podNamed(whole, 'app-3').id;
    const processes = [{ namespace, label: 'server.js [4711]' }];
    await under.panel.send({ type: 'debugged', processes });
    await under.panel.page.waitForSelector(`.graph-host[data-debugged="namespace/${namespace}"]`);
  });

  it('says what went wrong, and shows the present, where a moment is no longer kept', async () => {
    await live();
    await under.keys('t', 'Home');
    await under.panel.waitForMessage('request');
    const request = (await under.panel.sent()).find((message) => message.type === 'request');
    await under.panel.send({
      type: 'response',
      id: request?.id ?? 0,
      error: 'That moment is no longer kept.',
    });
    await under.panel.page.waitForSelector('.notice');
    assert.equal(await said(), 'Now');
    assert.equal(await isHidden('.then-band'), true);
  });
});
