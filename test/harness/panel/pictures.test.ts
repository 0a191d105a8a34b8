/** The panel as it looks, compared with stored pictures. `npm run pictures -- --renew` takes them anew. */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../chromium.ts';
import { comparePictures } from '../comparePictures.ts';
import { gallery } from './gallery.ts';
import { compareWithStored, mostPixels, readStored, takePictures } from './pictures.ts';

describe('the picture of', function () {
  this.timeout(90_000);
  let browser: Browser;

  before(async () => {
    browser = await launchChromium();
  });

  after(async () => {
    await browser.close();
  });

  for (const exhibit of gallery) {
    it(`${exhibit.name} looks in every theme as the one that is stored`, async () => {
      const different: (string | null)[] = [];
      for (const [theme, picture] of await takePictures(browser, exhibit)) {
        different.push(await compareWithStored(exhibit, theme, picture));
      }
      assert.deepEqual(
        different.filter((one) => one !== null),
        [],
      );
    });
  }

  it('a node is another one in every theme where a single link has lost its carrier', async () => {
    const exhibit = gallery.find(({ name }) => name === 'twenty-pods');
    assert.ok(exhibit);
    const topology = await exhibit.topology();
    const links = topology.links.map((link) =>
      link.name === 'eth0' && link.namespace === topology.namespaces[0]?.id
        ? { ...link, carrier: false }
        : link,
    );
    const changed = { ...exhibit, topology: () => Promise.resolve({ ...topology, links }) };
    for (const [theme, picture] of await takePictures(browser, changed)) {
      const { pixels } = comparePictures(picture, await readStored(exhibit, theme));
      assert.ok(pixels > mostPixels, `${theme}: ${pixels} px`);
    }
  });
});
