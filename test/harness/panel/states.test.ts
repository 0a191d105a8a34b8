/** What the panel says while there is no picture, or one of little: what happened, and what to do next. */
import assert from 'node:assert/strict';
import type { ConnectionState } from '../../../src/protocol/messages.ts';
import { usePanel } from './openPanel.ts';
import { TopologyBuilder } from './topologies.ts';

describe('the panel without a picture', function () {
  this.timeout(30_000);
  const ui = usePanel();
  const label = 'root@edge-07';
  const [message, since] = ['It was closed.', '2026-01-15T10:00:00.000Z'];
  const waysOut: readonly (readonly [ConnectionState, readonly string[]])[] = [
    [{ kind: 'empty' }, ['Connect to a node…', 'Start a lab node', 'This machine', 'Open a recording…']],
    [{ kind: 'connecting', label }, ['Connect to another node…', 'Show the log']],
    [{ kind: 'live', label }, ['Connect to another node…', 'Show the log']],
    [{ kind: 'failed', label, message }, ['Try again', 'Connect to a node…', 'Show the log']],
    [{ kind: 'lost', label, message, since }, ['Reconnect', 'Show the log']],
  ];

  it('offers what can be done next, and nothing that needs a picture', async () => {
    await ui.open(null);
    for (const [state, labels] of waysOut) {
      await ui.panel.send({ type: 'state', state });
      await ui.panel.nextFrame();
      const { page } = ui.panel;
      const offered = await page.locator('.state-actions vscode-button').allTextContents();
      assert.deepEqual(offered, labels, state.kind);
      assert.equal(await page.locator('.view-tools').isVisible(), false);
      assert.equal(await page.locator('.graph-host.stale').count(), 0);
    }
  });

  it('says of a node that is alone how to go on', async () => {
    await ui.open(new TopologyBuilder().build());
    assert.match(
      await ui.panel.text('.band-host'),
      /no network namespace here but the node’s own.*Create Pod/,
    );
  });
});
