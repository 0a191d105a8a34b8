import assert from 'node:assert/strict';
import { enterNamespace } from '../../../src/iproute/enterNamespace.ts';
import { captureFilter } from '../../../src/trace/captureFilter.ts';
import { countersBetween, parseCounters } from '../../../src/trace/counters.ts';

describe('enterNamespace', () => {
  const none = { root: false, names: [], processes: [] };

  it('finds the way into each kind of namespace', () => {
    assert.deepEqual(enterNamespace({ ...none, root: true }), []);
    assert.deepEqual(enterNamespace({ ...none, names: ['/run/docker/netns/a', '/run/netns/web'] }), [
      'ip',
      'netns',
      'exec',
      'web',
    ]);
    assert.deepEqual(enterNamespace({ ...none, names: ['/run/docker/netns/a'] }), [
      'nsenter',
      '--net=/run/docker/netns/a',
      '--',
    ]);
    assert.deepEqual(enterNamespace({ ...none, processes: [{ pid: 42 }] }), [
      'nsenter',
      '-t',
      '42',
      '-n',
      '--',
    ]);
    assert.equal(enterNamespace(none), null);
  });

  it('passes names on as they are, one word each', () => {
    assert.deepEqual(enterNamespace({ ...none, names: ['/run/netns/$(reboot)\n;'] }), [
      'ip',
      'netns',
      'exec',
      '$(reboot)\n;',
    ]);
  });
});

describe('captureFilter', () => {
  it('names each address once, by family', () => {
    assert.equal(
      captureFilter(['10.0.0.1', '10.0.0.2', '10.0.0.1']),
      '((arp or icmp) and (host 10.0.0.1 or host 10.0.0.2))',
    );
    assert.match(
      captureFilter(['fd00::1']),
      /^\(icmp6 and \(host fd00::1 or .*ip6\[48:4\] = 0xfd000000 .*ip6\[60:4\] = 0x00000001\)\)\)$/,
    );
  });
});

describe('counters', () => {
  it('counts what went through a link between two readings', () => {
    const text = (received: number, sent: number): string =>
      JSON.stringify([
        { ifindex: 2, ifname: 'eth0', stats64: { rx: { packets: received }, tx: { packets: sent } } },
      ]);
    const between = countersBetween(parseCounters('1', text(5, 7)), parseCounters('1', text(6, 9)));
    assert.deepEqual(between.get('1:2'), { received: 1, sent: 2 });
  });
});
