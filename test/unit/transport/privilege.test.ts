import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { footholdArgv, parseFoothold, withPrivilege } from '../../../src/transport/privilege.ts';
import { quoteArgv } from '../../../src/util/quote.ts';

/** What a node with this login shell and environment answers. */
function answer(env: Record<string, string> = {}, before = ''): string {
  return execFileSync('sh', ['-c', before + quoteArgv(footholdArgv)], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
}

function foothold(stdout: string): ReturnType<typeof parseFoothold> {
  return parseFoothold({ stdout, stderr: '', exitCode: 0 });
}

describe('the foothold on a node', () => {
  it('tells the user id', () => {
    assert.equal(foothold(answer()).privilege.uid, process.getuid?.());
  });

  it("tells the node's own end of an SSH connection", () => {
    const read = (value: string): unknown => foothold(answer({ SSH_CONNECTION: value })).connection;
    assert.deepEqual(read('10.0.0.9 50123 10.0.0.5 22'), { localAddress: '10.0.0.5', localPort: 22 });
    assert.deepEqual(read('fe80::1%eth0 5 fe80::2%eth0 2222'), { localAddress: 'fe80::2', localPort: 2222 });
    assert.equal(read('UNKNOWN 65535 UNKNOWN x'), null);
    assert.equal(foothold(answer()).connection, null);
  });

  it('skips what a chatty login script prints first', () => {
    assert.equal(foothold(answer({}, 'echo "Welcome!"; echo 4711; ')).privilege.uid, process.getuid?.());
  });

  it('refuses a login shell that changes arguments, or runs nothing', () => {
    assert.throws(() => foothold(answer().replace('\\d', 'd')), { code: 'command-failed' });
    assert.throws(() => foothold('This account is currently not available.\n'), { code: 'command-failed' });
  });

  it('puts sudo before a command only where it is wanted and is the way', () => {
    const ip = ['ip', 'link'];
    assert.deepEqual(withPrivilege(ip, { uid: 1000, way: 'sudo' }, true), ['sudo', '-n', '--', 'ip', 'link']);
    assert.deepEqual(withPrivilege(ip, { uid: 1000, way: 'sudo' }), ip);
    assert.deepEqual(withPrivilege(ip, { uid: 0, way: 'root' }, true), ip);
    assert.deepEqual(withPrivilege(ip, { uid: 1000, way: 'none' }, true), ip);
  });
});
