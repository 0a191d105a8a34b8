import assert from 'node:assert/strict';
import { planDeletePods, type DeletePodsOptions } from '../../../src/pods/delete.ts';
import { planAsText, planAsUndoScript } from '../../../src/pods/script.ts';
import type { Edge, Topology } from '../../../src/topology/topology.ts';
import { PatchbayError, type ErrorCode } from '../../../src/util/errors.ts';
import { idOf, topologyOf, unknownOf, type NamespaceSketch, type Sketch } from './sketch.ts';

const lo = { kind: 'loopback', addresses: ['127.0.0.1/8'] };

function podOf(name: string, address: string): NamespaceSketch {
  const alias = `patchbay:pod=${name}`;
  const eth0 = { kind: 'veth', alias, addresses: [address], peer: `node/veth-${name}` };
  return { links: { lo: { ...lo, alias }, eth0 } };
}

function portOf(
  name: string,
  master = 'cbr0',
): { readonly kind: string; readonly alias: string; readonly peer: string; readonly master: string } {
  return { kind: 'veth', alias: `patchbay:pod=${name}`, peer: `${name}/eth0`, master };
}

const wired: Sketch = {
  node: {
    links: {
      lo,
      eth0: { addresses: ['192.0.2.10/24'] },
      cbr0: { kind: 'bridge', alias: 'patchbay:bridge', addresses: ['10.244.0.1/24'] },
      'veth-web': portOf('web'),
      'veth-db': portOf('db'),
    },
  },
  web: podOf('web', '10.244.0.2/24'),
  db: podOf('db', '10.244.0.3/24'),
  theirs: { links: { lo, eth0: { kind: 'veth' } } },
};
const options: DeletePodsOptions = { connection: null };

/** The same node with one namespace changed. */
function withNamespace(name: string, change: Partial<NamespaceSketch>): Sketch {
  return { ...wired, [name]: { links: {}, ...wired[name], ...change } };
}

function withNodeLinks(links: NamespaceSketch['links']): Sketch {
  return withNamespace('node', { links: { ...wired['node']?.links, ...links } });
}

function deletion(
  names: string[],
  more: Partial<DeletePodsOptions> = {},
  topology = topologyOf(wired),
): string {
  const plan = planDeletePods(
    topology,
    names.map((name) => `id-${name}`),
    { ...options, ...more },
  );
  return planAsText(plan);
}

function refuses(
  name: string,
  code: ErrorCode,
  message: RegExp,
  topology: Topology = topologyOf(wired),
  more: Partial<DeletePodsOptions> = {},
): void {
  assert.throws(
    () => deletion([name], more, topology),
    (error) => {
      assert.ok(error instanceof PatchbayError, String(error));
      assert.match(error.message, message);
      assert.equal(error.code, code);
      return true;
    },
  );
}

describe('planDeletePods', () => {
  it('deletes the cable first and the namespace then, with no way back', () => {
    const plan = planDeletePods(topologyOf(wired), ['id-web', 'id-web'], options);
    assert.equal(planAsText(plan), 'ip link del dev veth-web\nip netns del web\n');
    assert.equal(planAsUndoScript(plan), '');
    assert.equal(plan.title, 'Delete pod web');
    assert.deepEqual(plan.warnings, []);
  });

  it('deletes what is left of a pod whose cable is gone', () => {
    const { alias } = portOf('web');
    const left = withNamespace('web', { links: { lo: { ...lo, alias } } });
    assert.equal(deletion(['web'], {}, topologyOf(left)), 'ip netns del web\n');
  });

  it('deletes by its inner end a cable whose outer end was moved, renamed or is not known', () => {
    const inner = 'ip -n web link del dev eth0\nip netns del web\n';
    const moved = { ...wired, theirs: { links: { lo, x: { kind: 'veth', peer: 'web/eth0' } } } };
    const eth0 = { ...podOf('web', '10.244.0.2/24').links['eth0'], peer: 'theirs/x' };
    const topology = topologyOf({ ...moved, web: { links: { lo, eth0 } } });
    assert.equal(deletion(['web'], {}, topology), inner);
    const { kind, alias } = portOf('web');
    const unknown = topologyOf(withNamespace('web', { links: { lo, eth0: { kind, alias } } }));
    assert.equal(deletion(['web'], {}, unknown), inner);
  });

  it('takes the bridge that it made along with its last pods only', () => {
    const all = planDeletePods(topologyOf(wired), ['id-web', 'id-db'], { ...options, withBridge: true });
    assert.match(planAsText(all), /ip netns del db\nip link del dev cbr0\n$/);
    assert.equal(all.title, 'Delete 2 pods and bridge cbr0');
    const one = planDeletePods(topologyOf(wired), ['id-web'], { ...options, withBridge: true });
    assert.doesNotMatch(planAsText(one), /cbr0/);
    assert.deepEqual(one.warnings, ['cbr0 stays: veth-db is still plugged in.']);
    assert.doesNotMatch(deletion(['web', 'db']), /cbr0/);
  });

  it('leaves a bridge that it did not make, or that carries another link', () => {
    const foreign = topologyOf(withNodeLinks({ cbr0: { kind: 'bridge', alias: 'lab bridge' } }));
    const both = ['id-web', 'id-db'];
    const plan = planDeletePods(foreign, both, { ...options, withBridge: true });
    assert.doesNotMatch(planAsText(plan), /cbr0/);
    assert.deepEqual(plan.warnings, ['cbr0 stays: Patchbay did not make it.']);
    const vlan: Sketch = withNodeLinks({ 'cbr0.7': { kind: 'vlan' } });
    const edges: Edge[] = [{ kind: 'lower', a: idOf(vlan, 'node/cbr0.7'), b: idOf(vlan, 'node/cbr0') }];
    const carried = planDeletePods(topologyOf(vlan, { edges }), both, { ...options, withBridge: true });
    assert.deepEqual(carried.warnings, ['cbr0 stays: another link lies on it.']);
  });

  it('warns of what keeps the namespace alive, and of what goes with it', () => {
    const busy = withNamespace('web', {
      names: ['/run/netns/web', '/run/netns/alias'],
      processes: [{ pid: 412, name: 'nginx', containerId: null }],
      links: { ...podOf('web', '10.244.0.2/24').links, wg0: { kind: 'wireguard' }, sit0: { kind: 'sit' } },
    });
    const { warnings } = planDeletePods(topologyOf(busy), ['id-web'], options);
    assert.deepEqual(warnings, [
      '1 process of web will run on without a network: nginx (412).',
      'web is also kept by /run/netns/alias, which stays, without a network.',
      'wg0 of web, which Patchbay did not make, may go with web.',
    ]);
  });
});

