/** How much two PNGs look different. */
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

export interface PictureDifference {
  /** Px that look different; all of them where the sizes are not the same. */
  readonly pixels: number;
  /** 0–1: of all px. */
  readonly part: number;
  /** A PNG of the two on each other, with what differs in red. */
  readonly picture: Buffer;
}

/** Edges of letters and lines may be smoothed another way, and colours be off by what no eye sees. */
export function comparePictures(actual: Buffer, expected: Buffer): PictureDifference {
  const [a, b] = [PNG.sync.read(actual), PNG.sync.read(expected)];
  if (a.width !== b.width || a.height !== b.height) {
    return { pixels: a.width * a.height, part: 1, picture: actual };
  }
  const out = new PNG({ width: a.width, height: a.height });
  const pixels = pixelmatch(a.data, b.data, out.data, a.width, a.height, { threshold: 0.1 });
  return { pixels, part: pixels / (a.width * a.height), picture: PNG.sync.write(out) };
}
