import assert from 'node:assert/strict';
import { MonitorReader, parseMonitorLine } from '../../../src/iproute/monitor.ts';

describe('MonitorReader', () => {
  // As `ip -ts monitor label all-nsid` of iproute2 6.1 printed it.
  const recorded = [
    '[2026-11-22T15:50:29.055190] [nsid 2][LINK]2: eth0@if4: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default ',
    '    link/ether 8e:0f:5e:2b:da:f7 brd ff:ff:ff:ff:ff:ff link-netns n1',
    '[2026-11-22T15:50:29.056675] [nsid current][ROUTE]multicast ff00::/8 dev v3 table local proto kernel metric 256 pref medium',
    '[2026-11-22T15:50:29.059096] [nsid 2][ADDR]Deleted 2: v1    inet6 fe80::8c0f:5eff:fe2b:daf7/64 scope link tentative ',
    '       valid_lft forever preferred_lft forever',
    '[2026-11-22T15:50:29.083663] [nsid current][NSID]nsid 100 (iproute2 netns name: zz)',
    '[2026-11-22T15:50:29.083716] [nsid current][LINK]102: vz@if2: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default ',
    '',
  ].join('\n');

  it('reads the events of a stream that is cut anywhere', () => {
    const bytes = new TextEncoder().encode(recorded);
    for (const size of [1, 7, 64, bytes.length]) {
      const reader = new MonitorReader();
      const events = [];
      for (let at = 0; at < bytes.length; at += size) {
        events.push(...reader.push(bytes.slice(at, at + size)));
      }
      assert.deepEqual(events, [
        { nsid: 2, object: 'LINK', subject: null, deleted: false },
        { nsid: null, object: 'ROUTE', subject: null, deleted: false },
        { nsid: 2, object: 'ADDR', subject: null, deleted: true },
        { nsid: null, object: 'NSID', subject: 100, deleted: false },
        { nsid: null, object: 'LINK', subject: null, deleted: false },
      ]);
    }
  });

  it('reads a monitor of one namespace, which prints no nsid', () => {
    assert.deepEqual(parseMonitorLine('[2026-11-22T15:50:29.0] [LINK]2: eth0: <UP>'), {
      nsid: null,
      object: 'LINK',
      subject: null,
      deleted: false,
    });
  });

  it('tells whose id went away, and who says so', () => {
    const line = '[2026-11-22T15:50:29.0] [nsid current][NSID]Deleted nsid 3 (iproute2 netns name: a)';
    assert.deepEqual(parseMonitorLine(line), { nsid: null, object: 'NSID', subject: 3, deleted: true });
  });
});
