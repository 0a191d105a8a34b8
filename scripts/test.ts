/**
 * Runs every check and test suite, or those named: `test.ts [name…] [--grep <pattern>]`. A check counts as one
 * test. The last line sums them all; the exit code is 0 only when nothing failed and every suite ran tests.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { testResultsVariable, type TestResults } from '../test/harness/countingReporter.ts';
import { ensureCodeServer } from './codeServer.ts';
import { projectRoot } from './paths.ts';
import { runProcess, type ProcessEnd } from './processes.ts';
import { onEndingSignal } from './signals.ts';

interface Step {
  name: string;
  /** What the pinned Node.js is given to run. */
  args: string[];
  timeoutMs: number;
}

interface Suite extends Step {
  /** Tests what the build makes. */
  needsBuild: boolean;
  /** Runs in the VS Code that is installed on demand. */
  needsVsCode: boolean;
}

const minutes = 60_000;
const runMocha = 'test/harness/runMocha.ts';

const checks: Step[] = [
  { name: 'lint', args: ['node_modules/eslint/bin/eslint.js', '.'], timeoutMs: 10 * minutes },
  {
    name: 'format',
    args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
    timeoutMs: 5 * minutes,
  },
  { name: 'typecheck', args: ['--run', 'typecheck'], timeoutMs: 10 * minutes },
  { name: 'build', args: ['--run', 'build'], timeoutMs: 5 * minutes },
];

const suites: Suite[] = [
  {
    name: 'unit',
    args: [runMocha, 'test/unit/**/*.test.ts'],
    timeoutMs: 10 * minutes,
    needsBuild: false,
    needsVsCode: false,
  },
  {
    name: 'node',
    args: [runMocha, '--timeout', '60000', 'test/node/**/*.test.ts'],
    // Six minutes on two quiet cores; other people's work on the same machine has made it twenty.
    timeoutMs: 45 * minutes,
    needsBuild: true,
    needsVsCode: false,
  },
  {
    name: 'vscode',
    args: ['test/vscode/runTests.ts'],
    timeoutMs: 20 * minutes,
    needsBuild: true,
    needsVsCode: true,
  },
  {
    name: 'ui',
    args: [runMocha, '--timeout', '180000', 'test/harness/panel/*.test.ts', 'test/ui/**/*.test.ts'],
    timeoutMs: 30 * minutes,
    needsBuild: true,
    needsVsCode: true,
  },
];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { grep: { type: 'string' } } });
const known = [...checks, ...suites].map(({ name }) => name);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No such check or suite: ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  process.exit(2);
}

let interruptedBy: NodeJS.Signals | undefined;
onEndingSignal((signal) => (interruptedBy = signal));

const total: TestResults = { passed: 0, failed: 0, skipped: 0, failures: [] };
await runAll();
if (interruptedBy) {
  console.log(`Interrupted by ${interruptedBy}.`);
}
// Once more where they are found: a long run may be cut to its last lines.
for (const one of total.failures) {
  console.error(`\n✘ ${one.split('\n', 12).join('\n  ')}`);
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || interruptedBy ? 1 : 0;

async function runAll(): Promise<void> {
  const isChosen = ({ name }: Step) => positionals.length === 0 || positionals.includes(name);
  const chosenSuites = suites.filter(isChosen);
  const needsBuild = chosenSuites.some((suite) => suite.needsBuild);
  let isBuilt = true;
  for (const check of checks.filter((step) => isChosen(step) || (needsBuild && step.name === 'build'))) {
    const isPassed = await report(check.name, () => runCheck(check));
    isBuilt = check.name === 'build' ? isPassed : isBuilt;
  }
  for (const suite of chosenSuites) {
    await report(suite.name, async () => {
      if (suite.needsBuild && !isBuilt) {
        return failure('There is nothing to test: the build failed.');
      }
      if (suite.needsVsCode) {
        await ensureCodeServer(console.log);
      }
      return runSuite(suite);
    });
  }
}

/** Runs one step under a headline and adds its results to the total. */
async function report(name: string, run: () => Promise<TestResults>): Promise<boolean> {
  if (interruptedBy) {
    return false;
  }
  console.log(`\n── ${name} ──`);
  const startedAt = Date.now();
  const results = await run().catch((error: unknown) => failure(String(error)));
  total.passed += results.passed;
  total.failed += results.failed;
  total.skipped += results.skipped;
  total.failures.push(...results.failures);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(`${results.failed === 0 ? '✔' : '✘'} ${name} (${seconds} s)`);
  return results.failed === 0;
}

async function runCheck(check: Step): Promise<TestResults> {
  const end = await runNode(check);
  return end.code === 0
    ? { passed: 1, failed: 0, skipped: 0, failures: [] }
    : failure(describeEnd(check, end));
}

/** A suite that crashed, hung, leaked or ran nothing has failed, whatever its tests say. */
async function runSuite(suite: Suite): Promise<TestResults> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-results-'));
  try {
    const file = join(folder, 'results.json');
    const grep = values.grep === undefined ? [] : ['--grep', values.grep];
    const end = await runNode({ ...suite, args: [...suite.args, ...grep] }, { [testResultsVariable]: file });
    const results = await readResults(file);
    if (!results) {
      return failure(`${describeEnd(suite, end)} before it had run its tests.`);
    }
    if (end.code !== 0 && results.failed === 0) {
      return { ...failure(describeEnd(suite, end)), passed: results.passed, skipped: results.skipped };
    }
    if (results.passed + results.failed === 0 && values.grep === undefined) {
      return failure(`${suite.name} ran no tests.`);
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runNode(step: Step, env: NodeJS.ProcessEnv = {}): Promise<ProcessEnd> {
  const colors = process.stdout.isTTY ? { MOCHA_COLORS: '1' } : {};
  return runProcess(process.execPath, step.args, {
    cwd: projectRoot,
    env: { ...process.env, ...colors, ...env },
    timeoutMs: step.timeoutMs,
  });
}

async function readResults(file: string): Promise<TestResults | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as TestResults;
  } catch {
    return undefined;
  }
}

function describeEnd({ name }: Step, { code, signal }: ProcessEnd): string {
  return `${name} ended with ${signal ?? `exit code ${String(code)}`}`;
}

function failure(message: string): TestResults {
  console.error(message);
  return { passed: 0, failed: 1, skipped: 0, failures: [message] };
}
