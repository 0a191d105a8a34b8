import assert from 'node:assert/strict';
import fc from 'fast-check';
import { applyDiff, diffTopology, isEmptyDiff, type TopologyDiff } from '../../../src/topology/diff.ts';
import type { Topology } from '../../../src/topology/topology.ts';

const id = fc.constantFrom('1:1', '1:2', '2:1', '2:2');
const namespace = fc.constantFrom('1', '2', '3');
const text = fc.constantFrom('a', 'b', '');
const raw = fc.record(
  {
    stats64: fc.nat(3),
    used: fc.nat(3),
    mode: fc.nat(2),
    nested: fc.record({ gc_timer: fc.nat(3), on: fc.boolean() }),
  },
  { requiredKeys: [] },
);
const unique = <T>(record: fc.Arbitrary<T>, key: (record: T) => unknown): fc.Arbitrary<T[]> =>
  fc.uniqueArray(record, { maxLength: 4, selector: key });

const topology: fc.Arbitrary<Topology> = fc.record({
  node: fc.record({
    hostname: text,
    kernel: text,
    os: text,
    iproute2: text,
    privilege: fc.constantFrom('root' as const, 'none' as const),
  }),
  takenAt: text,
  namespaces: unique(
    fc.record({
      id: namespace,
      name: text,
      names: fc.array(text, { maxLength: 2 }),
      root: fc.boolean(),
      pod: fc.constant(null),
      processes: fc.array(fc.record({ pid: fc.nat(2), name: text, containerId: fc.constant(null) }), {
        maxLength: 2,
      }),
      links: fc.array(id, { maxLength: 2 }),
    }),
    (one) => one.id,
  ),
  links: unique(
    fc.record({
      id,
      namespace,
      ifindex: fc.nat(2),
      name: text,
      kind: text,
      up: fc.boolean(),
      carrier: fc.boolean(),
      operstate: text,
      mac: fc.constant(null),
      mtu: fc.nat(2),
      addresses: fc.array(text, { maxLength: 2 }),
      master: fc.option(id),
      peer: fc.option(id),
      peerUnknown: fc.constant(null),
      alias: fc.option(text),
      ours: fc.boolean(),
      portState: fc.constant(null),
      raw,
    }),
    (one) => one.id,
  ),
  edges: unique(fc.record({ kind: fc.constantFrom('veth' as const, 'port' as const), a: id, b: id }), (one) =>
    JSON.stringify(one),
  ),
  // Routes, rules, neighbours and FDB entries may be there twice and more.
  routes: fc.array(
    fc.record({
      namespace,
      table: text,
      type: text,
      destination: text,
      gateway: fc.option(text),
      link: fc.option(id),
      source: fc.constant(null),
      scope: fc.constant(null),
      protocol: fc.constant(null),
      metric: fc.option(fc.nat(1)),
      family: fc.constantFrom(4 as const, 6 as const),
      raw,
    }),
    { maxLength: 5 },
  ),
  rules: fc.array(fc.record({ namespace, priority: fc.nat(1), source: text, table: fc.option(text), raw }), {
    maxLength: 5,
  }),
  neighbours: fc.array(
    fc.record({
      namespace,
      link: fc.option(id),
      address: text,
      mac: fc.option(text),
      states: fc.array(text, { maxLength: 1 }),
      raw,
    }),
    { maxLength: 5 },
  ),
  fdb: fc.array(
    fc.record({
      namespace,
      link: fc.option(id),
      bridge: fc.option(id),
      mac: text,
      vlan: fc.option(fc.nat(1)),
      state: text,
      flags: fc.array(text, { maxLength: 1 }),
      raw,
    }),
    { maxLength: 5 },
  ),
  unknown: fc.array(
    fc.record({ namespace: fc.option(namespace), what: text, reason: text, remedy: fc.constant(null) }),
    { maxLength: 3 },
  ),
});

