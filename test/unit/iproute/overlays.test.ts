import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseOvsPorts, parseTeam, parseWireguard } from '../../../src/iproute/overlayParsers.ts';
import { linkSchema, parseRecords } from '../../../src/iproute/records.ts';
import { redactSnapshot } from '../../../src/iproute/redact/redact.ts';
import type { NamespaceSnapshot, Snapshot } from '../../../src/iproute/snapshot.ts';
import { buildTopology } from '../../../src/topology/build.ts';

const peer = 'PVvu6LdARFvY+yqF4ZVMJjXvfywFxd+bXrI977ztawo=';
const silent = 'eLRSCyw5zV2n8kMJx9dcrNfK543aCXJTFAX/lljvviA=';

/** As wg 1.0.20210914 printed them; the second endpoint without its link. */
const wireguard = [
  'wg0\t51820\n',
  `wg0\t${peer}\t192.0.2.9:4500\n${silent}\t(none)\n`,
  `wg0\t${peer}\t10.9.0.0/24 fd00::/64\nwg0\t${silent}\t(none)\n`,
  `wg0\t${peer}\t1764000000\nwg0\t${silent}\t0\n`,
];

/** As ovs-vsctl 3.1.0 printed it. */
const ovs = `{"data":[["br0",["set",[["uuid","a"],["uuid","b"]]]],["br1",["uuid","c"]]],"headings":["name","ports"]}
{"data":[[["uuid","a"],"veth1",["uuid","i"],5,["set",[]]],[["uuid","b"],"vx0",["uuid","j"],["set",[]],["set",[7,8]]],[["uuid","c"],"p1",["uuid","k"],["set",[]],9]],"headings":["_uuid","name","interfaces","tag","trunks"]}
{"data":[[["uuid","i"],"veth1","",["map",[]]],[["uuid","j"],"vx0","vxlan",["map",[["key","9"],["remote_ip","192.0.2.7"]]]],[["uuid","k"],"p1","patch",["map",[["peer","p0"]]]]],"headings":["_uuid","name","type","options"]}
`;

/** As teamd 1.31 prints its state, in part. */
const team = `{"ports":{"eth0":{"link":{"up":true}}},"runner":{"active_port":"eth0"},"setup":{"kernel_team_mode_name":"activebackup","runner_name":"activebackup"}}`;

/** A bond as iproute2 6.1 prints it (ip/iplink_bond.c, bond_print_opt), in part. */
const bond = `[{"ifindex":2,"ifname":"eth0","flags":["UP"],"mtu":1500,"operstate":"UP","master":"bond0","linkinfo":{"info_slave_kind":"bond","info_slave_data":{"state":"ACTIVE"}},"addr_info":[]},
{"ifindex":4,"ifname":"bond0","flags":["UP"],"mtu":1500,"operstate":"UP","linkinfo":{"info_kind":"bond","info_data":{"mode":"active-backup","active_slave":"eth0"}},"addr_info":[]}]`;

const namespace = (more: Partial<NamespaceSnapshot>): NamespaceSnapshot => ({
  ...{
    id: '1',
    root: true,
    paths: [],
    processes: [],
    links: [],
    routes: [],
    rules: [],
    neighbours: [],
    fdb: [],
  },
  ...{ nsids: null, netconf: null, vlans: null, state: null, wireguard: null, ovsPorts: null, teams: null },
  ...more,
});

const snapshot = (more: Partial<NamespaceSnapshot>): Snapshot => ({
  format: 'patchbay-snapshot',
  version: 1,
  takenAt: '2026-01-15T10:00:00.000Z',
  node: { hostname: 'edge', kernel: '6.1', os: '', iproute2: '', privilege: 'root' },
  namespaces: [namespace(more)],
  ...{ containers: [], runtimes: [], tunHolders: [], stateReadAt: null, unknown: [] },
});

describe('What programs of user space print', () => {
  it('of wireguard is read peer by peer', () => {
    assert.deepEqual(parseWireguard(wireguard, ['wg0']), [
      {
        ifname: 'wg0',
        listenPort: 51820,
        peers: [
          {
            key: peer,
            endpoint: { address: '192.0.2.9', port: 4500 },
            allowed: ['10.9.0.0/24', 'fd00::/64'],
            handshakeAt: 1764000000,
          },
          { key: silent, endpoint: null, allowed: [], handshakeAt: null },
        ],
      },
    ]);
  });

  it('of Open vSwitch is read port by port', () => {
    const nothing = { tag: null, trunks: [], remote: null, key: null, peer: null };
    assert.deepEqual(parseOvsPorts(ovs), [
      { ...nothing, bridge: 'br0', port: 'veth1', ifname: 'veth1', kind: '', tag: 5 },
      {
        ...nothing,
        ...{ bridge: 'br0', port: 'vx0', ifname: 'vx0', kind: 'vxlan', trunks: [7, 8] },
        ...{ remote: '192.0.2.7', key: '9' },
      },
      { ...nothing, bridge: 'br1', port: 'p1', ifname: 'p1', kind: 'patch', trunks: [9], peer: 'p0' },
    ]);
  });

  it('of a team is its runner and the port it sends through', () => {
    assert.deepEqual(parseTeam('team0', team), {
      ifname: 'team0',
      runner: 'activebackup',
      activePort: 'eth0',
    });
  });

  it('costs nothing when it is damaged', () => {
    const damaged = (text: string): fc.Arbitrary<string> =>
      fc
        .tuple(fc.nat(text.length), fc.nat(text.length), fc.string({ unit: 'binary' }))
        .map(([from, to, garbage]) => text.slice(0, from) + garbage + text.slice(to));
    fc.assert(
      fc.property(damaged(ovs), damaged(team), fc.tuple(...wireguard.map(damaged)), (a, b, c) => {
        parseOvsPorts(a);
        parseTeam('team0', b);
        assert.equal(parseWireguard(c, ['wg0']).length, 1);
      }),
      { numRuns: 100 },
    );
  });
});

describe('Links that are several in one', () => {
  it('name the member that they send through', () => {
    const { links, edges } = buildTopology(snapshot({ links: [...parseRecords(linkSchema, bond).records] }));
    const [eth0, bond0] = links;
    assert.deepEqual([bond0?.mode, bond0?.activeMember], ['active-backup', eth0?.id]);
    assert.deepEqual(edges, [{ kind: 'member', a: eth0?.id, b: bond0?.id }]);
  });

  it('give no name, key or address of theirs away in a redacted recording', () => {
    const [wg0] = parseWireguard(wireguard, ['wg0']);
    const redacted = JSON.stringify(
      redactSnapshot(snapshot({ wireguard: wg0 ? [wg0] : [], ovsPorts: parseOvsPorts(ovs) })),
    );
    for (const secret of [
      peer,
      silent,
      '192.0.2.9',
      '10.9.0.0',
      'fd00::',
      'wg0',
      'br0',
      'vx0',
      'p0',
      '192.0.2.7',
    ]) {
      assert.ok(!redacted.includes(`"${secret}`), secret);
    }
  });
});
