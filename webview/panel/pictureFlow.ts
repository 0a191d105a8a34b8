/** Topology → layout → picture: the latest topology wins, and places are remembered. */
import type { Topology } from '../../src/topology/topology.ts';
import { changedKeys } from '../graph/changes.ts';
import { indexTopology, type TopologyIndex } from '../graph/topologyIndex.ts';
import type { Geometry, Size } from '../layout/geometry.ts';
import { LayoutClient } from '../layout/layoutClient.ts';
import type { LayoutRequest } from '../layout/layoutTopology.ts';
import { planLayout } from '../layout/plan.ts';
import { buildRouter } from '../layout/route.ts';
import { emptyMemory, type LayoutMemory } from '../layout/slots.ts';
import { composeScene } from '../render/scene.ts';
import type { PanelParts } from './parts.ts';

export class PictureFlow {
  readonly #parts: PanelParts;
  readonly #layout = new LayoutClient();
  /** Width that will be taken from the graph when the first picture arrives. */
  readonly #widthToCome: () => number;
  #memory: LayoutMemory;
  /** True once a whole topology was laid out: places are kept from then on. */
  #settled: boolean;

  constructor(parts: PanelParts, widthToCome: () => number) {
    this.#parts = parts;
    this.#widthToCome = widthToCome;
    this.#memory = parts.host.state.memory ?? emptyMemory;
    this.#settled = parts.host.state.memory !== undefined;
    parts.host.on('topology', ({ topology, complete }) => void this.show(topology, complete));
    parts.model.connection.onDidChange(({ kind }) => {
      if (kind === 'empty' || kind === 'failed') {
        parts.model.topology.set(null);
        parts.model.picture.set(null);
      }
    });
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
    model.topology.set(topology);
    const index = indexTopology(topology);
    try {
      const placed = await this.#layout.layout(() => this.#request(index));
      if (placed !== null && this.#isAt(topology.node.hostname)) {
        this.#remember(placed.memory, complete);
        this.#draw(index, placed.geometry, complete);
      }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      notices.error(text, { label: 'Try again', run: () => void this.show(topology, complete) });
    }
  }

  /** False once the panel has turned to another node, or to none. */
  #isAt(hostname: string): boolean {
    return this.#parts.model.topology.value?.node.hostname === hostname;
  }

  #request(index: TopologyIndex): LayoutRequest {
    // Until everything has arrived the order of arrival is no order: the grids are made afresh each time.
    const memory = this.#settled ? this.#memory : emptyMemory;
    const plan = planLayout(index, new Set(Object.keys(memory.groups)));
    return { plan, memory, screen: this.#screen() };
  }

  #remember(memory: LayoutMemory, complete: boolean): void {
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
      view.follow();
      model.selection.set(null);
      model.picture.set(null);
    }
  }

  #draw(index: TopologyIndex, geometry: Geometry, complete: boolean): void {
    const { model, view, selecting } = this.#parts;
    const before = model.picture.value;
    const scene = composeScene(index, geometry, { before: before?.scene ?? null });
    const changed =
      before?.complete === true ? changedKeys(before.index.topology, index.topology) : new Set<string>();
    view.draw(scene, changed);
    model.picture.set({ index, geometry, scene, router: buildRouter(geometry), complete });
    if (complete && before === null) {
      performance.mark('patchbay-first-picture');
    }
    selecting.revealAwaited();
  }
}
