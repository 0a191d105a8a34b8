/** The shapes of the items of a scene, each made once for each level of detail. */
import type { LinkId } from '../../src/topology/topology.ts';
import { drawItem } from './draw/drawItem.ts';
import type { Paint } from './draw/paint.ts';
import type { TextFitter } from './measure.ts';
import type { Palette } from './palette.ts';
import type { DetailLevel } from './renderer.ts';
import type { SceneItem } from './scene.ts';
import type { Shape } from './shapes.ts';

type Cache = WeakMap<SceneItem, readonly Shape[]>;

export class Drawings {
  readonly palette: Palette;
  readonly #fitter: TextFitter;
  #counters: (link: LinkId) => string = () => '';
  #caches: Partial<Record<DetailLevel, Cache>> = {};

  constructor(palette: Palette, fitter: TextFitter) {
    this.palette = palette;
    this.#fitter = fitter;
  }

  /** Forgets the drawings that tell counters. */
  setCounters(counters: (link: LinkId) => string): void {
    this.#counters = counters;
    this.#caches = { ...this.#caches, 4: new WeakMap() };
  }

  shapesOf(item: SceneItem, detail: DetailLevel): readonly Shape[] {
    const cache = (this.#caches[detail] ??= new WeakMap());
    let shapes = cache.get(item);
    if (shapes === undefined) {
      const paint: Paint = {
        detail,
        fitter: this.#fitter,
        palette: this.palette,
        counters: this.#counters,
      };
      shapes = drawItem(item, paint);
      cache.set(item, shapes);
    }
    return shapes;
  }
}
