/** The shapes of the items of a scene, each made once for each level of detail. */
import type { Looks } from './changedAreas.ts';
import { drawItem } from './draw/drawItem.ts';
import type { Paint } from './draw/paint.ts';
import type { TextFitter } from './measure.ts';
import type { Palette } from './palette.ts';
import type { CountersOf, DetailLevel } from './renderer.ts';
import type { SceneItem } from './scene.ts';
import type { Shape } from './shapes.ts';

type Cache = WeakMap<SceneItem, readonly Shape[]>;

export class Drawings {
  readonly palette: Palette;
  readonly fitter: TextFitter;
  #counters: CountersOf = () => [];
  readonly #caches: Partial<Record<DetailLevel, Cache>> = {};

  constructor(palette: Palette, fitter: TextFitter) {
    this.palette = palette;
    this.fitter = fitter;
  }

  /** Forgets the drawings of items whose counters have moved. */
  setCounters(counters: CountersOf, moved: readonly SceneItem[]): void {
    this.#counters = counters;
    moved.forEach((item) => this.#caches[4]?.delete(item));
  }

  /** As they are at a level of detail. */
  at(detail: DetailLevel): Looks {
    return {
      shapesOf: (item) => this.shapesOf(item, detail),
      widthOf: ({ text, size, weight }) => this.fitter.width(text, size, weight),
    };
  }

  shapesOf(item: SceneItem, detail: DetailLevel): readonly Shape[] {
    const cache = (this.#caches[detail] ??= new WeakMap());
    let shapes = cache.get(item);
    if (shapes === undefined) {
      const paint: Paint = {
        detail,
        fitter: this.fitter,
        palette: this.palette,
        counters: this.#counters,
      };
      shapes = drawItem(item, paint);
      cache.set(item, shapes);
    }
    return shapes;
  }
}
