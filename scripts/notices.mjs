/** Writes ThirdPartyNotices.txt: the licence of every package that is bundled into the extension. */
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { bundledInputs } from './build.mjs';

const header = 'Patchbay contains the following packages, under their own licences.\n';

function packageOf(input) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

/** Some packages name the MIT licence without shipping its text, which is the same for all but the first lines. */
async function standardText({ name, license, author }) {
  if (license !== 'MIT') {
    throw new Error(`${name} has no licence text.`);
  }
  const ours = await readFile('LICENSE', 'utf8');
  const holder = typeof author === 'object' ? author.name : (author ?? `the authors of ${name}`);
  return ours.replace(/^Copyright .*$/m, `Copyright (c) ${holder}`);
}

async function notice(folder) {
  const manifest = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
  const { name, version, license, homepage } = manifest;
  const files = globSync(`${folder}/{LICENSE,LICENCE,License,license,COPYING}*`).sort();
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const text = texts.length > 0 ? texts.join('\n') : await standardText(manifest);
  const source = homepage ?? `https://www.npmjs.com/package/${name}`;
  return `${'='.repeat(80)}\n${name} ${version} (${license ?? 'see below'})\n${source}\n\n${text.trim()}\n`;
}

/** The text of ThirdPartyNotices.txt for what is bundled now. */
export async function renderNotices() {
  const folders = new Set((await bundledInputs()).map(packageOf).filter((folder) => folder !== undefined));
  const notices = await Promise.all([...folders].sort().map(notice));
  return `${header}\n${notices.join('\n')}`;
}

if (import.meta.main) {
  await writeFile('ThirdPartyNotices.txt', await renderNotices());
}
