/** The element that shows the picture, and the view into it: where it is, how near, and what brings a thing into sight. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { Host } from '../host/host.ts';
import { boundsOf, type Point, type Rect, type Size } from '../layout/geometry.ts';
import { CanvasRenderer } from '../render/canvasRenderer.ts';
import { shownKey } from '../render/emphasis.ts';
import type { View } from '../render/renderer.ts';
import type { Scene, SceneItem } from '../render/scene.ts';
import { sift } from '../render/sift.ts';
import { Viewport } from '../render/viewport.ts';
import { h } from '../ui/dom.ts';
import { tellSharp, tellScene, tellSelection, tellView } from './graphFacts.ts';
import type { PanelModel } from './model.ts';
import { Observable } from './observable.ts';

export class GraphView {
  readonly element = h('div', {
    class: 'graph-host',
    role: 'application',
    tabindex: '0',
    'aria-label': 'Network topology',
    'aria-describedby': 'graph-help',
  });
  readonly renderer: CanvasRenderer;
  /** The view on screen, at each moment of a glide. */
  readonly shown = new Observable<View>({ x: 0, y: 0, k: 1 });
  #scene: Scene | null = null;
  #only: ReadonlySet<string> | null = null;
  #glowing: ReadonlySet<string> = new Set();
  #drawing = false;
  readonly #panListeners: (() => void)[] = [];
  readonly #model: PanelModel;
  readonly #host: Host;
  readonly #viewport: Viewport;
  /** True until the view was moved by hand: it then follows the picture. */
  #following = true;

  constructor(model: PanelModel, host: Host) {
    this.#model = model;
    this.#host = host;
    this.renderer = new CanvasRenderer(this.element, {
      onSharp: (sharp) => tellSharp(this.element, sharp),
    });
    this.#viewport = new Viewport(this.element, {
      onChange: (view) => this.#changed(view),
      onUserMove: (isPan) => {
        this.take();
        if (isPan) {
          this.#panned();
        }
      },
    });
    model.picture.onDidChange(() => this.#followPicture());
    const tell = (): void => {
      tellSelection(this.element, model.selection.value, model.picture.value?.scene ?? null);
    };
    model.picture.onDidChange(tell);
    model.selection.onDidChange(tell);
    new ResizeObserver(() => this.#followPicture()).observe(this.element);
  }

  /** Goes back to where the page was before a reload. To be called when the element is on the page. */
  restore(): void {
    const { view } = this.#host.state;
    if (view !== undefined) {
      this.#following = false;
      this.#viewport.set(view);
    }
  }

  #changed(view: View): void {
    this.renderer.setView(view);
    this.shown.set(view);
    tellView(this.element, view);
    if (!this.#following) {
      this.#host.keep({ view });
    }
  }

  /** Draws a scene; `glowing` lights keys for a moment. */
  draw(scene: Scene, glowing: ReadonlySet<string>): void {
    this.#scene = scene;
    this.#glowing = glowing;
    this.#drawSoon();
  }

  /** Draws only some keys from now on; null for all. */
  showOnly(keys: ReadonlySet<string> | null): void {
    if (keys !== this.#only) {
      this.#only = keys;
      this.#drawSoon();
    }
  }

  /** A new scene and what is shown of it often change together: they are drawn once. */
  #drawSoon(): void {
    if (this.#drawing) {
      return;
    }
    this.#drawing = true;
    queueMicrotask(() => {
      this.#drawing = false;
      if (this.#scene !== null) {
        const scene = this.#only === null ? this.#scene : sift(this.#scene, this.#only);
        this.renderer.setScene(scene, this.#glowing);
        tellScene(this.element, scene);
        this.#glowing = new Set();
      }
    });
  }

  /** What is drawn under the pointer. */
  itemAt({ clientX, clientY }: MouseEvent): SceneItem | null {
    const { left, top } = this.element.getBoundingClientRect();
    return this.renderer.itemAt({ x: clientX - left, y: clientY - top });
  }

  /** What a click selects. */
  selectionAt(event: MouseEvent): Selection | null {
    return this.itemAt(event)?.selection ?? null;
  }

  /** Where an event is in the picture. */
  scenePoint({ clientX, clientY }: MouseEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    const { x, y, k } = this.#viewport.view;
    return { x: (clientX - left - x) / k, y: (clientY - top - y) / k };
  }

  /** Presses of which `taken` is true do not pan. */
  keepFromPanning(taken: (event: MouseEvent) => boolean): void {
    this.#viewport.taken = taken;
  }

  get view(): View {
    return this.#viewport.view;
  }

  get size(): Size {
    return { width: this.element.clientWidth, height: this.element.clientHeight };
  }

  focus(): void {
    this.element.focus({ preventScroll: true });
  }

  /** Shows all of the picture, until the view is moved by hand. */
  follow(): void {
    this.#following = true;
  }

  /** From now on the view is the user's: the picture no longer moves it. */
  take(): void {
    this.#following = false;
    this.#host.keep({ view: this.#viewport.view });
  }

  #followPicture(): void {
    const bounds = this.#model.picture.value?.geometry.bounds;
    if (this.#following && bounds !== undefined) {
      this.#viewport.set(this.#viewport.fitOf(bounds));
    }
  }

  /** Shows all of a picture of another kind, until `takeUp` goes back to the view of this one. */
  layAside(): void {
    this.#host.keep({ viewAside: this.#following ? null : this.view });
    this.follow();
  }

  takeUp(): void {
    const { viewAside } = this.#host.state;
    this.#following = viewAside === null || viewAside === undefined;
    if (viewAside) {
      this.#viewport.set(viewAside);
      this.take();
    }
  }

  fit(): void {
    const bounds = this.#model.picture.value?.geometry.bounds;
    if (bounds !== undefined) {
      this.take();
      this.#viewport.glide(this.#viewport.fitOf(bounds));
    }
  }

  zoom(factor: number): void {
    this.take();
    this.#viewport.zoomBy(factor);
  }

  /** Brings a point of the scene to the middle. */
  centre({ x, y }: Point): void {
    const { width, height } = this.size;
    const { k } = this.#viewport.view;
    this.#viewport.set({ k, x: width / 2 - x * k, y: height / 2 - y * k });
    this.take();
    this.#panned();
  }

  pan(delta: Point): void {
    this.take();
    this.#viewport.panBy(delta);
    this.#panned();
  }

  /** Calls back whenever somebody moved the view by hand. */
  onDidPan(listener: () => void): void {
    this.#panListeners.push(listener);
  }

  #panned(): void {
    this.#panListeners.forEach((listener) => listener());
  }

  /** Goes after a point of the scene that moves: gently, a part (0–1) of the way at once. */
  goAfter(point: Point, part: number): void {
    if (this.#viewport.keepInSight(point, part)) {
      this.take();
    }
  }

  /** Where a thing is in the picture, or what stands for it; undefined where nothing does. */
  boundsOf(selection: Selection): Rect | undefined {
    const picture = this.#model.picture.value;
    const key = picture && shownKey(picture, selection);
    return key === null ? undefined : picture?.scene.byKey.get(key)?.bounds;
  }

  /** Brings a thing into sight; false where it is not drawn. */
  reveal(selection: Selection): boolean {
    const bounds = this.boundsOf(selection);
    if (bounds !== undefined) {
      this.#go(this.#viewport.toward(bounds));
    }
    return bounds !== undefined;
  }

  /** A view that need not move stays as it is: one that follows the picture goes on doing so. */
  #go(to: View | null): void {
    if (to !== null) {
      this.take();
      this.#viewport.glide(to);
    }
  }

  /** Shows a thing as large as can be; of a bridge its grid. False where it is not drawn. */
  zoomTo(selection: Selection): boolean {
    const picture = this.#model.picture.value;
    const group = picture?.geometry.groups.find(
      ({ hub }) => selection.kind === 'link' && hub === selection.id,
    );
    const bounds = group?.rect ?? this.boundsOf(selection);
    if (bounds !== undefined) {
      this.take();
      this.#viewport.glide(this.#viewport.fitOf(bounds));
    }
    return bounds !== undefined;
  }

  /** Brings all that is drawn of some things into sight at once. */
  revealAll(selections: readonly Selection[]): void {
    const rects = selections.flatMap((selection) => this.boundsOf(selection) ?? []);
    if (rects.length > 0) {
      this.#go(this.#viewport.towardWhole(boundsOf(rects)));
    }
  }
}
