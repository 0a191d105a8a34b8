import { strict as assert } from 'node:assert';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Workbench } from './workbench.ts';

/** A folder from somewhere that wishes for a panel whenever it is debugged. */
async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-untrusted-'));
  const launch = {
    ...{ type: 'node', request: 'launch', name: 'Server', console: 'internalConsole' },
    program: '${workspaceFolder}/server.cjs',
  };
  await mkdir(join(folder, '.vscode'));
  await writeFile(join(folder, '.vscode', 'settings.json'), '{ "patchbay.debug.openPanel": "always" }\n');
  await writeFile(
    join(folder, '.vscode', 'launch.json'),
    JSON.stringify({ version: '0.2.0', configurations: [launch] }),
  );
  await writeFile(join(folder, 'server.cjs'), 'setInterval(() => undefined, 1_000);\n');
  return folder;
}

describe('A workspace that is not trusted', () => {
  let folder: string;
  let workbench: Workbench;

  before(async () => {
    folder = await makeFolder();
    workbench = await Workbench.open({
      folder,
      trustWorkspaces: false,
      settings: { 'security.workspace.trust.startupPrompt': 'never' },
    });
  });

  after(async () => {
    await workbench.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it('starts nothing and connects to nothing', async () => {
    await workbench.openViewContainer('Patchbay');
    await workbench.welcomeView().getByRole('button').first().waitFor();
    await workbench.runCommand('Debug: Start Debugging');
    await workbench.answerDialog('Cancel');
    assert.deepEqual(await workbench.editorTitles(), []);
    assert.ok(await workbench.welcomeView().isVisible());
  });

  it('has its wishes once it is trusted: the panel opens beside the editor, which keeps the focus', async () => {
    await workbench.runCommand('Debug: Start Debugging');
    await workbench.answerDialog('Trust Folder & Continue');
    await workbench.webview(/^Topology/);
  });
});
