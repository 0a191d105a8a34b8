/**
 * Compares the stored pictures of the panel with how it looks now, or takes them anew: `pictures.ts [--renew] [name…]`. What differs is
 * written to test/ui/screenshots/pictures.
 */
import { parseArgs } from 'node:util';
import { launchChromium } from '../test/harness/chromium.ts';
import { gallery } from '../test/harness/panel/gallery.ts';
import { compareWithStored, store, takePictures } from '../test/harness/panel/pictures.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { renew: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !gallery.some((exhibit) => exhibit.name === name));
if (unknown.length > 0) {
  console.error(
    `No such picture: ${unknown.join(', ')}. There are: ${gallery.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}
const browser = await launchChromium();
try {
  for (const exhibit of gallery.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  )) {
    for (const [theme, picture] of await takePictures(browser, exhibit)) {
      if (values.renew) {
        await store(exhibit, theme, picture);
      } else {
        const different = await compareWithStored(exhibit, theme, picture);
        console.log(different ?? `${exhibit.name} in ${theme}: as stored`);
        process.exitCode = different === null ? process.exitCode : 1;
      }
    }
  }
} finally {
  await browser.close();
}
