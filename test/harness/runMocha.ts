/**
 * Runs the test files that match a glob: `runMocha.ts <glob> [--grep <pattern>] [--timeout <ms>]`.
 * A suite that ends but keeps the process alive has leaked something: that is a failure too.
 */
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';
import { disposeAllOnSignal } from '../../scripts/signals.ts';
import { CountingReporter } from './countingReporter.ts';

const leakGraceMs = 5_000;
disposeAllOnSignal();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { grep: { type: 'string' }, timeout: { type: 'string', default: '20000' } },
});
const mocha = new Mocha({
  reporter: CountingReporter,
  timeout: Number(values.timeout),
  ...(values.grep === undefined ? {} : { grep: new RegExp(values.grep) }),
});
for (const file of positionals.flatMap((pattern) => globSync(pattern)).sort()) {
  mocha.addFile(file);
}
await mocha.loadFilesAsync();
const failures = await new Promise<number>((resolve) => mocha.run(resolve));
process.exitCode = failures > 0 ? 1 : 0;
setTimeout(() => {
  console.error(`The tests left something open: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit(1);
}, leakGraceMs).unref();
