import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { matches, waitFor } from './waitFor.ts';
import { Workbench } from './workbench.ts';

/** All of the panel and its commands, without touching a pointer. */
describe('By keyboard alone, one', () => {
  let home: string;
  let workbench: Workbench;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'patchbay-home-'));
    workbench = await Workbench.open({
      env: { HOME: home },
      settings: { 'terminal.integrated.gpuAcceleration': 'off' },
    });
    await workbench.page.evaluate(
      `addEventListener('pointerdown', () => document.body.setAttribute('data-pointed', ''), true)`,
    );
  });

  after(async () => {
    await workbench.dispose();
    await rm(home, { recursive: true, force: true });
  });

  const quickInput = () => workbench.quickInput;
  const panel = (): Promise<FrameLocator> => workbench.webview(/^Topology/);
  const graph = async (facts = ''): Promise<Locator> => (await panel()).locator(`.graph-host${facts}`);
  const said = async (): Promise<string> => (await panel()).locator('[role=status][aria-live]').innerText();

  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const key of keys) {
      await workbench.page.keyboard.press(key);
    }
  };

  const type = (text: string): Promise<void> => workbench.page.keyboard.type(text);

  const command = async (title: string): Promise<void> => {
    await waitFor(title, async () => {
      // A palette does not notice commands that come while it is open: each attempt opens a new one.
      await quickInput().cancel();
      await press('F1');
      await quickInput().waitUntilAsked(/command/);
      await type(title);
      const isFirst = async (): Promise<true | undefined> =>
        (await quickInput().list.visibleRows())[0]?.label === title || undefined;
      return waitFor(`${title}, first in the palette`, isFirst, 10_000);
    });
    await press('Enter');
  };

  /** Answers a question by the first choice that a text leaves, or by what is there already. */
  const answer = async (question: RegExp, text = ''): Promise<void> => {
    await waitFor(String(question), async () => {
      const asked = [
        await quickInput().title(),
        await quickInput()
          .message()
          .catch(() => ''),
      ];
      return asked.some((one) => matches(one, question)) || undefined;
    });
    await type(text);
    await press('Enter');
  };

  const atGraph = async (): Promise<void> => {
    await command('Patchbay: Open Topology');
    await (await graph(':focus')).waitFor();
  };

  it('connects to a lab', async () => {
    await command('Patchbay: Connect to Node…');
    await answer(/Connect to Node/, 'Lab');
    await (await graph('[data-items~="pod:2"]')).waitFor();
  });

  it('comes to the graph, searches, and walks along a cable', async () => {
    await atGraph();
    await press('/');
    await type('web kind:pod');
    await press('Enter');
    await (await graph('[data-selected^="namespace/"]')).waitFor();
    await press('Escape', 'ArrowLeft');
    await waitFor('eth0', async () => (await said()).startsWith('eth0 of web') || undefined);
    await press('ArrowLeft', 'ArrowLeft');
    await waitFor('the bridge', async () => (await said()).startsWith('cbr0 of node') || undefined);
  });

  it('inspects, and comes back', async () => {
    await press('Enter');
    await (await panel()).locator('.inspector h2:focus').waitFor();
    await press('Escape');
    await (await graph(':focus[data-selected]')).waitFor();
  });

  it('collapses a group and opens it, and looks at one thing alone', async () => {
    await press('c');
    await (await graph(':not([data-items*="pod:"])')).waitFor();
    await press('c');
    await (await graph('[data-items~="pod:2"]')).waitFor();
    await press('/');
    await type('web kind:pod');
    await press('Enter', 'Escape', 'o');
    await (await graph('[data-items~="pod:1"]')).waitFor();
    await press('Escape');
    await (await graph('[data-items~="pod:2"]')).waitFor();
  });

  it('traces from the menu of what is selected, which is VS Code’s own', async () => {
    await press('Shift+F10');
    const menu = workbench.page.locator('.monaco-menu:visible');
    await menu.waitFor();
    await waitFor('the entry', async () => {
      await press('ArrowDown');
      const focused = await menu.locator('.action-item.focused').innerText({ timeout: 1_000 });
      return focused.trim() === 'Trace from Here…' || undefined;
    });
    await press('Enter');
    await answer(/Where to|Trace/, 'db');
    await (
      await panel()
    )
      .getByText(/^Delivered/)
      .first()
      .waitFor();
  });

  it('marks a moment, creates a pod, and compares with the mark', async () => {
    await command('Patchbay: Mark This Moment…');
    await answer(/Mark This Moment/, 'before api');
    await command('Patchbay: Create Pod…');
    await answer(/Create Pod \(1/);
    await answer(/Create Pod \(2/);
    await answer(/Create Pod \(3/, 'api');
    await answer(/Create Pod \(4/);
    await answer(/Create Pod \(5/);
    await (await graph('[data-items~="pod:3"]')).waitFor();
    await command('Patchbay: Compare With…');
    await answer(/Compare With/, 'before api');
    const changes = (await panel()).locator('.change-list');
    await changes.getByText('api: pod made by Patchbay').waitFor();
    await press('Escape');
  });

  it('sees what has changed since the last look', async () => {
    await command('Patchbay: Show Changes Since I Last Looked');
    await (
      await panel()
    )
      .locator('.change-list h2')
      .getByText(/change|Nothing/)
      .waitFor();
    await atGraph();
    await press('Escape');
    await (await panel()).locator('.change-list').waitFor({ state: 'hidden' });
  });

  it('looks back along the time line', async () => {
    await press('t', 'Home');
    await (await graph('.then[data-items~="pod:2"]')).waitFor();
    await press('Escape');
    await (await graph(':focus:not(.then)[data-items~="pod:3"]')).waitFor();
  });

  it('exports the topology', async () => {
    await command('Patchbay: Export Topology…');
    await answer(/Export Topology/, 'Mermaid');
    const file = join(home, 'lab.mmd');
    await waitFor('the question where', async () => (await quickInput().value()) === file || undefined);
    await press('Enter');
    const text = await waitFor('the file', async () => readFile(file, 'utf8'));
    assert.match(text, /^%% .*\nflowchart LR\n/);
  });

  it('copies an address, for any program to paste', async () => {
    await atGraph();
    await press('/');
    await type('web kind:pod');
    await press('Enter', 'Escape');
    await (await graph('[data-selected^="namespace/"]')).waitFor();
    await command('Patchbay: Copy Address');
    await press('F1');
    await quickInput().waitUntilAsked(/command/);
    await waitFor('the address', async () => {
      await press('Control+A', 'Control+V');
      return /^10\.244\.0\.\d+$/.test(await quickInput().value()) || undefined;
    });
    await press('Escape');
  });

  it('opens a shell in a pod', async () => {
    await command('Patchbay: Open Shell in Namespace');
    await answer(/Open Shell/, 'db');
    const terminal = workbench.page.locator('.terminal-wrapper.active');
    await terminal.getByText('(db)').first().waitFor();
    await terminal.locator('.xterm.focus').waitFor();
    await type('ip -4 -br address show dev eth0');
    await press('Enter');
    await terminal.getByText('10.244.0.3/24').first().waitFor();
  });

  it('has not touched the pointer, and has seen no error', async () => {
    assert.equal(await workbench.page.locator('body[data-pointed]').count(), 0);
    assert.deepEqual(workbench.webviewErrors, []);
  });
});
