import assert from 'node:assert/strict';
import { compareTopologies } from '../../../src/topology/comparison.ts';
import { changeLine } from '../../../src/topology/changeEntry.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { TopologyBuilder } from '../../harness/panel/topologies.ts';

/** Pods on br0, but for those that hang on br1. */
function nodeWith(pods: readonly string[], onSecond: readonly string[] = []): Topology {
  const builder = new TopologyBuilder();
  const bridges = ['br0', 'br1'].map((name) => builder.link(builder.root, name, { kind: 'bridge' }));
  pods.forEach((name, at) => {
    builder.pod(name, bridges[onSecond.includes(name) ? 1 : 0] ?? '', `10.0.0.${at + 2}/24`);
  });
  return builder.build();
}

describe('compareTopologies', () => {
  it('draws what is gone, with its cables, beside what is there', () => {
    const before = nodeWith(['web', 'db']);
    const { topology, entries } = compareTopologies(before, nodeWith(['web']));
    assert.deepEqual(
      topology.namespaces.map(({ name }) => name),
      ['node', 'web', 'db'],
    );
    assert.equal(topology.edges.length, before.edges.length);
    assert.ok(entries.map(changeLine).includes('− db: namespace'));
  });

  it('leaves a cable in its place whose port was moved: it has one bridge, the later', () => {
    const { topology } = compareTopologies(nodeWith(['web']), nodeWith(['web'], ['web']));
    assert.equal(topology.edges.filter(({ kind }) => kind === 'port').length, 1);
  });

  it('never draws two cables at one end', () => {
    const before = nodeWith(['web']);
    const eth0 = before.links.find(({ name }) => name === 'eth0');
    const moved = (topology: Topology): Topology =>
      JSON.parse(JSON.stringify(topology).replaceAll(eth0?.id ?? '', '4026539999:2')) as Topology;
    const { topology } = compareTopologies(before, moved(before));
    const ends = topology.edges.filter(({ kind }) => kind === 'veth').flatMap(({ a, b }) => [a, b]);
    assert.equal(new Set(ends).size, ends.length);
  });
});
