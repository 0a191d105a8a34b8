/**
 * Takes the pictures of README and docs anew, in a real VS Code on a real lab and on recordings of real nodes: `screenshots.ts [name…]`.
 * Needs `npm run build`, and root or user namespaces for the lab.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { recordingOf } from '../test/harness/panel/gallery.ts';
import { shrinkPicture } from '../test/harness/shrinkPicture.ts';
import { Workbench, type WorkbenchOptions } from '../test/ui/workbench.ts';
import { projectRoot } from './paths.ts';

interface Screenshot {
  /** Where it goes, and the name by which it is asked for. */
  readonly file: string;
  readonly theme: NonNullable<WorkbenchOptions['theme']>;
  readonly show: (workbench: Workbench) => Promise<void>;
}

/** Nobody waits for these: what takes long on a busy machine is no failure. */
const patienceMs = 300_000;
const viewport = { width: 1440, height: 900 };

async function drawn(workbench: Workbench, pod: string): Promise<void> {
  const items = (await workbench.webview(/^Topology/)).locator('[data-outline^="namespace/"]');
  await items
    .filter({ hasText: new RegExp(`^${pod}\\b`) })
    .waitFor({ state: 'attached', timeout: patienceMs });
}

/** Gives the graph all the room there is, and makes the best of it. */
async function fit(workbench: Workbench): Promise<void> {
  const panel = await workbench.webview(/^Topology/);
  const inspector = panel.locator('.inspector');
  if (await inspector.isVisible()) {
    await panel.getByTitle('Inspector', { exact: true }).click();
    await inspector.waitFor({ state: 'hidden' });
  }
  await panel.locator('.graph-host').focus();
  await workbench.page.keyboard.press('Escape');
  await workbench.page.keyboard.press('r');
  await workbench.page.keyboard.press('f');
}

async function connectLab(workbench: Workbench): Promise<void> {
  await workbench.openViewContainer('Patchbay');
  await workbench.runCommand('Patchbay: Connect to Lab');
  await drawn(workbench, 'web');
}

async function createPod(workbench: Workbench, name: string): Promise<void> {
  const { quickInput } = workbench;
  await workbench.runCommand('Patchbay: Create Pod…');
  await quickInput.waitUntilAsked(/Create Pod/);
  await quickInput.pick(/cbr0/);
  await quickInput.waitForMessage(/How many/);
  await quickInput.accept();
  await quickInput.waitForMessage(/[Nn]ame/);
  await quickInput.type(name);
  await quickInput.accept();
  await quickInput.waitForMessage(/[Aa]ddress/);
  await quickInput.accept();
  await quickInput.pick(new RegExp(`Create pod ${name}`));
  await drawn(workbench, name);
}

async function createPods(workbench: Workbench, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await createPod(workbench, name);
  }
}

interface Ping {
  readonly from: string;
  readonly to: string;
  /** How the headline begins. */
  readonly verdict: RegExp;
  /** What the step says that is shown. */
  readonly step: RegExp;
}

/** Follows a ping to one of its steps. */
async function trace(workbench: Workbench, { from, to, verdict, step }: Ping): Promise<void> {
  const { quickInput } = workbench;
  await workbench.runCommand('Patchbay: Trace Ping…');
  await quickInput.waitUntilAsked(/Trace Ping/);
  await quickInput.pick(new RegExp(`\\b${from}\\b`));
  await quickInput.waitUntilAsked(/Where to/);
  await quickInput.pick(new RegExp(`\\b${to}\\b`));
  const panel = await workbench.webview(/^Topology/);
  await panel.getByText(verdict).first().waitFor({ timeout: patienceMs });
  await fit(workbench);
  await panel.getByText(step).first().click();
}

async function showTrace(workbench: Workbench): Promise<void> {
  await connectLab(workbench);
  await createPods(workbench, 'api', 'cache', 'queue');
  await workbench.tree('Nodes').expandPath(/^Lab/, /^Pods/);
  await trace(workbench, {
    ...{ from: 'api', to: 'db', verdict: /^Delivered/ },
    step: /^The echo request reaches eth0/,
  });
}

