import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatAddress,
  formatSubnet,
  hostRange,
  parsePrefixedAddress,
  subnetOf,
  type Subnet,
} from '../../../src/pods/address.ts';
import { planCreatePods } from '../../../src/pods/create.ts';
import { suggestAddress } from '../../../src/pods/suggest.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import { idOf, topologyOf, type Sketch } from './sketch.ts';

interface Scene {
  readonly topology: Topology;
  readonly bridge: { readonly existing: string };
  readonly subnet: Subnet;
  /** Every address that a pod may still have, lowest first: counted out one by one. */
  readonly free: readonly string[];
}

/** A bridge with a small subnet, its gateway anywhere in it, and some of the rest taken by other pods. */
const anyScene: fc.Arbitrary<Scene> = fc
  .record({
    base: fc.constantFrom('10.244.7.0', '192.168.1.240', 'fd00:5::'),
    hostBits: fc.integer({ min: 2, max: 5 }),
    gateway: fc.nat(),
    taken: fc.array(fc.nat({ max: 31 }), { maxLength: 34 }),
  })
  .map(({ base, hostBits, gateway, taken }) => {
    const prefixed = parsePrefixedAddress(`${base}/${(base.includes(':') ? 128 : 32) - hostBits}`);
    assert.ok(prefixed);
    const subnet = subnetOf(prefixed);
    const hosts = hostsOf(subnet);
    const gatewayAt = gateway % hosts.length;
    const held = hosts.filter((_, at) => taken.includes(at));
    const suffix = `/${subnet.prefix}`;
    const sketch: Sketch = {
      node: { links: { br: { kind: 'bridge', addresses: [`${hosts[gatewayAt] ?? ''}${suffix}`] } } },
      old: { links: { eth0: { addresses: held.map((host) => `${host}${suffix}`) } } },
    };
    const free = hosts.filter((host, at) => at !== gatewayAt && !held.includes(host));
    return { topology: topologyOf(sketch), bridge: { existing: idOf(sketch, 'node/br') }, subnet, free };
  });

function hostsOf(subnet: Subnet): string[] {
  const [first, last] = hostRange(subnet);
  return Array.from({ length: Number(last - first) + 1 }, (_, at) =>
    formatAddress({ family: subnet.family, value: first + BigInt(at) }),
  );
}

const podNames = (count: number): string[] => Array.from({ length: count }, (_, at) => `p${at}`);

function allocated({ topology, bridge }: Scene, count: number, addresses: string[] = []): string[] {
  const { steps } = planCreatePods(topology, { names: podNames(count), bridge, addresses });
  return steps.flatMap(({ argv }) => (argv[3] === 'addr' ? (argv[5] ?? []) : []));
}

describe('the allocation of addresses', () => {
  it('gives out every free address of a subnet, lowest first, and then says that it is full', () => {
    fc.assert(
      fc.property(anyScene, (scene) => {
        const { free, subnet, topology, bridge } = scene;
        if (free.length > 0) {
          const expected = free.map((host) => `${host}/${subnet.prefix}`);
          assert.deepEqual(allocated(scene, free.length), expected);
        }
        assert.equal(suggestAddress(topology, bridge), free[0] ?? null);
        assert.throws(
          () => allocated(scene, free.length + 1),
          (error) =>
            error instanceof PatchbayError &&
            error.code === 'bad-input' &&
            error.message.includes(formatSubnet(subnet)) &&
            (free.length > 0 || error.message.includes('is full')),
        );
      }),
    );
  });

  it('keeps what was asked for, gives no address twice, and fills up around it', () => {
    const scenes = anyScene
      .filter(({ free }) => free.length > 0)
      .chain((scene) =>
        fc.tuple(
          fc.constant(scene),
          fc.subarray([...scene.free]).chain((some) => fc.shuffledSubarray(some, { minLength: some.length })),
        ),
      );
    fc.assert(
      fc.property(scenes, ([scene, wanted]) => {
        const got = allocated(scene, scene.free.length, wanted).map((text) => text.split('/')[0]);
        assert.deepEqual(got.slice(0, wanted.length), wanted);
        assert.deepEqual(got.toSorted(), scene.free.toSorted());
      }),
    );
  });
});
