import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { decodeText } from '../../../src/util/bytes.ts';
import { quoteArgv, quoteWord } from '../../../src/util/quote.ts';

describe('quoteArgv', () => {
  it('survives a real shell, whatever the words', () => {
    const word = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        const script = `for word in ${quoteArgv(words)}; do printf '%s\\0' "$word"; done`;
        const out = execFileSync('sh', ['-c', script]).toString('utf8').split('\0').slice(0, -1);
        assert.deepEqual(
          out,
          words.map((text) => Buffer.from(text).toString('utf8')),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('brings bytes that are not UTF-8 through a shell', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 15 }), (bytes) => {
        fc.pre(!bytes.includes(0));
        const script = `printf '%s' ${quoteWord(decodeText(bytes))}`;
        assert.deepEqual([...execFileSync('sh', ['-c', script])], [...bytes]);
      }),
      { numRuns: 100 },
    );
  });

  it('writes what would act on a terminal, or deceive its reader, in letters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes('\0'));
        const line = quoteWord(text);
        assert.doesNotMatch(line, /[\u0001-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
    const word = 'a\u0003\r\u001b[31m\u202eb\n\u0085';
    assert.equal(execFileSync('sh', ['-c', `printf '%s' ${quoteWord(word)}`]).toString(), word);
  });

  it('leaves words that need no quotes as they are, so that shown commands read well', () => {
    assert.equal(
      quoteArgv(['ip', '-n', 'web', 'addr', 'add', '10.244.0.2/24', 'dev', 'eth0']),
      'ip -n web addr add 10.244.0.2/24 dev eth0',
    );
    assert.equal(quoteWord("a'b"), `'a'\\''b'`);
    assert.equal(quoteWord(''), `''`);
    assert.equal(quoteWord('~root'), `'~root'`);
  });

  it('refuses a NUL byte, which no argv can hold', () => {
    assert.throws(() => quoteWord('a\0b'), RangeError);
  });
});
