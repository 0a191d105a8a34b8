import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';
import { findFindings } from '../../src/diagnose/findFindings.ts';
import type { NodeState } from '../../src/session/nodeRegistry.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { treeItem } from '../../src/views/tree/treeItems.ts';
import { childRows, nodeRows, type Row, type ShownNode } from '../../src/views/tree/treeModel.ts';
import { broken, podsOnBridge, topologies } from '../harness/panel/topologies.ts';
import { pingTrace } from '../harness/panel/traces.ts';

interface MenuEntry {
  readonly command: string;
  readonly when: string;
}

const states: readonly NodeState[] = [
  { kind: 'connecting' },
  { kind: 'live' },
  { kind: 'recording' },
  { kind: 'lost', since: new Date(), message: 'Gone.' },
  { kind: 'failed', message: 'Gone.' },
];

describe('The menus of the tree', () => {
  const menu = (
    vscode.extensions.getExtension('patchbay.patchbay')?.packageJSON as {
      readonly contributes: { readonly menus: Readonly<Record<'view/item/context', readonly MenuEntry[]>> };
    }
  ).contributes.menus['view/item/context'];

  const conditionOf = ({ when }: MenuEntry): RegExp => {
    const pattern = /^view == patchbay\.nodes && viewItem =~ \/(.*)\/$/.exec(when)?.[1];
    assert.ok(pattern !== undefined, when);
    return new RegExp(pattern);
  };

  /** The words of every row that the tree has for a node. */
  const words = (topology: Topology, state: NodeState): string[] => {
    const node: ShownNode = {
      ...{ id: 'lab', target: { kind: 'lab' }, label: 'Lab', state },
      session: { topology, complete: true, traces: [pingTrace(podsOnBridge(2).build(), 'web', 'db')] },
      findings: findFindings(topology).findings,
    };
    const below = (row: Row): Row[] => [row, ...childRows(row, node).flatMap(below)];
    return nodeRows([node])
      .flatMap(below)
      .map((row) => treeItem(row, node).contextValue ?? '');
  };

  const commandsFor = (all: readonly string[]): string[] =>
    menu.filter((entry) => all.some((one) => conditionOf(entry).test(one))).map(({ command }) => command);

  it('have no entry that no row has', () => {
    const all = new Set<string>();
    const small = Object.values(topologies)
      .map((make) => make())
      .filter(({ namespaces }) => namespaces.length < 200);
    for (const topology of small) {
      for (const state of states) {
        words(topology, state).forEach((one) => all.add(one));
      }
    }
    const dead = menu.filter((entry) => ![...all].some((one) => conditionOf(entry).test(one)));
    assert.deepEqual(dead, []);
  });

  it('offer nothing that takes a connection where there is none', () => {
    for (const state of states.filter(({ kind }) => kind !== 'live')) {
      const acting = commandsFor(words(broken().build(), state));
      assert.deepEqual(
        acting.filter((one) => /\.(pod|link|namespace|finding)\.|refresh/.test(one)),
        [],
        state.kind,
      );
      // What a recording would do to a packet is foretold.
      const traces = acting.some((one) => one.startsWith('patchbay.trace.'));
      assert.equal(traces, state.kind === 'recording', state.kind);
    }
  });

  it('offer nothing that takes root where there is no way to it, but a shell on the node itself', () => {
    const topology = broken().build();
    const asUser = { ...topology, node: { ...topology.node, privilege: 'none' as const } };
    const acting = commandsFor(words(asUser, { kind: 'live' }));
    assert.deepEqual(
      acting.filter((one) => /\.(pod|link|finding)\./.test(one)),
      [],
    );
    const shell = menu.filter(({ command }) => command === 'patchbay.namespace.openShell');
    const offered = words(asUser, { kind: 'live' }).filter((one) =>
      shell.some((entry) => conditionOf(entry).test(one)),
    );
    assert.ok(offered.length > 0);
    assert.ok(
      offered.every((one) => / own\b/.test(one)),
      offered.join('\n'),
    );
  });
});

describe('The rows of the tree', () => {
  it('say to a screen reader what their icons show', () => {
    const topology = broken().build();
    const node: ShownNode = {
      ...{ id: 'lab', target: { kind: 'lab' }, label: 'Lab', state: { kind: 'live' } },
      session: { topology, complete: true, traces: [] },
      findings: findFindings(topology).findings,
    };
    const below = (row: Row): Row[] => [row, ...childRows(row, node).flatMap(below)];
    const items = nodeRows([node])
      .flatMap(below)
      .map((row) => treeItem(row, node));
    const said = items.map(({ accessibilityInformation }) => accessibilityInformation?.label ?? '');
    assert.deepEqual(
      said.filter((one) => one === '' || /[·↔]/.test(one)),
      [],
    );
    assert.equal(said[0], 'node Lab, connected');
    assert.ok(
      said.some((one) => one.startsWith('pod app-1, 10.244.')),
      said.join('\n'),
    );
    assert.ok(
      said.some((one) => /^interface eth0, .*cable to veth\S* in /.test(one)),
      said.join('\n'),
    );
    assert.ok(
      said.some((one) => /^(error|warning|note): /.test(one)),
      said.join('\n'),
    );
  });
});
