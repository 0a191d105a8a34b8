/** Random topologies, small enough that records collide. */
import fc from 'fast-check';
import type { Topology } from '../../../src/topology/topology.ts';
import { blankLink, blankNamespace, blankTopology } from '../blank.ts';

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

/** Fields that are the same in every sketch. */
const constants = <T extends object>(fields: T): { [K in keyof T]: fc.Arbitrary<T[K]> } =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fc.constant(value)])) as {
    [K in keyof T]: fc.Arbitrary<T[K]>;
  };

const withBarePrototypes: fc.Arbitrary<Topology> = fc.record({
  vlans: fc.constant([]),
  containers: fc.constant([]),
  sockets: unique(
    fc.record({
      namespace,
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      family: fc.constantFrom(4 as const, 6 as const),
      address: text,
      port: fc.nat(2),
      processes: fc.constant([]),
    }),
    (one) => `${one.namespace} ${one.protocol} ${one.address} ${one.port}`,
  ),
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
      ...constants(blankNamespace),
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
      ...constants(blankLink),
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
  rules: fc.array(
    fc.record({
      namespace,
      family: fc.constantFrom(4 as const, 6 as const),
      priority: fc.nat(1),
      source: text,
      table: fc.option(text),
      raw,
    }),
    {
      maxLength: 5,
    },
  ),
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

export const topologySketch: fc.Arbitrary<Topology> = withBarePrototypes.map(
  (topology) => JSON.parse(JSON.stringify(topology)) as Topology,
);

/** The same records in one order: that of the collections is no part of a topology. */
export function ordered(value: Topology): unknown {
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

export const emptySketch: Topology = {
  ...blankTopology,
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
export const routeSketch: Topology['routes'][number] = {
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
