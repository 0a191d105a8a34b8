/** Pure: the tables of the panel's bench, and what they say about its goals. */
import { markdownTable, median } from '../section.ts';
import type { Measured } from './contenders.ts';
import type { BundleSize } from './pageBundles.ts';
import type { MeasuredPlaying } from './playing.ts';

export interface Row {
  readonly name: string;
  readonly bundle: BundleSize;
  /** By the number of pods: one for each round. */
  readonly measured: Map<number, readonly Measured[]>;
}

function middle(row: Row | undefined, pods: number, of: (measured: Measured) => number | null): number {
  return median((row?.measured.get(pods) ?? []).flatMap((measured) => of(measured) ?? []));
}

/** The worst of all rounds. */
function worst(row: Row | undefined, pods: number, of: (measured: Measured) => number): number {
  return Math.max(...(row?.measured.get(pods) ?? []).map(of));
}

const ms = (value: number): string => (Number.isNaN(value) ? '' : `${value.toFixed(value < 10 ? 1 : 0)} ms`);
const perSecond = (value: number): string => value.toFixed(0);

function tableOf(rows: readonly Row[], pods: number): string {
  const present = rows.filter((row) => row.measured.has(pods));
  const head = [
    ...['', 'layout', 'first picture', 'longest task', 'one pod more', 'main thread for that'],
    ...['frames/s: pan at fit', 'pan at 1:1', 'zoom', 'elements', 'heap'],
  ];
  const lines = present.map((row) => {
    const of = (field: keyof Measured): number => middle(row, pods, (measured) => measured[field]);
    const longest = worst(row, pods, (measured) => measured.longestTaskMs);
    return [
      row.name,
      ms(of('layoutMs')),
      ms(of('pictureMs')),
      longest === 0 ? '< 50 ms' : ms(longest),
      ms(of('onePodMs')),
      ms(of('onePodBusyMs')),
      perSecond(of('panAtFit')),
      perSecond(of('panAtOne')),
      perSecond(of('zoom')),
      String(of('elements')),
      `${of('heapMiB').toFixed(1)} MiB`,
    ];
  });
  return `### ${pods} pods\n\n${markdownTable(head, lines)}`;
}

function sizes(rows: readonly Row[]): string {
  const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
  const lines = rows.map(({ name, bundle }) => [name, kib(bundle.bytes), kib(bundle.gzipped)]);
  return `### Bundles\n\n${markdownTable(['', 'minified', 'gzipped'], lines)}`;
}

const gestures = ['panAtFit', 'panAtOne', 'zoom'] as const;

function goals(rows: readonly Row[], pods: readonly number[]): string {
  const [panel, xyflow, , layered] = rows;
  const ratio = (field: keyof Measured, other: Row | undefined): string => {
    const of = (row: Row | undefined): number => middle(row, 500, (measured) => measured[field]);
    return (of(panel) / of(other)).toFixed(2);
  };
  const fewest = (count: number): string =>
    Math.min(...gestures.map((field) => middle(panel, count, (measured) => measured[field]))).toFixed(0);
  const longest = worst(panel, 500, (measured) => measured.longestTaskMs);
  const lines = [
    ...(pods.includes(500)
      ? [
          `layout ÷ \`layered\` at 500 pods: ${ratio('layoutMs', layered)} (wanted: at most 0.1)`,
          `first picture ÷ @xyflow/react at 500 pods: ${ratio('pictureMs', xyflow)} (wanted: at most 0.25)`,
          `frames ÷ those of @xyflow/react at 500 pods: panning at fit ${ratio('panAtFit', xyflow)}, at 1:1 ${ratio('panAtOne', xyflow)}, zooming ${ratio('zoom', xyflow)} (wanted: at least 2.5)`,
          `fewest frames per second at 500 pods: ${fewest(500)} (wanted: at least 45)`,
          `main thread for one pod more at 500 pods: ${ms(middle(panel, 500, (one) => one.onePodBusyMs))} (wanted: at most 33 ms)`,
          `longest task at 500 pods, of all rounds: ${longest === 0 ? 'below 50 ms' : ms(longest)} (wanted: below 50 ms)`,
        ]
      : []),
    ...(pods.includes(2000)
      ? [`fewest frames per second at 2,000 pods: ${fewest(2000)} (wanted: at least 25)`]
      : []),
  ];
  return `### Goals\n\n${lines.map((line) => `- ${line}`).join('\n')}`;
}

function playing({ pods, frameMs, framesPerSecond }: MeasuredPlaying): string {
  return `- a trace's flood over the ports of ${pods} pods: ${ms(frameMs)} of the main thread a frame, ${perSecond(framesPerSecond)} frames a second (wanted: at most 2 ms)`;
}

/** Everything, as Markdown. */
export function describeAll(
  rows: readonly Row[],
  { pods, played }: { readonly pods: readonly number[]; readonly played: readonly MeasuredPlaying[] },
  facts: string,
): string {
  const ends = [goals(rows, pods), ...played.map(playing)].join('\n');
  return [facts, ...pods.map((count) => tableOf(rows, count)), sizes(rows), ends].join('\n\n');
}
