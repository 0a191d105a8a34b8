import assert from 'node:assert/strict';
import type { Counters, LinkStatistics } from '../../../src/topology/topology.ts';
import { meterOf, mirror, trafficBetween, trafficLines } from '../../../webview/graph/rates.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import { podsOnBridge, trueShapes } from '../../harness/panel/topologies.ts';

const counters = (bytes: number, more: Partial<Counters> = {}): Counters => ({
  bytes,
  packets: bytes / 100,
  errors: 0,
  dropped: 0,
  ...more,
});
const statistics = (received: number, sent: number): LinkStatistics => ({
  received: counters(received),
  sent: counters(sent),
});

describe('the traffic of a link', () => {
  const first = { atMs: 1_000, statistics: statistics(10_000, 500) };
  const second = { atMs: 3_000, statistics: statistics(30_000, 500) };

  it('is told in totals at first, and then with its rates', () => {
    assert.deepEqual(trafficLines(trafficBetween(null, first)), [['↓ 10.0 kB'], ['↑ 500 B']]);
    assert.deepEqual(trafficLines(trafficBetween(first, second)), [
      ['↓ 30.0 kB', '10.0 kB/s', '100 pps'],
      ['↑ 500 B', '0 B/s', '0 pps'],
    ]);
  });

  it('has no rates where its counters went back: the link was made anew', () => {
    assert.equal(trafficBetween(second, { ...first, atMs: 5_000 }).rates, null);
  });

  it('tells few and many packets so that they can be read', () => {
    const after = (packets: number): string | undefined => {
      const now = { received: counters(10_000, { packets: 100 + 2 * packets }), sent: counters(500) };
      return trafficLines(trafficBetween(first, { atMs: 3_000, statistics: now }))[0].at(-1);
    };
    assert.equal(after(0.5), '0.5 pps');
    assert.equal(after(9_999), '9999 pps');
    assert.equal(after(123_456), '123.5k pps');
  });

  it('tells drops and errors where there are any', () => {
    const received = counters(100, { dropped: 3, errors: 1 });
    const [line] = trafficLines({ statistics: { received, sent: counters(0) }, rates: null });
    assert.deepEqual(line, ['↓ 100 B', '3 dropped', '1 error']);
  });

  it('is the other way round at the other end of a cable', () => {
    const { statistics: seen, rates } = mirror(trafficBetween(first, second));
    assert.equal(seen.sent.bytes, 30_000);
    assert.deepEqual(rates, { received: { bytes: 0, packets: 0 }, sent: { bytes: 10_000, packets: 100 } });
  });
});

describe('the link that is read for another', () => {
  it('is the node’s end of a pod’s cable', () => {
    const topology = podsOnBridge(2).build();
    const index = indexTopology(topology);
    const eth0 = topology.links.find(({ name, peer }) => name === 'eth0' && peer !== null);
    assert.ok(eth0?.peer);
    assert.deepEqual(meterOf(index, eth0.id), { link: eth0.peer, mirrored: true });
    assert.deepEqual(meterOf(index, eth0.peer), { link: eth0.peer, mirrored: false });
  });

  it('is the link itself where its cable leads to no end on the node, or to an end beside it', () => {
    const topology = trueShapes().build();
    const index = indexTopology(topology);
    const guest = topology.namespaces.find(({ name }) => name === 'nested-guest')?.id;
    const eth0 =
      topology.links.find(({ namespace, name }) => namespace === guest && name === 'eth0')?.id ?? '';
    assert.deepEqual(meterOf(index, eth0), { link: eth0, mirrored: false });
    const bridge = topology.links.find(({ kind }) => kind === 'bridge')?.id ?? '';
    assert.deepEqual(meterOf(index, bridge), { link: bridge, mirrored: false });
  });
});
