import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Topology } from '../../../src/topology/topology.ts';
import { completionsAt } from '../../../webview/graph/completion.ts';
import { noFindings } from '../../../webview/graph/findings.ts';
import { inRange, parseQuery, tokenize } from '../../../webview/graph/query.ts';
import { search } from '../../../webview/graph/search.ts';
import { linkKey, namespaceKey, selectionName } from '../../../webview/graph/selection.ts';
import { indexTopology, type TopologyIndex } from '../../../webview/graph/topologyIndex.ts';
import { findingsOf, withLinksDown } from '../../harness/panel/findings.ts';
import { broken, fiveBridges, hostileNames, podsOnBridge } from '../../harness/panel/topologies.ts';

const found = (index: TopologyIndex, query: string, findings = noFindings): string[] =>
  (search(index, query, findings)?.found ?? []).map((one) => selectionName(index, one));
const hints = (index: TopologyIndex, query: string): string => (search(index, query)?.hints ?? []).join(' ');

describe('search', () => {
  const index = indexTopology(podsOnBridge(20).build());
  const eth0 = index.topology.links.find((link) => link.addresses.includes('10.244.0.8/24'));

  it('finds by name, address and MAC, whatever the case, and nothing for an empty query', () => {
    for (const query of ['APP-7', '10.244.0.8/24', eth0?.mac?.toUpperCase() ?? '']) {
      assert.ok(search(index, query)?.keys.has(namespaceKey(eth0?.namespace ?? '')), query);
    }
    assert.equal(search(index, '  '), null);
  });

  it('wants all words, and quotes hold words together', () => {
    assert.deepEqual(found(index, 'eth0 10.244.0.8/24'), ['eth0 of app-7']);
    assert.deepEqual(found(index, 'eth0 nowhere'), []);
    assert.deepEqual(found(index, '"eth0 10.244.0.8/24"'), []);
  });

  it('finds the addresses within a range, of both families', () => {
    assert.deepEqual(found(index, '10.244.0.0/30'), ['cbr0 of node', 'eth0 of app-1', 'eth0 of app-2']);
    assert.equal(found(index, 'ip:10.244.0.0/28').length, 15);
    assert.deepEqual(found(index, 'fe80::/10'), ['eth0 of node']);
    assert.deepEqual(found(index, 'ip:FE80:0::1ff:fe23:4567:890a'), ['eth0 of node']);
  });

  it('takes an address with the length of its prefix for that one address', () => {
    assert.deepEqual(found(index, 'ip:10.244.0.8/24'), ['eth0 of app-7']);
  });

  it('takes a whole address after ip: for itself, and a part of one as text', () => {
    assert.deepEqual(found(index, 'ip:10.244.0.2'), ['eth0 of app-1']);
    assert.equal(found(index, 'ip:10.244.0.').length, 21);
  });

  it('says what is wrong with a range, and asks the rest all the same', () => {
    assert.match(hints(index, 'app-7 ip:10.244.0.0/99'), /\/99.*IPv4 has \/0 to \/32/);
    assert.deepEqual(found(index, 'app-7 ip:10.244.0.0/99'), ['app-7']);
    assert.match(hints(index, '10.244.0.0/33'), /\/33/);
    assert.match(hints(index, 'ip:localhost'), /is no address/);
  });

  it('says which keys there are, and takes an unknown one as text', () => {
    assert.match(hints(index, 'knd:veth'), /no “knd:”.*kind/);
    assert.deepEqual(found(index, 'knd:veth'), []);
    assert.equal(hints(index, eth0?.mac ?? ''), '');
    assert.equal(hints(index, 'fe80::1'), '');
  });

  it('finds by kind and by state, and says which there are where it finds none', () => {
    assert.deepEqual(found(index, 'kind:bridge'), ['cbr0 of node']);
    assert.equal(found(index, 'kind:veth').length, 40);
    assert.equal(found(index, 'kind:pod').length, 20);
    assert.match(hints(index, 'kind:wormhole'), /There is: .*bridge.*veth/);
    const node = indexTopology(broken().build());
    assert.ok(found(node, 'state:down').includes('eth0 of cache-down'));
    assert.ok(found(node, 'state:unknown').includes('eth0 of who-am-i'));
    assert.ok(!found(node, 'state:up').includes('eth0 of cache-down'));
  });

  it('leaves out what a minus is before', () => {
    const all = found(index, 'ns:app-7');
    assert.deepEqual(all, ['app-7']);
    assert.deepEqual(found(index, 'ns:app-7 kind:interface -kind:loopback'), ['eth0 of app-7']);
    assert.ok(!found(index, '-kind:veth').some((name) => name.startsWith('veth')));
  });

  it('finds a MAC by any part, however it is written', () => {
    const mac = eth0?.mac ?? '';
    for (const text of [mac, mac.replaceAll(':', '-'), mac.replaceAll(':', '').toUpperCase()]) {
      assert.deepEqual(found(index, `mac:${text}`), ['eth0 of app-7'], text);
    }
  });

  it('finds pods by process and container, and interfaces in them by something of their own', () => {
    const topology: Topology = podsOnBridge(2).build();
    const web = topology.namespaces.find((one) => one.name === 'web');
    const container = {
      id: 'c0ffee'.padEnd(64, '0'),
      namespace: web?.id ?? '',
      name: 'nginx-1',
      named: true,
      runtime: 'podman',
      image: 'docker.io/nginx',
      infra: false,
      pod: null,
      podNamespace: null,
      pids: [],
    };
    const node = indexTopology({ ...topology, containers: [container] });
    assert.deepEqual(found(node, 'container:nginx'), ['web']);
    assert.deepEqual(found(node, 'container:c0ffee kind:veth'), ['eth0 of web']);
    assert.deepEqual(found(node, 'process:sleep'), ['db', 'web']);
  });

  it('finds what hangs on a bridge', () => {
    const node = indexTopology(fiveBridges().build());
    assert.equal(found(node, 'bridge:isolated kind:pod').length, 5);
    assert.ok(found(node, 'bridge:cbr0').includes('vxlan1 of node'));
  });

  it('finds what a finding marks: by severity, by rule and by words', () => {
    const topology = withLinksDown(podsOnBridge(20).build(), ['app-7', 'app-12']);
    const [node, findings] = [indexTopology(topology), findingsOf(topology)];
    const both = ['eth0 of app-7', 'eth0 of app-12'];
    for (const query of ['finding:error', 'finding:link-down', 'finding:"is down"']) {
      assert.deepEqual(found(node, query, findings), both, query);
    }
    assert.deepEqual(found(node, 'finding:error finding:app-7', findings), ['eth0 of app-7']);
    assert.deepEqual(found(node, 'finding:warning', findings), []);
    assert.deepEqual(found(node, 'finding:error'), []);
  });

  it('lights a pod whose interface it found without counting it', () => {
    const matches = search(index, 'ip:10.244.0.8');
    assert.deepEqual(matches?.keys, new Set([linkKey(eth0?.id ?? ''), namespaceKey(eth0?.namespace ?? '')]));
  });

  it('goes through what it found in the order of the list', () => {
    assert.deepEqual(found(index, 'app-1').slice(0, 3), ['app-1', 'app-10', 'app-11']);
  });

  it('takes pattern characters for themselves', () => {
    assert.ok(found(indexTopology(hostileNames().build()), '$(reboot)').length > 0);
  });

  it('answers every text', () => {
    const piece = fc.constantFrom('-', '"', ':', '/', ' ', 'kind', 'ip', 'mac:', '10.', '::', '0', '99', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const query = pieces.join('');
        search(index, query);
        completionsAt(index, noFindings, { text: query, caret: query.length });
        assert.ok(tokenize(query).every(({ start, end }) => end > start));
      }),
    );
  });
});

