/** What is wrong with the node, in the panel: the count, the list, the inspector, the search, and for those who hear it. */
import assert from 'node:assert/strict';
import type { FromPanel } from '../../../src/protocol/messages.ts';
import { tellFindings, withLinksDown } from './findings.ts';
import { live, show, usePanel } from './openPanel.ts';
import { broken, hostileNames, podNamed, podsOnBridge } from './topologies.ts';

describe('the findings', function () {
  this.timeout(60_000);
  const ui = usePanel();
  const whole = podsOnBridge(20).build();
  const node = withLinksDown(whole, ['app-3', 'app-7', 'app-11']);
  const list = '.finding-list:not([hidden])';
  const last = async <K extends string>(
    key: K,
  ): Promise<Extract<FromPanel, Record<K, unknown>> | undefined> =>
    (await ui.panel.sent()).findLast(
      (message): message is Extract<FromPanel, Record<K, unknown>> => key in message,
    );
  const open = async (): Promise<void> => {
    await ui.open(node);
    await ui.panel.send(tellFindings(node));
    await ui.panel.page.waitForSelector('.graph-host[data-badges]');
  };

  it('are counted in the toolbar and marked in the picture', async () => {
    await open();
    assert.equal(await ui.panel.fact('badges'), 'link:error link:error link:error');
    const count = ui.panel.page.locator('.findings-button');
    assert.equal(await count.getByText('Findings: 3 errors').count(), 1);
    assert.equal(await count.getAttribute('aria-expanded'), 'false');
    await ui.panel.send(show(whole), tellFindings(whole));
    await ui.panel.page.waitForSelector('.graph-host:not([data-badges])');
    assert.equal(await ui.panel.text('.findings-button'), 'No findings');
  });

  it('are a list that leads to each by the keyboard, and gives the graph back', async () => {
    await open();
    assert.equal(await ui.panel.page.locator(list).count(), 0);
    await ui.keys('!');
    await ui.panel.page.waitForSelector(list);
    assert.equal(await ui.panel.page.evaluate('document.activeElement.textContent'), '3 errors');
    await ui.panel.page.locator(`${list} tbody tr`).first().focus();
    await ui.keys('ArrowDown', 'Enter');
    const eth0 = node.links.find(
      ({ namespace, peer }) => namespace === podNamed(node, 'app-7').id && peer !== null,
    );
    assert.deepEqual(await ui.selected(), { kind: 'link', id: eth0?.id });
    assert.match(await ui.panel.text('[aria-live]'), /error: eth0 of app-7 is down\./);
    await ui.keys('Escape');
    assert.equal(await ui.panel.page.locator(list).count(), 0);
    assert.equal(await ui.panel.page.evaluate('document.activeElement.className'), 'graph-host');
  });

  it('are shown in full where they are, and mended through the host', async () => {
    await open();
    await ui.panel.click(podNamed(node, 'app-7'));
    const inspector = await ui.panel.text('.inspector .findings');
    assert.match(
      inspector,
      /eth0 of app-7 is down\..*Nothing passes between.*state .*ip -n app-7 link set dev eth0 up/,
    );
    await ui.panel.page.locator('.inspector').getByText('Mend…').click();
    await ui.panel.waitForMessage('request');
    assert.match((await last('mend'))?.mend ?? '', /^link-down /);
  });

  it('of a recording have their commands, and nothing that would run them', async () => {
    await ui.open(null);
    const state = { kind: 'recording', label: 'a.patchbay.json' } as const;
    await ui.panel.send({ type: 'state', state }, show(node), tellFindings(node));
    await ui.panel.waitForPicture();
    await ui.panel.click(podNamed(node, 'app-7'));
    assert.match(await ui.panel.text('.inspector .findings'), /ip -n app-7 link set dev eth0 up/);
    assert.equal(await ui.panel.page.locator('.inspector').getByText('Mend…').count(), 0);
  });

  it('say what was not looked at, and ask for it', async () => {
    const dim = broken().build();
    const unread = { ...dim, namespaces: dim.namespaces.map((one) => ({ ...one, unread: ['netfilter'] })) };
    await ui.open(unread);
    await ui.panel.send(tellFindings(unread));
    await ui.keys('!');
    await ui.panel.page.waitForSelector(list);
    assert.match(
      await ui.panel.text('.finding-gaps'),
      /Filters and switches were not looked at in 9 namespaces/,
    );
    await ui.panel.page.getByText('Look at everything').click();
    await ui.panel.waitForMessage('request');
    assert.equal((await last('command'))?.command, 'patchbay.node.diagnose');
  });

  it('are found by the search, one after the other', async () => {
    await open();
    await ui.search('finding:link-down');
    assert.equal(await ui.panel.text('.found'), '3 found');
    await ui.keys('Enter', 'Enter');
    assert.equal(await ui.panel.text('.found'), '2 of 3');
    assert.equal(await ui.inspected(), 'eth0');
  });

  it('are in the list for screen readers, and news when they come and go', async () => {
    await ui.open(whole);
    await ui.panel.send(tellFindings(whole));
    const one = withLinksDown(whole, ['app-3']);
    await ui.panel.send(tellFindings(one));
    const outline = `document.querySelector('[aria-label="Network as a list"]').textContent`;
    await ui.panel.waitUntil(`${outline}.includes('error: eth0 of app-3 is down.')`);
    const news = `document.querySelector('[role=log][aria-label="Changes on the node"]').textContent`;
    await ui.panel.waitUntil(`${news} === 'error: eth0 of app-3 is down.'`);
    await ui.panel.send(tellFindings(whole));
    await ui.panel.waitUntil(`${news} === 'no longer: eth0 of app-3 is down.'`);
  });

  it('of a crowded node are all marked, and listed a piece at a time', async () => {
    const crowded = podsOnBridge(500).build();
    const bad = withLinksDown(
      crowded,
      crowded.namespaces.map(({ name }) => name),
    );
    await ui.open(bad);
    await ui.panel.send(tellFindings(bad));
    await ui.panel.page.waitForSelector('.graph-host[data-badges]');
    await ui.keys('!');
    await ui.panel.page.waitForSelector(list);
    assert.equal(await ui.panel.page.locator(`${list} tbody tr`).count(), 100);
    assert.equal((await ui.panel.fact('badges'))?.split(' ').length, 500);
  });

  it('show hostile names as text', async () => {
    const hostile = hostileNames().build();
    const names = hostile.namespaces.map(({ name }) => name);
    const bad = withLinksDown(hostile, names);
    await ui.open(bad);
    await ui.panel.send(live, tellFindings(bad));
    await ui.panel.page.waitForSelector('.graph-host[data-badges]');
    await ui.keys('!');
    await ui.panel.page.waitForSelector(list);
    assert.match(await ui.panel.text(list), /<img src=x onerror=alert\(1\)>/);
    assert.equal(await ui.panel.page.locator('img, script:not([nonce]), b').count(), 0);
  });
});