describe('planDeletePods refuses', () => {
  it('what Patchbay did not make', () => {
    refuses('theirs', 'bad-input', /theirs was not made by Patchbay/);
    refuses('node', 'bad-input', /the node’s own namespace/);
    refuses('gone', 'not-found', /not on the node any more/);
    assert.throws(() => deletion([]), /No pod is chosen/);
  });

  it('a namespace into which only a tagged link was moved', () => {
    const moved = topologyOf(withNamespace('theirs', { links: { lo, x: { alias: 'patchbay:pod=web' } } }));
    refuses('theirs', 'bad-input', /carries the tag of the pod web, not of theirs/, moved);
  });

  it('a tagged namespace that has no name under which ip could delete it', () => {
    const nameless = topologyOf(withNamespace('web', { names: [] }));
    refuses('web', 'bad-input', /tag of the pod web/, nameless);
    const elsewhere = topologyOf(withNamespace('web', { names: ['/run/docker/netns/web'] }));
    refuses('web', 'bad-input', /tag of the pod web/, elsewhere);
  });

  it('a namespace whose links could not be read', () => {
    const unread = withNamespace('web', { links: {} });
    refuses(
      'web',
      'bad-input',
      /could not be read/,
      topologyOf(unread, { unknown: [unknownOf('links', 'id-web')] }),
    );
  });

  it('the whole, where one of several is not ours', () => {
    assert.throws(() => deletion(['web', 'theirs']), /theirs was not made by Patchbay/);
  });

  it('what its own connection uses', () => {
    const through = (localAddress: string): Partial<DeletePodsOptions> => ({ connection: { localAddress } });
    refuses('web', 'bad-input', /connection to the node uses eth0 of web/, undefined, through('10.244.0.2'));
    refuses('web', 'bad-input', /uses eth0 of web/, undefined, through('::ffff:10.244.0.2'));
    const withBridge = { ...through('10.244.0.1'), withBridge: true };
    assert.throws(() => deletion(['web', 'db'], withBridge), /uses cbr0 of the node/);
    deletion(['web', 'db'], through('10.244.0.1'));
    deletion(['web', 'db'], { ...through('192.0.2.10'), withBridge: true });
  });

  it('the link under the one that its own connection uses', () => {
    const vlan = withNodeLinks({ 'veth-web.5': { kind: 'vlan', addresses: ['10.5.0.1/24'] } });
    const edges: Edge[] = [
      { kind: 'lower', a: idOf(vlan, 'node/veth-web.5'), b: idOf(vlan, 'node/veth-web') },
    ];
    const connection = { localAddress: '10.5.0.1' };
    refuses('web', 'bad-input', /uses veth-web of the node/, topologyOf(vlan, { edges }), { connection });
  });

  it('nothing because of a loopback address, which every pod has as well', () => {
    assert.match(deletion(['web'], { connection: { localAddress: '127.0.0.1' } }), /netns del web/);
  });
});
