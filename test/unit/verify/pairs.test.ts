import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TopologyIndex } from '../../../src/trace/topologyIndex.ts';
import { chooseEnds } from '../../../src/verify/ends.ts';
import { learnedBy } from '../../../src/verify/learned.ts';
import { choosePairs, type Choice } from '../../../src/verify/pairs.ts';
import { podsOnBridge, TopologyBuilder } from '../../harness/panel/topologies.ts';
import { topologyOf, type Sketch } from '../pods/sketch.ts';

const both = [4, 6] as const;

const dual: Sketch = {
  node: {
    links: {
      eth0: { addresses: ['192.168.12.7/24', 'fe80::1/64'] },
      cbr0: { kind: 'bridge', addresses: ['10.244.0.1/24', 'fd00::1/64'] },
    },
  },
  web: {
    links: {
      lo: { kind: 'loopback', addresses: ['127.0.0.1/8'] },
      eth0: { addresses: ['10.244.0.2/24', 'fd00::2/64'] },
    },
  },
  old: { links: { eth0: { addresses: ['10.244.0.3/24', 'fe80::3/64'] } } },
  modern: { links: { eth0: { addresses: ['fe80::4/64', 'fd00::4/64'] } } },
  bare: { links: { lo: { kind: 'loopback', addresses: ['127.0.0.1/8'] } } },
};

function choose(pods: number, limit: number, seed = 1): Choice & { readonly size: number } {
  const index = new TopologyIndex(podsOnBridge(pods).build());
  const { ends } = chooseEnds(index, both);
  return { ...choosePairs(index, ends, both, { limit, seed }), size: ends.length };
}

const named = ({ pairs }: Choice): string[] =>
  pairs.map(({ from, to, family, destination }) => `${from.name} ${to.name} ${family} ${destination}`);

