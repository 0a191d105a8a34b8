import { writeFileSync } from 'node:fs';
import Mocha, { type MochaOptions, type Runner } from 'mocha';

/** Names the file for the results in the environment of whatever runs a suite. */
export const testResultsVariable = 'PATCHBAY_TEST_RESULTS';

/** What a suite leaves in that file when it has run to its end; no file means that it has not. */
export interface TestResults {
  passed: number;
  /** Failed tests and failed hooks. */
  failed: number;
  skipped: number;
  /** What failed, each with its reason. */
  failures: string[];
}

/** Mocha's `spec` output, and the counts as JSON in the file that the environment names. */
export class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options?: MochaOptions) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const file = process.env[testResultsVariable];
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      const failures = this.failures.map((test) => `${test.fullTitle()}: ${test.err?.message ?? ''}`);
      if (file !== undefined) {
        writeFileSync(file, JSON.stringify({ passed, failed, skipped, failures } satisfies TestResults));
      }
    });
  }
}
