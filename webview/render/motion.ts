/** What moves in the picture by itself: the dashes of a traced packet, and the glow of what has just changed. */
import type { Drawings } from './drawings.ts';
import { isHiddenAt } from './draw/drawItem.ts';
import { ringShape, routeShapes } from './paintScene.ts';
import { ShapePainter } from './paintShapes.ts';
import { detailAt, type RouteLine } from './renderer.ts';
import type { Scene } from './scene.ts';

export const glowMs = 2_400;
/** A part of the glow in which it does not fade yet. */
const glowHold = 0.35;
const flowPeriodMs = 700;

const reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');

/** True where nothing may move by itself. */
export function standsStill(): boolean {
  return reducedMotion.matches;
}

export class Motion {
  #glowing: ReadonlySet<string> = new Set();
  #glowsUntil = 0;
  #flows: readonly RouteLine[] = [];

  setGlow(keys: ReadonlySet<string>, now: number): void {
    if (keys.size > 0) {
      this.#glowing = keys;
      this.#glowsUntil = now + glowMs;
    }
  }

  setRoutes(routes: readonly RouteLine[]): void {
    this.#flows = routes.filter(({ tone }) => tone === 'flow');
  }

  get glowing(): ReadonlySet<string> {
    return this.#glowing;
  }

  /** True while there is something to paint at a time. */
  isSeen(now: number): boolean {
    if (now >= this.#glowsUntil) {
      this.#glowing = new Set();
    }
    return this.#glowing.size > 0 || this.#moves;
  }

  get #moves(): boolean {
    return this.#flows.length > 0 && !standsStill();
  }

  /** When it has to be painted next: a time, as of `performance.now()`, or `soon` for the next frame. */
  next(): number | 'soon' {
    return standsStill() ? this.#glowsUntil : 'soon';
  }

  paint(context: CanvasRenderingContext2D, scene: Scene, drawings: Drawings, k: number, now: number): void {
    const painter = new ShapePainter(context, drawings.palette.font);
    if (this.#moves) {
      context.lineDashOffset = -18 * ((now % flowPeriodMs) / flowPeriodMs);
      for (const line of this.#flows) {
        painter.paint(routeShapes(line, drawings, k).slice(1));
      }
      context.lineDashOffset = 0;
    }
    context.globalAlpha = this.#glowStrength(now);
    for (const key of this.#glowing) {
      const item = scene.byKey.get(key);
      if (item !== undefined && !isHiddenAt(item, detailAt(k))) {
        painter.paint([ringShape(item, { stroke: drawings.palette.changed, lineWidth: 4 }, k)]);
      }
    }
    context.globalAlpha = 1;
  }

  #glowStrength(now: number): number {
    const gone = 1 - (this.#glowsUntil - now) / glowMs;
    return standsStill() || gone < glowHold ? 1 : Math.max(0, (1 - gone) / (1 - glowHold));
  }
}
