/**
 * Draws scenes in layers of canvases over each other: the scene; a veil that dims it; what stands out of it; the glow of
 * what has just changed; and the frames of a trace that is told (packetLayer.ts). Each of the others paints only what is
 * missing on it (tiles.ts).
 */
import type { LinkId } from '../../src/topology/topology.ts';
import type { Point, Size } from '../layout/geometry.ts';
import { changedAreas } from './changedAreas.ts';
import { measureBy } from './canvasFont.ts';
import { EmphasisShapes, GlowShapes } from './draw/drawEmphasis.ts';
import { reachOf, SceneShapes } from './draw/drawScene.ts';
import { Drawings } from './drawings.ts';
import { HitTester } from './hit.ts';
import { TextFitter } from './measure.ts';
import type { Motion } from './motion.ts';
import { PacketLayer } from './packetLayer.ts';
import { LayerPainter, paintThumbnail } from './paintScene.ts';
import {
  detailAt,
  noEmphasis,
  type CountersOf,
  type Emphasis,
  type Renderer,
  type View,
} from './renderer.ts';
import { countedOf, sceneOf, type Scene, type SceneItem } from './scene.ts';
import { stillOf, type Still, type StillOptions } from './still.ts';
import { standsStill } from './stillness.ts';
import { readPalette, watchTheme } from './theme.ts';
import { TileLayer, type TileFrame, type TilePainter } from './tiles.ts';

/** What painting may take of one frame while the picture moves, and while it only waits to be whole: so it is sooner. */
const frameMs = { moving: 7, still: 20 } as const;
/** After so long without another step the picture has come to rest. */
const restMs = 110;
const glowMs = 2_400;

const emptyScene = sceneOf({ x: 0, y: 0, width: 0, height: 0 }, []);

export interface CanvasRendererEvents {
  /** All that is in sight is painted as it should be, or no longer is. */
  readonly onSharp: (sharp: boolean) => void;
}