/** The same records in one order: that of the collections is no part of a topology. */
function ordered(value: Topology): unknown {
  const canonical = (item: unknown): string =>
    JSON.stringify(item, (_, field: unknown) =>
      typeof field === 'object' && field !== null && !Array.isArray(field)
        ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
        : field,
    );
  return Object.fromEntries(
    Object.entries(value).map(([name, part]: [string, unknown]) => [
      name,
      Array.isArray(part) ? part.map(canonical).sort() : canonical(part),
    ]),
  );
}

const counterNames = new Set(['stats64', 'used', 'gc_timer']);

function withoutCounters(value: Topology): Topology {
  return JSON.parse(
    JSON.stringify(value, (name, field: unknown) => (counterNames.has(name) ? undefined : field)),
  ) as Topology;
}

const empty: Topology = {
  node: { hostname: '', kernel: '', os: '', iproute2: '', privilege: 'root' },
  takenAt: '',
  namespaces: [],
  links: [],
  edges: [],
  routes: [],
  rules: [],
  neighbours: [],
  fdb: [],
  unknown: [],
};
const route: Topology['routes'][number] = {
  namespace: '1',
  table: 'main',
  type: 'unicast',
  destination: 'default',
  gateway: null,
  link: null,
  source: null,
  scope: null,
  protocol: null,
  metric: null,
  family: 4,
  raw: {},
};
const overTheWire = (diff: TopologyDiff): TopologyDiff => JSON.parse(JSON.stringify(diff)) as TopologyDiff;

describe('diffTopology', () => {
  it('leads from one topology to the other', () => {
    fc.assert(
      fc.property(topology, topology, (before, after) => {
        const diff = diffTopology(before, after);
        const reached = applyDiff(before, overTheWire(diff));
        assert.deepEqual(ordered(withoutCounters(reached)), ordered(withoutCounters(after)));
      }),
      { numRuns: 500 },
    );
  });

  it('leads to the very counters when asked for them', () => {
    fc.assert(
      fc.property(topology, topology, (before, after) => {
        const diff = diffTopology(before, after, { counters: true });
        assert.deepEqual(ordered(applyDiff(before, diff)), ordered(after));
      }),
      { numRuns: 500 },
    );
  });

  it('finds nothing between a topology and itself in another order', () => {
    fc.assert(
      fc.property(topology, (before) => {
        const after = { ...before, links: before.links.toReversed(), routes: before.routes.toReversed() };
        assert.ok(isEmptyDiff(diffTopology(before, after, { counters: true })));
      }),
    );
  });

  it('names the fields that changed, from what to what', () => {
    const before: Topology = { ...empty, routes: [{ ...route, gateway: '10.0.0.1' }] };
    const after: Topology = { ...empty, routes: [{ ...route, gateway: '10.0.0.2', raw: {} }] };
    const { routes } = diffTopology(before, after);
    assert.deepEqual(routes.changed[0]?.fields, [{ field: 'gateway', from: '10.0.0.1', to: '10.0.0.2' }]);
    assert.deepEqual([routes.added, routes.removed], [[], []]);
  });

  it('tells which of two routes with one key went away', () => {
    const [one, two] = [
      { ...route, gateway: 'fe80::1' },
      { ...route, gateway: 'fe80::2' },
    ];
    const { routes } = diffTopology({ ...empty, routes: [one, two] }, { ...empty, routes: [two] });
    assert.deepEqual(routes, { added: [], removed: [one], changed: [] });
  });

  it('takes counters and ages for no change, unless it is asked to', () => {
    const aged = (used: number, valid: number): Topology => ({
      ...empty,
      routes: [{ ...route, raw: { used, addr: [{ valid_life_time: valid }] } }],
    });
    assert.ok(isEmptyDiff(diffTopology(aged(1, 50), aged(2, 49))));
    assert.ok(!isEmptyDiff(diffTopology(aged(1, 50), aged(2, 49), { counters: true })));
    assert.ok(!isEmptyDiff(diffTopology(aged(1, 50), aged(1, 4_294_967_295))));
  });
});
