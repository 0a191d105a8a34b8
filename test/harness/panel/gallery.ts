/** What the stored pictures show, each the same every time. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { ToPanel } from '../../../src/protocol/messages.ts';
import { readRecording } from '../../../src/session/recording.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { tellFindings } from './findings.ts';
import { live, show } from './openPanel.ts';
import type { PanelPage } from './panelPage.ts';
import { broken, overlays, podNamed, podsOnBridge } from './topologies.ts';
import { pingTrace } from './traces.ts';

export interface Exhibit {
  readonly name: string;
  readonly topology: () => Promise<Topology>;
  /** What comes after the picture is there. */
  readonly then?: (panel: PanelPage, topology: Topology) => Promise<unknown>;
  /** All of the panel, with its toolbar and its inspector; else the graph with what lies over it. */
  readonly whole?: boolean;
}

/** The recording of a real node (test/node/pictures/record.ts). */
export function recordingOf(name: string): string {
  const nodes = join(import.meta.dirname, '../../fixtures/*/nodes');
  const [file] = globSync(join(nodes, `${name}.patchbay.json`));
  if (file === undefined) {
    throw new Error(`There is no recording of a node ${name}.`);
  }
  return file;
}

const recorded = (name: string): Exhibit => ({
  name,
  topology: async () => buildTopology(await readRecording(recordingOf(name))),
});
const made = (name: string, topology: Topology): Exhibit => ({
  name,
  topology: () => Promise.resolve(topology),
});

const lost: ToPanel = {
  type: 'state',
  state: {
    kind: 'lost',
    label: 'root@edge-07',
    message: 'The connection was closed by the other side.',
    since: '2026-01-15T10:00:05.000Z',
  },
};

export const gallery: readonly Exhibit[] = [
  recorded('two-pods'),
  made('twenty-pods', podsOnBridge(20).build()),
  made('110-pods', podsOnBridge(110).build()),
  recorded('ten-bridges'),
  recorded('podman'),
  recorded('routed'),
  made('overlays', overlays().build()),
  made('broken', broken().build()),
  { ...made('stale', broken().build()), then: (panel) => panel.send(lost) },
  {
    ...made('trace-lost', broken().build()),
    then: (panel, topology) =>
      panel.send({ type: 'trace', trace: pingTrace(topology, 'app-1', 'cache-down', true) }),
    whole: true,
  },
  {
    ...made('panel', podsOnBridge(20).build()),
    then: (panel, topology) => panel.click(podNamed(topology, 'app-7')),
    whole: true,
  },
];

/** Shows an exhibit on a panel that was just opened. */
export async function present(panel: PanelPage, { topology, then }: Exhibit): Promise<void> {
  const shown = await topology();
  await panel.send(live, show(shown), tellFindings(shown));
  await panel.waitForPicture();
  await then?.(panel, shown);
}
