/** Pure: a still picture as an SVG document that stands alone. */
import type { PictureWords } from '../graph/pictureWords.ts';
import { inSlices } from './inSlices.ts';
import type { Still } from './still.ts';
import { escapeXml, shapesToSvg, tag } from './svgText.ts';

/** Every program knows these. */
const genericFont = /(^|[\s,])(sans-serif|serif|monospace)\s*$/;

/** Writes it in slices: the page goes on meanwhile. */
export async function writeSvg(still: Still, { title, description }: PictureWords): Promise<string> {
  const { width, height } = still.size;
  const { x, y, k } = still.view;
  const shapes: string[] = [];
  await inSlices(still.shapes, (some) => shapes.push(shapesToSvg(some, still.widthOf)));
  const ground = shapesToSvg(
    [{ kind: 'rect', x: 0, y: 0, width, height, radius: 0, fill: still.ground }],
    still.widthOf,
  );
  const scene = { transform: `translate(${x} ${y}) scale(${k})`, 'stroke-linecap': 'round' };
  const document = tag(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      ...{ width, height, viewBox: `0 0 ${width} ${height}` },
      ...{ role: 'img', 'aria-labelledby': 'patchbay-title patchbay-description' },
      'font-family': genericFont.test(still.font) ? still.font : `${still.font}, sans-serif`,
    },
    [
      tag('title', { id: 'patchbay-title' }, escapeXml(title)),
      tag('desc', { id: 'patchbay-description' }, escapeXml(description)),
      ground,
      tag('g', { ...scene, 'stroke-linejoin': 'round' }, shapes.join('')),
    ].join('\n'),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${document}\n`;
}
