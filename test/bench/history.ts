/**
 * What an hour of history takes: `node test/bench/history.ts [pods] [changes a second]`, with `--expose-gc`. Links of pods go down
 * and up at random, each with its peer and routes. Prints a table and puts it into docs/BENCHMARKS.md.
 */
import { History } from '../../src/session/history.ts';
import { alignTopologies } from '../../src/topology/align.ts';
import { diffOf } from '../../src/topology/diff.ts';
import type { Link, Topology } from '../../src/topology/topology.ts';
import { podsOnBridge } from '../harness/panel/topologies.ts';
import { markdownTable, median, writeSection } from './section.ts';

const pods = Number(process.argv[2] ?? 300);
const perSecond = Number(process.argv[3] ?? 10);
const seconds = 3_600;
const startMs = Date.parse('2026-01-15T10:00:00.000Z');

const whole = withRecords(podsOnBridge(pods).build());
const cables = whole.links.filter(({ name }) => name === 'eth0').filter(({ peer }) => peer !== null);
const history = new History();
let seed = 1;

globalThis.gc?.();
const before = process.memoryUsage();
const tookMs = await simulate();
globalThis.gc?.();
const after = process.memoryUsage();
const [first] = history.moments;
const readMs = await read();
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const table = markdownTable(
  ['', `${pods} pods, ${perSecond} changes a second, an hour`],
  [
    ['one topology as JSON', megabytes(JSON.stringify(whole).length)],
    ['moments kept', String(history.moments.length)],
    [
      'of the hour',
      `${(((startMs + seconds * 1e3 - (first?.atMs ?? 0)) / (seconds * 1e3)) * 100).toFixed(0)} %`,
    ],
    ['what the history takes', megabytes(history.sizeBytes)],
    [
      'growth of the heap / outside of it',
      `${megabytes(after.heapUsed - before.heapUsed)} / ${megabytes(after.external - before.external)}`,
    ],
    ['taking in one change, p50', `${median(tookMs).toFixed(2)} ms`],
    [
      'looking back at a moment, p50 / the one after it',
      readMs.map((ms) => `${ms.toFixed(1)} ms`).join(' / '),
    ],
  ],
);
process.stdout.write(`${table}\n`);
await writeSection('history', table);

/** Lets the hour pass. Resolves with what each change cost the session beside the comparison it makes anyway. */
async function simulate(): Promise<number[]> {
  const costs: number[] = [];
  let now = whole;
  history.add(now);
  for (let step = 1; step <= seconds * perSecond; step++) {
    const next = flip(now, step);
    const alignment = alignTopologies(now, next);
    const diff = diffOf(alignment);
    const started = performance.now();
    history.add(next, alignment, diff);
    costs.push(performance.now() - started);
    now = next;
    if (step % 100 === 0) {
      await history.packed;
    }
  }
  await history.packed;
  return costs;
}

async function read(): Promise<number[]> {
  const [there, next]: [number[], number[]] = [[], []];
  for (let sample = 0; sample < 20; sample++) {
    const at = Math.floor(random() * (history.moments.length - 2));
    for (const [place, times] of [
      [at, there],
      [at + 1, next],
    ] as const) {
      const started = performance.now();
      await history.topologyOf(history.moments[place]?.id ?? 0);
      times.push(performance.now() - started);
    }
  }
  return [median(there), median(next)];
}

function flip(topology: Topology, step: number): Topology {
  const cable = cables[Math.floor(random() * cables.length)];
  const isUp = topology.links.some(({ id, up }) => id === cable?.id && !up);
  const links = topology.links.map((link) =>
    link.id === cable?.id
      ? switched(link, isUp, isUp)
      : link.id === cable?.peer
        ? switched(link, link.up, isUp)
        : link,
  );
  const routes = topology.routes.filter(({ link }) => link !== cable?.id);
  const own = isUp ? whole.routes.filter(({ link }) => link === cable?.id) : [];
  const takenAt = new Date(startMs + (step * 1_000) / perSecond).toISOString();
  return { ...topology, links, routes: [...routes, ...own], takenAt };
}

function switched(link: Link, up: boolean, carrier: boolean): Link {
  const operstate = carrier ? 'UP' : 'DOWN';
  const stats64 = { rx: { bytes: Math.floor(random() * 1e9) } };
  return { ...link, up, carrier, operstate, raw: { ...link.raw, operstate, stats64 } };
}

/** Numerical Recipes' generator: the same hour in every run. */
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

/** The records that `ip -d -s` prints of such links are some 2 kB each. */
function withRecords(topology: Topology): Topology {
  const record = (link: Link): Link['raw'] => ({
    ...link.raw,
    ...Object.fromEntries(
      Array.from({ length: 60 }, (_, field) => [`attribute_${field}`, field % 3 === 0 ? link.mac : field]),
    ),
  });
  return { ...topology, links: topology.links.map((link) => ({ ...link, raw: record(link) })) };
}
