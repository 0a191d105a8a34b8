/** PNGs made small enough to be kept in the repository. */
import { crc32, deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';

const mostColours = 256;
/** So many of them are simply the most frequent ones. */
const frequentColours = 64;

/** The same picture in a third of the bytes: its most frequent colours as they are, and each other one as one that looks like it. */
export function shrinkPicture(png: Buffer): Buffer {
  const { width, height, data } = PNG.sync.read(png);
  const colours = Array.from({ length: width * height }, (_, at) => data.readUIntBE(at * 4, 3));
  const counts = new Map<number, number>();
  colours.forEach((colour) => counts.set(colour, (counts.get(colour) ?? 0) + 1));
  const byCount = [...counts].sort(([, a], [, b]) => b - a).map(([colour]) => colour);
  const { palette, places } = choosePalette(byCount);
  return indexedPng(
    width,
    palette,
    colours.map((colour) => places.get(colour) ?? 0),
  );
}

/** Takes the most frequent colours, and then again and again the one that is least like any so far. */
function choosePalette(byCount: readonly number[]): {
  palette: readonly number[];
  places: ReadonlyMap<number, number>;
} {
  const palette: number[] = [];
  const nearest = new Map(byCount.map((colour) => [colour, { place: 0, apart: Infinity }]));
  const add = (taken: number): void => {
    for (const [colour, { apart }] of nearest) {
      const now = distance(colour, taken);
      if (now < apart) {
        nearest.set(colour, { place: palette.length, apart: now });
      }
    }
    palette.push(taken);
  };
  byCount.slice(0, frequentColours).forEach(add);
  while (palette.length < Math.min(mostColours, byCount.length)) {
    const [farthest] = [...nearest].reduce((a, b) => (b[1].apart > a[1].apart ? b : a));
    add(farthest);
  }
  return { palette, places: new Map([...nearest].map(([colour, { place }]) => [colour, place])) };
}

function distance(a: number, b: number): number {
  const channel = (shift: number): number => (((a >> shift) & 255) - ((b >> shift) & 255)) ** 2;
  return channel(16) + channel(8) + channel(0);
}

/** A PNG of one byte a px: its place in a palette of 0xrrggbb. */
function indexedPng(width: number, palette: readonly number[], places: readonly number[]): Buffer {
  const height = places.length / width;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, by palette; the only compression and filtering there are, and no interlacing.
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.alloc(palette.length * 3);
  palette.forEach((colour, at) => colours.writeUIntBE(colour, at * 3, 3));
  // Each line begins with its filter, which is none.
  const lines = Buffer.alloc(height * (width + 1));
  places.forEach((place, at) => (lines[at + Math.floor(at / width) + 1] = place));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, checksum]);
}
