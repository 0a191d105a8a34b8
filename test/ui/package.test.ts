import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/paths.ts';
import { installVsix } from '../harness/installVsix.ts';
import { Workbench } from './workbench.ts';

/** What `vsce package` reads. The build of the package must not replace the one that the other tests run on. */
const sources = [
  ...['package.json', 'package.nls.json', '.vscodeignore', 'tsconfig.json'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE', 'ThirdPartyNotices.txt'],
  ...['src', 'webview', 'media', 'l10n', 'scripts'],
];

describe('The packaged extension', () => {
  let folder: string;
  let vsix: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-package-'));
    for (const source of sources) {
      await cp(join(projectRoot, source), join(folder, source), { recursive: true });
    }
    await symlink(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
    execFileSync('npm', ['run', 'package'], { cwd: folder, stdio: 'pipe' });
    vsix = join(folder, 'dist', 'patchbay.vsix');
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('is smaller than 3 MB', async () => {
    assert.ok((await stat(vsix)).size < 3_000_000);
  });

  it('is installed like any other, activates, and starts a lab', async () => {
    const extensionsDir = join(folder, 'extensions');
    await installVsix(vsix, extensionsDir);
    await using workbench = await Workbench.open({ extensionsDir });
    await workbench.openViewContainer('Patchbay');
    await workbench.welcomeView().getByRole('button', { name: 'Start a Lab' }).click();
    const panel = await workbench.webview(/^Topology/);
    const outline = panel.locator('[data-outline^="namespace/"]');
    await outline
      .filter({ hasText: /\bweb\b/ })
      .first()
      .waitFor({ state: 'attached' });
    await workbench.screenshot('packaged');
    assert.deepEqual(workbench.webviewErrors, []);
  });
});
