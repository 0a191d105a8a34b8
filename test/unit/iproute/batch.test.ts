import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseBatch, parseFdb, parseVlans } from '../../../src/iproute/batch.ts';

// As iproute2 6.1 printed them, shortened to the fields that matter.
const links =
  '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK"],"mtu":65536,"operstate":"DOWN","link_type":"loopback","addr_info":[]}]';
const routes =
  '[{"type":"unicast","dst":"10.244.0.0/24","dev":"eth0","table":"main","protocol":"kernel","scope":"link","flags":[]}]';
const rules = '[{"priority":0,"src":"all","table":"local","protocol":"kernel"}]';
const neighbours = '[{"dst":"10.244.0.1","dev":"eth0","lladdr":"de:80:eb:c4:29:f9","state":["REACHABLE"]}]';
const netconf =
  '[{"family":"inet","interface":"all","forwarding":true,"rp_filter":"strict","mc_forwarding":false,"proxy_neigh":false,"ignore_routes_with_linkdown":false}]';

describe('parseBatch', () => {
  it('assigns the answers to the sections in order', () => {
    const result = parseBatch(`${links}\n${routes}\n${rules}\n${neighbours}\n${netconf}\n`);
    assert.equal(result.links?.[0]?.ifname, 'lo');
    assert.equal(result.routes?.[0]?.dst, '10.244.0.0/24');
    assert.equal(result.rules?.[0]?.priority, 0);
    assert.equal(result.neighbours?.[0]?.lladdr, 'de:80:eb:c4:29:f9');
    assert.equal(result.netconf?.[0]?.rp_filter, 'strict');
    assert.deepEqual(result.failures, []);
  });

  it('costs one failed command only its own section', () => {
    const result = parseBatch(
      `${links}\nObject "rule" is unknown\nCommand failed -:3\n${routes}\n${neighbours}\n${netconf}`,
    );
    assert.equal(result.rules, null);
    assert.equal(result.routes?.length, 1);
    assert.equal(result.neighbours?.length, 1);
    assert.deepEqual(result.failures, [{ what: 'rules', reason: 'Object "rule" is unknown' }]);
  });

  it('costs invalid JSON only its own section', () => {
    const result = parseBatch(`${links}\n[{"dst":"default","dev"\n${rules}\n${neighbours}\n${netconf}`);
    assert.equal(result.routes, null);
    assert.equal(result.links?.length, 1);
    assert.equal(result.rules?.length, 1);
    assert.match(result.failures[0]?.reason ?? '', /^ip printed invalid JSON/);
  });

  it('recognises sections by their fields when a release prints nothing for an empty one', () => {
    const result = parseBatch(`${links}\n${rules}\n${neighbours}\n${netconf}`);
    assert.equal(result.links?.length, 1);
    assert.equal(result.rules?.length, 1);
    assert.equal(result.neighbours?.length, 1);
    assert.equal(result.routes, null);
  });

  it('reports why nothing came', () => {
    const result = parseBatch('Cannot open network namespace "web": No such file or directory\n');
    assert.equal(result.links, null);
    assert.equal(result.failures.length, 5);
    assert.match(result.failures[0]?.reason ?? '', /No such file/);
  });

  it('counts records of an unknown form and keeps the others', () => {
    const mixed = `[${links.slice(1, -1)},{"name":"eth9"}]`;
    const result = parseBatch(`${mixed}\n${routes}\n${rules}\n${neighbours}\n${netconf}`);
    assert.equal(result.links?.length, 1);
    assert.match(result.failures[0]?.reason ?? '', /^1 of 2 records/);
  });

  it('survives any text', () => {
    const piece = fc.oneof(
      fc.constantFrom(links, routes, rules, neighbours, netconf, 'Command failed -:2'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.nat(), (pieces, cut) => {
        const text = pieces.join('\n');
        parseBatch(text.slice(0, cut % (text.length + 1)));
        parseFdb(text);
      }),
    );
  });
});

describe('parseFdb', () => {
  it('reads entries and tells a complaint from an empty table', () => {
    assert.equal(
      parseFdb('[{"mac":"52:38:b7:04:71:39","ifname":"v1","flags":[],"master":"cbr0","state":"permanent"}]')
        .fdb?.length,
      1,
    );
    assert.deepEqual(parseFdb('\n').fdb, []);
    assert.deepEqual(parseFdb('sh: bridge: not found\n'), {
      fdb: null,
      failures: [{ what: 'fdb', reason: 'sh: bridge: not found' }],
    });
  });
});

describe('parseVlans', () => {
  it('reads the VLANs of each port, ranges among them', () => {
    // The form of iproute2's bridge/vlan.c; the kernel at hand has no VLAN filtering to record it from.
    const { vlans } = parseVlans(
      '[{"ifname":"v1","vlans":[{"vlan":1,"flags":["PVID","Egress Untagged"]},{"vlan":10,"vlanEnd":12}]}]',
    );
    assert.deepEqual(vlans?.[0]?.vlans, [
      { vlan: 1, flags: ['PVID', 'Egress Untagged'] },
      { vlan: 10, vlanEnd: 12, flags: [] },
    ]);
  });

  it('tells a complaint from an empty table', () => {
    assert.equal(parseVlans('exec: bridge: not found').vlans, null);
    assert.deepEqual(parseVlans('\n').vlans, []);
  });
});
