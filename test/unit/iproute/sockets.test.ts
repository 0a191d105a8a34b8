import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseSocketLines, parseSocketOwners } from '../../../src/iproute/sockets.ts';

const tail = '00000000:00000000 00:00000000 00000000     0        0 634 1 000000009c330f59 100 0 0 10 0';

describe('parseSocketLines', () => {
  const parsed = (line: string): string[] =>
    parseSocketLines(line).map(({ reader, inode, socket: { protocol, address, port } }) =>
      [reader, inode, protocol, address, port].join(' '),
    );

  it('reads listening TCP and bound UDP of both families', () => {
    assert.deepEqual(parsed(`/proc/self/net/tcp:   0: 0100007F:1F90 00000000:0000 0A ${tail}`), [
      'self 634 tcp 127.0.0.1 8080',
    ]);
    assert.deepEqual(
      parsed(
        `/proc/7/net/udp6:  12: B80D0120000000000000000001000000:0035 00000000000000000000000000000000:0000 07 ${tail}`,
      ),
      ['7 634 udp 2001:db8::1 53'],
    );
    assert.deepEqual(
      parsed(`/proc/7/net/tcp6:   0: ${'0'.repeat(32)}:0016 ${'0'.repeat(32)}:0000 0A ${tail}`),
      ['7 634 tcp :: 22'],
    );
    assert.deepEqual(
      parsed(
        `/proc/7/net/tcp6:   0: 0000000000000000FFFF00000100007F:0016 ${'0'.repeat(32)}:0000 0A ${tail}`,
      ),
      ['7 634 tcp ::ffff:127.0.0.1 22'],
    );
  });

  it('passes over closed TCP sockets, and anything else', () => {
    assert.deepEqual(parsed(`/proc/self/net/tcp:   0: 0100007F:1F90 00000000:0000 07 ${tail}`), []);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => parseSocketLines(text).length === 0));
  });
});

describe('parseSocketOwners', () => {
  it('knows all processes that share a socket, each once', () => {
    const owners = parseSocketOwners(
      '/proc/7/fd/3 socket:[634]\n/proc/7/fd/9 socket:[634]\n/proc/8/fd/3 socket:[634]\n/proc/9/fd/4 /dev/net/tun\n',
    );
    assert.deepEqual([...owners], [['634', [7, 8]]]);
  });
});
