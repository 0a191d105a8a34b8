import assert from 'node:assert/strict';
import type { Link, Route, Rule, Topology } from '../../../src/topology/topology.ts';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import { hopNames, indexOf, linkName, namespaceNamed, predicted } from './recorded.ts';

/** The recorded node, with something about it changed. */
function changed(index: TopologyIndex, change: (topology: Topology) => Partial<Topology>): TopologyIndex {
  return new TopologyIndex({ ...index.topology, ...change(index.topology) });
}

function withLink(index: TopologyIndex, name: string, change: Partial<Link>): TopologyIndex {
  return changed(index, ({ links }) => ({
    links: links.map((link) => (linkName(index, link.id) === name ? { ...link, ...change } : link)),
  }));
}

function withRoute(index: TopologyIndex, namespace: string, route: Partial<Route>): TopologyIndex {
  const id = namespaceNamed(index, namespace).id;
  const link = index.linksOf(id).find(({ name }) => name === 'eth0')?.id ?? null;
  const plain: Route = {
    namespace: id,
    table: 'main',
    type: 'unicast',
    destination: 'default',
    gateway: null,
    link,
    source: null,
    scope: null,
    protocol: null,
    metric: null,
    family: 4,
    raw: {},
  };
  return changed(index, ({ routes }) => ({ routes: [...routes, { ...plain, ...route }] }));
}

function withRule(index: TopologyIndex, rule: Partial<Rule>): TopologyIndex {
  const namespace = namespaceNamed(index, 'web').id;
  return changed(index, ({ rules }) => ({
    rules: [
      ...rules,
      { namespace, priority: 100, source: 'all', table: 'main', family: 4, raw: {}, ...rule },
    ],
  }));
}

