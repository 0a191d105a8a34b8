/** The panel's page in a real browser: needs `npm run build` and Chromium, no VS Code. */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { ToPanel } from '../../../src/protocol/messages.ts';
import { makePatch } from '../../../src/protocol/makeTopologyPatch.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { launchChromium } from '../chromium.ts';
import { PanelPage, type PanelOptions } from './panelPage.ts';
import { broken, hostileNames, podNamed, podsOnBridge } from './topologies.ts';
import { pingTrace } from './traces.ts';

const live: ToPanel = { type: 'state', state: { kind: 'live', label: 'root@edge-07' } };
const show = (topology: Topology): ToPanel => ({ type: 'topology', topology, complete: true });

describe('the panel', function () {
  this.timeout(30_000);
  let browser: Browser;
  let panel: PanelPage;

  before(async () => {
    browser = await launchChromium();
  });

  after(async () => {
    await browser.close();
  });

  afterEach(async () => {
    const complaints = [...panel.errors, ...(await panel.violations())];
    await panel.close();
    assert.deepEqual(complaints, []);
  });

  const open = async (topology: Topology | null, options?: PanelOptions): Promise<void> => {
    panel = await PanelPage.open(browser, options);
    if (topology !== null) {
      await panel.send(live, show(topology));
      await panel.waitForPicture();
    }
  };
  const lastSelected = async (): Promise<unknown> =>
    (await panel.sent()).findLast((message) => message.type === 'selected')?.selection;
  const keys = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) {
      await panel.page.keyboard.press(name);
    }
  };

  it('shows hostile names as text and runs none of them', async () => {
    const topology = hostileNames().build();
    await open(topology);
    await panel.click(podNamed(topology, '<img src=x onerror=alert(1)>'));
    assert.match(await panel.text('.inspector h2'), /^<img src=x onerror=alert\(1\)>$/);
    assert.equal(await panel.page.locator('img, script:not([nonce]), b').count(), 0);
  });

  it('tells the host what is selected, and selects what the host says without telling it back', async () => {
    const topology = podsOnBridge(20).build();
    const seven = topology.namespaces.find((namespace) => namespace.name === 'app-7')?.id ?? '';
    await open(topology);
    await panel.click(podNamed(topology, 'app-7'));
    assert.deepEqual(await lastSelected(), { kind: 'namespace', id: seven });
    const told = async (): Promise<number> =>
      (await panel.sent()).filter(({ type }) => type === 'selected').length;
    const before = await told();
    const cbr0 = topology.links.find((link) => link.name === 'cbr0')?.id ?? '';
    await panel.send({ type: 'select', selection: { kind: 'link', id: cbr0 }, reveal: true });
    await panel.waitUntil(`document.querySelector('.inspector h2').textContent === 'cbr0'`);
    assert.equal(await told(), before);
  });

  it('walks the wiring by keys, says so, inspects and clears', async () => {
    const topology = podsOnBridge(3).build();
    await open(topology);
    await panel.click(podNamed(topology, 'app-2'));
    await keys('ArrowLeft', 'ArrowLeft', 'ArrowLeft');
    assert.equal(await panel.text('.inspector h2'), 'cbr0');
    assert.match(await panel.text('[aria-live]'), /^cbr0 of node, bridge/);
    await keys('Enter');
    assert.equal(await panel.page.evaluate('document.activeElement.tagName'), 'H2');
    await keys('Escape');
    assert.equal(await panel.page.evaluate(`document.activeElement.matches('.graph-host')`), true);
    assert.equal(await panel.text('.inspector h2'), 'cbr0');
    await keys('Escape');
    assert.equal(await lastSelected(), null);
  });

  it('searches by / and gives the graph back on Escape', async () => {
    await open(podsOnBridge(20).build());
    await keys('/');
    await panel.page.keyboard.type('10.244.0.8/24');
    // The pod, and the eth0 that has the address.
    await panel.page.waitForSelector('.graph-host[data-matched="2"]');
    await keys('Escape');
    await panel.page.waitForSelector('.graph-host:not([data-matched])');
    assert.equal(await panel.page.evaluate(`document.activeElement.className`), 'graph-host');
  });

  it('keeps view and selection over an update and over a reload', async () => {
    const topology = podsOnBridge(20).build();
    await open(topology);
    await panel.click(podNamed(topology, 'app-7'));
    await keys('+', '+', 'Shift+ArrowLeft');
    await panel.waitUntil(`(JSON.parse(sessionStorage.getItem('state') ?? '{}').view?.k ?? 0) > 1`);
    await panel.send(show({ ...topology, takenAt: '2026-01-15T10:00:09.000Z' }));
    await panel.page.reload();
    await panel.waitForMessage('ready');
    const kept = await panel.page.evaluate<{ view: { k: number; x: number; y: number } }>(
      `JSON.parse(sessionStorage.getItem('state'))`,
    );
    await panel.send(live, show(topology));
    await panel.waitForPicture();
    assert.equal(await panel.fact('view'), `${kept.view.x} ${kept.view.y} ${kept.view.k}`);
    assert.equal(await panel.text('.inspector h2'), 'app-7');
  });

  it('goes on showing all of the picture where what is selected was in sight', async () => {
    await open(podsOnBridge(2).build());
    const zoom = async (): Promise<number> => Number((await panel.fact('view'))?.split(' ')[2]);
    const before = await zoom();
    const selection = podNamed(podsOnBridge(2).build(), 'web');
    await panel.send({ type: 'select', selection, reveal: true }, show(podsOnBridge(30).build()));
    await panel.page.waitForSelector('.graph-host[data-items~="pod:30"]');
    assert.ok((await zoom()) < before);
  });

  it('keeps the host’s name for the node over a reload', async () => {
    await open(null);
    await panel.send({ type: 'state', state: { kind: 'live', label: 'x' }, node: 'ssh://root@edge-07' });
    await panel.waitUntil(
      `JSON.parse(sessionStorage.getItem('state') ?? '{}').node === 'ssh://root@edge-07'`,
    );
  });

  it('draws the last of a storm of topologies', async () => {
    await open(podsOnBridge(1).build());
    await panel.send(...Array.from({ length: 40 }, (_, count) => show(podsOnBridge(count + 3).build())));
    await panel.page.waitForSelector('.graph-host[data-items~="pod:42"]');
  });

  it('never replaces a whole picture by a partial one of the same node', async () => {
    await open(podsOnBridge(5).build());
    await panel.page.evaluate(`window.seen = []; new MutationObserver(([{ target }]) => {
      window.seen.push(target.dataset.items);
    }).observe(document.querySelector('.graph-host'), { attributeFilter: ['data-items'] })`);
    await panel.send(
      { type: 'topology', topology: podsOnBridge(1).build(), complete: false },
      show(podsOnBridge(6).build()),
    );
    await panel.page.waitForSelector('.graph-host[data-items~="pod:6"]');
    assert.equal(await panel.page.evaluate(`window.seen.some((items) => items.includes('pod:1 '))`), false);
  });

  it('shows the error of a request until it is dismissed', async () => {
    await open(podsOnBridge(2).build());
    await panel.page.getByTitle('Create a pod on this node').click();
    await panel.waitForMessage('request');
    await panel.send({ type: 'response', id: 1, error: 'The subnet is full.' });
    assert.match((await panel.page.textContent('.notice')) ?? '', /The subnet is full\./);
    await panel.page.getByTitle('Dismiss').click();
    assert.equal(await panel.page.locator('.notice').count(), 0);
  });

  it('asks for what is read on demand of a pod that is looked at, and says how that goes', async () => {
    const topology = podsOnBridge(2).build();
    const unread = (parts: readonly string[]): Topology => ({
      ...topology,
      namespaces: topology.namespaces.map((one) => ({ ...one, unread: parts })),
    });
    await open(unread(['netfilter']));
    await panel.click(podNamed(topology, 'web'));
    await panel.waitForMessage('request');
    const request = (await panel.sent()).find((message) => message.type === 'request');
    const id = topology.namespaces.find(({ name }) => name === 'web')?.id;
    assert.deepEqual(request, { type: 'request', id: 1, details: id });
    assert.match(await panel.text('.inspector'), /Reading…/);
    await panel.send({ type: 'response', id: 1, error: 'It is gone.' });
    await panel.waitUntil(`document.querySelector('.inspector').textContent.includes('It is gone.')`);
    await panel.send(show(unread([])));
    await panel.waitUntil(`!document.querySelector('.inspector').textContent.includes('Not read')`);
  });

  it('copies through the host', async () => {
    const topology = podsOnBridge(2).build();
    await open(topology);
    await panel.click(podNamed(topology, 'web'));
    await panel.page.getByLabel('Copy /run/netns/web').click();
    const copied = (await panel.sent()).flatMap((message) => ('copy' in message ? message.copy : []));
    assert.deepEqual(copied, ['/run/netns/web']);
  });

  it('shows a trace: verdict, rows, way; a row lights its links; closing ends it', async () => {
    const topology = broken().build();
    await open(topology);
    await panel.send({ type: 'traceRunning', title: 'app-1 → cache-down' });
    await panel.page.waitForSelector('.trace-head vscode-progress-ring');
    await panel.send({ type: 'trace', trace: pingTrace(topology, 'app-1', 'cache-down', true) });
    await panel.page.waitForSelector('.trace-row');
    assert.match(await panel.text('.headline'), /Lost between veth\w+ of node and eth0 of cache-down/);
    await panel.page.waitForSelector('.graph-host[data-routes~="lost"]');
    await panel.page.locator('.trace-rows button').first().focus();
    await keys('ArrowDown', 'ArrowDown');
    await panel.page.waitForSelector('.graph-host[data-step="2 seen"][data-traced="1"]');
    await panel.page.getByTitle('Close the trace').click();
    await panel.page.waitForSelector('.graph-host:not([data-routes])');
  });

  it('stands still where motion is to be reduced', async () => {
    const topology = podsOnBridge(2).build();
    await open(topology, { reducedMotion: true });
    await panel.send({ type: 'trace', trace: pingTrace(topology, 'web', 'db') });
    await panel.page.waitForSelector('.graph-host[data-routes~="flow"]');
    const picture = async (): Promise<Buffer> => panel.page.locator('.graph-host').screenshot();
    const first = await picture();
    await panel.nextFrame();
    assert.ok(first.equals(await picture()));
  });

  it('takes the system’s colours where those are forced, and others when the system changes them', async () => {
    await open(podsOnBridge(2).build(), { forcedColors: true });
    const isPaper = (channels: string): string => `(() => {
      const copy = new OffscreenCanvas(4, 4).getContext('2d');
      copy.drawImage(document.querySelector('.tiles canvas'), 0, 0);
      return [...copy.getImageData(2, 2, 1, 1).data].slice(0, 3).join() === '${channels}';
    })()`;
    await panel.page.emulateMedia({ forcedColors: 'active', colorScheme: 'light' });
    await panel.waitUntil(isPaper('255,255,255'));
    await panel.page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
    await panel.waitUntil(isPaper('0,0,0'));
  });

  it('paints what a change touches, and no less, as if all were painted anew', async () => {
    // What is not complete does not glow.
    const part = (pods: number): ToPanel => ({
      type: 'topology',
      topology: podsOnBridge(pods).build(),
      complete: false,
    });
    await open(null);
    await panel.send(live, part(20));
    await panel.waitForPicture();
    const graph = panel.page.locator('.graph-host');
    for (const key of ['f', '0']) {
      await graph.focus();
      await panel.page.keyboard.press(key);
      await panel.waitUntilAtRest();
      for (const pods of [21, 22, 26, 25, 20]) {
        await panel.send(part(pods));
        await panel.page.waitForSelector(`.graph-host[data-items~="pod:${pods}"]`);
        await panel.waitUntilAtRest();
        const picture = await graph.screenshot();
        await panel.setTheme('dark');
        assert.ok(picture.equals(await graph.screenshot()), `${pods} pods at ${key}`);
      }
    }
  });

  it('says what to do when there is no node, and asks the host for it', async () => {
    await open(null);
    await panel.send({ type: 'state', state: { kind: 'empty' } });
    await panel.page.getByText('Start a lab node').click();
    await panel.waitForMessage('request');
    const request = (await panel.sent()).find((message) => message.type === 'request');
    assert.deepEqual(request, {
      type: 'request',
      id: 1,
      command: 'patchbay.node.connectLab',
      selection: null,
    });
  });

  it('marks the picture as stale when the connection is lost, moves nothing, and offers to reconnect', async () => {
    await open(podsOnBridge(2).build());
    const place = async (): Promise<unknown> => panel.page.locator('.graph-host').boundingBox();
    const before = await place();
    await panel.send({
      type: 'state',
      state: { kind: 'lost', label: 'x', message: 'Gone.', since: '2026-01-15T10:00:00.000Z' },
    });
    await panel.page.waitForSelector('.graph-host.stale');
    assert.deepEqual(await place(), before);
    assert.equal(await panel.page.getByText('Reconnect').count(), 1);
  });

  it('has one tab stop for the whole graph, and the same graph as a list', async () => {
    await open(podsOnBridge(5).build());
    await panel.page.waitForSelector('[data-outline]', { state: 'attached' });
    assert.equal(await panel.page.locator('.graph-host [tabindex], .graph-host a').count(), 0);
    assert.equal(await panel.page.locator('[data-outline]').count(), 6 + 5 * 3 + 3);
  });

  it('writes of the list what has changed, also the name of a pod at the other end of a cable', async () => {
    const before = podsOnBridge(5).build();
    const { id } = podNamed(before, 'app-2');
    const namespaces = before.namespaces.map((namespace) =>
      namespace.id === id && namespace.pod
        ? { ...namespace, pod: { ...namespace.pod, name: 'renamed' } }
        : namespace,
    );
    const patch = makePatch(before, { ...before, namespaces });
    assert.ok(patch);
    await open(before);
    const list = panel.page.locator('[data-outline]');
    await list.filter({ hasText: 'cable to eth0 of app-2' }).first().waitFor({ state: 'attached' });
    await panel.page.evaluate(`window.kept = document.querySelectorAll('[data-outline]')[1]`);
    await panel.send({ type: 'topologyPatch', patch, complete: true });
    await list.filter({ hasText: 'cable to eth0 of renamed' }).first().waitFor({ state: 'attached' });
    assert.equal(await list.filter({ hasText: 'app-2' }).count(), 0);
    assert.equal(await panel.page.evaluate('window.kept.isConnected'), true);
    await panel.send(show(podsOnBridge(3).build()));
    await panel.waitUntil(`document.querySelectorAll('[data-outline]').length === 4 + 3 * 3 + 3`);
  });
});

describe('a panel that may not start its worker', function () {
  this.timeout(30_000);

  it('says so instead of waiting for ever', async () => {
    const browser = await launchChromium();
    try {
      const panel = await PanelPage.open(browser, { workerSource: `'none'` });
      await panel.send(live, show(podsOnBridge(2).build()));
      await panel.page.waitForSelector('.notice');
      assert.match((await panel.page.textContent('.notice')) ?? '', /layout worker/);
      await panel.close();
    } finally {
      await browser.close();
    }
  });
});
