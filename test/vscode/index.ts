/**
 * The entry of the tests inside an extension host. The bundle evaluates this file before the test files, which
 * find mocha's globals in place; VS Code then calls `run`.
 */
import { createConnection, type Socket } from 'node:net';
import { format } from 'node:util';
import Mocha from 'mocha';
import { CountingReporter } from '../harness/countingReporter.ts';
import { createStackMapper } from '../harness/sourceStack.ts';
import { testOutputVariable } from '../harness/testOutput.ts';

/** Names a pattern in the environment: only tests whose full title matches run. */
const grep = process.env['PATCHBAY_TEST_GREP'];

const mocha = new Mocha({
  ui: 'bdd',
  reporter: CountingReporter,
  timeout: 60_000,
  color: process.env['MOCHA_COLORS'] !== undefined,
  ...(grep === undefined ? {} : { grep: new RegExp(grep) }),
});
mocha.suite.emit(Mocha.Suite.constants.EVENT_FILE_PRE_REQUIRE, globalThis, '', mocha);

/** Runs all tests; rejects when one failed, which is how VS Code learns of it. */
export async function run(): Promise<void> {
  const socketPath = process.env[testOutputVariable];
  const output = socketPath === undefined ? undefined : await redirectConsole(socketPath);
  const failures = await runMocha();
  await output?.end();
  if (failures > 0) {
    throw new Error(`${failures} failed`);
  }
}

async function runMocha(): Promise<number> {
  const toSources = createStackMapper(__filename);
  return new Promise((resolve) => {
    const runner = mocha.run(resolve);
    runner.prependListener(Mocha.Runner.constants.EVENT_TEST_FAIL, (_test: unknown, error: unknown) => {
      if (error instanceof Error && error.stack !== undefined) {
        error.stack = toSources(error.stack);
      }
    });
  });
}

/** Sends what the tests and the extension print to the program that started VS Code. */
async function redirectConsole(socketPath: string): Promise<{ end(): Promise<void> }> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const connection = createConnection(socketPath, () => resolve(connection)).once('error', reject);
  });
  const write = (...parts: unknown[]) => void socket.write(`${format(...parts)}\n`);
  const original = globalThis.console;
  globalThis.console = { ...original, log: write, info: write, warn: write, error: write, debug: write };
  Mocha.reporters.Base.consoleLog = write;
  return {
    end: async () => {
      globalThis.console = original;
      await new Promise<void>((resolve) => socket.end(resolve));
    },
  };
}