describe('predictPath, on a recorded node', () => {
  const fresh = indexOf('cold');
  const warm = indexOf('warm');

  it('takes five links from pod to pod over one bridge', () => {
    const { path } = predicted(fresh, 'web', 'db');
    assert.deepEqual(hopNames(fresh, path), [
      'out eth0 of web',
      'in veth-web',
      'through cbr0',
      'out veth-db',
      'in eth0 of db',
    ]);
    assert.deepEqual(
      [path.from.address, path.to.address, path.stopped, path.leavesNode],
      ['10.244.0.2', '10.244.0.3', null, false],
    );
    assert.deepEqual(
      path.hops.map(({ decidedBy }) => decidedBy?.kind),
      ['route', 'veth', 'port', 'flood', 'veth'],
    );
  });

  it('forwards by the FDB once the bridge has learned', () => {
    const { path } = predicted(warm, 'web', 'db');
    assert.equal(path.hops[3]?.decidedBy?.kind, 'fdb');
    assert.match(path.hops[3].why, /has learned that ([0-9a-f]{2}:){5}[0-9a-f]{2} is behind veth-db/);
  });

  it('takes an address as it takes a name', () => {
    assert.deepEqual(predicted(warm, '10.244.0.2', '10.244.0.3').path, predicted(warm, 'web', 'db').path);
  });

  it('ends at the bridge itself for the node, at the address in the pod’s own network', () => {
    const { path } = predicted(fresh, 'web', 'node');
    assert.deepEqual(hopNames(fresh, path), ['out eth0 of web', 'in veth-web', 'in cbr0']);
    assert.equal(path.to.address, '10.244.0.1');
    assert.equal(predicted(fresh, 'far', 'node').path.to.address, '10.245.0.1');
  });

  it('starts at the bridge from the node', () => {
    const { path } = predicted(fresh, 'node', 'db');
    assert.deepEqual(hopNames(fresh, path), ['out cbr0', 'out veth-db', 'in eth0 of db']);
    assert.equal(path.from.address, '10.244.0.1');
  });

  it('is routed at the node between two bridges, and says that forwarding was not read', () => {
    const { path, legs } = predicted(fresh, 'web', 'far');
    assert.deepEqual(hopNames(fresh, path), [
      'out eth0 of web',
      'in veth-web',
      'in cbr0',
      'out cbr1',
      'out veth-far',
      'in eth0 of far',
    ]);
    assert.match(path.hops[3]?.why ?? '', /ip_forward/);
    assert.deepEqual(
      legs.map(({ nextHop }) => nextHop),
      ['10.244.0.1', '10.245.0.2'],
    );
  });

  it('does not leave the pod for its own addresses', () => {
    for (const to of ['web', '127.0.0.1', '::1']) {
      const { path } = predicted(fresh, 'web', to);
      assert.deepEqual(hopNames(fresh, path), ['through lo of web']);
      assert.equal(path.to.namespace, namespaceNamed(fresh, 'web').id);
    }
  });

  it('goes the same way over IPv6', () => {
    const { path } = predicted(fresh, 'web', 'fd00:245::2');
    assert.equal(path.stopped, null);
    assert.equal(path.from.address, 'fd00:244::2');
    assert.equal(hopNames(fresh, path).at(-1), 'in eth0 of far');
  });

  it('leaves the node where a link leads out of sight', () => {
    const outside = withLink(
      withRoute(fresh, 'node', {
        link:
          fresh.linksOf(namespaceNamed(fresh, 'node').id).find(({ name }) => name === 'veth-far')?.id ?? null,
      }),
      'veth-far',
      {
        kind: 'ether',
        peer: null,
        master: null,
      },
    );
    const { path } = predicted(outside, 'web', '198.51.100.7');
    assert.deepEqual([path.leavesNode, path.stopped, path.to.namespace], [true, null, null]);
    assert.equal(hopNames(outside, path).at(-1), 'out veth-far');
  });

  const stops: [string, (index: TopologyIndex) => TopologyIndex, string, RegExp, string | null][] = [
    ['no route', (index) => index, '192.0.2.1', /^The node has no route to 192.0.2.1/, null],
    ['an address nobody has', (index) => index, '10.244.0.9', /No port of cbr0 leads to 10.244.0.9/, null],
    [
      'the pod’s link down',
      (index) => withLink(index, 'eth0 of web', { up: false }),
      'db',
      /^eth0 of web is down/,
      null,
    ],
    [
      'its host end down',
      (index) => withLink(index, 'veth-web', { up: false }),
      'db',
      /^veth-web, the other end of eth0 of web, is down/,
      'veth-web',
    ],
    [
      'its host end on no bridge',
      (index) => withLink(index, 'veth-web', { master: null }),
      'db',
      /^veth-web is not a port of a bridge/,
      null,
    ],
    [
      'the other host end down',
      (index) => withLink(index, 'veth-db', { up: false }),
      'db',
      /veth-db, its other end, is down/,
      'veth-db',
    ],
    [
      'the other host end on no bridge',
      (index) => withLink(index, 'veth-db', { master: null }),
      'db',
      /veth-db, its other end, is not a port of cbr0/,
      'veth-db',
    ],
    [
      'the other pod’s link down',
      (index) => withLink(index, 'eth0 of db', { up: false }),
      'db',
      /eth0 of db has 10.244.0.3, but it is down/,
      'eth0 of db',
    ],
    [
      'the bridge down',
      (index) => withLink(index, 'cbr0', { up: false }),
      'db',
      /^The bridge cbr0 is down/,
      'cbr0',
    ],
    [
      'a port that does not forward',
      (index) => withLink(index, 'veth-web', { portState: 'blocking' }),
      'db',
      /does not forward \(blocking\)/,
      null,
    ],
    [
      'a peer that is not proven',
      (index) => withLink(index, 'eth0 of web', { peer: null, peerUnknown: 'ambiguous' }),
      'db',
      /could be one of several/,
      null,
    ],
    [
      'loopback down',
      (index) => withLink(index, 'lo of web', { up: false }),
      'web',
      /its loopback link is down/,
      null,
    ],
    [
      'a blackhole',
      (index) => withRoute(index, 'web', { type: 'blackhole', destination: '10.244.0.3', link: null }),
      'db',
      /^Web drops|^web drops it silently/,
      null,
    ],
    [
      'a prohibiting rule',
      (index) => withRule(index, { raw: { action: 'prohibit' }, table: null }),
      'db',
      /rule 100 says prohibit/,
      null,
    ],
  ];
  for (const [what, change, to, reason, next] of stops) {
    it(`stops at ${what}, and says so`, () => {
      const index = change(fresh);
      const { path, expectedNext } = predicted(index, 'web', to);
      assert.match(path.stopped ?? '', reason);
      assert.equal(linkName(index, expectedNext), next);
    });
  }

  it('stops where the sender believes in a wrong hardware address', () => {
    const index = changed(warm, ({ neighbours }) => ({
      neighbours: neighbours.map((one) =>
        one.address === '10.244.0.3' ? { ...one, mac: '02:00:00:00:00:99' } : one,
      ),
    }));
    assert.match(
      predicted(index, 'web', 'db').path.stopped ?? '',
      /web takes 10.244.0.3 to be at 02:00:00:00:00:99, but eth0 of db has/i,
    );
  });

  it('prefers the longer prefix, then the lower metric', () => {
    const longer = withRoute(fresh, 'web', { destination: '10.244.0.3', gateway: '10.244.0.1' });
    assert.match(predicted(longer, 'web', 'db').path.hops[0]?.why ?? '', /by way of 10.244.0.1/);
    const [worse, better] = [100, 10].map((metric) => ({
      destination: '192.0.2.0/24',
      metric,
      gateway: `10.244.0.${metric === 10 ? 3 : 4}`,
    }));
    const two = withRoute(withRoute(fresh, 'web', worse ?? {}), 'web', better ?? {});
    assert.equal(predicted(two, 'web', '192.0.2.1').legs[0]?.nextHop, '10.244.0.3');
  });

  it('follows a rule to its table, only where its selectors fit', () => {
    const table = withRoute(fresh, 'web', { table: '7', gateway: '10.244.0.4' });
    const wayOf = (rule: Partial<Rule>): string | undefined =>
      predicted(withRule(table, { table: '7', ...rule }), '10.244.0.2', '10.244.0.3').legs[0]?.nextHop;
    assert.equal(wayOf({}), '10.244.0.4');
    assert.equal(wayOf({ source: '10.244.0.2' }), '10.244.0.4');
    assert.equal(wayOf({ source: '10.9.0.0/16' }), '10.244.0.3');
    assert.equal(wayOf({ raw: { dst: '10.244.0.0', dstlen: 24 } }), '10.244.0.4');
    assert.equal(wayOf({ raw: { fwmark: '0x1' } }), '10.244.0.3');
    assert.equal(wayOf({ raw: { iif: 'eth0' } }), '10.244.0.3');
    assert.equal(wayOf({ raw: { suppress_prefixlen: 0 } }), '10.244.0.3');
    assert.equal(wayOf({ source: '10.9.0.0/16', raw: { not: null } }), '10.244.0.4');
  });

  it('ends where routes or bridges lead in circles', () => {
    const circle = withRoute(
      withRoute(withRoute(fresh, 'web', { destination: '192.0.2.0/24', gateway: '10.244.0.3' }), 'db', {
        destination: '192.0.2.0/24',
        gateway: '10.244.0.4',
      }),
      'third',
      { destination: '192.0.2.0/24', gateway: '10.244.0.3' },
    );
    assert.match(predicted(circle, 'web', '192.0.2.1').path.stopped ?? '', /circles/);
  });

  it('says what could not be read rather than that it is not there', () => {
    const { id } = namespaceNamed(fresh, 'web');
    const blind = changed(fresh, ({ links, routes, unknown }) => ({
      links: links.filter(({ namespace }) => namespace !== id),
      routes: routes.filter(({ namespace }) => namespace !== id),
      unknown: [...unknown, { namespace: id, what: 'links', reason: 'Not root.', remedy: null }],
    }));
    assert.match(predicted(blind, 'web', '10.244.0.3').path.stopped ?? '', /could not be read: Not root/);
    assert.throws(
      () => predicted(blind, 'db', 'web'),
      (error) => error instanceof PatchbayError && error.hint?.includes('Not root') === true,
    );
  });

  it('refuses ends that cannot be: nobody’s address as a source, and a namespace that is gone', () => {
    assert.throws(() => predicted(fresh, '192.0.2.9', 'db'), { code: 'not-found' });
  });
});
