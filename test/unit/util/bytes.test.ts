import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeText, encodeText } from '../../../src/util/bytes.ts';

describe('decodeText and encodeText', () => {
  it('turn any bytes into text and back into the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) =>
        assert.deepEqual([...encodeText(decodeText(bytes))], [...bytes]),
      ),
    );
  });

  it('read UTF-8 as UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(decodeText(new TextEncoder().encode(text)), text);
      }),
    );
  });

  it('keep names apart that differ in a byte that is no UTF-8', () => {
    assert.notEqual(decodeText(Uint8Array.of(0x61, 0x80)), decodeText(Uint8Array.of(0x61, 0x81)));
  });
});
