import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { decodeFrame, linuxSll2 } from '../../../src/trace/decode.ts';
import { PcapReader, type PcapPacket } from '../../../src/trace/pcap.ts';
import { recordedCaptures } from './recorded.ts';

const cold = recordedCaptures.find((file) => file.endsWith('cold/node.pcap')) ?? '';
const bytes = new Uint8Array(readFileSync(cold));

function readAll(...chunks: readonly Uint8Array[]): PcapPacket[] {
  const reader = new PcapReader();
  return chunks.flatMap((chunk) => reader.push(chunk));
}

/** The same capture as a machine of the other byte order, or a tool that counts microseconds, would have written it. */
function rewritten(
  source: Uint8Array,
  { bigEndian, micro }: { bigEndian: boolean; micro: boolean },
): Uint8Array {
  const result = source.slice();
  const [from, to] = [
    new DataView(source.buffer, source.byteOffset, source.length),
    new DataView(result.buffer),
  ];
  const copy32 = (at: number, change = (value: number): number => value): void =>
    to.setUint32(at, change(from.getUint32(at, true)), !bigEndian);
  copy32(0, (magic) => (micro ? 0xa1b2c3d4 : magic));
  [8, 12, 16, 20].forEach((at) => copy32(at));
  for (let at = 24; at < source.length; at += 16 + from.getUint32(at + 8, true)) {
    [0, 8, 12].forEach((offset) => copy32(at + offset));
    copy32(at + 4, (ns) => (micro ? Math.floor(ns / 1000) : ns));
  }
  return result;
}

describe('PcapReader', () => {
  const whole = readAll(bytes);

  it('reads a recorded capture whole, with nanoseconds', () => {
    const reader = new PcapReader();
    assert.equal(reader.push(bytes).length, 10);
    assert.equal(reader.linkType, linuxSll2);
    assert.ok(whole.some(({ epochNs }) => epochNs % 1000n !== 0n));
    const times = whole.map(({ epochNs }) => epochNs);
    assert.ok(times.every((time) => time > 1_700_000_000_000_000_000n));
  });

  it('reads the same packets wherever the stream is cut', () => {
    for (let at = 0; at <= bytes.length; at++) {
      assert.deepEqual(readAll(bytes.subarray(0, at), bytes.subarray(at)), whole);
    }
    assert.deepEqual(readAll(...Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))), whole);
  });

  it('reads the other byte order', () => {
    assert.deepEqual(readAll(rewritten(bytes, { bigEndian: true, micro: false })), whole);
  });

  it('reads microseconds, in both byte orders', () => {
    const expected = whole.map((packet) => ({ ...packet, epochNs: (packet.epochNs / 1000n) * 1000n }));
    assert.deepEqual(readAll(rewritten(bytes, { bigEndian: false, micro: true })), expected);
    assert.deepEqual(readAll(rewritten(bytes, { bigEndian: true, micro: true })), expected);
  });

  it('calls a stream that is not pcap broken, and gives nothing of it', () => {
    const reader = new PcapReader();
    assert.deepEqual(reader.push(new TextEncoder().encode('tcpdump: no such device exists at all')), []);
    assert.equal(reader.broken, true);
    assert.deepEqual(reader.push(bytes), []);
  });

  it('stops at a record of impossible length, and keeps what came before', () => {
    const damaged = bytes.slice();
    const second = 24 + 16 + (whole[0]?.bytes.length ?? 0);
    new DataView(damaged.buffer).setUint32(second + 8, 0x7fff_ffff, true);
    const reader = new PcapReader();
    assert.deepEqual(reader.push(damaged), whole.slice(0, 1));
    assert.equal(reader.broken, true);
  });

  it('never throws on garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (garbage, withHeader) => {
        readAll(...(withHeader ? [bytes.subarray(0, 24)] : []), garbage);
      }),
    );
  });
});

describe('decodeFrame', () => {
  const packets = recordedCaptures.flatMap((file) => readAll(new Uint8Array(readFileSync(file))));

  it('never throws where a packet is cut short, and says the same or less', () => {
    for (const packet of packets) {
      const full = decodeFrame(packet);
      for (let length = 0; length < packet.bytes.length; length++) {
        const cut = decodeFrame({ ...packet, bytes: packet.bytes.subarray(0, length) });
        assert.equal(cut === null, length < 20);
        assert.ok(cut === null || cut.ifindex === full?.ifindex);
        if (cut) {
          const { kind } = cut.content;
          assert.ok(kind === full?.content.kind || kind === 'other', `${length} bytes read as ${kind}`);
        }
      }
    }
  });

  it('never throws on damaged packets', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...packets),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 12 }),
        (packet, changes) => {
          const damaged = packet.bytes.slice();
          for (const [at, value] of changes) {
            damaged[at % damaged.length] = value;
          }
          assert.ok(decodeFrame({ ...packet, bytes: damaged }));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('never throws on random bytes of any network protocol', () => {
    const etherTypes = [0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x1234];
    fc.assert(
      fc.property(
        fc.constantFrom(...etherTypes),
        fc.uint8Array({ minLength: 18, maxLength: 200 }),
        (type, rest) => {
          const random = new Uint8Array([type >> 8, type & 255, ...rest]);
          assert.ok(decodeFrame({ epochNs: 0n, bytes: random, originalLength: random.length }));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
