/**
 * One canvas as large as the window, over everything else: the frames of the step of a trace that is told. Only what was
 * drawn on it is wiped, and no tile is painted while frames move.
 */
import { boundsOf, type Point, type Rect, type Size } from '../layout/geometry.ts';
import { drawLoss, drawPackets, drawTag, drawTrail } from './draw/drawPacket.ts';
import type { Paint } from './draw/paint.ts';
import { framesAt, trailsAt, type Motion, type Note } from './motion.ts';
import { ShapePainter } from './paintShapes.ts';
import type { View } from './renderer.ts';
import type { Shape } from './shapes.ts';

export interface PacketFrame {
  readonly view: View;
  readonly window: Size;
  readonly ratio: number;
}

/** So far beyond its middle does a frame with its tag reach, in px. */
const reach = { x: 400, y: 64 } as const;

export class PacketLayer {
  readonly element = document.createElement('canvas');
  readonly #context = this.element.getContext('2d');
  #motion: Motion | null = null;
  #part = 0;
  #isStale = false;
  #drawn: Rect | null = null;
  #seen: PacketFrame | null = null;

  constructor() {
    this.element.className = 'packets';
  }

  /** Shows a step at a part (0–1) of its way; null shows nothing. */
  show(motion: Motion | null, part: number): void {
    this.#isStale ||= motion !== this.#motion || part !== this.#part;
    this.#motion = motion;
    this.#part = part;
  }

  /** The theme is another one. */
  invalidate(): void {
    this.#isStale = true;
  }

  /** Draws what has changed since the frame before. */
  frame(frame: PacketFrame, paint: Pick<Paint, 'palette' | 'fitter'>): void {
    const before = this.#seen;
    const isMoved =
      before?.view !== frame.view || before.window !== frame.window || before.ratio !== frame.ratio;
    this.#seen = frame;
    if (this.#context === null || !(this.#isStale || (isMoved && this.#motion !== null))) {
      return;
    }
    this.#isStale = false;
    this.#fit(frame);
    this.#wipe(this.#context);
    if (this.#motion !== null) {
      this.#draw(this.#context, this.#motion, frame, paint);
    }
  }

  #fit({ window: { width, height }, ratio }: PacketFrame): void {
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.element.width !== across || this.element.height !== down) {
      [this.element.width, this.element.height] = [across, down];
      this.element.style.width = `${width}px`;
      this.element.style.height = `${height}px`;
      this.#drawn = null;
    }
    this.#context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  #wipe(context: CanvasRenderingContext2D): void {
    if (this.#drawn !== null) {
      const { x, y, width, height } = this.#drawn;
      context.clearRect(x, y, width, height);
      this.#drawn = null;
    }
  }

  #draw(
    context: CanvasRenderingContext2D,
    motion: Motion,
    { view, window }: PacketFrame,
    paint: Pick<Paint, 'palette' | 'fitter'>,
  ): void {
    const onScreen = ({ x, y }: Point): Point => ({ x: x * view.k + view.x, y: y * view.k + view.y });
    const isNear = ({ x, y }: Point): boolean =>
      x > -reach.x && y > -reach.y && x < window.width + reach.x && y < window.height + reach.y;
    const trails = trailsAt(motion, this.#part).map((points) => points.map(onScreen));
    const frames = framesAt(motion, this.#part).map(onScreen).filter(isNear);
    const arrived = this.#part < 1 ? [] : motion.notes.map((note) => ({ ...note, ...onScreen(note) }));
    const notes = arrived.filter(isNear);
    new ShapePainter(context, paint.palette.font).paint([
      ...drawTrail(paint.palette, motion, trails),
      ...this.#drawFrames(motion, frames, paint, window),
      ...notes.flatMap((note) => this.#drawNote(note, paint, window)),
    ]);
    this.#drawn = aroundAll([...trails.flat(), ...frames, ...notes]);
  }

  #drawFrames(
    motion: Motion,
    frames: readonly Point[],
    paint: Pick<Paint, 'palette' | 'fitter'>,
    window: Size,
  ): Shape[] {
    const { palette } = paint;
    const [lead] = frames;
    if (motion.lost && this.#part === 1) {
      return frames.flatMap((at) => drawLoss(palette, motion.ghost, at));
    }
    const name = motion.ghost ? `${motion.frame}, not seen` : motion.frame;
    const at = lead && { x: lead.x + 11, y: lead.y - 27 };
    return [
      ...drawPackets(palette, motion, frames),
      ...(at ? drawTag(paint, name, palette.edge, at, window.width) : []),
    ];
  }

  #drawNote(note: Note, paint: Pick<Paint, 'palette' | 'fitter'>, window: Size): Shape[] {
    const isLost = note.tone === 'lost';
    const edge = isLost ? paint.palette.bad : paint.palette.good;
    const at = { x: note.x + (isLost ? 16 : 11), y: note.y + (isLost ? -9 : 10) };
    return drawTag(paint, note.text, edge, at, window.width);
  }
}

function aroundAll(points: readonly Point[]): Rect | null {
  if (points.length === 0) {
    return null;
  }
  const { x, y, width, height } = boundsOf([], [points]);
  return { x: x - reach.x, y: y - reach.y, width: width + 2 * reach.x, height: height + 2 * reach.y };
}
