import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { History } from '../../src/session/history.ts';
import type { NodeSession } from '../../src/session/nodeSession.ts';
import type { NodeEntry } from '../../src/session/nodeRegistry.ts';
import type { PatchbayApi } from '../../src/views/api.ts';
import { activatePatchbay, nodeOf, run, topologyOf, until } from './support.ts';

const debuggee = join(
  vscode.extensions.getExtension('patchbay.patchbay')?.extensionPath ?? '',
  'test/vscode/debuggee',
);
const program = join(debuggee, 'server.cjs');
const unshared = join(debuggee, '../../node/session/unshared.sh');
const breakLine = 3;

/** Debugs with the JavaScript debugger that comes with VS Code. */
describe('While debugging', () => {
  let api: PatchbayApi;
  let breakpoint: vscode.SourceBreakpoint;

  before(async () => {
    api = await activatePatchbay();
  });

  beforeEach(() => {
    const place = new vscode.Location(vscode.Uri.file(program), new vscode.Position(breakLine - 1, 0));
    breakpoint = new vscode.SourceBreakpoint(place);
    vscode.debug.addBreakpoints([breakpoint]);
  });

  afterEach(async () => {
    vscode.debug.removeBreakpoints([breakpoint]);
    await stopDebugging();
    await setting(undefined);
    for (const { id } of api.nodes) {
      await run(api, 'patchbay.node.disconnect', { node: id });
    }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const setting = (value: string | undefined): Thenable<void> =>
    vscode.workspace
      .getConfiguration('patchbay')
      .update('debug.openPanel', value, vscode.ConfigurationTarget.Global);

  const connect = async (command: string): Promise<NodeEntry> => nodeOf(api, await run<string>(api, command));

  const debug = async (more: object = {}): Promise<void> => {
    const launch = { type: 'node', request: 'launch', name: 'Server', program, console: 'internalConsole' };
    assert.ok(await vscode.debug.startDebugging(undefined, { ...launch, ...more }));
  };

  const labels = (history: History): string[] => history.marks.map(({ label }) => label);

  const stops = (history: History, count: number): Promise<void> =>
    until(
      history.onDidChange,
      () => labels(history).filter((one) => one === `server.cjs:${breakLine}`).length === count,
    );

  it('each stop is marked on the time line of the node, and two stops can be compared', async () => {
    const { session, id } = await connect('patchbay.node.connectLab');
    const { history, transport } = { history: session.history, transport: session.transport };
    await debug();
    await stops(history, 1);
    await settled(session);
    await transport.exec(['ip', 'netns', 'add', 'between'], { privileged: true });
    const has = (): boolean => session.topology?.namespaces.some(({ name }) => name === 'between') === true;
    await until(session.onDidChangeTopology, has);
    await vscode.commands.executeCommand('workbench.action.debug.continue');
    await stops(history, 2);
    const [first, second] = history.marks.map((mark) => history.momentOf(mark.id)?.id);
    assert.ok(first !== undefined && second !== undefined && first < second);
    const then = await history.topologyOf(first);
    assert.ok(!then.namespaces.some(({ name }) => name === 'between'));
    assert.ok((await history.topologyOf(second)).namespaces.some(({ name }) => name === 'between'));
    const request = await run<object>(api, 'patchbay.history.compare', { node: id, from: first, to: second });
    assert.deepEqual(request, { from: first, to: second });
  });

  it('the namespace of the process is lit on the node that is this machine, and on no other', async () => {
    const lab = await connect('patchbay.node.connectLab');
    const local = await connect('patchbay.node.connectLocal');
    await debug({ runtimeExecutable: unshared });
    await stops(local.session.history, 1);
    await until(api.onDidChangeDebugged, () => api.debuggedOn(local.id).length === 1);
    const [process] = api.debuggedOn(local.id);
    const root = topologyOf(local).namespaces.find((namespace) => namespace.root);
    assert.match(process?.label ?? '', /^server\.cjs \[\d+\]$/);
    assert.notEqual(process?.namespace, root?.id);
    const isRead = (): boolean => topologyOf(local).namespaces.some(({ id }) => id === process?.namespace);
    await until(local.session.onDidChangeTopology, isRead);
    assert.deepEqual(api.debuggedOn(lab.id), []);
    await stopDebugging();
    await until(api.onDidChangeDebugged, () => api.debuggedOn(local.id).length === 0);
  });

  it('the panel opens beside the editor where that is wished, and leaves the focus there', async () => {
    await connect('patchbay.node.connectLab');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.window.showTextDocument(vscode.Uri.file(program));
    await setting('whenConnected');
    const opened = until(vscode.window.tabGroups.onDidChangeTabs, () => panelColumn() !== undefined);
    await debug();
    await opened;
    assert.equal(panelColumn(), vscode.ViewColumn.Two);
    assert.equal(vscode.window.activeTextEditor?.viewColumn, vscode.ViewColumn.One);
  });

  it('the panel opens also without a node where that is wished, and else waits for one', async () => {
    await setting('whenConnected');
    await debug();
    await until(
      vscode.debug.onDidChangeActiveDebugSession,
      () => vscode.debug.activeDebugSession !== undefined,
    );
    assert.equal(panelColumn(), undefined);
    await stopDebugging();
    await setting('always');
    const opened = until(vscode.window.tabGroups.onDidChangeTabs, () => panelColumn() !== undefined);
    await debug();
    await opened;
    assert.deepEqual(api.nodes, []);
  });

  it('no panel opens unless that is wished', async () => {
    const { session } = await connect('patchbay.node.connectLab');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await debug();
    await stops(session.history, 1);
    assert.equal(panelColumn(), undefined);
  });
});

/** Waits until it is certain what a mark that was made just now stands for. */
async function settled({ history, onDidConfirm }: NodeSession): Promise<void> {
  const confirmedMs: number[] = [];
  const { atMs = 0 } = history.marks.at(-1) ?? {};
  const listening = onDidConfirm((at) => confirmedMs.push(at.getTime()));
  await until(onDidConfirm, () => confirmedMs.some((ms) => ms > atMs + 500));
  listening.dispose();
}

function panelColumn(): vscode.ViewColumn | undefined {
  const groups = vscode.window.tabGroups.all;
  return groups.find(({ tabs }) => tabs.some(({ input }) => input instanceof vscode.TabInputWebview))
    ?.viewColumn;
}

async function stopDebugging(): Promise<void> {
  if (vscode.debug.activeDebugSession) {
    const ended = until(vscode.debug.onDidChangeActiveDebugSession, () => !vscode.debug.activeDebugSession);
    await vscode.debug.stopDebugging();
    await ended;
  }
}
