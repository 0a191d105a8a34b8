/** Runs the tests inside VS Code's extension host: desktop VS Code where it can be had, else in Chromium. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runTests, TestRunFailedError } from '@vscode/test-electron';
import { findDesktopVsCode } from '../../scripts/desktopVsCode.ts';
import { projectRoot } from '../../scripts/paths.ts';

// runTests hands SIGINT on, and only that; with a listener of ours it leaves the clean-up below to us.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.emit('SIGINT'));
}

const { values } = parseArgs({ options: { grep: { type: 'string' } } });
const temporary = await mkdtemp(join(tmpdir(), 'patchbay-profile-'));
try {
  const desktop = await findDesktopVsCode({ downloadTimeoutMs: 15_000 });
  console.log(desktop ? `Testing in ${desktop}` : 'Testing in VS Code in headless Chromium');
  await runTests({
    vscodeExecutablePath: desktop ?? join(projectRoot, 'test', 'harness', 'codeInChromium'),
    extensionDevelopmentPath: projectRoot,
    extensionTestsPath: join(projectRoot, 'dist', 'test', 'vscode', 'index.cjs'),
    launchArgs: [
      `--user-data-dir=${join(temporary, 'user-data')}`,
      `--extensions-dir=${join(temporary, 'extensions')}`,
    ],
    extensionTestsEnv: { PATCHBAY_TEST_RUN: 'yes', PATCHBAY_TEST_GREP: values.grep },
  });
} catch (error) {
  if (!(error instanceof TestRunFailedError)) {
    throw error;
  }
  process.exitCode = 1;
} finally {
  await rm(temporary, { recursive: true, force: true });
}
