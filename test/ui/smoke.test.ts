import { strict as assert } from 'node:assert';
import { Workbench } from './workbench.ts';

describe('VS Code in Chromium', () => {
  it('opens with Patchbay installed and runs a command from the palette', async () => {
    await using workbench = await Workbench.open();
    await workbench.openViewContainer('Patchbay');
    await workbench.runCommand('Developer: Show Running Extensions');
    const title = workbench.page.locator('.part.editor').getByText('Patchbay', { exact: true }).first();
    await title.waitFor();
    await workbench.screenshot('smoke');
    assert.deepEqual(workbench.webviewErrors, []);
  });
});
