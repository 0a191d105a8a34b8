/** Bundles extension, CLI, webview and extension-host tests into dist/. `--production` minifies and leaves the tests out. */
import { globSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const production = process.argv.includes('--production');

const common = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'warning',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': production ? '"production"' : '"development"' },
};

/** ssh2's compiled speed-ups are optional; without them it uses node:crypto. */
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  external: ['vscode', 'cpu-features', '*.node'],
};

/** The layout worker is inlined as text: a webview cannot load a worker by URL (docs/ARCHITECTURE.md). */
const workerAsText = {
  name: 'worker-as-text',
  setup(context) {
    context.onResolve({ filter: /\?worker$/ }, (args) => ({
      path: new URL(args.path.replace(/\?worker$/, ''), `file://${args.resolveDir}/`).pathname,
      namespace: 'worker',
    }));
    context.onLoad({ filter: /.*/, namespace: 'worker' }, async (args) => {
      const result = await build({
        ...common,
        entryPoints: [args.path],
        sourcemap: false,
        minify: true,
        platform: 'browser',
        target: 'es2022',
        format: 'iife',
        write: false,
        metafile: true,
      });
      const watchFiles = Object.keys(result.metafile.inputs);
      return { contents: result.outputFiles[0].text, loader: 'text', watchFiles };
    });
  },
};

/** The panel's page. */
const panel = {
  ...common,
  entryPoints: { panel: 'webview/main.ts', style: 'webview/style.css' },
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  outdir: 'dist/webview',
  plugins: [workerAsText],
};

/** What a user gets. */
const shipped = [
  { ...node, entryPoints: ['src/extension.ts'], format: 'cjs', outfile: 'dist/extension.cjs' },
  {
    ...node,
    entryPoints: ['src/cli.ts'],
    format: 'cjs',
    outfile: 'dist/cli.js',
    banner: { js: '#!/usr/bin/env node' },
  },
  panel,
];

/** The suite that runs inside VS Code: every test file is found, none is listed. */
const extensionHostTests = () => ({
  ...node,
  stdin: {
    // The entry comes first: it puts mocha's globals in place for the test files.
    contents: ["export { run } from './test/vscode/index.ts';"]
      .concat(globSync('test/vscode/**/*.test.ts').map((file) => `import './${file}';`))
      .join('\n'),
    resolveDir: '.',
    loader: 'ts',
  },
  format: 'cjs',
  external: [...node.external, 'mocha'],
  outfile: 'dist/test/vscode/index.cjs',
});

/** Bundles the panel's page into a directory as users get it. */
export async function buildPanel(outdir) {
  const define = { 'process.env.NODE_ENV': '"production"' };
  await build({ ...panel, outdir, define, minify: true, sourcemap: false });
}

/** Paths of every source file that ends up in what a user gets. */
export async function bundledInputs() {
  const results = await Promise.all(
    shipped.map((options) => build({ ...options, write: false, metafile: true })),
  );
  const workerInputs = await build({
    ...common,
    entryPoints: ['webview/layout/worker.ts'],
    platform: 'browser',
    sourcemap: false,
    write: false,
    metafile: true,
  });
  return [...results, workerInputs].flatMap(({ metafile }) => Object.keys(metafile.inputs));
}

if (import.meta.main) {
  await rm('dist', { recursive: true, force: true });
  await mkdir('dist');
  // ssh2 is CommonJS to the bone (__dirname), and dist/cli.js is to be called by that name.
  await writeFile('dist/package.json', '{ "type": "commonjs" }\n');
  await Promise.all(
    [...shipped, ...(production ? [] : [extensionHostTests()])].map((options) => build(options)),
  );
}
