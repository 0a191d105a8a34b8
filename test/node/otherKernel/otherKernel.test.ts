import assert from 'node:assert/strict';
import { hasUserModeLinux, runInGuest } from '../support/userModeLinux.ts';

const suite = ['test/harness/runMocha.ts', '--timeout', '600000', 'test/node/otherKernel/*.inside.ts'];

describe('Under another kernel', function () {
  this.timeout(900_000);

  it('all that needs its modules holds', async function () {
    if (!hasUserModeLinux()) {
      console.log('      needs user-mode-linux and kmod of Debian');
      this.skip();
    }
    const { booted, exitCode, output } = await runInGuest([process.execPath, ...suite]);
    if (!booted) {
      console.log(`      needs a machine that lets user-mode-linux boot:\n${output}`);
      this.skip();
    }
    assert.equal(exitCode, 0, output);
    assert.match(output, /^ +[1-9]\d* passing/m);
  });
});
