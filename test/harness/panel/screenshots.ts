/**
 * Takes the panel's screenshots: `node test/harness/panel/screenshots.ts [directory] [name…]`. Needs `npm run build`. Fails
 * where a page reports an error.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { ToPanel } from '../../../src/protocol/messages.ts';
import type { Link, Topology } from '../../../src/topology/topology.ts';
import { launchChromium } from '../chromium.ts';
import { tellFindings } from './findings.ts';
import { PanelPage } from './panelPage.ts';
import type { ThemeName } from './themes.ts';
import { broken, podNamed, podsOnBridge, topologies } from './topologies.ts';
import { pingTrace } from './traces.ts';
import { verificationOf } from './verifications.ts';

interface Shot {
  readonly name: string;
  readonly themes?: readonly ThemeName[];
  readonly messages: readonly ToPanel[];
  readonly after?: (panel: PanelPage) => Promise<void>;
}

const live: ToPanel = { type: 'state', state: { kind: 'live', label: 'root@edge-07' } };
const show = (topology: Topology): ToPanel => ({ type: 'topology', topology, complete: true });
const two = podsOnBridge(2).build();
const twenty = podsOnBridge(20).build();
const brokenNode = broken().build();

const state = (value: Extract<ToPanel, { type: 'state' }>['state']): ToPanel => ({
  type: 'state',
  state: value,
});

async function press(panel: PanelPage, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await panel.page.keyboard.press(key);
  }
}

/** As they would be after so many seconds. */
function countersOf(links: readonly Link[], seconds: number): ToPanel {
  const told = links.map(({ id, ifindex }) => {
    const bytes = seconds * ifindex * 48_211;
    const way = { bytes, packets: Math.round(bytes / 840), errors: 0, dropped: ifindex % 4 === 0 ? 3 : 0 };
    return { link: id, statistics: { received: way, sent: { ...way, bytes: bytes * 2, dropped: 0 } } };
  });
  return { type: 'counters', atMs: seconds * 1_000, links: told };
}

const pictures: Shot[] = Object.entries(topologies).map(([name, make]) => {
  const topology = make();
  return { name, messages: [live, show(topology), tellFindings(topology)] };
});

const shots: readonly Shot[] = [
  ...pictures,
  {
    name: 'pod-selected',
    messages: [live, show(twenty)],
    after: (panel) => panel.click(podNamed(twenty, 'app-7')),
  },
  {
    name: 'link-selected',
    messages: [live, show(twenty)],
    after: async (panel) => {
      await panel.click(podNamed(twenty, 'app-12'));
      await press(panel, 'ArrowLeft', 'ArrowLeft');
    },
  },
  {
    name: 'bridge-selected',
    messages: [live, show(brokenNode)],
    after: async (panel) => {
      await panel.page.locator('.graph-host').focus();
      await press(panel, 'ArrowRight', 'ArrowRight');
    },
  },
  {
    name: 'close-up',
    messages: [live, show(twenty)],
    after: async (panel) => {
      await panel.click(podNamed(twenty, 'app-1'));
      await press(panel, '0', '+', '+', '+', 'Escape');
      await panel.waitForMessage('request');
      const ends = twenty.links.filter(({ master }) => master !== null);
      await panel.send(...[1, 2].map((at) => countersOf(ends, at)));
    },
  },
  {
    name: 'findings',
    messages: [live, show(brokenNode), tellFindings(brokenNode)],
    after: async (panel) => {
      await press(panel, '!');
      await panel.page.locator('.finding-list .text-link').first().click();
      await panel.page.waitForSelector('.inspector .findings');
    },
  },
  {
    name: 'search',
    messages: [live, show(twenty)],
    after: async (panel) => {
      await press(panel, '/');
      await panel.page.keyboard.type('app-1');
    },
  },
  {
    name: 'trace-delivered',
    messages: [live, show(twenty), { type: 'trace', trace: pingTrace(twenty, 'app-2', 'app-14') }],
  },
  {
    name: 'trace-lost',
    messages: [
      live,
      show(brokenNode),
      { type: 'trace', trace: pingTrace(brokenNode, 'app-1', 'cache-down', true) },
    ],
  },
  {
    name: 'trace-two-pods',
    messages: [live, show(two), { type: 'trace', trace: pingTrace(two, 'web', 'db') }],
  },
  {
    name: 'trace-running',
    messages: [live, show(two), { type: 'traceRunning', title: 'web → db (10.244.0.3)' }],
  },
  ...([2, 20, 50] as const).map((pods) => {
    const topology = podsOnBridge(pods).build();
    return {
      name: `verify-${pods}`,
      messages: [live, show(topology), { type: 'verification', verification: verificationOf(topology) }],
      after: async (panel: PanelPage) => {
        await press(panel, 'v');
        await panel.page.waitForSelector('.verify-pane td:focus');
      },
    } satisfies Shot;
  }),
  {
    name: 'verify-none',
    messages: [live, show(two)],
    after: (panel) => press(panel, 'v'),
  },
  { name: 'empty', messages: [state({ kind: 'empty' })] },
  { name: 'connecting', messages: [state({ kind: 'connecting', label: 'root@edge-07' })] },
  {
    name: 'failed',
    messages: [
      state({
        kind: 'failed',
        label: 'root@edge-07',
        message: 'The host key of edge-07 has changed: line 12 of known_hosts is in the way.',
      }),
    ],
  },
  {
    name: 'lost',
    messages: [
      live,
      show(twenty),
      state({
        kind: 'lost',
        label: 'root@edge-07',
        message: 'The connection was closed by the other side.',
        since: '2026-01-15T10:00:05.000Z',
      }),
    ],
  },
  {
    name: 'legend-and-notice',
    messages: [live, show(two)],
    after: async (panel) => {
      await panel.page.getByTitle('Legend and keys (?)').click();
      await panel.page.getByTitle('Create a pod on this node').click();
      await panel.waitForMessage('request');
      await panel.send({
        type: 'response',
        id: 1,
        error: 'The subnet 10.244.0.0/24 of cbr0 has no free address left.',
      });
      await panel.page.waitForSelector('.notice');
    },
  },
];

const everyTheme = new Set(['broken', 'findings', 'trace-delivered', 'pod-selected', 'verify-20']);

async function take(
  browser: Browser,
  shot: Shot,
  theme: ThemeName,
  directory: string,
): Promise<readonly string[]> {
  const panel = await PanelPage.open(browser, { theme });
  await panel.send(...shot.messages);
  if (shot.messages.some((message) => message.type === 'topology')) {
    await panel.waitForPicture();
  }
  await shot.after?.(panel);
  await panel.page.evaluate('new Promise((done) => setTimeout(done, 250))');
  await panel.page.screenshot({ path: join(directory, `${shot.name}-${theme}.png`) });
  const errors = [...panel.errors, ...(await panel.violations())];
  await panel.close();
  return errors.map((error) => `${shot.name} (${theme}): ${error}`);
}

const [directory = 'test/ui/screenshots/panel', ...names] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const browser = await launchChromium();
const errors: string[] = [];
try {
  for (const shot of shots.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const wanted: ThemeName[] = everyTheme.has(shot.name)
      ? ['dark', 'light', 'hc-dark', 'hc-light']
      : ['dark', 'light'];
    for (const theme of shot.themes ?? wanted) {
      errors.push(...(await take(browser, shot, theme, directory)));
    }
  }
} finally {
  await browser.close();
}
errors.forEach((error) => console.error(error));
process.exitCode = errors.length === 0 ? 0 : 1;
