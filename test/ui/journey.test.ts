import { strict as assert } from 'node:assert';
import { Workbench } from './workbench.ts';

/** What a person does on the first day, with a picture of each stage. */
describe('The first journey', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await Workbench.open({ settings: { 'workbench.reduceMotion': 'off' } });
  });

  after(async () => {
    await workbench[Symbol.asyncDispose]();
  });

  const picture = (stage: string): Promise<string> => workbench.screenshot(`journey-${stage}`);
  const quickInput = () => workbench.quickInput;
  const tree = () => workbench.tree('Nodes');
  const panel = () => workbench.webview(/^Topology/);

  /** Waits until the panel shows a pod: its list tells what its canvas draws. */
  const drawn = async (pod: string): Promise<void> => {
    const items = (await panel()).locator('[data-outline^="namespace/"]');
    await items.filter({ hasText: new RegExp(`^${pod}\\b`) }).waitFor({ state: 'attached' });
  };

  it('begins with ways to begin', async () => {
    await workbench.openViewContainer('Patchbay');
    await workbench.welcomeView().getByRole('button').first().waitFor();
    await picture('1-welcome');
  });

  it('connects to the lab from the command palette', async () => {
    await workbench.runCommand('Patchbay: Connect to Node…');
    await quickInput().waitUntilAsked(/Connect to Node/);
    await picture('2-connect');
    await quickInput().pick(/Lab/);
    await drawn('web');
  });

  it('shows the pods in the tree', async () => {
    await tree().expandPath(/^Lab|^lab/, /^Pods/, /^web$/);
    await tree().find(/eth0/);
    await picture('3-tree');
  });

  it('selects in the panel what is selected in the tree', async () => {
    await tree().click(/eth0/);
    const inspector = (await panel()).getByLabel('Inspector');
    await inspector.getByText('10.244.0.2/24').first().waitFor();
    await picture('4-selected');
  });

  it('creates a pod', async () => {
    await workbench.runCommand('Patchbay: Create Pod…');
    await quickInput().waitUntilAsked(/Create Pod/);
    await picture('5-create-bridge');
    await quickInput().pick(/cbr0/);
    await quickInput().waitForMessage(/How many/);
    await quickInput().accept();
    await quickInput().waitForMessage(/[Nn]ame/);
    await quickInput().type('a b');
    await quickInput().waitForMessage(/cannot hold a space/);
    await picture('6-create-refused');
    await quickInput().type('api');
    await quickInput().accept();
    await quickInput().waitForMessage(/[Aa]ddress/);
    await quickInput().accept();
    await quickInput().pick(/Create pod api/);
    await drawn('api');
    await tree().find(/^api$/);
    await picture('7-created');
  });

  it('traces a ping', async () => {
    await workbench.runCommand('Patchbay: Trace Ping…');
    await quickInput().waitUntilAsked(/Trace Ping/);
    await picture('8-trace-from');
    await quickInput().pick(/\bapi\b/);
    await quickInput().waitUntilAsked(/Where to/);
    await quickInput().pick(/\bdb\b/);
    await (
      await panel()
    )
      .getByText(/^Delivered/)
      .first()
      .waitFor();
    await picture('9-traced');
  });

  it('tells the trace on the graph, and runs it again', async () => {
    const page = await panel();
    await page.getByTitle('Play (Space)').click();
    await page.locator('.graph-host[data-step]:not([data-step^="1 "])').waitFor();
    await page.getByTitle('Pause (Space)').click();
    await picture('10-told');
    await page.locator('.trace-rows button').last().click();
    await page.locator('.trace-rows li:last-child[aria-current="step"]').waitFor();
    assert.match(await page.locator('.trace-caption').innerText(), /The echo reply reaches eth0 of api/);
    await page.getByTitle('Run again').click();
    await page.locator('.kept option').nth(1).waitFor({ state: 'attached' });
  });

  it('sees in the panel what is wrong, and mends it from there', async () => {
    await tree().click(/eth0/);
    await workbench.runCommand('Patchbay: Set Link Down…');
    // What is selected comes first.
    await quickInput().pick('eth0');
    await workbench.page.getByRole('button', { name: 'Set Down' }).click();
    const page = await panel();
    await page.locator('.findings-button').filter({ hasText: '1 error' }).click();
    await page.locator('.finding-list').getByText('eth0 of web is down.').click();
    await picture('11-finding');
    await page.getByLabel('Inspector').getByText('Mend…').click();
    await quickInput().pick(/Set eth0 of web up/);
    await page.locator('.findings-button').filter({ hasNotText: 'error' }).waitFor();
  });

  it('verifies the Kubernetes network model, and traces a pair of the matrix', async () => {
    await workbench.runCommand('Patchbay: Verify Kubernetes Network Model');
    const pane = (await panel()).getByLabel('Kubernetes network model', { exact: true });
    const cell = pane.getByRole('gridcell', { name: /^web to api: api sees web as .*, and answers/ });
    await cell.waitFor();
    assert.equal(await pane.locator('li.holds').count(), 3);
    await picture('12-verified');
    await cell.click();
    await (await panel()).getByText(/^web → api .*watched with/).waitFor();
    await pane.getByRole('button', { name: 'Close the matrix' }).click();
  });

  it('finds its panel again after a reload, with a way to go on', async () => {
    await workbench.reload();
    await (await panel()).getByRole('button', { name: 'Reconnect' }).waitFor();
    await picture('13-reloaded');
  });

  it('has seen no error in the page', () => {
    assert.deepEqual(workbench.webviewErrors, []);
  });
});
