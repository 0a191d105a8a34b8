import { strict as assert } from 'node:assert';
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../../..');
const bundlePath = resolve(root, 'l10n/bundle.l10n.json');

/** The texts given to `vscode.l10n.t`, and arguments to it that are not plain texts, which no translator would ever see. */
async function textsOf(path: string): Promise<{ texts: string[]; dynamic: string[] }> {
  const source = ts.createSourceFile(path, await readFile(path, 'utf8'), ts.ScriptTarget.Latest);
  const [texts, dynamic]: [string[], string[]] = [[], []];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(t|vscode\.l10n\.t)$/.test(node.expression.getText(source))) {
      const [first] = node.arguments;
      if (first && ts.isStringLiteralLike(first)) {
        texts.push(first.text);
      } else {
        dynamic.push(`${path}: ${node.getText(source)}`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { texts, dynamic };
}

async function allTexts(): Promise<{ texts: string[]; dynamic: string[] }> {
  const files = globSync(['src/views/**/*.ts', 'src/commands/**/*.ts'], { cwd: root });
  const found = await Promise.all(files.map((file) => textsOf(resolve(root, file))));
  return {
    texts: [...new Set(found.flatMap(({ texts }) => texts))].sort(),
    dynamic: found.flatMap(({ dynamic }) => dynamic),
  };
}

describe('Translations', () => {
  it('can reach every text of the extension: l10n/bundle.l10n.json lists them', async () => {
    const { texts } = await allTexts();
    const wanted = Object.fromEntries(texts.map((text) => [text, text]));
    if (process.env['PATCHBAY_UPDATE_L10N'] !== undefined) {
      await writeFile(bundlePath, `${JSON.stringify(wanted, null, 2)}\n`);
    }
    const bundle = JSON.parse(await readFile(bundlePath, 'utf8')) as unknown;
    assert.deepEqual(bundle, wanted, 'Run this test with PATCHBAY_UPDATE_L10N=1 to write the file anew.');
  });

  it('are never asked for a text that is put together', async () => {
    assert.deepEqual((await allTexts()).dynamic, []);
  });

  it('have every key that package.json uses, and no other', async () => {
    const manifest = await readFile(resolve(root, 'package.json'), 'utf8');
    const used = new Set([...manifest.matchAll(/"%([\w.]+)%"/g)].map(([, key = '']) => key));
    const texts = JSON.parse(await readFile(resolve(root, 'package.nls.json'), 'utf8')) as object;
    assert.deepEqual(Object.keys(texts).sort(), [...used].sort());
  });
});
