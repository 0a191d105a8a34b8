import { strict as assert } from 'node:assert';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { NodeEntry } from '../../src/session/nodeRegistry.ts';
import type { Diagnosis } from '../../src/topology/finding.ts';
import type { Link } from '../../src/topology/topology.ts';
import type { Trace } from '../../src/trace/trace.ts';
import type { Verification } from '../../src/verify/verification.ts';
import type { PatchbayApi } from '../../src/views/api.ts';
import type { TreeElement } from '../../src/views/tree/nodesTree.ts';
import { activatePatchbay, fail, labels, nodeOf, run, topologyOf, treeRows, until } from './support.ts';

const lab = 'lab';

describe('A lab node in VS Code', () => {
  let api: PatchbayApi;
  let entry: NodeEntry;

  before(async () => {
    api = await activatePatchbay();
    assert.equal(await run(api, 'patchbay.node.connectLab'), lab);
    entry = nodeOf(api, lab);
  });

  after(async () => {
    await run(api, 'patchbay.node.disconnect', { node: lab });
  });

  it('is live, active, and not opened twice', async () => {
    assert.equal(entry.state.kind, 'live');
    assert.equal(await run(api, 'patchbay.node.connect', { target: { kind: 'lab' } }), lab);
    assert.deepEqual(
      api.nodes.map(({ id }) => id),
      [lab],
    );
    assert.equal(api.activeNode, entry);
  });

  it('opens its panel when it connects', async () => {
    await untilPanels(['Topology: Lab']);
  });

  it('shows its pods, bridges and namespaces in the tree', () => {
    assert.deepEqual(labels(treeRows(api)), ['Lab']);
    assert.deepEqual(labels(treeRows(api, 'Lab')).slice(0, 3), ['Pods', 'Bridges', 'Namespaces']);
    assert.deepEqual(labels(treeRows(api, 'Lab', 'Pods')), ['db', 'web']);
    assert.deepEqual(labels(treeRows(api, 'Lab', 'Bridges')), ['cbr0']);
    assert.ok(labels(treeRows(api, 'Lab', 'Namespaces')).includes('node (root namespace)'));
  });

  it('shows the links of a pod with their addresses and the other end of the cable', () => {
    const [lo, eth0] = treeRows(api, 'Lab', 'Pods', 'web');
    assert.equal(lo?.label, 'lo');
    assert.match(eth0?.description ?? '', /^10\.244\.0\.2\/24 · ↔ veth-web-\w+ in node$/);
  });

  it('shows the ports of a bridge and its forwarding table', () => {
    const rows = treeRows(api, 'Lab', 'Bridges', 'cbr0');
    assert.equal(rows.filter(({ label }) => label.startsWith('veth-')).length, 2);
    assert.equal(rows.at(-1)?.label, 'Forwarding table');
    const entries = treeRows(api, 'Lab', 'Bridges', 'cbr0', 'Forwarding table');
    assert.equal(entries.length, topologyOf(entry).fdb.filter(({ bridge }) => bridge !== null).length);
  });

  it('reads rules, sockets and switches of a pod when they are looked at', async () => {
    const [reading] = treeRows(api, 'Lab', 'Pods', 'web', 'Rules, sockets and switches');
    assert.equal(reading?.label, 'Reading…');
    const isRead = (): boolean =>
      topologyOf(entry).namespaces.some(({ name, unread }) => name === 'web' && unread.length === 0);
    await until(entry.session.onDidChangeTopology, isRead);
    const rows = labels(treeRows(api, 'Lab', 'Pods', 'web', 'Rules, sockets and switches'));
    assert.ok(rows.includes('Switches that are on'), rows.join());
    assert.ok(!rows.includes('Reading…'), rows.join());
  });

  it('gives every row an id and a way back to its node', () => {
    const [row] = treeRows(api, 'Lab', 'Pods', 'web');
    const ids = [row?.element.key];
    for (let element = row?.element; element; element = api.tree.getParent(element)) {
      ids.push(element.key);
    }
    assert.deepEqual(new Set(ids).size, 4);
  });

  it('refreshes only the rows that changed', async () => {
    treeRows(api, 'Lab', 'Bridges', 'cbr0');
    const pods = treeRows(api, 'Lab').find(({ label }) => label === 'Pods')?.element;
    const changed: (TreeElement | TreeElement[] | undefined)[] = [];
    const listening = api.tree.onDidChangeTreeData((elements) => changed.push(elements));
    await run(api, 'patchbay.node.refresh');
    assert.equal(changed.length, 0, 'nothing changed on the node');
    await run(api, 'patchbay.pod.create', { name: 'third', confirmed: true });
    assert.ok(pods && changed.flat().includes(pods), 'the pods changed');
    assert.ok(!changed.includes(undefined), 'never the whole tree');
    listening.dispose();
    await run(api, 'patchbay.pod.delete', { name: 'third', confirmed: true });
  });

  it('creates pods, suggesting what is left open, and deletes them again', async () => {
    const names = await run<string[]>(api, 'patchbay.pod.create', { count: 2, confirmed: true });
    assert.deepEqual(names, ['pod1', 'pod2']);
    assert.deepEqual(labels(treeRows(api, 'Lab', 'Pods')), ['db', 'pod1', 'pod2', 'web']);
    for (const name of names) {
      assert.equal(await run(api, 'patchbay.pod.delete', { name, confirmed: true }), name);
    }
    assert.deepEqual(labels(treeRows(api, 'Lab', 'Pods')), ['db', 'web']);
  });

  it('makes a new bridge for a pod, and deletes it with its last pod', async () => {
    const request = {
      name: 'far',
      bridge: 'br9',
      subnet: '10.9.0.0/24',
      address: '10.9.0.9',
      confirmed: true,
    };
    await run(api, 'patchbay.pod.create', request);
    assert.deepEqual(labels(treeRows(api, 'Lab', 'Bridges')), ['br9', 'cbr0']);
    const eth0 = treeRows(api, 'Lab', 'Pods', 'far').find(({ label }) => label === 'eth0');
    assert.match(eth0?.description ?? '', /^10\.9\.0\.9\/24/);
    await run(api, 'patchbay.pod.delete', { name: 'far', withBridge: true, confirmed: true });
    assert.deepEqual(labels(treeRows(api, 'Lab', 'Bridges')), ['cbr0']);
  });

  for (const [what, request, expected] of [
    ['a name with a space', { name: 'a b' }, /cannot hold a space/],
    ['a name that runs a command', { name: '$(id)' }, /cannot hold/],
    ['a name that exists', { name: 'web' }, /exists/],
    ['an address outside the subnet', { name: 'x', address: '10.1.0.2' }, /outside/],
    ['an address that is taken', { name: 'x', address: '10.244.0.2' }, /taken/],
    ['an argument that is not one', { name: 7 }, /argument is not right/],
    ['an argument nobody knows', { colour: 'red' }, /argument is not right/],
  ] as const) {
    it(`refuses ${what} and changes nothing`, async () => {
      const before = topologyOf(entry).links.length;
      const error = await fail(api, 'patchbay.pod.create', { ...request, confirmed: true });
      assert.match(error.message, expected);
      assert.equal(topologyOf(entry).links.length, before);
    });
  }

  it('traces a ping, and once more', async () => {
    const trace = await run<Trace>(api, 'patchbay.trace.ping', { from: 'web', to: 'db' });
    assert.equal(trace.verdict.delivered, true, JSON.stringify(trace.verdict));
    assert.ok(trace.path.hops.length >= 4);
    const again = await run<Trace>(api, 'patchbay.trace.again');
    assert.equal(again.title, trace.title);
    assert.notEqual(again.id, trace.id);
    assert.equal(entry.session.traces.length, 2);
  });

  it('copies what is selected', async () => {
    const pod = treeRows(api, 'Lab', 'Pods').find(({ label }) => label === 'web');
    await run(api, 'patchbay.item.copyAddress', pod?.element);
    assert.equal(await vscode.env.clipboard.readText(), '10.244.0.2');
    await run(api, 'patchbay.item.copyName', pod?.element);
    assert.equal(await vscode.env.clipboard.readText(), 'web');
  });

  it('copies the address of an entry of a forwarding table, not that of its port', async () => {
    const [row] = treeRows(api, 'Lab', 'Bridges', 'cbr0', 'Forwarding table');
    await run(api, 'patchbay.item.copyMac', row?.element);
    assert.equal(await vscode.env.clipboard.readText(), row?.label);
  });

  it('sets a link down and up again, and never the one that it is connected through', async () => {
    const port = (): Link | undefined =>
      topologyOf(entry).links.find(({ name, kind }) => name.startsWith('veth-web') && kind === 'veth');
    const argument = { selection: { kind: 'link', id: port()?.id }, confirmed: true };
    await run(api, 'patchbay.link.setDown', argument);
    assert.equal(port()?.up, false);
    await run(api, 'patchbay.link.setUp', argument);
    assert.equal(port()?.up, true);
    const lo = topologyOf(entry).links.find(({ addresses }) => addresses.includes('127.0.0.1/8'));
    const error = await fail(api, 'patchbay.link.setDown', {
      selection: { kind: 'link', id: lo?.id },
      confirmed: true,
    });
    assert.match(error.message, /own connection/);
  });

  it('finds what is wrong, marks it in the tree, and mends it', async () => {
    const web = topologyOf(entry).links.find(({ name }) => name.startsWith('veth-web'));
    assert.ok(web);
    const errors = (): string[] =>
      treeRows(api, 'Lab', 'Findings').flatMap(({ label }) => (label.endsWith('is down.') ? [label] : []));
    const changed = api.tree.onDidChangeTreeData;
    await entry.session.transport.exec(['ip', 'link', 'set', 'dev', web.name, 'down']);
    await until(changed, () => errors().length === 1);
    const [port] = treeRows(api, 'Lab', 'Bridges', 'cbr0').filter(({ label }) => label === web.name);
    assert.match(port?.description ?? '', /1 error$/);
    const { findings } = await run<Diagnosis>(api, 'patchbay.node.diagnose', { node: lab, list: false });
    assert.deepEqual([findings[0]?.rule, findings[0]?.where.links], ['link-down', [web.id]]);
    const id = findings[0]?.id ?? '';
    assert.equal(await run(api, 'patchbay.finding.mend', { node: lab, finding: id, confirmed: true }), id);
    await until(changed, () => errors().length === 0);
    assert.equal(topologyOf(entry).links.find((link) => link.id === web.id)?.up, true);
    assert.match(
      (await fail(api, 'patchbay.finding.mend', { node: lab, finding: id })).message,
      /not wrong any more/,
    );
  });

  it('verifies the Kubernetes network model, keeps the result, and traces a pair as the matrix asks for it', async () => {
    const verification = await run<Verification>(api, 'patchbay.node.verify', { node: lab });
    assert.deepEqual(
      verification.rules.map(({ verdict }) => verdict),
      ['holds', 'holds', 'holds'],
      verification.cells.map(({ text }) => text).join('\n'),
    );
    assert.equal(entry.session.verifications.at(-1)?.id, verification.id);
    const cell = verification.cells.find(({ from }) => from !== verification.ends[0]?.namespace);
    assert.ok(cell);
    const trace = await run<Trace>(api, 'patchbay.trace.ping', {
      node: lab,
      from: cell.from,
      to: cell.destination,
    });
    assert.equal(trace.verdict.delivered, true);
    assert.match((await fail(api, 'patchbay.node.verify', { limit: 0 })).message, /whole number from 1/);
  });

  it('opens a shell inside a pod, which ends with its terminal', async () => {
    const pod = treeRows(api, 'Lab', 'Pods').find(({ label }) => label === 'web');
    const terminal = await run<vscode.Terminal>(api, 'patchbay.namespace.openShell', pod?.element);
    assert.match(terminal.name, /^web @ /);
    const { transport } = entry.session;
    const id = topologyOf(entry).namespaces.find(({ name }) => name === 'web')?.id;
    const shells = async (): Promise<string> =>
      (await transport.exec(['sh', '-c', 'ls -l /proc/[0-9]*/ns/net'])).stdout;
    const hasShell = async (): Promise<boolean> => (await shells()).includes(`net:[${id ?? ''}]`);
    await eventually(hasShell);
    terminal.dispose();
    await eventually(async () => !(await hasShell()));
  });

  it('runs a command that shows a fact in a terminal, and no line that is not one of its own', async () => {
    const argument = { selection: { kind: 'link', id: topologyOf(entry).links[0]?.id } };
    const line = await run<string>(api, 'patchbay.item.showCommands', {
      ...argument,
      line: 'ip -d addr show dev lo',
    });
    assert.equal(line, 'ip -d addr show dev lo');
    const terminal = vscode.window.terminals.find(({ name }) => name.startsWith('node @ '));
    assert.ok(terminal);
    terminal.dispose();
    const error = await fail(api, 'patchbay.item.showCommands', { ...argument, line: 'reboot' });
    assert.match(error.message, /does not fit/);
  });

  it('follows what others change on the node', async () => {
    const { transport } = entry.session;
    await transport.exec(['ip', 'netns', 'add', 'made-elsewhere'], { privileged: true });
    const has = (): boolean => topologyOf(entry).namespaces.some(({ name }) => name === 'made-elsewhere');
    await until(entry.session.onDidChangeTopology, has);
    assert.ok(labels(treeRows(api, 'Lab', 'Pods')).includes('made-elsewhere'));
    await transport.exec(['ip', 'netns', 'del', 'made-elsewhere'], { privileged: true });
    await until(entry.session.onDidChangeTopology, () => !has());
  });

  it('is exported as a graph for other programs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-export-'));
    try {
      const path = join(folder, 'lab.mmd');
      assert.equal(await run(api, 'patchbay.panel.export', { path, format: 'mermaid' }), path);
      assert.match(await readFile(path, 'utf8'), /^%% .*\nflowchart LR\n/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is exported as a picture by its panel, which is opened for that', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-export-'));
    try {
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      await vscode.window.tabGroups.close(tabs.filter(({ label }) => label === 'Topology: Lab'));
      const svg = join(folder, 'lab.svg');
      assert.equal(await run(api, 'patchbay.panel.export', { path: svg, format: 'svg' }), svg);
      await untilPanels(['Topology: Lab']);
      assert.match(await readFile(svg, 'utf8'), /^<\?xml .*>10\.244\.0\.2\/24<.*<\/svg>\s*$/s);
      const png = join(folder, 'lab.png');
      assert.equal(await run(api, 'patchbay.panel.export', { path: png, format: 'png', part: 'seen' }), png);
      assert.deepEqual((await readFile(png)).subarray(0, 8), Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
    } finally {
      await rm(folder, { recursive: true });
    }
  }).timeout(180_000);

  it('is saved as a recording that opens, and that cannot be changed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-recording-'));
    try {
      const path = join(folder, 'lab.patchbay.json');
      assert.equal(await run(api, 'patchbay.snapshot.save', { path }), path);
      const recording = await run<string>(api, 'patchbay.snapshot.open', { path });
      assert.equal(nodeOf(api, recording).state.kind, 'recording');
      assert.deepEqual(labels(treeRows(api, 'lab.patchbay.json', 'Pods')), ['db', 'web']);
      const error = await fail(api, 'patchbay.pod.create', { node: recording, name: 'x', confirmed: true });
      assert.match(error.message, /recording/);
      await run(api, 'patchbay.node.disconnect', { node: recording });
      assert.equal(api.activeNode, entry);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Asks again and again for what nothing announces; mocha's time-out ends a wait in vain. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    // The question itself takes a round trip.
  }
}

