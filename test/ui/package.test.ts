import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { projectRoot } from '../../scripts/paths.ts';
import { installVsix } from '../harness/installVsix.ts';
import { waitFor } from './waitFor.ts';
import { Workbench } from './workbench.ts';

/** What `vsce package` reads. The build of the package must not replace the one that the other tests run on. */
const sources = [
  ...['package.json', 'package.nls.json', '.vscodeignore', 'tsconfig.json'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE', 'ThirdPartyNotices.txt'],
  ...['src', 'webview', 'media', 'l10n', 'scripts'],
];

/** Answers what the export asks: which format, and where to. Resolves with the file's text. */
async function savePicture({ quickInput }: Workbench, format: RegExp, path: string): Promise<string> {
  await quickInput.waitUntilAsked(/Which format/);
  await quickInput.pick(format);
  // The title of the dialog is that of the question before.
  await waitFor('the dialog', async () => (await quickInput.value()).endsWith('.svg') || undefined);
  // It may still look at the folder that it proposes, and then writes over what is typed.
  await waitFor('the path in the dialog', async () => {
    const stays = (await quickInput.value()) === path;
    await (stays ? quickInput.accept() : quickInput.type(path));
    return stays || undefined;
  });
  return waitFor('the saved file', () => readFile(path, 'utf8'));
}

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
    const media = globSync('patchbay.*/media/*', { cwd: extensionsDir }).map((file) => basename(file));
    const used = ['activity-bar.svg', 'icon.png', 'panel-dark.svg', 'panel-light.svg', 'walkthrough'];
    assert.deepEqual(media.sort(), used, 'no pictures but those that it shows');
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
    await panel.getByTitle('Export… (E)').click();
    const saved = await savePicture(workbench, /^SVG as Seen/, join(folder, 'lab.svg'));
    assert.match(saved, /<title [^>]*>Network of lab<.*>10\.244\.0\.2\/24</s);
    assert.deepEqual(workbench.webviewErrors, []);
  });
});
