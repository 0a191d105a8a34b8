/** A trace is told on the graph: played, stepped through, scrubbed, read as a list; and what can be done with it. */
import assert from 'node:assert/strict';
import type { ToPanel } from '../../../src/protocol/messages.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { tellTraces } from '../../../src/views/panel/panelTraces.ts';
import { recordedStories } from '../../unit/trace/recorded.ts';
import { show, usePanel } from './openPanel.ts';
import type { PanelOptions } from './panelPage.ts';
import { podsOnBridge } from './topologies.ts';
import { pingTrace } from './traces.ts';

const { index, titled, traces } = recordedStories();
const node = index.topology;
const capture = new Uint8Array(1);
const told = (trace: Trace): ToPanel =>
  tellTraces({ topology: node, traces, captureOf: () => capture }, trace.id);

const ping = titled('web → db (10.244.0.3)');
const lost = traces.findLast(({ verdict }) => !verdict.delivered) ?? assert.fail('no lost trace');

/** Counts, from now on, what is wiped or painted of the tiles, and how often the page asks for a frame. */
const countPaints = `(() => {
  const { clearRect } = CanvasRenderingContext2D.prototype;
  const { transferFromImageBitmap } = ImageBitmapRenderingContext.prototype;
  window.paints = { tiles: 0, packets: 0, frames: 0 };
  const count = (context) => { window.paints[context.canvas.className === 'packets' ? 'packets' : 'tiles']++; };
  CanvasRenderingContext2D.prototype.clearRect = function (...rect) { count(this); clearRect.apply(this, rect); };
  ImageBitmapRenderingContext.prototype.transferFromImageBitmap = function (bitmap) { count(this); transferFromImageBitmap.call(this, bitmap); };
  const ask = window.requestAnimationFrame;
  window.requestAnimationFrame = (call) => { window.paints.frames++; return ask(call); };
})()`;

const packets = `document.querySelector('.packets').toDataURL()`;