describe('the ends and pairs of a verification', () => {
  const index = new TopologyIndex(topologyOf(dual));

  it('are the node and the pods that have an address, each in its families, and who has none is named', () => {
    const { ends, notes } = chooseEnds(index, both);
    assert.deepEqual(
      ends.map(({ kind, name, ipv4, ipv6 }) => [kind, name, ipv4, ipv6]),
      [
        ['node', 'node', '192.168.12.7', 'fd00::1'],
        ['pod', 'web', '10.244.0.2', 'fd00::2'],
        ['pod', 'old', '10.244.0.3', null],
        ['pod', 'modern', null, 'fd00::4'],
      ],
    );
    assert.deepEqual(notes, ['bare has no address and was left out.']);
    const four = chooseEnds(index, [4]);
    assert.deepEqual(
      four.ends.map(({ name }) => name),
      ['node', 'web', 'old'],
    );
    assert.deepEqual(four.notes, ['modern and bare have no IPv4 address and were left out.']);
    assert.deepEqual(
      chooseEnds(index, both, new Set(['id-web'])).ends.map(({ name }) => name),
      ['node', 'web'],
    );
  });

  it('leave out without a word what a browser keeps for itself: a namespace of processes without an address', () => {
    const builder = new TopologyBuilder();
    builder.namespace('chrome', 'process');
    builder.namespace('empty', 'named');
    const { notes } = chooseEnds(new TopologyIndex(builder.build()), both);
    assert.deepEqual(notes, ['empty has no address and was left out.']);
  });

  it('take the address of the default route where there are several, and a lasting one before one that is fleeting', () => {
    const sketch: Sketch = {
      node: { links: { eth0: { addresses: ['192.168.12.7/24'] } } },
      web: {
        links: {
          net1: { addresses: ['10.9.0.2/24'] },
          eth0: { addresses: ['fd00::aaaa/64', 'fd00::2/64', '10.244.0.2/24'] },
        },
      },
    };
    const topology = topologyOf(sketch, {
      routes: [
        {
          namespace: 'id-web',
          table: 'main',
          type: 'unicast',
          destination: 'default',
          gateway: '10.244.0.1',
          link: 'id-web:2',
          source: null,
          scope: null,
          protocol: null,
          metric: null,
          family: 4,
          raw: {},
        },
      ],
    });
    const links = topology.links.map((link) => ({
      ...link,
      addressDetails: link.addresses.map((text) => ({
        address: text.replace(/\/.*/, ''),
        prefixLength: 64,
        family: 6 as const,
        scope: 'global',
        flags: text.includes('aaaa') ? ['temporary'] : [],
        peer: null,
        broadcast: null,
        label: null,
      })),
    }));
    const web = chooseEnds(new TopologyIndex({ ...topology, links }), both).ends[1];
    assert.deepEqual([web?.ipv4, web?.ipv6], ['10.244.0.2', 'fd00::2']);
  });

  it('are all pairs of each family, and dial the node in the network of who sends', () => {
    const { ends } = chooseEnds(index, both);
    const choice = choosePairs(index, ends, both, { limit: 100, seed: 1 });
    assert.deepEqual(named(choice), [
      'node web 4 10.244.0.2',
      'node old 4 10.244.0.3',
      'web node 4 10.244.0.1',
      'web old 4 10.244.0.3',
      'old node 4 10.244.0.1',
      'old web 4 10.244.0.2',
      'node web 6 fd00::2',
      'node modern 6 fd00::4',
      'web node 6 fd00::1',
      'web modern 6 fd00::4',
      'modern node 6 fd00::1',
      'modern web 6 fd00::2',
    ]);
    assert.deepEqual([choice.total, choice.sample], [12, null]);
  });

  it('are a sample above the limit: the same by the same seed, nobody twice, everybody sends and receives', () => {
    const sizes = fc.record({
      pods: fc.integer({ min: 2, max: 30 }),
      limit: fc.integer({ min: 1, max: 500 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(sizes, ({ pods, limit, seed }) => {
        const choice = choose(pods, limit, seed);
        const { pairs, total, size } = choice;
        assert.equal(total, size * (size - 1));
        assert.equal(pairs.length, Math.min(total, Math.max(limit, size)));
        assert.equal(new Set(named(choice)).size, pairs.length);
        assert.ok(pairs.every(({ from, to }) => from !== to));
        assert.equal(new Set(pairs.map(({ from }) => from.namespace)).size, size);
        assert.equal(new Set(pairs.map(({ to }) => to.namespace)).size, size);
        assert.deepEqual(choice.sample, total > limit ? { limit, seed } : null);
        assert.deepEqual(named(choose(pods, limit, seed)), named(choice));
      }),
      { numRuns: 60 },
    );
  });

  it('differ by the seed, and begin with those of the node', () => {
    const [one, other] = [choose(30, 200, 1), choose(30, 200, 2)];
    assert.notDeepEqual(named(one), named(other));
    assert.equal(
      one.pairs.filter(({ from, to }) => (from.kind === 'node') !== (to.kind === 'node')).length,
      60,
    );
  });

  it('name the neighbours that a ping teaches both ends, but for those that were known, and for routers', () => {
    const builder = podsOnBridge(2);
    const topology = builder.build();
    const [web, db] = topology.namespaces.slice(1);
    const eth0 = topology.links.find(({ namespace, name }) => namespace === web?.id && name === 'eth0');
    const before = { namespace: web?.id ?? '', link: eth0?.id ?? '', mac: null, states: ['FAILED'], raw: {} };
    const learnedIn = (known: readonly string[]): string[] => {
      const neighbours = known.map((address) => ({ ...before, address }));
      const here = new TopologyIndex({ ...topology, neighbours });
      const { pairs } = choosePairs(here, chooseEnds(here, both).ends, both, { limit: 100, seed: 1 });
      const pair = pairs.find(({ from, to }) => from.namespace === web?.id && to.namespace === db?.id);
      assert.ok(pair);
      return learnedBy(here)(pair).map(({ namespace, address }) => `${namespace} ${address}`);
    };
    assert.deepEqual(learnedIn([]), [`${web?.id} 10.244.0.3`, `${db?.id} 10.244.0.2`]);
    assert.deepEqual(learnedIn(['10.244.0.3']), [`${db?.id} 10.244.0.2`]);
  });
});
