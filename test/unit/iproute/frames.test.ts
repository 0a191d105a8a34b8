import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FrameReader, type Frame } from '../../../src/iproute/frames.ts';

const nonce = '5f0c8a2e';
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

type Text = Pick<Frame, 'header' | 'body'>;

function readInPieces(bytes: Uint8Array, cuts: readonly number[]): { frames: Text[]; noise: string } {
  const reader = new FrameReader(nonce);
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const frames = edges.slice(1).flatMap((edge, i) => reader.push(bytes.slice(edges[i], edge)));
  const texts = [...frames, ...reader.end()].map(({ header, body }) => ({ header, body }));
  return { frames: texts, noise: reader.noise };
}

describe('FrameReader', () => {
  it('reads the same frames wherever the stream is cut', () => {
    const body = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\x1e'));
    const property = fc.property(
      fc.array(body, { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (bodies, cuts) => {
        const text = `hello\n${bodies.map((content, i) => `\x1e${nonce} part ${i}\n${content}`).join('')}`;
        const { frames, noise } = readInPieces(encode(text), cuts);
        assert.deepEqual(
          frames,
          bodies.map((content, i) => ({ header: ['part', String(i)], body: content })),
        );
        assert.equal(noise, 'hello\n');
      },
    );
    fc.assert(property);
  });

  it('does not take a separator without the nonce for a frame', () => {
    const { frames } = readInPieces(encode(`\x1e${nonce} a\n\x1eforged b\n\x1e${nonce} c\n`), []);
    assert.deepEqual(frames, [
      { header: ['a'], body: '\x1eforged b\n' },
      { header: ['c'], body: '' },
    ]);
  });

  it('keeps everything as noise when no frame ever comes', () => {
    assert.deepEqual(readInPieces(encode('sh: not found'), [3]), { frames: [], noise: 'sh: not found' });
  });
});
