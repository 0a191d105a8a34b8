/**
 * `npm run bench:panel -- [--pods 50,500,2000] [--rounds 3] [--write]`: how fast the panel draws and moves, beside others that draw
 * the same graph, taken in turn in one headless Chromium. `--write` puts the tables into docs/BENCHMARKS.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../../harness/chromium.ts';
import { writeSection } from '../section.ts';
import { PanelContender, PeerContender, type Measured, type MeasuredContender } from './contenders.ts';
import { panelBundle, peerScript, sizeOf } from './pageBundles.ts';
import { measurePlaying } from './playing.ts';
import { describeAll, type Row } from './report.ts';

/** `layered` takes minutes for thousands of pods: what it is compared by is taken at fewer. */
const mostPodsLayered = 500;

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '50,500,2000' },
    rounds: { type: 'string', default: '3' },
    write: { type: 'boolean', default: false },
  },
});
const sizes = values.pods.split(',').map(Number);
const rounds = Number(values.rounds);
const load = loadavg()[0] ?? 0;
const directory = await mkdtemp(join(tmpdir(), 'patchbay-bench-'));
const browser = await launchChromium();
try {
  const contenders = await prepare(browser, directory);
  const rows = contenders.map(({ name, bundle }): Row => ({ name, bundle, measured: new Map() }));
  for (const pods of sizes) {
    for (let round = 0; round < rounds; round++) {
      await measureInTurn(contenders, rows, pods, round);
    }
  }
  const played = await Promise.all(sizes.includes(500) ? [measurePlaying(browser, directory, 500)] : []);
  const text = describeAll(rows, { pods: sizes, played }, facts(browser));
  console.log(text);
  if (values.write) {
    await writeSection('panel', text);
  }
} finally {
  await browser.close();
  await rm(directory, { recursive: true });
}

async function prepare(shown: Browser, bundles: string): Promise<MeasuredContender[]> {
  const panel = await panelBundle(bundles);
  const peer = async (name: string, page: 'xyflow' | 'cytoscape' | 'layered'): Promise<PeerContender> => {
    const script = await peerScript(page);
    return new PeerContender(name, sizeOf(script), shown, script);
  };
  return [
    new PanelContender('Patchbay', panel, shown, bundles),
    await peer('@xyflow/react', 'xyflow'),
    await peer('cytoscape', 'cytoscape'),
    await peer('ELK `layered`, plain SVG', 'layered'),
  ];
}

/** Each round begins with another contender. */
async function measureInTurn(
  contenders: readonly MeasuredContender[],
  rows: readonly Row[],
  pods: number,
  round: number,
): Promise<void> {
  for (let turn = 0; turn < contenders.length; turn++) {
    const at = (turn + round) % contenders.length;
    const [contender, row] = [contenders[at], rows[at]];
    if (contender && row && !(contender.name.startsWith('ELK') && pods > mostPodsLayered)) {
      const measured: Measured = await contender.measure(pods);
      console.error(`${pods} pods, round ${round + 1}: ${contender.name} ${JSON.stringify(measured)}`);
      row.measured.set(pods, [...(row.measured.get(pods) ?? []), measured]);
    }
  }
}

function facts(shown: Browser): string {
  const machine = `${cpus().length} cores (${cpus()[0]?.model ?? ''})`;
  return [
    `Medians of ${rounds} rounds. Measured in headless Chromium ${shown.version().split('.')[0] ?? ''} with software rendering,`,
    `1600 × 900, ${machine}; load average at the start ${load.toFixed(1)}.`,
  ].join(' ');
}
