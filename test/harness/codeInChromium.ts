/**
 * Runs an extension's tests as VS Code's own program does, in a VS Code in headless Chromium: takes its flags,
 * prints what the tests print, and exits with their exit code. $PATCHBAY_TEST_TIMEOUT_MS limits the whole run;
 * with $PATCHBAY_VERBOSE set the logs of VS Code are printed too.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { disposeOnSignal } from '../../scripts/signals.ts';
import { parseLaunchFlags } from './launchFlags.ts';
import { quietSettings } from './quietSettings.ts';
import { listenForTestOutput, testOutputVariable } from './testOutput.ts';
import { startVsCodeServer } from './vsCodeServer.ts';
import { openWorkbenchPage } from './workbenchPage.ts';

const timeoutMs = Number(process.env['PATCHBAY_TEST_TIMEOUT_MS'] ?? 10 * 60_000);
const verbose = Boolean(process.env['PATCHBAY_VERBOSE']);

await using cleanup = new AsyncDisposableStack();
const releaseSignals = disposeOnSignal(() => cleanup.disposeAsync());
cleanup.defer(releaseSignals);
process.exitCode = await runTests(process.argv.slice(2));

async function runTests(args: readonly string[]): Promise<number> {
  const { folder, ...flags } = parseLaunchFlags(args);
  const temporary = await mkdtemp(join(tmpdir(), 'patchbay-tests-'));
  cleanup.defer(() => rm(temporary, { recursive: true, force: true }));
  const socketPath = join(temporary, 'output');
  const output = await listenForTestOutput(socketPath, (chunk) => process.stdout.write(chunk));
  cleanup.defer(() => output.close());

  const server = cleanup.use(
    await startVsCodeServer({
      ...flags,
      settings: quietSettings,
      env: { [testOutputVariable]: socketPath },
      onOutput: (text) => verbose && process.stderr.write(text),
    }),
  );
  const workbench = cleanup.use(await openWorkbenchPage(server, { folder }));
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    timeout.reject(new Error(`The tests did not end within ${timeoutMs / 1000} s.`));
  }, timeoutMs);
  try {
    const code = await Promise.race([workbench.testsEnded, workbench.broken, timeout.promise]);
    await Promise.race([output.drained(), timeout.promise]);
    if (verbose || (code !== 0 && !output.used)) {
      process.stderr.write(workbench.recentLog());
    }
    return code;
  } catch (error) {
    console.error(workbench.recentLog());
    console.error(error);
    return 1;
  } finally {
    clearTimeout(timer);
  }
}
