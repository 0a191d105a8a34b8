/**
 * One canvas over everything else: the frames of the step of a trace that is told. It is no larger than the way that they
 * run, as far as that is in sight, for its size is what a frame costs; and no tile is painted while they run.
 */
import { boundsOf, type Point, type Rect, type Size } from '../layout/geometry.ts';
import { drawLoss, drawPackets, drawTag, drawTrail, tagReach } from './draw/drawPacket.ts';
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

type Words = Pick<Paint, 'palette' | 'fitter'>;

export class PacketLayer {
  readonly element = document.createElement('canvas');
  readonly #context = this.element.getContext('2d');
  #motion: Motion | null = null;
  #part = 0;
  #isStale = false;
  #seen: PacketFrame | null = null;

  constructor() {
    this.element.className = 'packets';
    this.element.hidden = true;
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
  frame(frame: PacketFrame, words: Words): void {
    const before = this.#seen;
    const isMoved =
      before?.view !== frame.view || before.window !== frame.window || before.ratio !== frame.ratio;
    this.#seen = frame;
    if (this.#isStale || (isMoved && this.#motion !== null)) {
      this.#isStale = false;
      const area = this.#motion && areaOf(this.#motion, frame);
      this.element.hidden = area === null;
      if (this.#context !== null && this.#motion !== null && area !== null) {
        this.#place(area, frame.ratio);
        this.#draw(this.#context, this.#motion, area, frame, words);
      }
    }
  }

  #place({ x, y, width, height }: Rect, ratio: number): void {
    const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.element.width !== across || this.element.height !== down) {
      [this.element.width, this.element.height] = [across, down];
      this.element.style.width = `${width}px`;
      this.element.style.height = `${height}px`;
    }
    this.element.style.transform = `translate(${x}px, ${y}px)`;
  }

  #draw(
    context: CanvasRenderingContext2D,
    motion: Motion,
    area: Rect,
    { view, window, ratio }: PacketFrame,
    words: Words,
  ): void {
    context.setTransform(ratio, 0, 0, ratio, -area.x * ratio, -area.y * ratio);
    context.clearRect(area.x, area.y, area.width, area.height);
    const frames = framesAt(motion, this.#part).map((at) => onScreen(at, view));
    const trails = trailsAt(motion, this.#part).map((points) => points.map((at) => onScreen(at, view)));
    const notes = this.#part < 1 ? [] : motion.notes;
    new ShapePainter(context, words.palette.font).paint([
      ...drawTrail(words.palette, motion, trails),
      ...this.#drawFrames(motion, frames, words, window),
      ...notes.flatMap((note) => drawNote({ ...note, ...onScreen(note, view) }, words, window)),
    ]);
  }

  #drawFrames(motion: Motion, frames: readonly Point[], words: Words, window: Size): Shape[] {
    const { palette } = words;
    const [lead] = frames;
    if (motion.lost && this.#part === 1) {
      return frames.flatMap((at) => drawLoss(palette, motion.ghost, at));
    }
    const at = lead && { x: lead.x + 11, y: lead.y - 27 };
    return [
      ...drawPackets(palette, motion, frames),
      ...(at ? drawTag(words, motion.frame, palette.edge, at, window.width) : []),
    ];
  }
}

function onScreen({ x, y }: Point, view: View): Point {
  return { x: x * view.k + view.x, y: y * view.k + view.y };
}

function drawNote(note: Note, words: Words, window: Size): Shape[] {
  const isLost = note.tone === 'lost';
  const edge = isLost ? words.palette.bad : words.palette.good;
  const at = { x: note.x + (isLost ? 16 : 11), y: note.y + (isLost ? -9 : 10) };
  return drawTag(words, note.text, edge, at, window.width);
}

/** So far does a frame reach around its place, in px; to the right its tag does. */
const around = 40;

/** What a motion may draw on, on whole px of the window; null where nothing of it is in sight. */
function areaOf({ courses, notes }: Motion, { view, window }: PacketFrame): Rect | null {
  const paths = [...courses.map(({ points }) => points), notes];
  const places = paths.map((points) => points.map((at) => onScreen(at, view)));
  const { x, y, width, height } = boundsOf([], places);
  // A tag at the right edge is moved to the left.
  const left = Math.max(0, Math.min(x, window.width - tagReach) - around);
  const top = Math.max(0, y - around);
  const right = Math.min(window.width, x + width + tagReach + around);
  const bottom = Math.min(window.height, y + height + around);
  const [fromX, fromY] = [Math.floor(left), Math.floor(top)];
  const area = { x: fromX, y: fromY, width: Math.ceil(right) - fromX, height: Math.ceil(bottom) - fromY };
  return courses.length === 0 || area.width <= 0 || area.height <= 0 ? null : area;
}
