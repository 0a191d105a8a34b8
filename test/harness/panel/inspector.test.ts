/** The inspector's page in a real browser. */
import assert from 'node:assert/strict';
import type { FromPanel, Selection } from '../../../src/protocol/messages.ts';
import type { FdbEntry, Link, Topology } from '../../../src/topology/topology.ts';
import { show, usePanel } from './openPanel.ts';
import { hostileNames, podsOnBridge } from './topologies.ts';

describe('the inspector', function () {
  this.timeout(30_000);
  const under = usePanel();

  const select = async (selection: Selection): Promise<void> => {
    await under.panel.send({ type: 'select', selection, reveal: false });
    await under.panel.page.waitForSelector('.inspector section');
  };
  const linkOf = (topology: Topology, test: (link: Link) => boolean): Link => {
    const found = topology.links.find(test);
    assert.ok(found);
    return found;
  };
  const bridgeWith = (count: number): { topology: Topology; selection: Selection } => {
    const topology = podsOnBridge(3).build();
    const bridge = linkOf(topology, ({ kind }) => kind === 'bridge');
    const [entry] = topology.fdb;
    assert.ok(entry);
    const fdb = Array.from({ length: count }, (_, at): FdbEntry => ({
      ...entry,
      bridge: bridge.id,
      mac: `02:00:00:00:${(at >> 8).toString(16).padStart(2, '0')}:${(at & 255).toString(16).padStart(2, '0')}`,
    }));
    return { topology: { ...topology, fdb }, selection: { kind: 'link', id: bridge.id } };
  };
  const section = (title: string) =>
    under.panel.page.locator('.inspector section', { hasText: title }).first();
  const firstColumn = (title: string): Promise<string[]> =>
    section(title).locator('tbody tr td:first-child span:not(.copyable)').allInnerTexts();
  const sent = async <K extends string>(
    key: K,
  ): Promise<Extract<FromPanel, Record<K, unknown>> | undefined> =>
    (await under.panel.sent()).findLast(
      (message): message is Extract<FromPanel, Record<K, unknown>> => key in message,
    );

  it('sorts a table by its headings, with the mouse and with keys, and says so', async () => {
    const { topology, selection } = bridgeWith(20);
    await under.open(topology);
    await select(selection);
    const heading = section('Forwarding table').locator('th', { hasText: 'MAC' });
    await heading.getByRole('button').click();
    assert.equal(await heading.getAttribute('aria-sort'), 'ascending');
    const up = await firstColumn('Forwarding table');
    assert.deepEqual(up, up.toSorted());
    await heading.getByRole('button').press('Enter');
    assert.equal(await heading.getAttribute('aria-sort'), 'descending');
    assert.deepEqual(await firstColumn('Forwarding table'), up.toReversed());
  });

  it('filters a table, and keeps filter, order and focus when the node changes', async () => {
    const { topology, selection } = bridgeWith(40);
    await under.open(topology);
    await select(selection);
    const filter = section('Forwarding table').getByRole('searchbox');
    await filter.fill(':1');
    const before = await firstColumn('Forwarding table');
    assert.ok(before.length > 0 && before.length < 40);
    const changed = { ...topology, fdb: topology.fdb.slice(0, 39), takenAt: '2026-01-15T10:00:09.000Z' };
    await under.panel.send(show(changed));
    await section('Forwarding table').locator('.badge', { hasText: '39' }).waitFor();
    assert.equal(await filter.inputValue(), ':1');
    assert.equal(await filter.and(under.panel.page.locator(':focus')).count(), 1);
  });

  it('draws a table of 1,000 rows at once in part, and all of them when asked, without blocking the page', async () => {
    const { topology, selection } = bridgeWith(1_000);
    await under.open(topology);
    // Rows that come in one frame: each piece is as much as the first.
    await under.panel.page.evaluate(`window.pieces = []; new MutationObserver((records) => {
      const added = records.flatMap((record) => [...record.addedNodes]).filter((node) => node.nodeName === 'TR');
      if (added.length > 0) { window.pieces.push(added.length); }
    }).observe(document.querySelector('.inspector'), { childList: true, subtree: true })`);
    await select(selection);
    const rows = section('Forwarding table').locator('tbody tr');
    assert.equal(await rows.count(), 100);
    await section('Forwarding table').getByRole('button', { name: 'Show all 1000' }).click();
    await rows.nth(999).waitFor({ state: 'attached' });
    const pieces = await under.panel.page.evaluate<number[]>('window.pieces');
    assert.ok(Math.max(...pieces) <= 100 && pieces.length >= 9, pieces.join());
  });

  it('is walked by the arrow keys, a row copied as text to paste', async () => {
    const { topology, selection } = bridgeWith(10);
    await under.open(topology);
    await select(selection);
    await section('Forwarding table').locator('tbody tr').first().focus();
    await under.keys('ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowLeft', 'ArrowLeft', 'Control+c');
    const copied = (await sent('copy'))?.copy;
    assert.match(copied ?? '', /^02:00:00:00:00:01\t[^\t]+\t[^\t]*\t\w+$/);
    await under.keys('Home', 'ArrowRight', 'Enter');
    assert.equal((await sent('copy'))?.copy, '02:00:00:00:00:00');
    await under.keys('ArrowRight', 'Enter');
    assert.match(await under.inspected(), /^veth/);
  });

  it('shows a section as commands, to copy and to run on the node', async () => {
    const topology = podsOnBridge(2).build();
    await under.open(topology);
    const web = topology.namespaces.find(({ root }) => !root);
    assert.ok(web);
    const selection: Selection = { kind: 'namespace', id: web.id };
    await select(selection);
    await section('Routes').getByRole('button', { name: 'Routes as commands' }).click();
    const line = `ip -n ${web.name} route show table all`;
    await section('Routes').getByText(line).waitFor();
    await section('Routes')
      .getByRole('button', { name: `Run ${line}` })
      .click();
    const run = await sent('run');
    assert.deepEqual([run?.run, run?.selection], [line, selection]);
    await section('Routes')
      .getByRole('button', { name: `Copy ${line}` })
      .click();
    assert.equal((await sent('copy'))?.copy, line);
  });

  it('offers nothing to run on a recording', async () => {
    const topology = podsOnBridge(2).build();
    await under.open(topology);
    await under.panel.send({ type: 'state', state: { kind: 'recording', label: 'x' } });
    const [first] = topology.namespaces;
    await select({ kind: 'namespace', id: first?.id ?? '' });
    await section('Routes').getByRole('button', { name: 'Routes as commands' }).click();
    await section('Routes').locator('code').first().waitFor();
    assert.equal(await section('Routes').locator('.run').count(), 0);
    assert.equal(await under.panel.page.getByRole('button', { name: 'Open shell' }).count(), 0);
  });

  it('shows how fast a link carries, from its counters now and a moment ago', async () => {
    const topology = podsOnBridge(1).build();
    await under.open(topology);
    const eth0 = linkOf(topology, ({ name, peer }) => name === 'eth0' && peer !== null);
    await select({ kind: 'link', id: eth0.id });
    await under.panel.waitUntil(
      `window.harness.sent.some(({ counters = [] }) => counters.includes(${JSON.stringify(eth0.id)}))`,
    );
    const way = (bytes: number) => ({ bytes, packets: bytes / 100, errors: 0, dropped: 0 });
    const counters = (atMs: number, bytes: number) =>
      ({
        type: 'counters',
        atMs,
        links: [{ link: eth0.id, statistics: { received: way(bytes), sent: way(0) } }],
      }) as const;
    await under.panel.send(counters(1_000, 10_000), counters(3_000, 30_000));
    await section('Traffic').getByText('10.0 kB/s').waitFor();
    await section('Traffic').getByText('100/s').waitFor();
  });

  it('opens the record piece by piece, as text and not as markup', async () => {
    const topology = hostileNames().build();
    await under.open(topology);
    const hostile = topology.namespaces.find(({ name }) => name.includes('<img'));
    assert.ok(hostile);
    await select({ kind: 'namespace', id: hostile.id });
    await under.panel.page.getByText('As the node said it').click();
    const raw = under.panel.page.locator('.raw');
    await raw.getByText('links').click();
    await raw.locator('.json-children summary').first().click();
    await raw.getByText('ifname').first().waitFor();
    assert.equal(await under.panel.page.locator('img').count(), 0);
  });

  it('says what a menu is about, opened by the mouse and by keys', async () => {
    const topology = podsOnBridge(3).build();
    await under.open(topology);
    await under.panel.send({ type: 'state', state: { kind: 'live', label: 'Lab' }, node: 'lab' });
    await under.panel.page.evaluate(`window.menus = []; document.addEventListener('contextmenu', (event) => {
      const about = event.composedPath().map((element) => element.dataset?.vscodeContext).find(Boolean);
      window.menus.push(JSON.parse(about));
      event.preventDefault();
    })`);
    const menus = (): Promise<{ patchbayItem: string; node: string; selection?: Selection }[]> =>
      under.panel.page.evaluate('window.menus');
    const bridge = linkOf(topology, ({ kind }) => kind === 'bridge');
    await select({ kind: 'link', id: bridge.id });
    await under.panel.page.focus('.graph-host');
    await under.keys('Shift+F10');
    await under.panel.page.getByRole('button', { name: 'More actions' }).click();
    const box = await under.panel.page.locator('.graph-host').boundingBox();
    assert.ok(box);
    await under.panel.page.mouse.click(box.x + 3, box.y + 3, { button: 'right' });
    const [byKey, byButton, byMouse] = await menus();
    assert.deepEqual(byKey?.selection, { kind: 'link', id: bridge.id });
    assert.match(byKey.patchbayItem, /^link live privileged own name up address mac bridge$/);
    assert.deepEqual(byButton, byKey);
    assert.deepEqual([byMouse?.patchbayItem, byMouse?.selection], ['graph live privileged', undefined]);
  });
});
