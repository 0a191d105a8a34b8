/** Topology → layout → picture: the latest topology wins, and places are remembered. */
import { applyPatch } from '../../src/protocol/topologyPatch.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { changedKeys } from '../graph/changes.ts';
import { narrow, reachOf } from '../graph/focus.ts';
import { selectionExists, selectionKey } from '../graph/selection.ts';
import { indexTopology, type TopologyIndex } from '../graph/topologyIndex.ts';
import type { Geometry, Size } from '../layout/geometry.ts';
import { LayoutClient } from '../layout/layoutClient.ts';
import type { LayoutRequest } from '../layout/layoutTopology.ts';
import { applyMoves, type Moves } from '../layout/moves.ts';
import type { Placed } from '../layout/place.ts';
import { planLayout, type LayoutPlan } from '../layout/plan.ts';
import { buildRouter } from '../layout/route.ts';
import { emptyMemory, type LayoutMemory } from '../layout/slots.ts';
import type { Picture } from '../render/emphasis.ts';
import { breathe } from '../render/inSlices.ts';
import { composeScene } from '../render/scene.ts';
import type { Past } from './model.ts';
import type { PanelParts } from './parts.ts';

interface Present {
  readonly topology: Topology;
  readonly complete: boolean;
}

/** What was laid out last. */
interface Laid {
  readonly index: TopologyIndex;
  /** As the layout placed it, before anything was moved by hand. */
  readonly geometry: Geometry;
  readonly complete: boolean;
  /** The key of what alone was laid out, with what it reaches; null for everything. */
  readonly focus: string | null;
}

const none: Moves = {};

export class PictureFlow {
  readonly #parts: PanelParts;
  readonly #layout = new LayoutClient();
  /** Width that will be taken from the graph when the first picture arrives. */
  readonly #widthToCome: () => number;
  #memory: LayoutMemory;
  /** Places while only a part is shown; it is laid out by itself. */
  #focusMemory: LayoutMemory = emptyMemory;
  /** True once a whole topology was laid out: places are kept from then on. */
  #settled: boolean;
  #laid: Laid | null = null;
  /** Whose view it is: the key of what alone is shown, or null for everything. Kept over a reload, as the view is. */
  #viewOf: string | null;
  #complete = false;

  #present: Present | null = null;
  /** The picture on screen is one of the past: that the present differs from it is no news. */
  #wasPast = false;

