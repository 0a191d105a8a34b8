import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { renderNotices } from '../../../scripts/notices.mjs';

describe('The third-party notices', () => {
  it('name everything that is bundled, under its licence', async () => {
    const text = await renderNotices();
    assert.equal(readFileSync('ThirdPartyNotices.txt', 'utf8'), text, 'out of date: npm run notices');
    for (const section of text.split(`${'='.repeat(80)}\n`).slice(1)) {
      assert.ok(section.length > 400, `no licence text: ${section.slice(0, 60)}`);
    }
  }).timeout(30_000);
});