describe('a range of addresses', () => {
  it('holds exactly the addresses that share its first bits', () => {
    const number = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(number, number), fc.integer({ min: 16, max: 32 }), ([low, high], prefix) => {
        const value = (10 << 24) | (244 << 16) | (high << 8) | low;
        const share = (value ^ ((10 << 24) | (244 << 16))) >>> (32 - prefix) === 0 || prefix === 0;
        assert.equal(inRange(`10.244.${high}.${low}`, { base: '10.244.0.0', prefix }), share);
      }),
    );
    assert.equal(inRange('::ffff:10.244.0.1', { base: '10.244.0.0', prefix: 16 }), false);
  });
});

describe('a query', () => {
  it('is read piece by piece', () => {
    assert.deepEqual(parseQuery('web -kind:veth ns:"my pod"').terms, [
      { kind: 'word', text: 'web', negated: false },
      { kind: 'field', key: 'kind', text: 'veth', exact: false, negated: true },
      { kind: 'field', key: 'ns', text: 'my pod', exact: true, negated: false },
    ]);
  });

  it('asks for nothing while a key has no value yet', () => {
    assert.deepEqual(parseQuery('kind:'), { terms: [], hints: [] });
  });
});

describe('the completion', () => {
  const index = indexTopology(fiveBridges().build());
  const offered = (text: string, caret = text.length): string[] =>
    completionsAt(index, noFindings, { text, caret }).map(
      ({ insert, from, to }) => text.slice(0, from) + insert + text.slice(to),
    );

  it('offers all keys where a word begins, and those that begin with what is typed', () => {
    assert.ok(offered('').includes('kind:'));
    assert.deepEqual(offered('web -ki'), ['web -kind:']);
    assert.deepEqual(offered('web'), []);
  });

  it('offers the values that are there, the commonest first', () => {
    assert.equal(offered('kind:')[0], 'kind:veth ');
    assert.ok(offered('bridge:').includes('bridge:br-storage '));
    assert.deepEqual(offered('bridge:stor'), ['bridge:br-storage ']);
  });

  it('offers the severities and rules of what was found', () => {
    const findings = findingsOf(withLinksDown(fiveBridges().build(), ['cni-1', 'cni-2']));
    const labels = completionsAt(index, findings, { text: 'finding:', caret: 8 }).map(({ label }) => label);
    assert.deepEqual(labels, ['error', 'link-down']);
  });

  it('replaces only the word at the caret', () => {
    assert.deepEqual(offered('ki web', 2), ['kind: web']);
  });
});
