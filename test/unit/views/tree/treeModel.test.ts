import { strict as assert } from 'node:assert';
import { findFindings } from '../../../../src/diagnose/findFindings.ts';
import type { Topology } from '../../../../src/topology/topology.ts';
import {
  childRows,
  nodeRows,
  pathTo,
  type Row,
  type ShownNode,
} from '../../../../src/views/tree/treeModel.ts';
import { broken, hostileNames, podsOnBridge, topologies } from '../../../harness/panel/topologies.ts';

function nodeWith(topology: Topology | null, id = 'lab', complete = true): ShownNode {
  return {
    id,
    target: { kind: 'lab' },
    label: 'Lab',
    state: { kind: 'live' },
    session: { topology, complete, traces: [] },
  };
}

function everyRow(node: ShownNode): Row[] {
  const below = (row: Row): Row[] => [row, ...childRows(row, node).flatMap(below)];
  return nodeRows([node]).flatMap(below);
}

function groups(topology: Topology): string[] {
  const node = nodeWith(topology);
  return nodeRows([node])
    .flatMap((row) => childRows(row, node))
    .map(({ subject }) => (subject.kind === 'group' ? `${subject.group} ${subject.count}` : subject.kind));
}

describe('The rows of the tree', () => {
  for (const [name, make] of Object.entries(topologies)) {
    it(`have unique keys, and parents that hold them: ${name}`, () => {
      const rows = everyRow(nodeWith(make()));
      const keys = new Set(rows.map(({ key }) => key));
      assert.equal(keys.size, rows.length);
      for (const { parent } of rows) {
        assert.ok(parent === null || keys.has(parent), String(parent));
      }
    });

    it(`lead to every namespace and every link: ${name}`, () => {
      const topology = make();
      const node = nodeWith(topology);
      const selections = [
        ...topology.namespaces.map(({ id }) => ({ kind: 'namespace', id }) as const),
        ...topology.links.map(({ id }) => ({ kind: 'link', id }) as const),
      ];
      for (const selection of selections) {
        assert.deepEqual(pathTo(selection, node)?.at(-1)?.selection, selection);
      }
    });
  }

  it('are grouped, with their numbers; empty groups are left out, but for the pods', () => {
    assert.deepEqual(groups(podsOnBridge(3).build()), ['pods 3', 'bridges 1', 'namespaces 1']);
    assert.deepEqual(groups(podsOnBridge(0).build()).at(0), 'pods 0');
  });

  it('show pods only when all are known', () => {
    const node = nodeWith(podsOnBridge(3).build(), 'lab', false);
    const kinds = nodeRows([node]).flatMap((row) => childRows(row, node).map(({ key }) => key));
    assert.deepEqual(kinds, ['lab/bridges', 'lab/namespaces']);
  });

  it('tell what is not known', () => {
    assert.ok(groups(broken().build()).some((group) => /^unknown [1-9]/.test(group)));
  });

  it('list what is wrong, each leading to its place', () => {
    const topology = broken().build();
    const node = { ...nodeWith(topology), findings: findFindings(topology).findings };
    const rows = everyRow(node).filter(({ subject }) => subject.kind === 'finding');
    assert.ok(rows.length > 0);
    assert.deepEqual(
      rows.map(({ selection }) => selection?.id),
      node.findings.map(({ where }) => where.links[0] ?? where.namespaces[0]),
    );
    assert.equal(new Set(everyRow(node).map(({ key }) => key)).size, everyRow(node).length);
  });

  it('of a namespace tell what of it was not read, and how that goes', () => {
    const topology = podsOnBridge(1).build();
    const namespaces = topology.namespaces.map((one) => ({ ...one, unread: ['netfilter'] }));
    const node = nodeWith({ ...topology, namespaces });
    const details = (shown: ShownNode): unknown[] =>
      everyRow(shown).flatMap(({ subject }) =>
        subject.kind === 'detail' && subject.detail.kind === 'unread' ? [subject.detail.state?.kind] : [],
      );
    assert.deepEqual(details(node), [undefined, undefined]);
    const failed = { kind: 'failed', message: 'It is gone.' } as const;
    assert.deepEqual(details({ ...node, detailsOf: () => failed }), ['failed', 'failed']);
  });

  it('of two nodes are never the same', () => {
    const topology = hostileNames().build();
    const [one, two] = [nodeWith(topology, 'ssh:a'), nodeWith(topology, 'ssh:a/pods')];
    const keys = new Set(everyRow(one).map(({ key }) => key));
    assert.deepEqual(
      everyRow(two).filter(({ key }) => keys.has(key)),
      [],
    );
  });

  it('of a node that was not read yet are that of the node', () => {
    assert.deepEqual(
      everyRow(nodeWith(null)).map(({ subject }) => subject.kind),
      ['node'],
    );
  });

  it('lead nowhere from what is gone', () => {
    assert.equal(pathTo({ kind: 'link', id: '1:1' }, nodeWith(podsOnBridge(1).build())), null);
  });
});
