import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changeLine } from '../../../src/topology/changeEntry.ts';
import { describeChanges } from '../../../src/topology/changeWords.ts';
import { diffTopology } from '../../../src/topology/diff.ts';
import { countChanges } from '../../../src/topology/fold.ts';
import type { Link, Namespace, Socket, Topology } from '../../../src/topology/topology.ts';
import { TopologyBuilder } from '../../harness/panel/topologies.ts';
import { topologySketch } from './sketches.ts';

function lines(before: Topology, after: Topology): string[] {
  return describeChanges(diffTopology(before, after), before, after).map(changeLine);
}

/** A node with a bridge and the pods of these names on it. */
function nodeWith(...pods: readonly string[]): Topology {
  const builder = new TopologyBuilder();
  const bridge = builder.link(builder.root, 'cbr0', { kind: 'bridge', addresses: ['10.244.0.1/24'] });
  pods.forEach((name, at) => builder.pod(name, bridge, `10.244.0.${at + 2}/24`));
  return builder.build();
}

function withLink(topology: Topology, name: string, change: Partial<Link>): Topology {
  return {
    ...topology,
    links: topology.links.map((link) => (link.name === name ? { ...link, ...change } : link)),
  };
}

function withPod(topology: Topology, name: string, change: Partial<Namespace>): Topology {
  const namespaces = topology.namespaces.map((one) => (one.name === name ? { ...one, ...change } : one));
  return { ...topology, namespaces };
}

describe('describeChanges', () => {
  const before = nodeWith('web');

  it('says what is not as it was field by field, from what to what', () => {
    const after = withLink(before, 'eth0', { up: false, carrier: false, mtu: 1400 });
    assert.deepEqual(lines(before, after), ['~ eth0 of web: up → down, MTU 1500 → 1400']);
  });

  it('names the addresses that came and went', () => {
    const after = withLink(before, 'eth0', { addresses: ['10.244.0.9/24'] });
    assert.deepEqual(lines(before, after), [
      '~ eth0 of web: address 10.244.0.2/24 removed, address 10.244.0.9/24 added',
    ]);
  });

  it('tells of a pod that came its links, and not the routes it came with', () => {
    const told = lines(before, nodeWith('web', 'db'));
    assert.match(told[0] ?? '', /^\+ db: namespace$/);
    assert.ok(told.some((line) => line.startsWith('+ eth0 of db: veth, 10.244.0.3/24')));
    assert.ok(!told.some((line) => /\blo of db|route .* of db/.test(line)));
  });

  it('tells what went by the name it had', () => {
    assert.ok(lines(nodeWith('web', 'db'), before).includes('− db: namespace'));
  });

  it('takes what was only asked for now for no change', () => {
    const asked = { switches: { 'ipv4.ip_forward': 1 }, netfilter: [], unread: [] };
    const unread = withPod(before, 'web', { unread: ['switches', 'netfilter', 'sockets'] });
    const read = withPod(before, 'web', asked);
    const namespace = read.namespaces.find(({ name }) => name === 'web')?.id ?? '';
    const socket: Socket = { namespace, protocol: 'tcp', family: 4, address: '::', port: 80, processes: [] };
    assert.deepEqual(lines(unread, { ...read, sockets: [socket] }), []);
    assert.deepEqual(lines(read, withPod(read, 'web', { switches: { 'ipv4.ip_forward': 0 } })), [
      '~ web: ipv4.ip_forward 1 → 0',
    ]);
  });

  it('tells rules of the firewall by their lines, without counters', () => {
    const filtered = (text: string): Topology =>
      withPod(before, 'web', { netfilter: [{ tool: 'nft', text, cut: false }] });
    assert.deepEqual(
      lines(
        filtered('a\n counter packets 1 bytes 2 drop\n'),
        filtered('a\ncounter packets 3 bytes 4 accept\n'),
      ),
      ['~ web: nft rule counter drop removed, nft rule counter accept added'],
    );
  });

  it('calls what tables learned from traffic learned', () => {
    const neighbour = { namespace: before.links[1]?.namespace ?? '', link: before.links[1]?.id ?? null };
    const at = (states: readonly string[]): Topology => ({
      ...before,
      neighbours: [{ ...neighbour, address: '10.244.0.2', mac: null, states, raw: {} }],
    });
    const diff = diffTopology(at(['REACHABLE']), at(['STALE']));
    assert.deepEqual(countChanges(diff), { changes: 0, learned: 1 });
    assert.deepEqual(lines(at(['REACHABLE']), at(['STALE'])), [
      '~ neighbour 10.244.0.2 at cbr0 of the node: REACHABLE → STALE',
    ]);
  });

  it('says as many things as are counted, whatever changed', () => {
    fc.assert(
      fc.property(topologySketch, topologySketch, (a, b) => {
        const diff = diffTopology(a, b);
        const entries = describeChanges(diff, a, b);
        const learned = entries.filter((entry) => entry.learned).length;
        assert.deepEqual(countChanges(diff), { changes: entries.length - learned, learned });
        assert.ok(
          entries.every(({ what, how, change }) => what !== '' && (change !== 'changed' || how !== '')),
        );
      }),
    );
  });
});
