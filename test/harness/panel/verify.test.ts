/** The matrix of a verification, in the panel. */
import assert from 'node:assert/strict';
import type { FromPanel, ToPanel } from '../../../src/protocol/messages.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import type { Verification } from '../../../src/verify/verification.ts';
import { usePanel } from './openPanel.ts';
import { podsOnBridge, TopologyBuilder } from './topologies.ts';
import { verificationOf } from './verifications.ts';

const told = (verification: Verification): ToPanel => ({ type: 'verification', verification });

describe('The matrix of a verification', function () {
  this.timeout(60_000);
  const ui = usePanel();
  const twenty = podsOnBridge(20).build();

  const openWith = async (topology: Topology, verification: Verification): Promise<void> => {
    await ui.open(topology);
    await ui.panel.send(told(verification));
    await ui.keys('v');
    await ui.panel.page.waitForSelector('.verify-pane td:focus');
  };

  const label = (): Promise<string> =>
    ui.panel.page.evaluate<string>(`document.activeElement.getAttribute('aria-label') ?? ''`);

  const traced = async (): Promise<{ from: string; to: string }[]> => {
    const sent = await ui.panel.sent();
    return sent.flatMap((message: FromPanel) =>
      message.type === 'request' && 'ping' in message ? [message.ping] : [],
    );
  };

  const idOf = (name: string): string => twenty.namespaces.find((one) => one.name === name)?.id ?? '';

  it('says of the three rules which hold, and leads to the pairs that break one', async () => {
    await openWith(twenty, verificationOf(twenty));
    const { page } = ui.panel;
    assert.deepEqual(await page.locator('.verify-rules li').allTextContents(), [
      '✕All pods can communicate with all other pods without NAT. 323 hold, 39 broken, 18 not verified',
      '✕The node can communicate with all pods, and they with it, without NAT. 37 hold, 2 broken, 1 not verified',
      '✕The address that a pod sees itself as is the one that others see it as. 379 hold, 1 broken, 40 not verified',
    ]);
    assert.equal(await ui.panel.text('.verify-fault'), 'Every pair of app-8 fails.');
    await page.getByRole('button', { name: '1 broken' }).click();
    assert.match(
      await label(),
      /^app-2 to app-5: app-5 sees app-2 as 192\.168\.12\.7, an address of the node/,
    );
    await page.getByRole('button', { name: '2 broken' }).click();
    assert.match(await label(), /^app-8 to node: The ping to the node .* did not leave app-8\.$/);
    await page.getByRole('button', { name: '2 broken' }).click();
    assert.match(await label(), /^node to app-8: /);
  });

  it('is a grid with headings and one tab stop, that begins where there is something to tell, and is walked by keys', async () => {
    await openWith(twenty, verificationOf(twenty));
    const { page } = ui.panel;
    const grid = page.getByRole('grid', { name: /senders in rows, receivers in columns/ });
    assert.equal(await grid.getByRole('columnheader').count(), 21);
    assert.equal(await grid.getByRole('rowheader').count(), 21);
    assert.equal(await page.locator('.verify-pane td[tabindex="0"]').count(), 1);
    assert.match(await label(), /^node to app-3: .*ICMP was not answered/);
    await ui.keys('ArrowDown', 'ArrowRight', 'ArrowDown', 'ArrowRight');
    assert.match(await label(), /^app-2 to app-5: /);
    await ui.keys('Home', 'ArrowLeft', 'ArrowUp');
    assert.match(await label(), /^app-1 to node: The node sees app-1/);
    await ui.keys('Control+End');
    assert.equal(await label(), 'app-20 to app-20: Nobody is probed from itself.');
    assert.equal(await page.locator('.verify-pane td[tabindex="0"]').count(), 1);
    assert.equal(await page.locator('.verify-pane th.pointed').count(), 2);
  });

  it('says what was found at a cell, and shows its pair in the graph, for as long as it is pointed at', async () => {
    await openWith(twenty, verificationOf(twenty));
    const { page } = ui.panel;
    await page.locator('.verify-pane td.translated').hover();
    assert.match(await ui.panel.text('.verify-told'), /^app-5 sees app-2 as 192\.168\.12\.7/);
    await page.waitForSelector('.graph-host[data-routes="lit lit"]');
    await page.mouse.move(1200, 500);
    assert.match(await ui.panel.text('.verify-told'), /ICMP was not answered/);
    await page.locator('.graph-host').focus();
    await page.waitForSelector('.graph-host:not([data-routes])');
    assert.match(await ui.panel.text('.verify-told'), /^Point at a cell/);
  });

  it('traces a cell by Enter and by a click, to the address that was dialled', async () => {
    await openWith(twenty, verificationOf(twenty));
    await ui.keys('Enter');
    await ui.panel.page.locator('.verify-pane td.translated').click();
    await ui.panel.page.locator('.verify-pane td.itself').first().click();
    await ui.panel.waitForMessage('request', 2);
    assert.deepEqual(await traced(), [
      { from: idOf('node'), to: '10.244.0.4' },
      { from: idOf('app-2'), to: '10.244.0.6' },
    ]);
  });

  it('shows one family at a time', async () => {
    const four = verificationOf(twenty);
    const six = verificationOf(twenty, {}).cells.map((cell) => ({ ...cell, family: 6 as const }));
    const ends = four.ends.map((end) => ({ ...end, ipv6: 'fd00::1' }));
    await openWith(twenty, { ...four, ends, families: [4, 6], cells: [...four.cells, ...six] });
    const { page } = ui.panel;
    assert.equal(await page.locator('.verify-pane td.lost').count(), 40);
    await page.getByRole('radio', { name: 'IPv6' }).check();
    assert.equal(await page.locator('.verify-pane td.lost').count(), 0);
    assert.equal(await page.locator('.verify-pane td.holds').count(), 420);
    await page.getByRole('button', { name: '1 broken' }).click();
    assert.ok(await page.getByRole('radio', { name: 'IPv4 (41 failing)' }).isChecked());
    assert.match(await label(), /^app-2 to app-5: /);
  });

  it('starts with a button, tells how far it is, and stays open over a reload', async () => {
    await ui.open(twenty);
    await ui.keys('v', 'Enter');
    await ui.panel.waitForMessage('request');
    const [asked] = (await ui.panel.sent()).filter(({ type }) => type === 'request');
    assert.equal(asked && 'command' in asked && asked.command, 'patchbay.node.verify');
    await ui.panel.send({ type: 'verifying', done: 100, of: 420 });
    await ui.panel.page.waitForSelector('.verify-running');
    assert.match(await ui.panel.text('.verify-running'), /100 of 420 pairs/);
    await ui.panel.send(told(verificationOf(twenty)));
    await ui.panel.page.waitForSelector('.verify-pane table');
    await ui.kept('state.verifyOpen === true');
    await ui.reload(twenty);
    await ui.panel.send(told(verificationOf(twenty)));
    await ui.panel.page.waitForSelector('.verify-pane table');
    await ui.panel.page.getByRole('button', { name: 'Close the matrix' }).click();
    assert.equal(await ui.panel.page.locator('.verify-pane').isVisible(), false);
  });

  it('shows those with most to tell of very many, and that it is a sample', async () => {
    const many = podsOnBridge(300).build();
    await openWith(many, verificationOf(many, { cut: 250 }, 6_000));
    const { page } = ui.panel;
    assert.match(await ui.panel.text('.verify-pane header p'), /a sample of 6000 of 90300 pairs \(seed 1\)/);
    assert.equal(await page.locator('.verify-pane tbody tr').count(), 100);
    assert.equal(await page.locator('.verify-pane tbody th', { hasText: /^app-251$/ }).count(), 1);
    assert.match(await page.locator('.verify-signs').innerText(), /not probed/);
  });

  it('takes names for nothing but text', async () => {
    const builder = new TopologyBuilder();
    const bridge = builder.link(builder.root, 'cbr0', { kind: 'bridge', addresses: ['10.244.0.1/24'] });
    builder.pod('<img src=x onerror=alert(1)>', bridge, '10.244.0.2/24');
    builder.pod('a\u202eb\nc', bridge, '10.244.0.3/24');
    const hostile = builder.build();
    await openWith(hostile, verificationOf(hostile, {}));
    const headings = await ui.panel.page.locator('.verify-pane tbody th').allTextContents();
    assert.deepEqual(headings, ['node', '<img src=x onerror=alert(1)>', 'a\ufffdb\ufffdc']);
    assert.equal(await ui.panel.page.locator('.verify-pane img').count(), 0);
  });
});
