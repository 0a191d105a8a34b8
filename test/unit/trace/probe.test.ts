import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePing, pingArgv } from '../../../src/trace/probe.ts';
import { fixtures, recorded } from './recorded.ts';

const busybox = (name: string): string => readFileSync(join(fixtures, 'busybox-1.35', name), 'utf8');

describe('parsePing', () => {
  it('reads an answer of iputils', () => {
    const { probe } = recorded('cold');
    assert.deepEqual([probe.sent, probe.replied, probe.complaint], [true, true, null]);
    assert.ok(probe.rttMs !== null && probe.rttMs > 0 && probe.rttMs < 1000);
  });

  it('reads silence and complaints of iputils', () => {
    assert.deepEqual(recorded('ignored').probe, { sent: true, replied: false, rttMs: null, complaint: null });
    assert.match(
      recorded('no-route-at-node').probe.complaint ?? '',
      /^From 10.244.0.1 icmp_seq=1 Destination Net Unreachable$/,
    );
  });

  it('reads an answer, silence and a complaint of busybox', () => {
    const answered = parsePing({ stdout: busybox('ping-answered.txt'), stderr: '' });
    assert.deepEqual([answered.sent, answered.replied, typeof answered.rttMs], [true, true, 'number']);
    const silent = parsePing({ stdout: busybox('ping-unanswered.txt'), stderr: '' });
    assert.deepEqual(silent, { sent: true, replied: false, rttMs: null, complaint: null });
    const refused = parsePing({ stdout: '', stderr: busybox('ping-unreachable.stderr.txt') });
    assert.deepEqual([refused.sent, refused.replied], [false, false]);
    assert.match(refused.complaint ?? '', /Network is unreachable/);
  });
});

describe('pingArgv', () => {
  it('names a source only where one was asked for', () => {
    const words = pingArgv({ destination: '10.0.0.2', source: null, payloadBytes: 64 });
    assert.equal(words.includes('-I'), false);
    assert.deepEqual(pingArgv({ destination: '10.0.0.2', source: '10.0.0.1', payloadBytes: 64 }).slice(-3), [
      '-I',
      '10.0.0.1',
      '10.0.0.2',
    ]);
  });
});
