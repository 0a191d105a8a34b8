/** A still picture as a PNG. */
import { inSlices } from './inSlices.ts';
import { ShapePainter } from './paintShapes.ts';
import { pngRatio, type Still } from './still.ts';

/** Paints it in slices; it is packed beside the page. */
export async function paintPng(still: Still, askedRatio: number): Promise<Blob> {
  const { size, view } = still;
  const ratio = pngRatio(size, askedRatio);
  const canvas = new OffscreenCanvas(Math.floor(size.width * ratio), Math.floor(size.height * ratio));
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) {
    throw new Error('This browser gives no canvas to paint on.');
  }
  context.fillStyle = still.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(view.k * ratio, 0, 0, view.k * ratio, view.x * ratio, view.y * ratio);
  const painter = new ShapePainter(context, still.font);
  await inSlices(still.shapes, (shapes) => painter.paint(shapes));
  return canvas.convertToBlob({ type: 'image/png' });
}
