import assert from 'node:assert/strict';
import { isSince, parseIproute2Version } from '../../../../src/iproute/netlink/version.ts';

describe('The release of iproute2', () => {
  it('is read from what "ip -V" prints', () => {
    assert.deepEqual(parseIproute2Version('ip utility, iproute2-6.1.0, libbpf 1.1.2'), [6, 1]);
    assert.deepEqual(parseIproute2Version('ip utility, iproute2-5.15.0'), [5, 15]);
  });

  it('is not known of older ones, nor of other programs', () => {
    for (const line of [
      'ip utility, iproute2-ss190107',
      'ip utility, iproute2-5.4.0',
      'BusyBox v1.35.0',
      '',
    ]) {
      assert.equal(parseIproute2Version(line), null, line);
    }
  });

  it('compares by number, not by text', () => {
    assert.ok(isSince([5, 18], 5, 9));
    assert.ok(isSince([6, 0], 5, 18));
    assert.ok(!isSince([5, 18], 6, 0));
  });
});