export class CanvasRenderer implements Renderer {
  readonly #host: HTMLElement;
  readonly #events: CanvasRendererEvents;
  readonly #veil = document.createElement('div');
  readonly #base = this.#makeLayer(
    () => this.#scenePainter,
    () => this.#drawings.palette.paper,
  );
  readonly #lit = this.#makeLayer(() => this.#emphasisPainter);
  readonly #glow = this.#makeLayer(() => this.#glowPainter);
  readonly #packets = new PacketLayer();
  readonly #resize: ResizeObserver;
  readonly #endWatch: () => void;
  #drawings: Drawings;
  #scenePainter: LayerPainter;
  #emphasisPainter: LayerPainter;
  #glowPainter: LayerPainter;
  #glowing: ReadonlySet<string> = new Set();
  #fading: Animation | null = null;
  #counters: CountersOf = () => [];
  #scene: Scene = emptyScene;
  #hits: HitTester | null = null;
  #view: View = { x: 0, y: 0, k: 1 };
  #emphasis: Emphasis = noEmphasis;
  #window: Size;
  #sharp = false;
  #zoomedAt = -restMs;
  #movedAt = -restMs;
  /** Nothing of the picture was whole yet: what moves the view then is the room that it finds. */
  #isFirst = false;
  #frame = 0;
  #timer = 0;

  constructor(host: HTMLElement, events: CanvasRendererEvents) {
    this.#host = host;
    this.#events = events;
    this.#window = { width: host.clientWidth, height: host.clientHeight };
    this.#drawings = this.#makeDrawings();
    this.#scenePainter = this.#makeScenePainter();
    this.#emphasisPainter = this.#makeEmphasisPainter();
    this.#glowPainter = this.#makeGlowPainter();
    this.#veil.className = 'veil';
    this.#veil.hidden = true;
    const layers = [
      this.#base.element,
      this.#veil,
      this.#lit.element,
      this.#glow.element,
      this.#packets.element,
    ];
    layers.forEach((layer) => layer.setAttribute('aria-hidden', 'true'));
    host.append(...layers);
    this.#resize = new ResizeObserver(() => {
      this.#window = { width: host.clientWidth, height: host.clientHeight };
      this.#schedule();
    });
    this.#resize.observe(host);
    this.#endWatch = watchTheme(() => this.#changeTheme());
  }

  setScene(scene: Scene, glowing: ReadonlySet<string>): void {
    const before = this.#scene;
    this.#scene = scene;
    if (before.items.length === 0) {
      this.#isFirst = true;
      this.#base.forget();
    }
    this.#hits = null;
    this.#scenePainter = this.#makeScenePainter();
    this.#base.invalidate((k) => changedAreas(before, scene, this.#drawings.at(detailAt(k))).map(reachOf));
    this.#emphasize();
    if (glowing.size > 0) {
      this.#light(glowing);
    }
    this.#repaint();
  }

  setView(view: View): void {
    this.#movedAt = performance.now();
    if (view.k !== this.#view.k) {
      this.#zoomedAt = this.#movedAt;
    }
    this.#view = view;
    this.#schedule();
  }

  setEmphasis(emphasis: Emphasis): void {
    this.#emphasis = emphasis;
    this.#emphasize();
    this.#repaint();
  }

  showMotion(motion: Motion | null, part: number): void {
    this.#packets.show(motion, part);
    this.#movedAt = performance.now();
    this.#schedule();
  }

  setCounters(counters: CountersOf, moved: ReadonlySet<LinkId>): void {
    this.#counters = counters;
    const items = this.#scene.items.filter((item) => moved.has(countedOf(item) ?? ''));
    this.#drawings.setCounters(counters, items);
    if (detailAt(this.#view.k) === 4 && items.length > 0) {
      const areas = items.map(({ bounds }) => bounds);
      this.#base.invalidate(() => areas);
      this.#lit.invalidate(() => areas);
      this.#repaint();
    }
  }

  itemAt({ x, y }: Point): SceneItem | null {
    const view = this.#view;
    this.#hits ??= new HitTester(this.#scene);
    return this.#hits.at({ x: (x - view.x) / view.k, y: (y - view.y) / view.k }, view.k, detailAt(view.k));
  }

  /** Paints all of the scene on a canvas of its shape, as from afar: for the minimap. */
  paintWhole(canvas: HTMLCanvasElement): void {
    paintThumbnail(canvas, this.#scene, this.#drawings);
  }

  /** A picture of a scene, or of the one that is drawn, to be taken out of the panel. */
  still(scene: Scene | null, options: StillOptions): Still {
    const drawings = options.stale ? this.#makeDrawings(true) : this.#drawings;
    return stillOf(scene ?? this.#scene, drawings, options);
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    window.clearTimeout(this.#timer);
    this.#resize.disconnect();
    this.#endWatch();
    this.#host.replaceChildren();
  }

  #makeLayer(painter: () => TilePainter, ground: (() => string) | null = null): TileLayer {
    return new TileLayer({
      ground,
      painter: {
        has: (area, k) => painter().has(area, k),
        paint: (context, area, k) => painter().paint(context, area, k),
      },
    });
  }

  #makeDrawings(stale = false): Drawings {
    const palette = readPalette(this.#host, stale);
    const drawings = new Drawings(palette, new TextFitter(measureBy(palette.font)));
    drawings.setCounters(this.#counters, []);
    return drawings;
  }

  #makeScenePainter(): LayerPainter {
    return new LayerPainter(new SceneShapes(this.#scene, this.#drawings), this.#drawings);
  }

  #makeEmphasisPainter(): LayerPainter {
    const shapes = new EmphasisShapes(this.#scene, this.#drawings, this.#emphasis);
    return new LayerPainter(shapes, this.#drawings);
  }

  #makeGlowPainter(): LayerPainter {
    return new LayerPainter(new GlowShapes(this.#scene, this.#drawings, this.#glowing), this.#drawings);
  }

  #changeTheme(): void {
    this.#drawings = this.#makeDrawings();
    this.#scenePainter = this.#makeScenePainter();
    this.#base.invalidate(null);
    this.#packets.invalidate();
    this.#emphasize();
    this.#repaint();
  }

  #emphasize(): void {
    const { bright, matched } = this.#emphasis;
    const { palette } = this.#drawings;
    this.#veil.hidden = bright === null && matched === null;
    this.#veil.style.background = matched === null ? palette.veil : palette.searchVeil;
    this.#emphasisPainter = this.#makeEmphasisPainter();
    // What was lit stays until it is painted anew: from step to step of a trace nothing flickers.
    this.#lit.invalidate(null);
  }

  /** Where nothing may move the glow stays as bright as it is, and goes at once. */
  #light(keys: ReadonlySet<string>): void {
    this.#glowing = keys;
    this.#glowPainter = this.#makeGlowPainter();
    this.#glow.forget();
    this.#fading?.cancel();
    const frames = { opacity: [1, 1, standsStill() ? 1 : 0], offset: [0, 0.35, 1] };
    this.#fading = this.#glow.element.animate(frames, { duration: glowMs });
    this.#fading.onfinish = () => {
      this.#glowing = new Set();
      this.#glow.forget();
    };
  }

  /** What is on screen is not what it should be. */
  #repaint(): void {
    this.#setSharp(false);
    this.#schedule();
  }

  #schedule(): void {
    this.#frame ||= requestAnimationFrame((now) => {
      this.#frame = 0;
      this.#paint(now);
    });
  }

  #paint(now: number): void {
    if (this.#window.width === 0 || this.#window.height === 0) {
      return;
    }
    const zooming = now - this.#zoomedAt < restMs;
    const moving = !this.#isFirst && now - this.#movedAt < restMs;
    const frame: TileFrame = {
      ...{ view: this.#view, window: this.#window, ratio: window.devicePixelRatio, zooming },
      deadline: performance.now() + (moving ? frameMs.moving : frameMs.still),
    };
    const layers = [this.#base, this.#lit, ...(this.#glowing.size > 0 ? [this.#glow] : [])];
    const done = layers.map((layer) => layer.frame(frame)).every(Boolean);
    this.#packets.frame(frame, this.#drawings);
    this.#setSharp(done && !zooming);
    this.#isFirst &&= !this.#sharp;
    const ahead = !done || zooming || this.#base.frameAhead(frame);
    if (!done || !ahead) {
      this.#schedule();
    } else if (zooming) {
      window.clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#schedule(), restMs);
    }
  }

  #setSharp(sharp: boolean): void {
    if (sharp !== this.#sharp) {
      this.#sharp = sharp;
      this.#events.onSharp(sharp);
    }
  }
}
