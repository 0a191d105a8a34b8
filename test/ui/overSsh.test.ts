import { strict as assert } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import type { FrameLocator } from 'playwright-core';
import { SshNodes, type SshNode } from './sshNodes.ts';
import { waitFor } from './waitFor.ts';
import { Workbench } from './workbench.ts';

const first = { create: 'cbr0', subnet: '10.244.0.0/24' };
const second = { create: 'cbr1', subnet: '10.244.1.0/24' };

/** What people arrange in the panel, as its page shows it. */
interface Arrangement {
  /** x, y and zoom. */
  readonly view: string | null;
  readonly selected: string | null;
  /** Where what is selected lies in the picture. */
  readonly place: string | null;
  /** How many of each kind are drawn: fewer where groups are collapsed, the others hidden, or one thing alone is shown. */
  readonly items: string | null;
  readonly query: string;
  readonly found: string;
  readonly hidesOthers: string | null;
  readonly focus: string;
  readonly inspectorWidth: string | null;
}

describe('Over SSH', () => {
  let nodes: SshNodes;
  let workbench: Workbench;

  before(async () => {
    nodes = await SshNodes.make();
    workbench = await Workbench.open({ env: { HOME: nodes.home } });
    await workbench.openViewContainer('Patchbay');
  });

  after(async () => {
    await workbench.dispose();
    await nodes[Symbol.asyncDispose]();
  });

  const panel = (host: string): Promise<FrameLocator> => workbench.webview(`Topology: ${host}`);

  /** Waits until the picture is current, whole and painted, and tells this of itself (webview/panel/graphFacts.ts). */
  const untilDrawn = async (host: string, facts = '[data-items]'): Promise<void> => {
    await (await panel(host)).locator(`.graph-host[data-sharp]:not(.stale, .blank)${facts}`).waitFor();
  };

  const connect = async (host: string, facts: string): Promise<void> => {
    await workbench.runCommand('Patchbay: Connect to Node…');
    await workbench.quickInput.pick(new RegExp(host));
    await untilDrawn(host, facts);
  };

  describe('the panel is found as it was left', () => {
    const host = 'edge-07';
    let node: SshNode;
    let left: Arrangement;

    before(async () => {
      node = await nodes.start(host);
      await node.bench.create({ names: ['web-1', 'web-2', 'web-3'], bridge: first });
      await node.bench.create({ names: ['db-1', 'db-2'], bridge: second });
    });

    /** Types into the panel while its graph has the focus. */
    const press = async (...keys: readonly string[]): Promise<void> => {
      await (await panel(host)).locator('.graph-host').focus();
      for (const key of keys) {
        await workbench.page.keyboard.press(key);
      }
    };

    const search = async (query: string): Promise<void> => {
      await press('/');
      await (await panel(host)).locator('.search input').fill(query);
      await workbench.page.keyboard.press('Enter');
    };

    const toggleFilter = async (): Promise<void> =>
      (await panel(host)).getByTitle('Hide what does not match').click();

    const arrangement = async (): Promise<Arrangement> => {
      const page = await panel(host);
      const fact = (name: string): Promise<string | null> =>
        page.locator('.graph-host').getAttribute(`data-${name}`);
      const width = page.getByRole('separator', { name: 'Width of the inspector' });
      return {
        view: await fact('view'),
        selected: await fact('selected'),
        place: await fact('selected-bounds'),
        items: await fact('items'),
        query: await page.locator('.search input').inputValue(),
        found: await page.locator('.found').innerText(),
        hidesOthers: await page.getByTitle('Hide what does not match').getAttribute('aria-pressed'),
        focus: (await page.locator('.focus-band > span').allInnerTexts()).join(),
        inspectorWidth: await width.getAttribute('aria-valuenow'),
      };
    };

    /** Waits for it: a picture comes piece by piece. */
    const assertAsLeft = async (expected: Partial<Arrangement> = left): Promise<void> => {
      let found: Partial<Arrangement> = {};
      const isAsLeft = async (): Promise<true | undefined> => {
        const all = await arrangement();
        found = Object.fromEntries(Object.entries(all).filter(([key]) => key in expected));
        return isDeepStrictEqual(found, expected) || undefined;
      };
      await waitFor('the panel as it was left', isAsLeft).catch(() => assert.deepEqual(found, expected));
    };

    const reconnect = async (): Promise<void> => {
      await (await panel(host)).getByRole('button', { name: 'Reconnect', exact: true }).click();
    };

    it('once it has been arranged', async () => {
      await connect(host, '[data-items~="pod:5"]');
      await search('name:"db-1"');
      await press('c');
      await untilDrawn(host, '[data-items~="pod:3"]');
      await search('web-2 kind:pod');
      await press('Control+ArrowDown', 'Control+ArrowDown', '-', 'Shift+ArrowLeft');
      const width = (await panel(host)).getByRole('separator', { name: 'Width of the inspector' });
      await width.press('ArrowLeft');
      await untilDrawn(host);
      left = await arrangement();
      assert.match(left.selected ?? '', /^namespace\//);
      assert.equal(left.found, '1 of 1');
    });

    it('after the node was read again', async () => {
      await workbench.runCommand('Patchbay: Refresh Node');
      await assertAsLeft();
    });

    it('after another editor has hidden it', async () => {
      await workbench.runCommand('Help: Welcome');
      await assertAsLeft();
    });

    it('after the window was reloaded', async () => {
      await workbench.reload();
      await reconnect();
      await assertAsLeft();
    });

    it('after the connection was lost, and a pod came meanwhile', async () => {
      await node.sshd.cut();
      await (await panel(host)).locator('.graph-host.stale').waitFor();
      await assertAsLeft();
      const { links } = await node.bench.topology();
      const bridge = { existing: links.find(({ name }) => name === 'cbr0')?.id ?? '' };
      await node.bench.create({ names: ['late'], bridge });
      await workbench.runCommand('Patchbay: Reconnect');
      await untilDrawn(host, '[data-items~="pod:4"]');
      const { items, ...rest } = left;
      await assertAsLeft(rest);
      left = await arrangement();
      assert.notEqual(left.items, items);
    });

    it('after VS Code was started anew, while only one pod was shown', async () => {
      const whole = left;
      await toggleFilter();
      await press('o');
      await untilDrawn(host, '[data-items~="pod:1"]');
      await press('+', 'Shift+ArrowUp');
      left = await arrangement();
      assert.match(left.focus, /web-2/);
      await workbench.restart();
      await reconnect();
      await assertAsLeft();
      await press('Escape');
      await toggleFilter();
      left = whole;
      await assertAsLeft();
    });

    it('also where connecting again did not work at first', async () => {
      await workbench.reload();
      await node.sshd.pause();
      await reconnect();
      await (await panel(host)).getByText(`Could not connect to ${host}`).waitFor();
      await node.sshd.resume();
      await (await panel(host)).getByRole('button', { name: 'Try again' }).click();
      await assertAsLeft();
      await workbench.runCommand('Patchbay: Disconnect');
    });
  });

  describe('to an account without root', () => {
    const host = 'edge-08';

    before(async () => {
      const { bench } = await nodes.start(host, { name: 'dev', uid: 4321 });
      await bench.create({ names: ['web', 'db'], bridge: first });
      await workbench.openViewContainer('Patchbay');
    });

    it('shows what can be read, and says what cannot, why, and what helps', async () => {
      await connect(host, '[data-items]');
      const tree = workbench.tree('Nodes');
      assert.equal((await tree.waitForRow('web')).description, 'links not known');
      await tree.expandPath('Unknown');
      const unknown = await tree.waitForRow('links');
      assert.match(unknown.description, /root|permi/i);
      assert.match(await tree.tooltip('links'), /Remedy:\s.*root/);
      await tree.click('web');
      await (await panel(host)).locator('.inspector').getByText(/root/).first().waitFor();
      await workbench.screenshot('without-root');
    });

    it('offers nothing that cannot work', async () => {
      const create = (await panel(host)).getByRole('button', { name: 'Create Pod' });
      assert.ok(await create.isDisabled());
      const entries = await workbench.tree('Nodes').contextMenuEntries('web');
      assert.ok(entries.includes('Reveal in Topology'), entries.join());
      for (const entry of ['Open Shell in Namespace', 'Delete Pod…']) {
        assert.ok(!entries.includes(entry), entry);
      }
      assert.ok(!(await workbench.tree('Nodes').contextMenuEntries(host)).includes('Create Pod…'));
    });
  });

  describe('in all of this', () => {
    it('no page has seen an error', () => {
      assert.deepEqual(workbench.webviewErrors, []);
    });
  });
});
