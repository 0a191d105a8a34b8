/**
 * Makes a fresh clone ready and hands over: `bootstrap.mjs <start|test> [arguments]` runs scripts/<name>.ts with
 * the project's own Node.js. Plain JavaScript for Node.js 20, without dependencies: nothing is installed yet.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installNodeModules } from './bootstrap/nodeModules.mjs';
import { installSystemPrograms } from './bootstrap/systemPrograms.mjs';

const projectRoot = fileURLToPath(new URL('..', import.meta.url));
const suites = ['unit', 'node', 'vscode', 'ui'];

process.chdir(projectRoot);
const [task, ...args] = process.argv.slice(2);
if (task !== 'start' && task !== 'test') {
  console.error('usage: node scripts/bootstrap.mjs <start|test> [arguments]');
  process.exit(2);
}

try {
  const node = installNodeModules(projectRoot);
  installSystemPrograms(purposes());
  await handOver(node);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

/** What the system programs are for: `start`, or the suites that will run. */
function purposes() {
  const named = args.filter((arg) => /^[a-z]+$/.test(arg));
  return task === 'start' ? ['start'] : named.length > 0 ? named : suites;
}

/** Runs the script to its end and ends as it did. Ctrl-C is the script's to handle. */
function handOver(node) {
  const child = spawn(node, [join(projectRoot, 'scripts', `${task}.ts`), ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  endWithNpm(child);
  return new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
  });
}

/** Who ends npm ends the shell that npm has started, and that shell hands nothing on: all we see is that it is gone. */
function endWithNpm(child) {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event !== undefined) {
    setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref();
  }
}
