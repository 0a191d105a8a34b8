import assert from 'node:assert/strict';
import { diagnose, foundBy, mendOf, stateWith, undoOf } from './patched.ts';

const titles = (findings: readonly { readonly title: string }[]): string[] =>
  findings.map(({ title }) => title);

describe('the rules over a topology', () => {
  it('find nothing of weight on a healthy node, and say what was not read', () => {
    const { findings, unchecked } = diagnose();
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'info'),
      [],
    );
    assert.deepEqual(
      unchecked.map(({ what, namespaces }) => [what, namespaces.length]),
      [['Filters and switches', 5]],
    );
  });

  it('put the worst first', () => {
    const { findings } = diagnose({
      links: {
        '/veth-db': { flags: ['BROADCAST', 'MULTICAST'], operstate: 'DOWN' },
        'web/lo': { flags: ['LOOPBACK'], operstate: 'DOWN' },
      },
    });
    assert.deepEqual(findings.map(({ rule, severity }) => [rule, severity]).slice(0, 2), [
      ['link-down', 'error'],
      ['loopback-down', 'warning'],
    ]);
  });

  it('give a finding the same id in the next topology', () => {
    const patch = { links: { '/veth-db': { flags: [], operstate: 'DOWN' } } };
    assert.deepEqual(
      diagnose(patch).findings.map(({ id }) => id),
      diagnose(patch).findings.map(({ id }) => id),
    );
  });

  it('hold plain data', () => {
    const { findings } = diagnose({ ports: { '/veth-db': { learning: false, flood: false } } });
    assert.deepEqual(JSON.parse(JSON.stringify(findings)), findings);
  });
});

describe('bridge VLAN filtering', () => {
  const vlans = (db: number) => ({
    bridges: { '/cbr0': { vlan_filtering: 1 } },
    namespaces: {
      '': {
        vlans: ['cbr0', 'veth-web', 'veth-db', 'veth-third'].map((ifname) => ({
          ifname,
          vlans: [{ vlan: ifname === 'veth-db' ? db : 1, flags: ['PVID', 'Egress Untagged'] }],
        })),
      },
    },
  });

  it('finds the pod that is in another VLAN than the rest of its subnet, and puts it there', () => {
    const [finding, ...others] = foundBy('vlan-mismatch', vlans(20));
    assert.deepEqual(
      [finding?.title, finding?.severity, others.length],
      ['veth-db is in VLAN 20; the others of 10.244.0.0/24 are in VLAN 1.', 'error', 0],
    );
    assert.deepEqual(
      finding?.evidence.map(({ text }) => text),
      ['veth-db 20 PVID Egress Untagged'],
    );
    assert.deepEqual(mendOf(finding), [
      'bridge vlan add dev veth-db vid 1 pvid untagged',
      'bridge vlan del dev veth-db vid 20',
    ]);
    assert.deepEqual(undoOf(finding), [
      'bridge vlan del dev veth-db vid 1',
      'bridge vlan add dev veth-db vid 20 pvid untagged',
    ]);
  });

  it('says nothing where all are in one', () => {
    assert.deepEqual(foundBy('vlan-mismatch', vlans(1)), []);
  });

  it('says nothing of a bridge that does not filter', () => {
    assert.deepEqual(foundBy('vlan-mismatch', { ...vlans(20), bridges: {} }), []);
  });
});

describe('the spanning tree', () => {
  const blocking = (stp: number) => ({
    bridges: { '/cbr0': { stp_state: stp } },
    ports: { '/veth-db': { state: 'blocking' } },
  });

  it('is ended where no loop can be', () => {
    const [finding] = foundBy('port-not-forwarding', blocking(1));
    assert.equal(finding?.severity, 'warning');
    assert.deepEqual(mendOf(finding), [
      'ip link set dev cbr0 type bridge stp_state 0',
      'bridge link set dev veth-db state 3',
    ]);
  });

  it('is left alone where another bridge is in the segment', () => {
    const patch = {
      ...blocking(1),
      links: { '/veth-web': { master: 'cbr1' }, '/veth-far': { master: 'cbr0' } },
    };
    assert.ok(foundBy('port-not-forwarding', patch).length > 0);
    const uplink = { ...blocking(1), links: { '/veth-third': { link_netnsid: 99, link_index: 99 } } };
    assert.deepEqual(
      foundBy('port-not-forwarding', uplink).map(({ mend }) => mend),
      [null],
    );
  });
});

describe('filters', () => {
  const table = (rules: string, policy = 'accept') =>
    `table bridge guard {\n chain fwd {\n type filter hook forward priority 0; policy ${policy};\n ${rules}\n }\n}`;

  it('are an error where they drop all that goes from port to port', () => {
    const dropped = foundBy('bridge-filtered', { namespaces: { '': stateWith(table('', 'drop')) } });
    assert.deepEqual(titles(dropped), [
      'The policy of chain fwd of table bridge guard drops all IPv4 traffic between the ports of cbr0.',
      'The policy of chain fwd of table bridge guard drops all IPv6 traffic between the ports of cbr0.',
    ]);
  });

  it('are no fault where something may pass', () => {
    for (const rules of ['ip saddr 10.244.0.2 accept', 'limit rate 5/second accept', 'jump elsewhere']) {
      assert.deepEqual(
        titles(foundBy('bridge-filtered', { namespaces: { '': stateWith(table(rules, 'drop')) } })).filter(
          (title) => title.includes('IPv4'),
        ),
        [],
        rules,
      );
    }
  });

  it('are listed with what they dropped, as information', () => {
    const [finding] = foundBy('filter-drops', {
      namespaces: { db: stateWith(table('ip saddr 10.244.0.2 counter packets 3 bytes 252 drop')) },
    });
    assert.deepEqual(
      [finding?.severity, finding?.evidence.map(({ text }) => text)],
      ['info', ['ip saddr 10.244.0.2 drop (3 packets)']],
    );
  });

  it('offer no command that would have to quote a name of the node for nft', () => {
    const text = 'table ip f {\n chain c {\n type filter hook forward priority 0; policy drop;\n }\n}';
    const patch = {
      namespaces: { '': stateWith(text, { 'bridge.bridge-nf-call-iptables': 1 }) },
      links: {
        '/cbr0': { ifname: '";drop' },
        '/veth-web': { master: '";drop' },
        '/veth-db': { master: '";drop' },
        '/veth-third': { master: '";drop' },
      },
    };
    assert.deepEqual(
      foundBy('bridge-filtered', patch).map(({ mend }) => mend),
      [null],
    );
  });
});