  constructor(parts: PanelParts, widthToCome: () => number) {
    this.#parts = parts;
    this.#widthToCome = widthToCome;
    this.#memory = parts.host.state.memory ?? emptyMemory;
    this.#settled = parts.host.state.memory !== undefined;
    const { focus = null } = parts.host.state;
    this.#viewOf = focus && selectionKey(focus);
    const { model } = parts;
    parts.host.on('topology', ({ topology, complete }) => void this.#hear({ topology, complete }));
    parts.host.on('topologyPatch', ({ patch, complete }) => {
      if (this.#present === null) {
        parts.host.ready();
      } else {
        void this.#hear({ topology: applyPatch(this.#present.topology, patch), complete });
      }
    });
    model.past.onDidChange((past) => this.#turnTo(past));
    model.connection.onDidChange(({ kind }) => {
      if (kind === 'empty' || kind === 'failed') {
        this.#present = null;
        model.topology.set(null);
        model.picture.set(null);
      }
    });
    model.moves.onDidChange(() => this.#drawAgain());
    model.collapsed.onDidChange(() => this.#layAgain());
    model.findings.onDidChange(() => this.#drawAgain());
    model.focus.onDidChange(() => {
      this.#focusMemory = emptyMemory;
      this.#layAgain();
    });
  }

  /** While the past is shown, news of the present wait. */
  async #hear(present: Present): Promise<void> {
    const { model } = this.#parts;
    this.#present = present;
    if (model.picture.value === null) {
      // To receive the whole of a crowded node has taken long enough.
      await breathe();
    }
    if (model.past.value === null && this.#present === present) {
      await this.show(present.topology, present.complete);
    }
  }

  #turnTo(past: Past | null): void {
    if (past !== null) {
      void this.show(past.topology, true);
    } else if (this.#present !== null) {
      void this.show(this.#present.topology, this.#present.complete);
    }
  }

  /** Lays a topology out and draws it. `complete` is false while namespaces are still arriving. */
  async show(topology: Topology, complete: boolean): Promise<void> {
    const { host, model, notices } = this.#parts;
    if (host.state.hostname !== topology.node.hostname) {
      this.#enterNode(topology.node.hostname);
    } else if (!complete && model.picture.value?.complete === true) {
      // What is on screen is whole; half of its successor would only make it jump.
      return;
    }
    const index = indexTopology(topology);
    if (!complete && model.focus.value !== null && !selectionExists(index, model.focus.value)) {
      // What alone is to be shown has not come yet.
      return;
    }
    model.topology.set(topology);
    this.#complete = complete;
    const isPast = model.past.value !== null;
    try {
      const { focus, placed } = await this.#lay(index);
      if (placed !== null && this.#isAt(topology.node.hostname)) {
        // The past is laid out by the memory of the present, and leaves no trace in it: nothing moves on the way back.
        if (!isPast) {
          this.#remember(placed.memory, complete, focus);
        }
        await this.#draw({ index, geometry: placed.geometry, complete, focus });
      }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      notices.error(text, { label: 'Try again', run: () => void this.show(topology, complete) });
    }
  }

  /** Forgets all places, and lays out as if for the first time. */
  reset(): void {
    this.#memory = emptyMemory;
    this.#focusMemory = emptyMemory;
    this.#parts.model.moves.set(none);
    this.#parts.view.follow();
    this.#layAgain();
  }

  #layAgain(): void {
    const topology = this.#parts.model.topology.value;
    if (topology !== null) {
      void this.show(topology, this.#complete);
    }
  }

  /** False once the panel has turned to another node, or to none. */
  #isAt(hostname: string): boolean {
    return this.#parts.model.topology.value?.node.hostname === hostname;
  }

  /** Lays out what is asked for when its turn has come: everything, or what the focus reaches. */
  async #lay(index: TopologyIndex): Promise<{ focus: string | null; placed: Placed | null }> {
    const asked: { focus: string | null; whole: LayoutPlan | null } = { focus: null, whole: null };
    const placed = await this.#layout.layout(() => {
      const selection = this.#parts.model.focus.value;
      const reach = selection && reachOf(index, selection);
      if (selection === null || reach === null) {
        return this.#request(index, false);
      }
      asked.focus = selectionKey(selection);
      asked.whole = planLayout(index, new Set(Object.keys(this.#memory.groups)));
      return this.#request(narrow(index, reach), true);
    });
    const { focus, whole } = asked;
    return {
      focus,
      placed: placed && whole ? { ...placed, geometry: countOf(placed.geometry, whole) } : placed,
    };
  }

  #request(index: TopologyIndex, focused: boolean): LayoutRequest {
    // Until everything has arrived the order of arrival is no order: the grids are made afresh each time.
    const held = this.#settled ? this.#memory : emptyMemory;
    const memory = focused ? this.#focusMemory : held;
    const packed = new Set(Object.keys(held.groups));
    const plan = planLayout(index, packed, this.#parts.model.collapsed.value);
    return { plan, memory, screen: this.#screen() };
  }

  #remember(memory: LayoutMemory, complete: boolean, focus: string | null): void {
    if (focus !== null) {
      this.#focusMemory = memory;
      return;
    }
    this.#settled ||= complete;
    this.#memory = memory;
    if (this.#settled) {
      this.#parts.host.keep({ memory });
    }
  }

  #screen(): Size {
    const { width, height } = this.#parts.view.size;
    const first = this.#parts.model.picture.value === null;
    return { width: width - (first ? this.#widthToCome() : 0), height };
  }

  /** Another node than the one whose view was kept. */
  #enterNode(hostname: string): void {
    const { host, model, view } = this.#parts;
    const another = host.state.hostname !== undefined;
    host.keep({ hostname });
    if (another) {
      this.#memory = emptyMemory;
      this.#settled = false;
      this.#viewOf = null;
      view.follow();
      model.selection.set(null);
      model.picture.set(null);
      model.moves.set(none);
      model.collapsed.set(new Set());
      model.focus.set(null);
    }
  }

  async #draw(laid: Laid): Promise<void> {
    const { model, view, selecting } = this.#parts;
    const before = model.picture.value;
    this.#laid = laid;
    if (laid.focus !== this.#viewOf) {
      this.#changeView(this.#viewOf, laid.focus);
      this.#viewOf = laid.focus;
    }
    let picture = this.#picture(laid);
    if (before === null) {
      // All of it is new, and so is all that is told of it beside the graph.
      const [findings, moves] = [model.findings.value, model.moves.value];
      await breathe();
      if (this.#laid !== laid || !this.#isAt(laid.index.topology.node.hostname)) {
        return;
      }
      if (model.findings.value !== findings || model.moves.value !== moves) {
        picture = this.#picture(laid);
      }
    }
    const isNews = before?.complete === true && model.past.value === null && !this.#wasPast;
    this.#wasPast = model.past.value !== null;
    const changed = isNews ? changedKeys(before.index.topology, laid.index.topology) : new Set<string>();
    view.draw(picture.scene, changed);
    model.picture.set(picture);
    if (laid.complete && before === null) {
      performance.mark('patchbay-first-picture');
    }
    selecting.revealAwaited();
  }

  #changeView(from: string | null, to: string | null): void {
    const { view } = this.#parts;
    if (from === null) {
      view.layAside();
    } else if (to === null) {
      view.takeUp();
    } else {
      view.follow();
    }
  }

  /** What was moved by hand is drawn where it is now, and signs as they are now, without a layout. */
  #drawAgain(): void {
    const { model, view } = this.#parts;
    if (this.#laid !== null && model.picture.value !== null) {
      const picture = this.#picture(this.#laid);
      view.draw(picture.scene, new Set());
      model.picture.set(picture);
    }
  }

  #picture({ index, geometry: laid, complete, focus }: Laid): Picture {
    const before = this.#parts.model.picture.value;
    const geometry = focus === null ? applyMoves(laid, this.#parts.model.moves.value) : laid;
    return {
      index,
      geometry,
      scene: composeScene(index, geometry, { before, findings: this.#parts.model.findings.value }),
      router: buildRouter(geometry),
      complete,
    };
  }
}

/** Says of each group how many cells it has where nothing is left out. */
function countOf(geometry: Geometry, whole: LayoutPlan): Geometry {
  const counts = new Map(whole.groups.map(({ id, cells }) => [id, cells.length]));
  return {
    ...geometry,
    groups: geometry.groups.map((shape) => ({ ...shape, of: counts.get(shape.id) ?? null })),
  };
}
