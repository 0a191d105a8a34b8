/** Shapes on a canvas. */
import {
  roundCorners,
  type LineMark,
  type PathMark,
  type RectMark,
  type Shape,
  type TextMark,
} from './shapes.ts';

/** Shapes are made once and painted many times. */
const paths = new WeakMap<PathMark | LineMark, Path2D>();

function pathOf(shape: PathMark | LineMark): Path2D {
  let path = paths.get(shape);
  if (path === undefined) {
    path = shape.kind === 'path' ? movedPath(shape) : linePath(shape);
    paths.set(shape, path);
  }
  return path;
}

function movedPath({ d, x, y }: PathMark): Path2D {
  const moved = new Path2D();
  moved.addPath(new Path2D(d), { e: x, f: y });
  return moved;
}

function linePath(shape: LineMark): Path2D {
  const path = new Path2D();
  for (const points of shape.paths) {
    const [first] = points;
    if (first !== undefined) {
      path.moveTo(first.x, first.y);
      for (const { start, corner, end } of roundCorners(points, shape.radius)) {
        path.lineTo(start.x, start.y);
        if (end !== null) {
          path.quadraticCurveTo(corner.x, corner.y, end.x, end.y);
        }
      }
    }
  }
  return path;
}

const noDash: number[] = [];

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Paints onto one canvas; sets only what differs from the shape before, for that is most of the cost. */
export class ShapePainter {
  readonly #context: Context;
  readonly #family: string;
  #font = '';
  #fill = '';
  #stroke = '';
  #lineWidth = -1;
  #dash: readonly number[] = noDash;

  /** The context may not be changed by others while the painter is at work. */
  constructor(context: Context, fontFamily: string) {
    this.#context = context;
    this.#family = fontFamily;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.setLineDash(noDash);
    context.textBaseline = 'alphabetic';
  }

  paint(shapes: readonly Shape[]): void {
    for (const shape of shapes) {
      if (shape.kind === 'text') {
        this.#text(shape);
      } else if (shape.opacity === undefined) {
        this.#shape(shape);
      } else {
        const before = this.#context.globalAlpha;
        this.#context.globalAlpha = before * shape.opacity;
        this.#shape(shape);
        this.#context.globalAlpha = before;
      }
    }
  }

  #shape(shape: Exclude<Shape, TextMark>): void {
    this.#useInk(shape);
    const context = this.#context;
    if (shape.kind === 'rect' && shape.radius === 0) {
      this.#plainRect(shape);
      return;
    }
    const path = shape.kind === 'path' || shape.kind === 'line' ? pathOf(shape) : undefined;
    if (path === undefined) {
      this.#trace(shape as Exclude<Shape, TextMark | PathMark | LineMark>);
    }
    if (shape.fill !== undefined) {
      if (path === undefined) {
        context.fill();
      } else {
        context.fill(path);
      }
    }
    if (shape.stroke !== undefined) {
      if (path === undefined) {
        context.stroke();
      } else {
        context.stroke(path);
      }
    }
  }

  #plainRect({ x, y, width, height, fill, stroke }: RectMark): void {
    if (fill !== undefined) {
      this.#context.fillRect(x, y, width, height);
    }
    if (stroke !== undefined) {
      this.#context.strokeRect(x, y, width, height);
    }
  }

  #trace(shape: Exclude<Shape, TextMark | PathMark | LineMark>): void {
    this.#context.beginPath();
    if (shape.kind === 'rect') {
      this.#context.roundRect(shape.x, shape.y, shape.width, shape.height, shape.radius);
    } else {
      this.#context.arc(shape.x, shape.y, shape.radius, 0, 2 * Math.PI);
    }
  }

  #useInk({ fill, stroke, lineWidth = 1, dash = noDash }: Exclude<Shape, TextMark>): void {
    if (fill !== undefined) {
      this.#useFill(fill);
    }
    if (stroke === undefined) {
      return;
    }
    const context = this.#context;
    if (stroke !== this.#stroke) {
      context.strokeStyle = this.#stroke = stroke;
    }
    if (lineWidth !== this.#lineWidth) {
      context.lineWidth = this.#lineWidth = lineWidth;
    }
    if (dash !== this.#dash) {
      this.#dash = dash;
      context.setLineDash([...dash]);
    }
  }

  #useFill(fill: string): void {
    if (fill !== this.#fill) {
      this.#context.fillStyle = this.#fill = fill;
    }
  }

  #text(mark: TextMark): void {
    const context = this.#context;
    const font = `${mark.italic ? 'italic ' : ''}${mark.weight} ${mark.size}px ${this.#family}`;
    if (font !== this.#font) {
      context.font = this.#font = font;
    }
    context.textAlign = mark.anchor === 'middle' ? 'center' : 'left';
    if (mark.halo !== null) {
      this.#useInk({ kind: 'circle', x: 0, y: 0, radius: 0, stroke: mark.halo, lineWidth: mark.size * 0.3 });
      context.strokeText(mark.text, mark.x, mark.y);
    }
    this.#useFill(mark.fill);
    context.fillText(mark.text, mark.x, mark.y);
  }
}
