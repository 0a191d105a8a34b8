/** Collapsing, focus, and moving things by hand, and that all of it is kept. */
import assert from 'node:assert/strict';
import type { Topology } from '../../../src/topology/topology.ts';
import { live, show, usePanel } from './openPanel.ts';
import { fiveBridges, podNamed, podsOnBridge } from './topologies.ts';

const idOf = (topology: Topology, name: string): string =>
  topology.namespaces.find((one) => one.name === name)?.id ?? '';

describe('arranging the picture', function () {
  this.timeout(30_000);
  const ui = usePanel();
  const five = fiveBridges().build();
  const twenty = podsOnBridge(20).build();
  const cbr0 = `bridge/${five.links.find((link) => link.name === 'cbr0')?.id ?? ''}`;

  /** Selects a pod as a search does. */
  const select = async (name: string): Promise<void> => {
    await ui.search(`name:"${name}" kind:pod`);
    await ui.keys('Enter', 'Escape');
  };
  const said = (): Promise<string> => ui.panel.text('[aria-live]');

  it('collapses the group of what is selected, says so, and keeps it over a reload', async () => {
    await ui.open(five);
    await select('cni-5');
    await ui.keys('c');
    assert.equal(await said(), 'cbr0 collapsed');
    await ui.kept(`state.collapsed?.includes('${cbr0}')`);
    await ui.reload(five);
    await select('cni-7');
    await ui.keys('c');
    assert.equal(await said(), 'cbr0 expanded');
    assert.deepEqual((await ui.kept('state.collapsed?.length === 0'))['collapsed'], []);
  });

  it('collapses and expands everything', async () => {
    await ui.open(five);
    const button = ui.panel.page.getByTitle('Collapse or expand all groups');
    await button.click();
    await ui.kept('state.collapsed?.length === 5');
    await button.click();
    await ui.kept('state.collapsed?.length === 0');
  });

  it('collapses by the mark before the title', async () => {
    await ui.open(twenty);
    const first = await ui.panel.pointOf(podNamed(twenty, 'app-1'));
    const scale = Number((await ui.panel.fact('view'))?.split(' ')[2]);
    // The middle of the first pod of a grid is 107 px from the grid's left edge and 114 from its top.
    await ui.panel.page.mouse.click(first.x - (107 - 30) * scale, first.y - (114 - 16) * scale);
    await ui.kept('state.collapsed?.length === 1');
  });

  it('shows only what is selected and what it reaches, and everything again on Escape', async () => {
    await ui.open(five);
    await select('cni-5');
    await ui.keys('o');
    await ui.panel.page.waitForSelector('.focus-band');
    assert.match(await ui.panel.text('.focus-band'), /Showing only cni-5/);
    await ui.panel.page.waitForSelector('.graph-host[data-items*="pod:1 "]');
    await ui.keys('Escape');
    await ui.panel.page.waitForSelector('.graph-host[data-items*="pod:160 "]');
    assert.equal(await ui.panel.page.locator('.focus-band').count(), 0);
    assert.equal(await ui.inspected(), 'cni-5');
  });

  it('keeps the focus over a reload, and leaves it for what it does not show', async () => {
    await ui.open(five);
    await select('cni-5');
    await ui.keys('o');
    await ui.kept('state.focus !== null && state.focus !== undefined');
    await ui.reload(five);
    assert.match(await ui.panel.text('.focus-band'), /Showing only cni-5/);
    await ui.panel.send({ type: 'select', selection: podNamed(five, 'shop-2'), reveal: true });
    await ui.panel.page.waitForSelector('.focus-band', { state: 'detached' });
    await ui.panel.page.waitForSelector('.graph-host[data-items*="pod:160 "]');
  });

  it('keeps both views, that of the focus and that of everything, over a reload whose picture comes in parts', async () => {
    await ui.open(five, { reducedMotion: true });
    await select('cni-5');
    await ui.panel.page.locator('.graph-host').focus();
    await ui.keys('+', 'Shift+ArrowLeft');
    const whole = await ui.panel.fact('view');
    await ui.keys('o');
    await ui.panel.page.waitForSelector('.graph-host[data-items*="pod:1 "]');
    await ui.keys('-', 'Shift+ArrowUp');
    const near = await ui.panel.fact('view');
    await ui.kept(`[state.view?.x, state.view?.y, state.view?.k].join(' ') === '${near ?? ''}'`);
    await ui.panel.page.reload();
    await ui.panel.waitForMessage('ready');
    const root = five.namespaces.filter((namespace) => namespace.root);
    const links = five.links.filter(({ namespace }) => namespace === root[0]?.id);
    const first = { ...five, namespaces: root, links, edges: [] };
    await ui.panel.send(live, { type: 'topology', topology: first, complete: false }, show(five));
    await ui.panel.page.waitForSelector('.graph-host[data-items*="pod:1 "]');
    assert.equal(await ui.panel.fact('view'), near);
    await ui.keys('Escape');
    await ui.panel.page.waitForSelector('.graph-host[data-items*="pod:160 "]');
    assert.equal(await ui.panel.fact('view'), whole);
  });

  it('leaves a pod where it was dragged, over an update and a reload, until the layout is reset', async () => {
    await ui.open(twenty);
    const key = `namespace/${idOf(twenty, 'app-7')}`;
    const middle = (): Promise<{ x: number; y: number }> => ui.panel.pointOf(podNamed(twenty, 'app-7'));
    const from = await middle();
    const { mouse } = ui.panel.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move(from.x + 50, from.y - 230, { steps: 4 });
    await mouse.up();
    assert.equal(await ui.selected(), undefined, 'the click that ends a drag selects nothing');
    const place = (await ui.kept(`state.moves?.['${key}'] !== undefined`))['moves'];
    const there = await middle();
    assert.ok(Math.abs(there.x - from.x - 50) <= 2 && Math.abs(there.y - from.y + 230) <= 2);
    await ui.panel.send({ type: 'topology', topology: podsOnBridge(21).build(), complete: true });
    await ui.panel.page.waitForSelector('.graph-host[data-items*="pod:21 "]');
    assert.deepEqual(await middle(), there);
    await ui.reload(twenty);
    assert.deepEqual((await ui.kept())['moves'], place);
    assert.deepEqual(await middle(), there);
    await ui.panel.page.getByTitle('Reset the layout (R)').click();
    await ui.kept('Object.keys(state.moves ?? {}).length === 0');
  });

  it('moves what is selected by keys', async () => {
    await ui.open(twenty);
    await select('app-7');
    const key = `namespace/${idOf(twenty, 'app-7')}`;
    await ui.keys('Control+ArrowRight', 'Control+ArrowRight', 'Control+ArrowDown');
    assert.equal(await said(), 'Moved app-7');
    await ui.kept(`state.moves?.['${key}'] !== undefined`);
  });

  it('pans where nothing is taken hold of', async () => {
    await ui.open(twenty);
    const { mouse } = ui.panel.page;
    await mouse.move(100, 120);
    await mouse.down();
    await mouse.move(180, 160, { steps: 4 });
    await mouse.up();
    const kept = await ui.kept('state.view !== undefined');
    assert.deepEqual(kept['moves'] ?? {}, {});
  });
});
