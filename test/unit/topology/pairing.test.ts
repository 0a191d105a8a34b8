import assert from 'node:assert/strict';
import type { LinkRecord } from '../../../src/iproute/records.ts';
import type { NamespaceSnapshot } from '../../../src/iproute/snapshot.ts';
import { pairVeths } from '../../../src/topology/pairing.ts';

type Veth = Pick<LinkRecord, 'ifindex' | 'link' | 'link_index' | 'link_netnsid'>;

const veth = (fields: Veth): LinkRecord => ({
  ifname: `v${fields.ifindex}`,
  flags: [],
  mtu: 1500,
  operstate: 'UP',
  addr_info: [],
  linkinfo: { info_kind: 'veth' },
  ...fields,
});

function namespace(
  id: string,
  veths: readonly Veth[],
  more: Partial<NamespaceSnapshot> = {},
): NamespaceSnapshot {
  const nothing = {
    routes: [],
    rules: [],
    neighbours: [],
    fdb: [],
    nsids: null,
    netconf: null,
    vlans: null,
    state: null,
    wireguard: null,
    ovsPorts: null,
    teams: null,
    paths: [],
    processes: [],
  };
  return { id, root: id === 'root', links: veths.map(veth), ...nothing, ...more };
}

describe('pairVeths', () => {
  it('pairs ends across namespaces when each is the only candidate of the other', () => {
    const { peers } = pairVeths([
      namespace('root', [
        { ifindex: 10, link_index: 2, link_netnsid: 0 },
        { ifindex: 11, link_index: 2, link_netnsid: 1 },
      ]),
      namespace('a', [{ ifindex: 2, link_index: 10, link_netnsid: 0 }]),
      namespace('b', [{ ifindex: 2, link_index: 11, link_netnsid: 0 }]),
    ]);
    assert.equal(peers.get('root:10'), 'a:2');
    assert.equal(peers.get('b:2'), 'root:11');
  });

  it('pairs two ends in one namespace by the name that iproute2 prints', () => {
    const { peers } = pairVeths([
      namespace('root', [
        { ifindex: 5, link: 'v6' },
        { ifindex: 6, link: 'v5' },
      ]),
    ]);
    assert.equal(peers.get('root:5'), 'root:6');
  });

  it('takes the own index for the peer where the kernel leaves out an equal one', () => {
    const { peers } = pairVeths([
      namespace('root', [{ ifindex: 7, link_netnsid: 0 }]),
      namespace('a', [{ ifindex: 7, link_netnsid: 0 }]),
    ]);
    assert.equal(peers.get('root:7'), 'a:7');
  });

  it('never guesses between equal candidates', () => {
    const { peers, unproven } = pairVeths([
      namespace('root', [{ ifindex: 10, link_index: 2, link_netnsid: 0 }]),
      namespace('a', [{ ifindex: 2, link_index: 10, link_netnsid: 0 }]),
      namespace('b', [{ ifindex: 2, link_index: 10, link_netnsid: 0 }]),
    ]);
    assert.equal(peers.size, 0);
    assert.equal(unproven.get('root:10'), 'ambiguous');
    assert.equal(unproven.get('a:2'), 'ambiguous');
  });

  it('decides between equal candidates by the ids that the kernel names', () => {
    const { peers, unproven } = pairVeths([
      namespace('root', [{ ifindex: 10, link_index: 2, link_netnsid: 0 }], {
        nsids: [{ nsid: 0, name: 'b' }],
      }),
      namespace('a', [{ ifindex: 2, link_index: 10, link_netnsid: 0 }]),
      namespace('b', [{ ifindex: 2, link_index: 10, link_netnsid: 0 }], { paths: ['/run/netns/b'] }),
    ]);
    assert.equal(peers.get('root:10'), 'b:2');
    assert.equal(unproven.get('a:2'), 'not-readable');
  });

  it('uses what one pair proves to decide another', () => {
    const { peers } = pairVeths([
      namespace('root', [
        { ifindex: 10, link_index: 2, link_netnsid: 0 },
        { ifindex: 11, link_index: 3, link_netnsid: 0 },
      ]),
      namespace('a', [
        { ifindex: 2, link_index: 10, link_netnsid: 0 },
        { ifindex: 3, link_index: 11, link_netnsid: 0 },
      ]),
      namespace('b', [{ ifindex: 3, link_index: 11, link_netnsid: 0 }]),
    ]);
    assert.equal(peers.get('root:10'), 'a:2');
    assert.equal(peers.get('root:11'), 'a:3');
    assert.equal(peers.get('b:3'), undefined);
  });

  it('says that a peer in a namespace nobody could read is not readable', () => {
    const { unproven } = pairVeths([namespace('root', [{ ifindex: 10, link_index: 2, link_netnsid: 4 }])]);
    assert.equal(unproven.get('root:10'), 'not-readable');
  });
});
