import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePing, pingArgv } from '../../../src/trace/ping.ts';
import { probeOf } from '../../../src/trace/probe.ts';
import type { EchoProbe } from '../../../src/trace/trace.ts';
import { fixtures, recorded, silence } from './recorded.ts';

const busybox = (name: string): string => readFileSync(join(fixtures, 'busybox-1.35', name), 'utf8');

describe('parsePing', () => {
  it('reads an answer of iputils', () => {
    const { probe } = recorded('cold');
    assert.deepEqual([probe.sent, probe.outcome, probe.complaint], [true, 'answered', null]);
    assert.ok(probe.rttMs !== null && probe.rttMs > 0 && probe.rttMs < 1000);
  });

  it('reads silence and complaints of iputils', () => {
    assert.deepEqual(recorded('ignored').probe, silence);
    assert.match(
      recorded('no-route-at-node').probe.complaint ?? '',
      /^From 10.244.0.1 icmp_seq=1 Destination Net Unreachable$/,
    );
  });

  it('reads an answer, silence and a complaint of busybox', () => {
    const answered = parsePing({ stdout: busybox('ping-answered.txt'), stderr: '' });
    assert.deepEqual([answered.sent, answered.outcome, typeof answered.rttMs], [true, 'answered', 'number']);
    const silent = parsePing({ stdout: busybox('ping-unanswered.txt'), stderr: '' });
    assert.deepEqual(silent, silence);
    const refused = parsePing({ stdout: '', stderr: busybox('ping-unreachable.stderr.txt') });
    assert.deepEqual([refused.sent, refused.outcome], [false, 'unsent']);
    assert.match(refused.complaint ?? '', /Network is unreachable/);
  });
});

describe('pingArgv', () => {
  const target = { destination: '10.0.0.2', source: null, zone: null };
  const ping = probeOf({ kind: 'icmp', payloadBytes: 64 }) as EchoProbe;

  it('names a source only where one was asked for', () => {
    assert.equal(pingArgv(target, ping).includes('-I'), false);
    assert.deepEqual(pingArgv({ ...target, source: '10.0.0.1' }, ping).slice(-3), [
      '-I',
      '10.0.0.1',
      '10.0.0.2',
    ]);
  });

  it('asks busybox for nothing that it does not know, unless it must', () => {
    assert.equal(pingArgv(target, ping).join(' '), 'env LC_ALL=C ping -n -c 1 -W 2 -s 64 10.0.0.2');
    const wish = probeOf({
      kind: 'icmp',
      payloadBytes: 64,
      dontFragment: true,
      count: 3,
      intervalMs: 200,
      ttl: 1,
    });
    assert.equal(
      pingArgv(target, wish as EchoProbe).join(' '),
      'env LC_ALL=C ping -n -c 3 -W 2 -s 64 -i 0.2 -M do -t 1 10.0.0.2',
    );
  });

  it('names the link of a link-local destination', () => {
    assert.equal(pingArgv({ ...target, destination: 'fe80::1', zone: 'eth0' }, ping).at(-1), 'fe80::1%eth0');
  });
});

describe('probeOf', () => {
  it('refuses numbers out of range, and says the range', () => {
    assert.throws(() => probeOf({ kind: 'tcp', port: 0 }), /The port must be a whole number from 1 to 65535/);
    assert.throws(() => probeOf({ kind: 'icmp', ttl: 256 }), /The TTL must be a whole number from 1 to 255/);
    assert.throws(() => probeOf({ kind: 'icmp', count: 1.5 }), /The count must be/);
  });
});
