/**
 * Builds Patchbay and opens it in VS Code, where it starts a lab node: `start.ts [--port <n>]`.
 * Desktop VS Code where there is a display and one can be had; otherwise, or when a port is asked for, VS Code
 * in the browser. Ctrl-C ends all that was started.
 */
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startVsCodeServer, type Settings } from '../test/harness/vsCodeServer.ts';
import { ensureCodeServer } from './codeServer.ts';
import { findDesktopVsCode } from './desktopVsCode.ts';
import { cacheDir, projectRoot } from './paths.ts';
import { runProcess } from './processes.ts';
import { startProcessGroup } from './processGroup.ts';
import { disposeOnSignal } from './signals.ts';

/** The extension reads it when it is activated. */
const env = { PATCHBAY_START: 'lab' };

/** A profile of its own: it leaves the user's VS Code alone, and lasts from start to start. */
const userDataDir = join(cacheDir, 'start-profile');

const settings: Settings = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
};

const port = parsePort(process.argv.slice(2));
if (port !== undefined && !(await isFree(port))) {
  console.error(`Port ${port} is taken.`);
  process.exit(1);
}
const build = await runProcess(process.execPath, [join(projectRoot, 'scripts', 'build.mjs')], {
  cwd: projectRoot,
});
if (build.code !== 0) {
  process.exit(build.code ?? 1);
}
const desktop = port === undefined ? await findDesktopVsCode({ downloadTimeoutMs: 60_000 }) : undefined;
if (desktop === undefined || !(await openDesktop(desktop))) {
  await serve().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}

/** Resolves when the user has closed VS Code; to false when it did not open at all. */
async function openDesktop(program: string): Promise<boolean> {
  console.log('Opening VS Code with Patchbay. Close it or press Ctrl-C here to end.');
  const output: string[] = [];
  await using vsCode = await startProcessGroup(
    program,
    [
      `--extensionDevelopmentPath=${projectRoot}`,
      `--user-data-dir=${userDataDir}`,
      `--extensions-dir=${join(userDataDir, 'extensions')}`,
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
    { env: { ...process.env, ...env }, onOutput: (text) => output.push(text) },
  );
  const release = disposeOnSignal(() => vsCode.dispose());
  const { code } = await vsCode.ended;
  release();
  if (code !== 0) {
    console.log(`${output.join('')}\n${program} did not run; serving VS Code in the browser instead.`);
  }
  return code === 0;
}

async function serve(): Promise<void> {
  await ensureCodeServer(console.log);
  const server = await startVsCodeServer({
    installedExtension: projectRoot,
    userDataDir,
    settings,
    env,
    port,
    extensionGallery: true,
    trustWorkspaces: false,
  });
  disposeOnSignal(() => {
    console.log('\nEnding VS Code and the lab …');
    return server.dispose();
  });
  console.log(`
  Patchbay is served on this machine. Open it in a browser:

    ${server.url()}

  From another machine, tunnel first: ssh -L ${server.port}:127.0.0.1:${server.port} <this machine>
  Ctrl-C ends VS Code and the lab.
`);
  const { code, signal } = await server.ended;
  await server.dispose();
  console.error(`${server.recentOutput()}\nVS Code's server ended (${signal ?? String(code)}).`);
  process.exit(1);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function parsePort(args: string[]): number | undefined {
  const { values } = parseArgs({ args, options: { port: { type: 'string' } } });
  if (values.port === undefined) {
    return undefined;
  }
  const number = Number(values.port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    console.error(`--port wants a number from 1 to 65535, not "${values.port}".`);
    process.exit(2);
  }
  return number;
}
