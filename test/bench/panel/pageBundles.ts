/** Bundles the contenders' pages, minified as one would ship them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildPanel } from '../../../scripts/build.mjs';

export interface BundleSize {
  readonly bytes: number;
  readonly gzipped: number;
}

const common = {
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  logLevel: 'warning',
  legalComments: 'none',
  write: false,
  define: { 'process.env.NODE_ENV': '"production"' },
} as const;

const page = (name: string): string => new URL(`pages/${name}.ts`, import.meta.url).pathname;

async function bundle(name: string, define: Readonly<Record<string, string>> = {}): Promise<string> {
  const result = await build({
    ...common,
    entryPoints: [page(name)],
    define: { ...common.define, ...define },
  });
  return result.outputFiles[0]?.text ?? '';
}

/** The script of a contender's page. */
export async function peerScript(name: 'xyflow' | 'cytoscape' | 'layered'): Promise<string> {
  return name === 'layered'
    ? bundle(name, { elkWorkerText: JSON.stringify(await bundle('elkWorker')) })
    : bundle(name);
}

export function sizeOf(script: string): BundleSize {
  return { bytes: Buffer.byteLength(script), gzipped: gzipSync(script).length };
}

/** Builds the panel as it is shipped into a directory. */
export async function panelBundle(directory: string): Promise<BundleSize> {
  await buildPanel(directory);
  return sizeOf(await readFile(join(directory, 'panel.js'), 'utf8'));
}
