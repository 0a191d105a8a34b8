/** Pan and zoom by d3-zoom: pointer, wheel, pinch and calls from the keyboard. */
import { select, type Selection as D3Selection } from 'd3-selection';
import { zoom, zoomIdentity, type D3ZoomEvent, type ZoomBehavior } from 'd3-zoom';
import type { Point, Rect } from '../layout/geometry.ts';
import type { View } from './renderer.ts';
import { standsStill } from './stillness.ts';

const zoomRange: [number, number] = [0.04, 4];
const fitMargin = 28;
/** Fitting two pods does not blow them up. */
const largestFit = 1.35;
const moveMs = 180;
/** What moves is not left nearer to an edge of the window than this, in px: below there is its caption. */
const sight = { side: 48, top: 44, bottom: 96 } as const;

function easeOut(part: number): number {
  return 1 - (1 - part) ** 3;
}

export interface ViewportHandlers {
  /** For every change. */
  readonly onChange: (view: View) => void;
  /** For those made by hand; `isPan` where they only moved it. */
  readonly onUserMove: (isPan: boolean) => void;
}

/** Owns the view of one element. */
export class Viewport {
  readonly #element: HTMLElement;
  readonly #target: D3Selection<HTMLElement, unknown, null, undefined>;
  readonly #zoom: ZoomBehavior<HTMLElement, unknown>;
  #view: View = { x: 0, y: 0, k: 1 };
  #animation = 0;
  /** Where a glide is going; the next step of a key pressed meanwhile starts from there. */
  #goal: View | null = null;
  /** Presses that are not for panning. */
  taken: (event: MouseEvent) => boolean = () => false;

  constructor(element: HTMLElement, handlers: ViewportHandlers) {
    this.#element = element;
    this.#target = select(element);
    this.#zoom = zoom<HTMLElement, unknown>()
      .scaleExtent(zoomRange)
      .clickDistance(4)
      .filter((event: MouseEvent) => event.button === 1 || (!event.button && !this.#isTaken(event)))
      .on('start', (event: D3ZoomEvent<HTMLElement, unknown>) => {
        if (event.sourceEvent !== null) {
          this.#stop();
        }
      })
      .on('zoom', (event: D3ZoomEvent<HTMLElement, unknown>) => {
        const { x, y, k } = event.transform;
        const isPan = k === this.#view.k;
        this.#view = { x, y, k };
        handlers.onChange(this.#view);
        if (event.sourceEvent !== null) {
          handlers.onUserMove(isPan);
        }
      });
    this.#target.call(this.#zoom).on('dblclick.zoom', null);
  }

  #isTaken(event: MouseEvent): boolean {
    return event.type === 'mousedown' && this.taken(event);
  }

  /** The view, or the one that a glide is about to reach. */
  get view(): View {
    return this.#goal ?? this.#view;
  }

  /** Sets the view at once. */
  set(view: View): void {
    this.#stop();
    this.#apply(view);
  }

  #stop(): void {
    cancelAnimationFrame(this.#animation);
    this.#goal = null;
  }

  #apply(view: View): void {
    this.#target.call(
      this.#zoom.transform.bind(this.#zoom),
      zoomIdentity.translate(view.x, view.y).scale(view.k),
    );
  }

  /** Glides to a view; jumps where motion is to be reduced. */
  glide(to: View): void {
    if (standsStill()) {
      this.set(to);
      return;
    }
    const from = this.#view;
    const startedAt = performance.now();
    const step = (now: number): void => {
      const part = Math.min(1, Math.max(0, (now - startedAt) / moveMs));
      const mix = (a: number, b: number): number => a + (b - a) * easeOut(part);
      this.#apply({ x: mix(from.x, to.x), y: mix(from.y, to.y), k: mix(from.k, to.k) });
      if (part < 1) {
        this.#animation = requestAnimationFrame(step);
      } else {
        this.#goal = null;
      }
    };
    this.#stop();
    this.#goal = to;
    this.#animation = requestAnimationFrame(step);
  }

  /** The view that shows all of a rect. */
  fitOf(bounds: Rect): View {
    const { clientWidth: width, clientHeight: height } = this.#element;
    const scale = Math.min(
      (width - 2 * fitMargin) / Math.max(1, bounds.width),
      (height - 2 * fitMargin) / Math.max(1, bounds.height),
      largestFit,
    );
    const k = Math.max(zoomRange[0], scale);
    return {
      k,
      x: width / 2 - (bounds.x + bounds.width / 2) * k,
      y: height / 2 - (bounds.y + bounds.height / 2) * k,
    };
  }

  zoomBy(factor: number): void {
    const { clientWidth: width, clientHeight: height } = this.#element;
    const from = this.#goal ?? this.#view;
    const k = Math.min(zoomRange[1], Math.max(zoomRange[0], from.k * factor));
    const ratio = k / from.k;
    const about = (at: number, middle: number): number => middle - (middle - at) * ratio;
    this.glide({ k, x: about(from.x, width / 2), y: about(from.y, height / 2) });
  }

  panBy(delta: Point): void {
    const from = this.#goal ?? this.#view;
    this.set({ ...from, x: from.x + delta.x, y: from.y + delta.y });
  }

  /** Takes a point of the scene towards the part of the window where it is seen well, by a part (0–1) of what is missing, gliding for all of it; true where it moved. */
  keepInSight({ x: sceneX, y: sceneY }: Point, part: number): boolean {
    const { clientWidth: width, clientHeight: height } = this.#element;
    const { x, y, k } = this.view;
    const missing = (at: number, least: number, most: number): number =>
      at < least ? least - at : Math.min(0, most - at);
    const dx = missing(sceneX * k + x, sight.side, width - sight.side);
    const dy = missing(sceneY * k + y, sight.top, height - sight.bottom);
    if (dx === 0 && dy === 0) {
      return false;
    }
    const to = { k, x: x + dx * part, y: y + dy * part };
    if (part === 1) {
      this.glide(to);
    } else {
      this.set(to);
    }
    return true;
  }

  /** The view that brings a rect into sight by as little as needed, and nearer where it could not be read; null for the one there is. */
  toward(rect: Rect): View | null {
    const { clientWidth: width, clientHeight: height } = this.#element;
    const { x, y, k: before } = this.view;
    const k = Math.max(before, 0.5);
    if (k !== before) {
      const centre = { x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 };
      return { k, x: width / 2 - centre.x * k, y: height / 2 - centre.y * k };
    }
    const shift = (start: number, length: number, room: number): number =>
      start < fitMargin ? fitMargin - start : Math.min(0, room - fitMargin - start - length);
    const dx = shift(rect.x * k + x, rect.width * k, width);
    const dy = shift(rect.y * k + y, rect.height * k, height);
    return Math.hypot(dx, dy) < 0.5 ? null : { k, x: x + dx, y: y + dy };
  }

  /** The same for all of a rect: by moving alone where that does, smaller where it is larger than the screen. */
  towardWhole(rect: Rect): View | null {
    const { clientWidth: width, clientHeight: height } = this.#element;
    const { k } = this.view;
    const fits = rect.width * k <= width - 2 * fitMargin && rect.height * k <= height - 2 * fitMargin;
    return fits ? this.toward(rect) : this.fitOf(rect);
  }
}