function panelTitles(): string[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.filter(({ input }) => input instanceof vscode.TabInputWebview).map(({ label }) => label);
}

function untilPanels(expected: readonly string[]): Promise<void> {
  return until(vscode.window.tabGroups.onDidChangeTabs, () => panelTitles().join() === expected.join());
}

describe('A node', () => {
  it('that is closed closes its panel', async () => {
    const api = await activatePatchbay();
    await run(api, 'patchbay.node.connectLab');
    await untilPanels(['Topology: Lab']);
    await run(api, 'patchbay.node.disconnect');
    await untilPanels([]);
  });

  it('is connected once, however often it is asked for at a time', async () => {
    const api = await activatePatchbay();
    const opened: string[] = [];
    const listening = api.onDidOpenNode(({ id }) => opened.push(id));
    await Promise.all([run(api, 'patchbay.node.connectLab'), run(api, 'patchbay.node.connectLab')]);
    listening.dispose();
    assert.deepEqual(opened, [lab]);
    await run(api, 'patchbay.node.disconnect');
  });

  it('that is closed while it connects cancels that, without a complaint', async () => {
    const api = await activatePatchbay();
    const connecting = run(api, 'patchbay.node.connectLab');
    await until(api.onDidOpenNode, () => api.nodes.length > 0);
    await run(api, 'patchbay.node.disconnect');
    assert.equal(await connecting, undefined);
    assert.deepEqual(api.nodes, []);
  });
});

describe('A recording that is not one', () => {
  it('is refused with a reason, and leaves no node behind', async () => {
    const api = await activatePatchbay();
    const error = await fail(api, 'patchbay.snapshot.open', {
      path: join(tmpdir(), 'no-such.patchbay.json'),
    });
    assert.match(error.message, /cannot be read/);
    assert.deepEqual(api.nodes, []);
  });
});