describe('the story of a trace in the panel', function () {
  this.timeout(60_000);
  const ui = usePanel();

  const tell = async (...messages: readonly ToPanel[]): Promise<void> => {
    await ui.panel.send(...messages);
    await ui.panel.page.waitForSelector('.trace-row');
  };
  const open = async (trace: Trace, options?: PanelOptions): Promise<void> => {
    await ui.open(node, options);
    await tell(told(trace));
  };
  const atStep = async (step: string): Promise<void> => {
    await ui.panel.page.waitForSelector(`.graph-host[data-step="${step}"]`);
  };
  /** Until all that was asked for is painted. */
  const atRest = async (): Promise<void> => {
    await ui.panel.page.waitForSelector('.graph-host[data-sharp]');
    await ui.panel.nextFrame();
  };
  const current = (): Promise<string> => ui.panel.text('.trace-rows [aria-current="step"] .story');
  const scrubTo = (place: number): Promise<void> => ui.panel.page.locator('.scrubber').fill(String(place));
  const scrubber = (name: string): Promise<string | null> => ui.panel.page.getAttribute('.scrubber', name);
  const drawn = (): Promise<string> => ui.panel.page.evaluate<string>(packets);
  const paints = (): Promise<Record<string, number>> =>
    ui.panel.page.evaluate<Record<string, number>>('window.paints');
  const requests = async (): Promise<unknown[]> =>
    (await ui.panel.sent()).filter((message) => message.type === 'request');

  it('plays by itself from step to step, and pauses; then nothing moves and no frame is asked for', async () => {
    await open(ping);
    const { page } = ui.panel;
    await page.getByLabel('Speed').selectOption('4');
    await page.getByTitle('Play (Space)').click();
    await atStep('3 seen');
    await page.getByTitle('Pause (Space)').click();
    await atRest();
    await page.evaluate(countPaints);
    const before = await drawn();
    await page.evaluate('new Promise((done) => setTimeout(done, 300))');
    assert.deepEqual([await drawn(), await paints()], [before, { tiles: 0, packets: 0, frames: 0 }]);
    await page.getByTitle('Play (Space)').click();
    await atStep('18 seen');
    await page.getByTitle('Play (Space)').waitFor();
  });

  it('floods all ports of a bridge in one step, on a canvas of its own: no tile is painted while frames run', async () => {
    const many = podsOnBridge(60).build();
    await ui.open(many);
    await tell({ type: 'trace', trace: pingTrace(many, 'app-3', 'app-50') });
    await scrubTo(2.1);
    await ui.panel.page.waitForSelector(
      '.graph-host[data-step="3 seen"][data-frames="59"][data-traced="59"]',
    );
    await atRest();
    await ui.panel.page.evaluate(countPaints);
    const pictures = new Set<string>();
    for (const place of [2.3, 2.5, 2.7, 3]) {
      await scrubTo(place);
      await ui.panel.nextFrame();
      pictures.add(await drawn());
    }
    const { tiles, packets: wiped = 0 } = await paints();
    assert.deepEqual([pictures.size, tiles, wiped > 0], [4, 0, true]);
  });

  it('is stepped through and played by keys, at the graph and on the line, and says each step', async () => {
    await open(ping);
    const { page } = ui.panel;
    await page.locator('.graph-host').focus();
    await ui.keys('.', '.', '.', ',');
    await atStep('2 seen');
    assert.equal(await current(), 'The question comes out of veth-web, a port of cbr0.');
    assert.match(await ui.panel.text('.trace-caption'), /The question comes out of veth-web.*\+[\d.]+ µs$/);
    assert.match(
      await ui.panel.text('.offscreen > [role=status]'),
      /^Step 2 of 18\. The question comes out of veth-web/,
    );
    for (const place of ['.graph-host', '.scrubber', '.trace-rows button[tabindex="0"]']) {
      await page.locator(place).focus();
      await ui.keys('Space');
      await page.getByTitle('Pause (Space)').waitFor();
      await ui.keys('Space');
      await page.getByTitle('Play (Space)').waitFor();
    }
    await page.locator('.graph-host').focus();
    await ui.keys('Escape');
    await page.waitForSelector('.graph-host:not([data-step])');
    assert.ok(await page.locator('.trace-caption').isHidden());
  });

  it('is scrubbed by a line that says the step, and read as a list with one tab stop, with the record that decides', async () => {
    await open(ping);
    const { page } = ui.panel;
    await page.locator('.scrubber').focus();
    assert.equal(await scrubber('aria-valuetext'), 'Before the first of 18 steps');
    await ui.keys('ArrowRight', 'ArrowRight');
    await atStep('2 seen');
    assert.match(
      (await scrubber('aria-valuetext')) ?? '',
      /^Step 2 of 18: The question comes out of veth-web/,
    );
    await ui.keys('End');
    await atStep('18 seen');

    assert.equal(await page.locator('ol.trace-rows > li').count(), 18);
    assert.equal(await page.locator('.trace-rows [tabindex="0"]').count(), 1);
    await page.locator('.trace-rows [tabindex="0"]').focus();
    await ui.keys('Home', 'ArrowDown');
    await atStep('2 seen');
    assert.match(await page.evaluate<string>('document.activeElement.textContent'), /comes out of veth-web/);

    await page.locator('.trace-rows button').nth(11).click();
    await atStep('12 seen');
    assert.match(
      await current(),
      /^cbr0 knows [\da-f:]+ behind veth-db, so it sends the echo request on there\.$/,
    );
    assert.match(
      await ui.panel.text('.step-detail'),
      /Entry of the forwarding table \(FDB\)mac [\da-f:]+ifname veth-dbmaster cbr0/,
    );
  });

  it('stands still where motion is to be reduced: each step is there at once, and there is nothing to play', async () => {
    await open(ping, { reducedMotion: true });
    assert.ok(await ui.panel.page.getByTitle('Play (Space)').isHidden());
    await ui.panel.page.locator('.graph-host').focus();
    await ui.keys('.', '.', 'Space');
    await atStep('3 seen');
    await atRest();
    await ui.panel.page.evaluate(countPaints);
    const first = await drawn();
    await ui.panel.page.evaluate('new Promise((done) => setTimeout(done, 200))');
    assert.deepEqual([await drawn(), await paints()], [first, { tiles: 0, packets: 0, frames: 0 }]);
    assert.equal(await ui.panel.page.locator('.scrubber').inputValue(), '3');
  });

  it('stands still as well where VS Code’s own setting says so', async () => {
    await ui.open(node);
    await ui.panel.page.evaluate(`document.body.classList.add('vscode-reduce-motion')`);
    await tell(told(ping));
    assert.ok(await ui.panel.page.getByTitle('Play (Space)').isHidden());
    await ui.keys('.');
    await atStep('1 seen');
    assert.equal(await ui.panel.page.locator('.scrubber').inputValue(), '1');
  });

  it('goes after a frame that leaves the sight, until somebody pans', async () => {
    await open(ping);
    const { page } = ui.panel;
    const view = (): Promise<string | null> => ui.panel.fact('view');
    const follows = (is: boolean): Promise<void> =>
      page.locator(`[title="Keep the frame in sight"][aria-pressed="${is}"]`).waitFor();
    await follows(true);
    await page.locator('.graph-host').focus();
    await ui.keys(...Array.from({ length: 12 }, () => '+'));
    await ui.panel.waitUntil(`document.querySelector('.graph-host').dataset.view.endsWith(' 4')`);
    const before = await view();
    await scrubTo(12);
    await scrubTo(18);
    await ui.panel.waitUntil(
      `document.querySelector('.graph-host').dataset.view !== ${JSON.stringify(before)}`,
    );
    await page.locator('.graph-host').focus();
    await ui.keys('Shift+ArrowRight');
    await follows(false);
    const panned = await view();
    await scrubTo(1);
    await ui.panel.nextFrame();
    assert.equal(await view(), panned);
  });

  it('draws what is collapsed at its box, and says of what is gone that the picture has it not', async () => {
    await open(ping);
    const { page } = ui.panel;
    await page.getByTitle('Collapse or expand all groups').click();
    await page.waitForSelector('.graph-host:not([data-items*="pod:"])');
    await scrubTo(12);
    await page.waitForSelector('.graph-host[data-step="12 seen"][data-frames="1"]');
    await ui.panel.send(show(podsOnBridge(2).build()));
    await page.waitForSelector('.graph-host[data-step="12 seen"][data-frames="0"]');
    await ui.keys('.');
    await atStep('13 seen');
    await page.locator('.step-detail', { hasText: 'is not in the picture' }).waitFor();
    assert.match(await current(), /reaches eth0 of db/);
  });

  it('ends at the place of the loss, with its cause, the first difference, and a button that asks for the mend', async () => {
    await open(lost);
    const { page } = ui.panel;
    await page.getByLabel('Speed').selectOption('4');
    await page.locator('.graph-host').focus();
    await ui.keys('Space');
    await atStep('4 lost');
    await page.getByTitle('Play (Space)').waitFor();
    await page.waitForSelector('.graph-host[data-routes~="lost"]');
    assert.match(
      await current(),
      /^≠ first differenceThe request was lost between veth-web of node and eth0 of db/,
    );
    assert.match(await ui.panel.text('.trace-causes'), /eth0 of db is down/);
    await page.getByText('Set eth0 of db up…').click();
    await ui.panel.waitForMessage('request');
    assert.deepEqual(await requests(), [{ type: 'request', id: 1, mend: lost.causes[0]?.id }]);
    await ui.panel.send({ type: 'response', id: 1, error: 'This is not wrong any more.' });
    await page.getByText('This is not wrong any more.').waitFor();
  });

  it('asks by its id for what can be done with the trace that is shown, and for another that is kept', async () => {
    await open(lost);
    const { page } = ui.panel;
    const names = [
      'Run again',
      'Compare with the last that was delivered',
      'Save Capture…',
      'Copy as Markdown',
    ];
    for (const name of names) {
      await page.getByTitle(name).click();
    }
    const options = await page.locator('.kept option').allTextContents();
    assert.equal(options.length, traces.length);
    assert.match(options[0] ?? '', /^✕ .*web → db \(10\.244\.0\.3\), lost$/);
    await page.locator('.kept').selectOption(ping.id);
    await ui.panel.waitForMessage('request', 5);
    const commands = ['again', 'compare', 'saveCapture', 'copyMarkdown'];
    assert.deepEqual(await requests(), [
      ...commands.map((command, at) => ({
        ...{ type: 'request', id: at + 1, command: `patchbay.trace.${command}`, selection: null },
        trace: lost.id,
      })),
      { type: 'request', id: 5, recall: ping.id },
    ]);
    await ui.panel.send(told(ping));
    await page.locator('.trace-head.delivered').waitFor();
    assert.equal(await page.locator('.kept').inputValue(), ping.id);
  });

  it('tells a recording’s traces, and offers only what can be done there', async () => {
    await ui.open(node);
    const state = { kind: 'recording', label: 'edge.patchbay.json' } as const;
    await tell({ type: 'state', state }, { type: 'trace', trace: ping });
    const { page } = ui.panel;
    const tools = `[...document.querySelectorAll('.trace-head .tools > *')].filter((one) => one.checkVisibility()).map((one) => one.title)`;
    assert.deepEqual(await page.evaluate(tools), ['Copy as Markdown', 'Close the trace']);
    assert.equal(await page.locator('.kept').count(), 0);
    await ui.keys('.');
    await atStep('1 seen');
  });

  it('tells a prediction that nobody watched as such, and keeps names of the node from becoming markup', async () => {
    const hostile = '<img src=x onerror=alert(1)>';
    const record = { [hostile]: hostile };
    const hops = ping.path.hops.map((hop) => {
      return { ...hop, why: hostile, decidedBy: { kind: 'route' as const, record } };
    });
    const path = { ...ping.path, hops };
    await ui.open(node);
    await tell({ type: 'trace', trace: { ...ping, path, observedBy: 'none', sightings: [], events: [] } });
    await ui.keys('.');
    await atStep('1 predicted');
    assert.match(await ui.panel.text('.headline'), /predicted only, not watched/);
    assert.equal(await ui.panel.page.locator('.trace-row.predicted .since:not(:empty)').count(), 0);
    assert.equal(await ui.panel.page.locator('img').count(), 0);
    assert.match(await ui.panel.text('.step-detail dl'), /<img/);
    assert.equal(await current(), hostile);
  });
});
