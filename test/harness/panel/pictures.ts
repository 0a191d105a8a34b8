/** Takes pictures of the panel, and compares them with those that are stored. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { projectRoot } from '../../../scripts/paths.ts';
import { comparePictures } from '../comparePictures.ts';
import { shrinkPicture } from '../shrinkPicture.ts';
import { present, type Exhibit } from './gallery.ts';
import { PanelPage } from './panelPage.ts';
import { themes, type ThemeName } from './themes.ts';

const stored = join(projectRoot, 'test/fixtures/pictures');
/** Where what differs is written, to be looked at. */
const differing = join(projectRoot, 'test/ui/screenshots/pictures');

/** So few px may look different: no sign of the picture is so small. */
export const mostPixels = 12;

const size = { graph: { width: 900, height: 560 }, panel: { width: 1240, height: 720 } } as const;

/** Takes an exhibit in every theme, on one page. Throws what the page complained of. */
export async function takePictures(
  browser: Browser,
  exhibit: Exhibit,
): Promise<ReadonlyMap<ThemeName, Buffer>> {
  const panel = await PanelPage.open(browser, {
    ...(exhibit.whole === true ? size.panel : size.graph),
    reducedMotion: true,
  });
  try {
    await present(panel, exhibit);
    await panel.page.mouse.move(2, 2);
    const pictures = new Map<ThemeName, Buffer>();
    for (const theme of Object.keys(themes) as ThemeName[]) {
      await panel.setTheme(theme);
      const shown = exhibit.whole === true ? panel.page : panel.page.locator('.stage');
      pictures.set(theme, await shown.screenshot({ animations: 'disabled', caret: 'hide' }));
    }
    const complaints = [...panel.errors, ...(await panel.violations())];
    if (complaints.length > 0) {
      throw new Error(`${exhibit.name}: ${complaints.join('\n')}`);
    }
    return pictures;
  } finally {
    await panel.close();
  }
}

const fileOf = (folder: string, exhibit: Exhibit, theme: ThemeName, what = ''): string =>
  join(folder, `${exhibit.name}-${theme}${what}.png`);

/** What an exhibit should look like. */
export function readStored(exhibit: Exhibit, theme: ThemeName): Promise<Buffer> {
  return readFile(fileOf(stored, exhibit, theme));
}

/** Null where a picture looks as the stored one; else what is to be said of it. Writes both on each other where they differ. */
export async function compareWithStored(
  exhibit: Exhibit,
  theme: ThemeName,
  actual: Buffer,
): Promise<string | null> {
  const { pixels, picture } = comparePictures(actual, await readStored(exhibit, theme));
  if (pixels <= mostPixels) {
    return null;
  }
  await mkdir(differing, { recursive: true });
  const files = { '-actual': actual, '-difference': picture };
  for (const [what, content] of Object.entries(files)) {
    await writeFile(fileOf(differing, exhibit, theme, what), content);
  }
  return `${exhibit.name} in ${theme}: ${pixels} px look different. See ${fileOf(differing, exhibit, theme, '-difference')}`;
}

/** Stores a picture as what it should look like from now on. */
export async function store(exhibit: Exhibit, theme: ThemeName, picture: Buffer): Promise<void> {
  await mkdir(stored, { recursive: true });
  await writeFile(fileOf(stored, exhibit, theme), shrinkPicture(picture));
}