/** A cable that somebody took down. */
async function showLoss(workbench: Workbench): Promise<void> {
  await connectLab(workbench);
  await createPods(workbench, 'api', 'cache');
  await workbench.tree('Nodes').expandPath(/^Lab/, /^Pods/, /^db/);
  await workbench.tree('Nodes').chooseFromContextMenu(/eth0/, 'Set Link Down…');
  await workbench.answerDialog('Set Down');
  await trace(workbench, { from: 'web', to: 'db', verdict: /^Lost/, step: /was lost between/ });
}

/** What has happened since a mark was set. */
async function showComparison(workbench: Workbench): Promise<void> {
  const { quickInput } = workbench;
  await connectLab(workbench);
  await createPods(workbench, 'api', 'old');
  await workbench.runCommand('Patchbay: Mark This Moment…');
  await quickInput.type('before the deployment');
  await quickInput.accept();
  await createPods(workbench, 'cache', 'queue');
  await workbench.tree('Nodes').expandPath(/^Lab/, /^Pods/, /^api/);
  await workbench.tree('Nodes').chooseFromContextMenu(/eth0/, 'Set Link Down…');
  await workbench.answerDialog('Set Down');
  await workbench.runCommand('Patchbay: Delete Pod…');
  await quickInput.pick(/\bold\b/);
  await workbench.answerDialog('Delete');
  await workbench.runCommand('Patchbay: Compare With…');
  await quickInput.pick(/before the deployment/);
  await (await workbench.webview(/^Topology/)).locator('.change-list').waitFor({ timeout: patienceMs });
}

const recording =
  (name: string, pod: string) =>
  async (workbench: Workbench): Promise<void> => {
    await workbench.openViewContainer('Patchbay');
    await workbench.runCommand('Patchbay: Open Recording…');
    await workbench.quickInput.waitUntilAsked(/Open Recording/);
    await workbench.quickInput.type(recordingOf(name));
    await workbench.quickInput.pick(new RegExp(`^${name}\\.patchbay\\.json`));
    await drawn(workbench, pod);
    await fit(workbench);
  };

const screenshots: readonly Screenshot[] = [
  { file: 'media/screenshot.png', theme: 'dark', show: showTrace },
  { file: 'docs/pictures/trace-light.png', theme: 'light', show: showTrace },
  { file: 'docs/pictures/lost.png', theme: 'dark', show: showLoss },
  { file: 'docs/pictures/compare.png', theme: 'light', show: showComparison },
  { file: 'docs/pictures/ten-bridges.png', theme: 'dark', show: recording('ten-bridges', 'shop-1') },
  { file: 'docs/pictures/podman.png', theme: 'light', show: recording('podman', 'shop') },
];

/** Notifications and tooltips are of the moment, and the name of the server is not what is shown. */
async function tidy(workbench: Workbench): Promise<void> {
  await workbench.runCommand('Notifications: Clear All Notifications');
  await workbench.page.mouse.move(viewport.width / 2, viewport.height - 4);
  await workbench.page.evaluate(
    `document.getElementById('status.workbench.keyboardLayout')?.style.setProperty('display', 'none', 'important')`,
  );
  const panel = await workbench.webview(/^Topology/);
  await panel.locator('.graph-host[data-sharp]').waitFor();
}

async function take({ file, theme, show }: Screenshot): Promise<void> {
  const settings = { 'window.title': 'Patchbay' };
  await using workbench = await Workbench.open({ theme, viewport, scale: 2, settings });
  try {
    await workbench.page.emulateMedia({ reducedMotion: 'reduce' });
    await show(workbench);
    await tidy(workbench);
  } catch (error) {
    console.error(`${file}: see ${await workbench.screenshot('screenshot in vain')}`);
    throw error;
  }
  const picture = await workbench.page.screenshot({ animations: 'disabled', caret: 'hide' });
  const path = join(projectRoot, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, shrinkPicture(picture));
  console.log(file);
}

const wanted = process.argv.slice(2);
for (const screenshot of screenshots) {
  if (wanted.length === 0 || wanted.some((name) => screenshot.file.includes(name))) {
    await take(screenshot);
  }
}
