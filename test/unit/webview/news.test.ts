import assert from 'node:assert/strict';
import type { Link, Topology } from '../../../src/topology/topology.ts';
import { newsOf } from '../../../webview/graph/news.ts';
import { broken, podsOnBridge } from '../../harness/panel/topologies.ts';

function withLink(topology: Topology, owner: string, change: Partial<Link>): Topology {
  const namespace = topology.namespaces.find(({ name }) => name === owner)?.id;
  const links = topology.links.map((link) =>
    link.namespace === namespace && link.name === 'eth0' ? { ...link, ...change } : link,
  );
  return { ...topology, links };
}

describe('news of a node', () => {
  const two = podsOnBridge(2).build();

  it('tells a few changes one by one', () => {
    assert.match(newsOf(two, withLink(two, 'db', { up: false })), /^eth0 of db: .*up to down/);
    assert.equal(newsOf(two, withLink(two, 'db', { mtu: 1400 })), 'eth0 of db: MTU 1500 to 1400');
  });

  it('tells pods that come and go without what comes with them', () => {
    const [some, more] = [podsOnBridge(5).build(), podsOnBridge(6).build()];
    assert.equal(newsOf(some, more), 'pod app-6 added');
    assert.equal(newsOf(more, some), 'pod app-6 removed');
  });

  it('counts what is too much to listen to', () => {
    const [few, many] = [podsOnBridge(5).build(), podsOnBridge(15).build()];
    assert.equal(newsOf(few, many), '10 pods added');
    const other = withLink(withLink(many, 'app-1', { up: false }), 'app-2', { mtu: 1400 });
    assert.equal(newsOf(few, other), '12 changes: 10 pods added, 2 interfaces changed');
  });

  it('is silent where nothing changed', () => {
    assert.equal(newsOf(two, { ...two, takenAt: '2026-01-15T11:00:00.000Z' }), '');
    assert.equal(newsOf(broken().build(), broken().build()), '');
  });
});
