import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { activatePatchbay } from './support.ts';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category?: string;
    }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
  };
}

function manifest(): Manifest {
  return vscode.extensions.getExtension('patchbay.patchbay')?.packageJSON as Manifest;
}

describe('Activation', () => {
  it('takes less than 50 ms', async () => {
    const { activatedInMs } = await activatePatchbay();
    assert.ok(activatedInMs < 50, `it took ${activatedInMs.toFixed(1)} ms`);
  });

  it('opens no node by itself', async () => {
    assert.deepEqual((await activatePatchbay()).nodes, []);
  });

  it('registers every command of the manifest, and no other', async () => {
    await activatePatchbay();
    const registered = (await vscode.commands.getCommands(true)).filter((id) =>
      /^patchbay\.\w+\.\w+$/.test(id),
    );
    // The view brings commands of its own, such as patchbay.nodes.focus.
    const ours = registered.filter((id) => !id.startsWith('patchbay.nodes.'));
    assert.deepEqual(
      ours.sort(),
      manifest()
        .contributes.commands.map(({ command }) => command)
        .sort(),
    );
  });

  it('has a translated title and our category for every command', () => {
    for (const { command, title, category } of manifest().contributes.commands) {
      assert.equal(category, 'Patchbay', command);
      assert.doesNotMatch(title, /^%/, command);
    }
  });

  it('puts only its own commands into menus', () => {
    const { commands, menus } = manifest().contributes;
    const known = new Set(commands.map(({ command }) => command));
    const used = Object.values(menus).flatMap((entries) => entries.map(({ command }) => command));
    assert.deepEqual(
      used.filter((command) => !known.has(command)),
      [],
    );
  });
});
