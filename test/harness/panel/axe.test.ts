/** The panel under axe-core, in every state and theme: nothing serious may be wrong with its accessibility. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { ConnectionState, ToPanel } from '../../../src/protocol/messages.ts';
import { tellEverySeverity } from './findings.ts';
import { live, show, usePanel } from './openPanel.ts';
import { broken, podsOnBridge } from './topologies.ts';
import { themes, type ThemeName } from './themes.ts';
import { pingTrace } from './traces.ts';
import { verificationOf } from './verifications.ts';

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const state = (value: ConnectionState): ToPanel => ({ type: 'state', state: value });
const since = '2026-01-15T10:00:05.000Z';
const message = 'The connection was closed by the other side.';

for (const theme of Object.keys(themes) as ThemeName[]) {
  describe(`axe-core on the panel, ${theme}`, function () {
    this.timeout(90_000);
    const ui = usePanel();
    const topology = broken().build();
    const twenty = podsOnBridge(20).build();
    let axe: string;

    before(async () => {
      axe = await readFile(axeFile, 'utf8');
    });

    /** What axe-core holds to be serious or worse, as text. */
    const complaints = async (): Promise<string[]> => {
      const { page } = ui.panel;
      await page.evaluate(`${axe}; undefined`);
      const violations = await page.evaluate<Violation[]>(
        `axe.run(document, { resultTypes: ['violations'] }).then((results) => results.violations)`,
      );
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}\n${node.failureSummary}`));
    };

    it('has nothing serious to say of the pages without a picture', async () => {
      await ui.open(null, { theme });
      const states: readonly ConnectionState[] = [
        { kind: 'empty' },
        { kind: 'connecting', label: 'root@edge-07' },
        { kind: 'live', label: 'root@edge-07' },
        { kind: 'failed', label: 'root@edge-07', message },
        { kind: 'lost', label: 'root@edge-07', message, since },
      ];
      for (const one of states) {
        await ui.panel.send(state(one));
        await ui.panel.nextFrame();
        assert.deepEqual(await complaints(), [], one.kind);
      }
    });

    it('has nothing serious to say of the picture, the inspector, the search and the legend', async () => {
      await ui.open(twenty, { theme });
      assert.deepEqual(await complaints(), [], 'picture');
      await ui.search('ip:10.244.0.0/29');
      await ui.keys('Enter');
      assert.deepEqual(await complaints(), [], 'search and inspector');
      await ui.keys('Escape', '/');
      await ui.panel.page.keyboard.type('nonsense:1 ki');
      await ui.keys('ArrowDown');
      assert.deepEqual(await complaints(), [], 'completions and hint');
      await ui.keys('Escape', 'Escape', 'o', '?');
      await ui.panel.page.waitForSelector('.focus-band');
      assert.deepEqual(await complaints(), [], 'focus and legend');
    });

    it('has nothing serious to say of the matrix of a verification', async () => {
      await ui.open(twenty, { theme });
      await ui.keys('v');
      assert.deepEqual(await complaints(), [], 'before the first');
      await ui.panel.send({ type: 'verifying', done: 100, of: 420 });
      await ui.panel.page.waitForSelector('.verify-running');
      assert.deepEqual(await complaints(), [], 'while it runs');
      await ui.panel.send({ type: 'verification', verification: verificationOf(twenty) });
      await ui.panel.page.locator('.verify-pane td.translated').hover();
      assert.deepEqual(await complaints(), [], 'matrix');
    });

    it('has nothing serious to say of what is wrong, of a trace, and of a notice', async () => {
      await ui.open(null, { theme });
      const trace: ToPanel = { type: 'trace', trace: pingTrace(topology, 'app-1', 'cache-down', true) };
      await ui.panel.send(live, show(topology), tellEverySeverity(topology), trace);
      await ui.panel.page.waitForSelector('.trace-row');
      await ui.keys('.', '.');
      await ui.panel.page.waitForSelector('.graph-host[data-step]');
      await ui.keys('!');
      await ui.panel.page.locator('.finding-list .text-link').first().click();
      await ui.panel.page.waitForSelector('.inspector .findings');
      await ui.panel.page.getByTitle('Create a pod on this node').click();
      await ui.panel.waitForMessage('request');
      const last = (await ui.panel.sent()).findLast((one) => one.type === 'request');
      await ui.panel.send({ type: 'response', id: last?.id ?? 0, error: 'The subnet is full.' });
      await ui.panel.page.waitForSelector('.notice');
      assert.deepEqual(await complaints(), []);
      await ui.panel.send(state({ kind: 'lost', label: 'x', message, since }));
      await ui.panel.page.waitForSelector('.stale-band');
      assert.deepEqual(await complaints(), [], 'stale');
    });
  });
}
