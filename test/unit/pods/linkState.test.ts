import assert from 'node:assert/strict';
import { planLinkState } from '../../../src/pods/linkState.ts';
import { planAsText, planAsUndoScript } from '../../../src/pods/script.ts';
import type { Edge, Route, Topology } from '../../../src/topology/topology.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import { idOf, topologyOf, type Sketch } from './sketch.ts';

const wired: Sketch = {
  node: {
    links: {
      lo: { kind: 'loopback', addresses: ['127.0.0.1/8'] },
      eth0: { master: 'br0' },
      br0: { kind: 'bridge', addresses: ['192.0.2.10/24'] },
      'veth-web': { kind: 'veth', master: 'br0', peer: 'web/eth0' },
      eth1: { addresses: ['198.51.100.7/24'] },
      'eth1.7': { kind: 'vlan', addresses: ['203.0.113.7/24'] },
      eth2: { up: false },
    },
  },
  web: { links: { eth0: { kind: 'veth', peer: 'node/veth-web', addresses: ['10.0.0.2/24'] } } },
  held: { links: { eth0: {} }, names: [], processes: [{ pid: 4711, name: 'sleep', containerId: null }] },
};

function route(link: string, destination: string): Route {
  const [namespace = ''] = link.split('/');
  return {
    namespace: `id-${namespace}`,
    table: 'main',
    type: 'unicast',
    destination,
    gateway: null,
    link: idOf(wired, link),
    source: null,
    scope: null,
    protocol: 'static',
    metric: null,
    family: 4,
    raw: {},
  };
}

const vlan: Edge = { kind: 'lower', a: idOf(wired, 'node/eth1.7'), b: idOf(wired, 'node/eth1') };

const down = (link: string, localAddress: string | null = null, more: Partial<Topology> = {}) =>
  planLinkState(topologyOf(wired, { edges: [vlan], ...more }), idOf(wired, link), 'down', {
    connection: localAddress === null ? null : { localAddress },
  });

function refuses(act: () => unknown, message: RegExp): void {
  assert.throws(act, (error) => error instanceof PatchbayError && message.test(error.message));
}

describe('planLinkState', () => {
  it('is one command with its inverse, the way into the namespace in it', () => {
    const plan = down('web/eth0');
    assert.equal(planAsText(plan), 'ip -n web link set dev eth0 down\n');
    assert.equal(planAsUndoScript(plan), 'ip -n web link set dev eth0 up\n');
    assert.equal(plan.title, 'Set eth0 of web down');
    assert.equal(planAsText(down('held/eth0')), 'nsenter -t 4711 -n -- ip link set dev eth0 down\n');
    const up = planLinkState(topologyOf(wired), idOf(wired, 'node/eth2'), 'up', { connection: null });
    assert.equal(planAsText(up), 'ip link set dev eth2 up\n');
  });

  it('refuses what is so already, and what is gone', () => {
    refuses(() => down('node/eth2'), /is down already/);
    refuses(
      () => planLinkState(topologyOf(wired), 'gone:1', 'up', { connection: null }),
      /not on the node any more/,
    );
  });

  it('never takes down what our own connection needs', () => {
    refuses(() => down('node/eth1', '198.51.100.7'), /own connection/);
    refuses(() => down('node/br0', '192.0.2.10'), /own connection/);
    refuses(() => down('node/eth1', '203.0.113.7'), /own connection/);
    refuses(() => down('node/eth1.7', '203.0.113.7'), /own connection/);
  });

  it('protects the ports of our bridge, but not the cables of pods on it', () => {
    refuses(() => down('node/eth0', '192.0.2.10'), /own connection/);
    assert.equal(down('node/veth-web', '192.0.2.10').steps.length, 1);
    assert.equal(down('web/eth0', '192.0.2.10').steps.length, 1);
  });

  it('protects the default routes of the node, through which the answers may go', () => {
    const routes = [route('node/eth1', 'default'), route('web/eth0', 'default')];
    refuses(() => down('node/eth1', '192.0.2.10', { routes }), /own connection/);
    assert.equal(down('web/eth0', '192.0.2.10', { routes }).steps.length, 1);
  });

  it('says what the kernel forgets for good', () => {
    const routes = [route('node/eth1', 'default'), route('node/eth1', '10.9.0.0/16')];
    assert.deepEqual(down('node/eth1', null, { routes }).warnings, [
      '2 routes through it go and do not come back with it: default, 10.9.0.0/16.',
      'It carries a default route.',
    ]);
    assert.deepEqual(down('node/br0').warnings, ['2 ports of it will reach nothing.']);
    assert.deepEqual(down('web/eth0').warnings, []);
  });
});
