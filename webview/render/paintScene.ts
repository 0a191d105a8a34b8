/** The layers of a scene on canvases. */
import type { Rect } from '../layout/geometry.ts';
import { SceneShapes, type ShapeSource } from './draw/drawScene.ts';
import type { Drawings } from './drawings.ts';
import { ShapePainter } from './paintShapes.ts';
import type { Scene } from './scene.ts';
import type { TileContext, TilePainter } from './tiles.ts';

/** Paints one layer. */
export class LayerPainter implements TilePainter {
  readonly #source: ShapeSource;
  readonly #font: string;

  constructor(source: ShapeSource, { palette }: Drawings) {
    this.#source = source;
    this.#font = palette.font;
  }

  has(area: Rect, k: number): boolean {
    return this.#source.has(area, k);
  }

  paint(context: TileContext, area: Rect, k: number): void {
    const painter = new ShapePainter(context, this.#font);
    for (const shapes of this.#source.shapesIn(area, k)) {
      painter.paint(shapes);
    }
  }
}

/** All of a scene on one canvas of its shape, as from afar. */
export function paintThumbnail(canvas: HTMLCanvasElement, scene: Scene, drawings: Drawings): void {
  const context = canvas.getContext('2d');
  const { bounds } = scene;
  if (context !== null && bounds.width > 0) {
    const k = canvas.width / bounds.width;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(k, 0, 0, k, -bounds.x * k, -bounds.y * k);
    new LayerPainter(new SceneShapes(scene, drawings), drawings).paint(context, bounds, Math.min(k, 0.1));
  }
}
