import { writeFile } from 'node:fs/promises';
import { openWorkbenches } from './workbench.ts';

/** A failed test leaves a picture of every window that is still open, and what VS Code has logged, beside it. */
afterEach('picture of the failure', async function () {
  if (this.currentTest?.state !== 'failed') {
    return;
  }
  for (const [index, workbench] of openWorkbenches().entries()) {
    const name = `failed ${this.currentTest.fullTitle().slice(0, 100)} ${index + 1}`;
    const picture = await workbench.screenshot(name);
    await writeFile(picture.replace(/png$/, 'log'), workbench.recentLog());
    console.log(`      saved ${picture}`);
  }
});
