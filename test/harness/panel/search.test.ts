/** Searching in the panel, by keys. */
import assert from 'node:assert/strict';
import { usePanel } from './openPanel.ts';
import { podsOnBridge } from './topologies.ts';

describe('the search box', function () {
  this.timeout(30_000);
  const ui = usePanel();
  const topology = podsOnBridge(20).build();
  const text = (selector: string): Promise<string> => ui.panel.text(selector);

  it('goes through what it found, forwards and back, and says where it is', async () => {
    await ui.open(topology);
    await ui.search('10.244.0.0/29');
    assert.equal(await text('.found'), '7 found');
    await ui.keys('Enter', 'Enter');
    assert.equal(await text('.found'), '2 of 7');
    assert.equal(await ui.inspected(), 'eth0');
    await ui.keys('Shift+Enter', 'Shift+Enter');
    assert.equal(await text('.found'), '7 of 7');
  });

  it('says below the box what it does not understand, and loses nothing', async () => {
    await ui.open(topology);
    await ui.search('app-7 ip:10.244.0.0/99');
    assert.match(await text('.search-hint'), /\/99/);
    assert.equal(await text('.found'), '1 found');
    assert.equal(await ui.panel.page.inputValue('.search input'), 'app-7 ip:10.244.0.0/99');
  });

  it('completes keys and values from the keyboard', async () => {
    await ui.open(topology);
    await ui.search('ki');
    await ui.keys('ArrowDown', 'Enter');
    await ui.panel.page.keyboard.type('br');
    await ui.keys('ArrowDown');
    const active = `document.getElementById(document.querySelector('.search input').getAttribute('aria-activedescendant')).textContent`;
    assert.match(await ui.panel.page.evaluate<string>(active), /^bridge/);
    await ui.keys('Enter');
    assert.equal(await ui.panel.page.inputValue('.search input'), 'kind:bridge ');
    assert.equal(await text('.found'), '1 found');
  });

  it('gives the graph back on Escape, and a list of completions first where one is chosen from', async () => {
    await ui.open(topology);
    await ui.search('ki');
    await ui.keys('ArrowDown', 'Escape');
    assert.equal(await ui.panel.page.inputValue('.search input'), 'ki');
    await ui.keys('Escape');
    assert.equal(await ui.panel.page.inputValue('.search input'), '');
    assert.equal(await ui.panel.page.evaluate('document.activeElement.className'), 'graph-host');
  });

  it('keeps query and filter over a reload', async () => {
    await ui.open(topology);
    await ui.search('app-7');
    await ui.panel.page.getByTitle('Hide what does not match').click();
    await ui.kept(`state.hideOthers === true && state.query === 'app-7'`);
    await ui.reload(topology);
    await ui.panel.waitUntil(`document.querySelector('.found').textContent === '1 found'`);
    const pressed = ui.panel.page.getByTitle('Hide what does not match').getAttribute('aria-pressed');
    assert.equal(await pressed, 'true');
  });
});
