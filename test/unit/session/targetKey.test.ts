import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { parseSshAddress, parseTargetKey, targetKey } from '../../../src/session/targetKey.ts';
import type { Target } from '../../../src/transport/target.ts';

describe('An SSH address as typed', () => {
  for (const [text, expected] of [
    ['db', { host: 'db' }],
    ['root@10.0.0.5', { user: 'root', host: '10.0.0.5' }],
    ['root@10.0.0.5:2222', { user: 'root', host: '10.0.0.5', port: 2222 }],
    [' ssh://me@db.example.com:22/ ', { user: 'me', host: 'db.example.com', port: 22 }],
    ['fe80::1%eth0', { host: 'fe80::1%eth0' }],
    ['me@[2001:db8::1]:22', { user: 'me', host: '2001:db8::1', port: 22 }],
    ['build-box_1', { host: 'build-box_1' }],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseSshAddress(text), { kind: 'ssh', ...expected });
    });
  }

  for (const text of [
    '',
    '@host',
    'user@',
    'a b',
    'host:0',
    'host:65536',
    'host:',
    'host:1:2',
    '-oProxyCommand=id',
    'me@-oProxyCommand=id',
    'host;id',
    '$(id)',
    'a@b@c',
    '[::1',
    '../etc',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseSshAddress(text), null);
    });
  }
});

describe('A target key', () => {
  const names = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/);
  const targets: fc.Arbitrary<Target> = fc.oneof(
    fc.constantFrom<Target>({ kind: 'lab' }, { kind: 'local' }),
    fc
      .record(
        { host: fc.oneof(names, fc.ipV6()), user: names, port: fc.integer({ min: 1, max: 65_535 }) },
        { requiredKeys: ['host'] },
      )
      .map((target): Target => ({ kind: 'ssh', ...target })),
    fc.string({ minLength: 1 }).map((path): Target => ({ kind: 'recording', path })),
  );

  it('leads back to its target', () => {
    fc.assert(
      fc.property(targets, (target) => {
        assert.deepEqual(parseTargetKey(targetKey(target)), target);
      }),
    );
  });

  it('is not read from anything else', () => {
    for (const text of ['', 'labs', 'ssh:', 'ssh:-x', 'recording:', 'http://x']) {
      assert.equal(parseTargetKey(text), null, text);
    }
  });
});
