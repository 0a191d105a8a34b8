import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { parseTarget } from '../../../src/cli/targetArgument.ts';

describe('parseTarget', () => {
  it('reads every form of a target', () => {
    assert.deepEqual(parseTarget('local'), { kind: 'local' });
    assert.deepEqual(parseTarget('lab'), { kind: 'lab' });
    assert.deepEqual(parseTarget('ssh://host'), { kind: 'ssh', host: 'host' });
    assert.deepEqual(parseTarget('ssh://me@10.0.0.5:2222'), {
      kind: 'ssh',
      host: '10.0.0.5',
      user: 'me',
      port: 2222,
    });
    assert.deepEqual(parseTarget('ssh://me@[fe80::1]:22'), {
      kind: 'ssh',
      host: 'fe80::1',
      user: 'me',
      port: 22,
    });
    assert.deepEqual(parseTarget('x/y.patchbay.json'), {
      kind: 'recording',
      path: resolve('x/y.patchbay.json'),
    });
  });

  for (const text of [
    '',
    'host',
    'ssh://',
    'ssh://me:secret@host',
    'ssh://host/path',
    'http://host',
    'y.json',
  ]) {
    it(`refuses "${text}"`, () => assert.equal(parseTarget(text), null));
  }
});
