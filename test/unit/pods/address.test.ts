import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import {
  bitsOf,
  contains,
  formatAddress,
  formatSubnet,
  hostRange,
  overlaps,
  parseAddress,
  parsePrefixedAddress,
  subnetOf,
  type Address,
  type PrefixedAddress,
  type Subnet,
} from '../../../src/pods/address.ts';

const anyAddress: fc.Arbitrary<Address> = fc.oneof(
  fc.bigInt(0n, 2n ** 32n - 1n).map((value) => ({ family: 4 as const, value })),
  fc.bigInt(0n, 2n ** 128n - 1n).map((value) => ({ family: 6 as const, value })),
);
const anyPrefixed: fc.Arbitrary<PrefixedAddress> = anyAddress.chain((address) =>
  fc.integer({ min: 1, max: bitsOf(address.family) }).map((prefix) => ({ address, prefix })),
);
/** An address that is often near the other one. */
const near = ({ address, prefix }: PrefixedAddress): fc.Arbitrary<Address> =>
  fc
    .bigInt(0n, 1n << BigInt(bitsOf(address.family) - prefix + 1))
    .map((offset) => ({ ...address, value: BigInt.asUintN(bitsOf(address.family), address.value + offset) }));

function blockListOf(subnet: Subnet): BlockList {
  const list = new BlockList();
  const base = formatAddress({ family: subnet.family, value: subnet.base });
  list.addSubnet(base, subnet.prefix, subnet.family === 4 ? 'ipv4' : 'ipv6');
  return list;
}

describe('addresses', () => {
  it('survive being written and read', () => {
    fc.assert(
      fc.property(anyPrefixed, ({ address, prefix }) => {
        const text = formatAddress(address);
        assert.equal(isIP(text), address.family);
        assert.deepEqual(parseAddress(text), address);
        assert.deepEqual(parsePrefixedAddress(`${text}/${prefix}`), { address, prefix });
      }),
    );
  });

  it('are in the subnets in which Node.js says they are', () => {
    fc.assert(
      fc.property(
        anyPrefixed.chain((prefixed) =>
          fc.tuple(fc.constant(prefixed), fc.oneof(near(prefixed), anyAddress)),
        ),
        ([prefixed, address]) => {
          const subnet = subnetOf(prefixed);
          const family = address.family === 4 ? 'ipv4' : 'ipv6';
          fc.pre(subnet.family === address.family);
          assert.equal(contains(subnet, address), blockListOf(subnet).check(formatAddress(address), family));
        },
      ),
    );
  });

  it('overlap in subnets if one holds the other’s first address', () => {
    fc.assert(
      fc.property(
        anyPrefixed.chain((a) =>
          fc.tuple(
            fc.constant(a),
            near(a).chain((address) =>
              fc.integer({ min: 1, max: bitsOf(address.family) }).map((prefix) => ({ address, prefix })),
            ),
          ),
        ),
        ([first, second]) => {
          const [a, b] = [subnetOf(first), subnetOf(second)];
          const holds = (outer: Subnet, inner: Subnet): boolean =>
            contains(outer, { family: inner.family, value: inner.base });
          assert.equal(overlaps(a, b), holds(a, b) || holds(b, a));
          assert.equal(overlaps(b, a), overlaps(a, b));
        },
      ),
    );
  });

  it('are read in full and plain forms only', () => {
    for (const text of [
      '',
      '1',
      '10.1',
      '0x7f.0.0.1',
      '01.2.3.4',
      '1.2.3.4 ',
      'fe80::1%eth0',
      '::1::',
      'a.b.c.d',
    ]) {
      assert.equal(parseAddress(text), null, text);
    }
    for (const text of [
      '10.0.0.1',
      '10.0.0.1/',
      '10.0.0.1/ 8',
      '10.0.0.1/08',
      '10.0.0.1/-1',
      '::/129',
      '/8',
    ]) {
      assert.equal(parsePrefixedAddress(text), null, text);
    }
  });

  it('leave out the network and broadcast addresses where there are such', () => {
    const hosts = (text: string): string[] => {
      const prefixed = parsePrefixedAddress(text);
      assert.ok(prefixed);
      const subnet = subnetOf(prefixed);
      return hostRange(subnet).map((value) => formatAddress({ family: subnet.family, value }));
    };
    assert.deepEqual(hosts('10.0.0.77/24'), ['10.0.0.1', '10.0.0.254']);
    assert.deepEqual(hosts('10.0.0.7/31'), ['10.0.0.6', '10.0.0.7']);
    assert.deepEqual(hosts('10.0.0.7/32'), ['10.0.0.7', '10.0.0.7']);
    assert.deepEqual(hosts('fd00::7/120'), ['fd00::1', 'fd00::ff']);
    assert.deepEqual(hosts('fd00::7/127'), ['fd00::6', 'fd00::7']);
    assert.equal(
      formatSubnet(subnetOf({ address: { family: 4, value: 0x0af40042n }, prefix: 20 })),
      '10.244.0.0/20',
    );
  });
});
