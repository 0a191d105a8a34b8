/** The panel: holds what is shown, hands it to the parts, and answers messages, pointer and keys. */
import type { ConnectionState, PanelCommand, Selection, ToPanel } from '../src/protocol/messages.ts';
import type { LinkId, NamespaceId, Topology } from '../src/topology/topology.ts';
import type { Trace } from '../src/trace/trace.ts';
import { changedKeys } from './graph/changes.ts';
import { announce } from './graph/describe.ts';
import { search, type Matches } from './graph/search.ts';
import { sameSelection, selectionExists, selectionKey } from './graph/selection.ts';
import { indexTopology, type TopologyIndex } from './graph/topologyIndex.ts';
import { walk, type WalkStep } from './graph/walk.ts';
import { Host } from './host/host.ts';
import { boundsOf, type Geometry, type Size } from './layout/geometry.ts';
import { LayoutClient } from './layout/layoutClient.ts';
import type { LayoutRequest } from './layout/layoutTopology.ts';
import { planLayout } from './layout/plan.ts';
import { buildRouter } from './layout/route.ts';
import { emptyMemory, type LayoutMemory } from './layout/slots.ts';
import { emphasisOf, type Picture } from './render/emphasis.ts';
import { composeScene, type Scene } from './render/scene.ts';
import { SvgRenderer } from './render/svgRenderer.ts';
import { Viewport } from './render/viewport.ts';
import { h } from './ui/dom.ts';
import { Inspector, inspectorWidths } from './ui/inspector.ts';
import { buildLegend } from './ui/legend.ts';
import { Notices } from './ui/notices.ts';
import { Outline } from './ui/outline.ts';
import { staleBand, stateView } from './ui/stateView.ts';
import { Toolbar } from './ui/toolbar.ts';
import { TraceStrip } from './ui/traceStrip.ts';

type TraceView =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly title: string }
  | { readonly kind: 'done'; readonly trace: Trace };

const panStep = 60;
const zoomStep = 1.25;
const longestTrail = 64;

const walkSteps: Readonly<Record<string, WalkStep>> = {
  ArrowLeft: 'in',
  ArrowRight: 'out',
  ArrowUp: 'previous',
  ArrowDown: 'next',
};

export class Panel {
  readonly #host: Host;
  readonly #layout = new LayoutClient();
  readonly #graph = h('div', {
    class: 'graph-host',
    role: 'application',
    tabindex: '0',
    'aria-label': 'Network topology',
    'aria-describedby': 'graph-help',
  });
  readonly #help = h(
    'p',
    { class: 'offscreen', id: 'graph-help' },
    'Left and right follow the cable towards the node and away from it, up and down go to the previous and next, Enter opens the inspector, slash searches. The same network is in the list that follows.',
  );
  readonly #live = h('div', { class: 'offscreen', 'aria-live': 'polite', role: 'status' });
  readonly #state = h('div', { class: 'state-host' });
  readonly #band = h('div', { class: 'band-host' });
  readonly #legend = buildLegend();
  readonly #notices = new Notices();
  readonly #outline = new Outline();
  readonly #main: HTMLElement;
  readonly #toolbar: Toolbar;
  readonly #inspector: Inspector;
  readonly #strip: TraceStrip;
  readonly #renderer: SvgRenderer;
  readonly #viewport: Viewport;

  #connection: ConnectionState = { kind: 'empty' };
  #topology: Topology | null = null;
  #picture: Picture | null = null;
  #memory: LayoutMemory;
  /** True once a whole topology was laid out: places are kept from then on. */
  #settled: boolean;
  #selection: Selection | null;
  #hover: Selection | null = null;
  #trail: Selection[] = [];
  #reveal: Selection | null = null;
  #matches: Matches | null = null;
  #matchAt = -1;
  #trace: TraceView = { kind: 'none' };
  #traceRow: readonly LinkId[] | null = null;
  /** True until the view was moved by hand: it then follows the picture. */
  #following = true;

  constructor(body: HTMLElement) {
    this.#host = new Host((message) => this.#receive(message));
    const kept = this.#host.state;
    this.#memory = kept.memory ?? emptyMemory;
    this.#settled = kept.memory !== undefined;
    this.#selection = kept.selection ?? null;
    this.#toolbar = this.#makeToolbar();
    this.#inspector = this.#makeInspector();
    this.#strip = new TraceStrip({
      onRow: (links) => this.#selectTraceRow(links),
      onClose: () => this.#closeTrace(),
      onCopy: (text) => this.#copy(text),
    });
    const stage = h(
      'div',
      { class: 'stage' },
      this.#graph,
      this.#help,
      this.#state,
      this.#legend,
      this.#notices.element,
    );
    const middle = h('div', { class: 'middle' }, stage, this.#inspector.element);
    this.#main = h(
      'main',
      { class: 'panel' },
      this.#toolbar.element,
      this.#band,
      middle,
      this.#strip.element,
    );
    body.append(this.#main, this.#outline.element, this.#live);
    this.#renderer = new SvgRenderer(this.#graph);
    this.#viewport = new Viewport(this.#graph, {
      onChange: (view) => {
        this.#renderer.setView(view);
        if (!this.#following) {
          this.#host.keep({ view });
        }
      },
      onUserMove: () => this.#takeView(),
    });
    this.#restore();
  }

  /** Listens and tells the host that the page is ready. */
  start(): void {
    this.#listen();
    this.#showState();
    this.#host.ready();
  }

  #restore(): void {
    const { view, query, inspector } = this.#host.state;
    if (view !== undefined) {
      this.#following = false;
      this.#viewport.set(view);
    }
    this.#toolbar.search.value = query ?? '';
    this.#inspector.setWidth(inspector?.width ?? inspectorWidths.first);
    this.#inspector.setOpen(inspector?.open ?? window.innerWidth > 900);
  }

  #makeToolbar(): Toolbar {
    return new Toolbar({
      onFit: () => this.#fit(),
      onZoom: (factor) => this.#zoom(factor),
      onSearch: (query) => this.#search(query),
      onNextMatch: () => this.#nextMatch(),
      onLeaveSearch: () => this.#leaveSearch(),
      onCommand: (command) => this.#run(command),
      onLegend: () => {
        this.#legend.hidden = !this.#legend.hidden;
      },
      onInspector: () => this.#openInspector(!this.#inspector.open),
    });
  }

  #makeInspector(): Inspector {
    return new Inspector({
      onSelect: (selection) => this.#select(selection, { reveal: true }),
      onCopy: (text) => this.#copy(text),
      onDelete: (selection) => this.#run('patchbay.pod.delete', selection),
      onTrace: (selection) => this.#run('patchbay.trace.ping', selection),
      onClose: () => {
        this.#openInspector(false);
        this.#graph.focus();
      },
      onResize: (width) => this.#host.keep({ inspector: { open: true, width } }),
    });
  }

  #receive(message: Exclude<ToPanel, { type: 'response' }>): void {
    switch (message.type) {
      case 'state':
        this.#setConnection(message.state, message.node ?? null);
        return;
      case 'topology':
        void this.#show(message.topology, message.complete);
        return;
      case 'select':
        this.#selectFromHost(message.selection, message.reveal);
        return;
      case 'traceRunning':
        this.#setTrace({ kind: 'running', title: message.title });
        return;
      case 'trace':
        this.#setTrace(message.trace === null ? { kind: 'none' } : { kind: 'done', trace: message.trace });
        return;
    }
  }

  #setConnection(state: ConnectionState, node: string | null): void {
    this.#connection = state;
    if (state.kind === 'empty' || state.kind === 'failed') {
      this.#clearPicture();
    }
    this.#host.keep({ node });
    this.#showState();
  }

  #clearPicture(): void {
    this.#picture = null;
    this.#topology = null;
    this.#outline.clear();
    this.#setTrace({ kind: 'none' });
    this.#inspector.show(null, null);
  }

  #showState(): void {
    const takenAt = this.#topology?.takenAt ?? null;
    const view = stateView(this.#connection, this.#picture !== null, (command) => this.#run(command));
    this.#toolbar.setState(this.#connection, takenAt);
    this.#state.replaceChildren(...(view === null ? [] : [view]));
    this.#graph.classList.toggle('blank', view !== null);
    this.#main.classList.toggle('no-picture', this.#picture === null);
    const stale = this.#connection.kind === 'lost' || this.#connection.kind === 'connecting';
    this.#graph.classList.toggle('stale', stale);
    const band =
      this.#picture === null ? null : staleBand(this.#connection, takenAt, (command) => this.#run(command));
    this.#band.replaceChildren(...(band === null ? [] : [band]));
  }

  async #show(topology: Topology, complete: boolean): Promise<void> {
    const shown = this.#picture;
    if (this.#host.state.hostname !== topology.node.hostname) {
      this.#enterNode(topology.node.hostname);
    } else if (!complete && shown?.complete === true) {
      // What is on screen is whole; half of its successor would only make it jump.
      return;
    }
    this.#topology = topology;
    const index = indexTopology(topology);
    try {
      const placed = await this.#layout.layout(() => this.#layoutRequest(index));
      if (placed !== null && this.#isAt(topology.node.hostname)) {
        this.#rememberLayout(placed.memory, complete);
        this.#draw(index, placed.geometry, complete);
      }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#notices.error(text, { label: 'Try again', run: () => void this.#show(topology, complete) });
    }
  }

  /** False once the panel has turned to another node, or to none. */
  #isAt(hostname: string): boolean {
    return this.#topology?.node.hostname === hostname;
  }

  #layoutRequest(index: TopologyIndex): LayoutRequest {
    // Until everything has arrived the order of arrival is no order: the grids are made afresh each time.
    const memory = this.#settled ? this.#memory : emptyMemory;
    const plan = planLayout(index, new Set(Object.keys(memory.groups)));
    return { plan, memory, screen: this.#screen() };
  }

  #rememberLayout(memory: LayoutMemory, complete: boolean): void {
    this.#settled ||= complete;
    this.#memory = memory;
    if (this.#settled) {
      this.#host.keep({ memory });
    }
  }

  /** The room for the picture, the inspector that comes with it already taken off. */
  #screen(): Size {
    const { clientWidth, clientHeight } = this.#graph;
    const arriving = this.#picture === null && this.#inspector.open;
    return { width: clientWidth - (arriving ? this.#inspector.width : 0), height: clientHeight };
  }

  /** Another node than the one whose view was kept. */
  #enterNode(hostname: string): void {
    const another = this.#host.state.hostname !== undefined;
    this.#host.keep({ hostname });
    if (another) {
      this.#memory = emptyMemory;
      this.#settled = false;
      this.#following = true;
      this.#selection = null;
      this.#picture = null;
    }
  }

  #draw(index: TopologyIndex, geometry: Geometry, complete: boolean): void {
    const before = this.#picture;
    const scene = composeScene(index, geometry);
    const changed =
      before?.complete === true ? changedKeys(before.index.topology, index.topology) : new Set<string>();
    this.#picture = { index, geometry, scene, router: buildRouter(geometry), complete };
    if (this.#selection !== null && complete && !selectionExists(index, this.#selection)) {
      this.#select(null);
    }
    this.#renderer.setScene(scene, changed);
    if (this.#following) {
      this.#viewport.set(this.#viewport.fitOf(geometry.bounds));
      if (complete && before === null) {
        performance.mark('patchbay-first-picture');
      }
    }
    this.#graph.setAttribute('aria-label', `Network topology of ${index.topology.node.hostname}`);
    this.#outline.show(index);
    this.#showState();
    this.#search(this.#toolbar.search.value, false);
    this.#inspector.show(index, this.#selection);
    this.#showTrace();
    this.#emphasize();
    this.#revealWaiting();
  }

  #revealWaiting(): void {
    if (this.#reveal !== null && this.#isDrawn(this.#reveal)) {
      this.#revealNow(this.#reveal);
      this.#reveal = null;
    }
  }

  #isDrawn(selection: Selection): boolean {
    return this.#boundsOf(selection) !== undefined;
  }

  #boundsOf(selection: Selection): Scene['bounds'] | undefined {
    const key = selectionKey(selection);
    return this.#picture?.scene.items.find((item) => item.key === key)?.bounds;
  }

  #select(selection: Selection | null, options: { reveal?: boolean; fromHost?: boolean } = {}): void {
    const same = sameSelection(selection, this.#selection);
    this.#selection = selection;
    if (!same) {
      this.#host.keep({ selection });
      if (options.fromHost !== true) {
        this.#host.selected(selection);
      }
      this.#announce();
    }
    this.#inspector.show(this.#picture?.index ?? null, selection);
    this.#emphasize();
    if (selection !== null && options.reveal === true) {
      this.#revealNow(selection);
    }
  }

  #selectFromHost(selection: Selection | null, reveal: boolean): void {
    this.#select(selection, { fromHost: true });
    if (selection !== null && reveal) {
      this.#reveal = selection;
      this.#revealWaiting();
    }
  }

  #announce(): void {
    const index = this.#picture?.index;
    const words = index && this.#selection ? announce(index, this.#selection) : '';
    this.#live.textContent = words === '' ? 'Nothing selected' : words;
  }

  #revealNow(selection: Selection): void {
    const bounds = this.#boundsOf(selection);
    if (bounds !== undefined) {
      this.#takeView();
      this.#viewport.reveal(bounds);
    }
  }

  #openInspector(open: boolean): void {
    this.#inspector.setOpen(open);
    const width = this.#host.state.inspector?.width ?? inspectorWidths.first;
    this.#host.keep({ inspector: { open, width } });
  }

  #emphasize(): void {
    const picture = this.#picture;
    if (picture !== null) {
      const trace = this.#trace.kind === 'done' ? this.#trace.trace : null;
      const pointing = { selection: this.#selection, hover: this.#hover, trace, traceRow: this.#traceRow };
      this.#renderer.setEmphasis(emphasisOf(picture, pointing, this.#matches?.keys ?? null));
    }
  }

  #search(query: string, announceIt = true): void {
    const index = this.#picture?.index;
    this.#host.keep({ query });
    this.#matches = index ? search(index, query) : null;
    this.#toolbar.setFound(this.#matches?.count ?? null);
    if (announceIt) {
      this.#matchAt = -1;
      this.#emphasize();
    }
  }

  #nextMatch(): void {
    const shown = this.#picture?.scene.items.filter(
      (item) => item.selection !== null && this.#matches?.keys.has(item.key),
    );
    if (shown === undefined || shown.length === 0) {
      return;
    }
    this.#matchAt = (this.#matchAt + 1) % shown.length;
    this.#select(shown[this.#matchAt]?.selection ?? null, { reveal: true });
  }

  #leaveSearch(): void {
    this.#toolbar.search.value = '';
    this.#search('');
    this.#graph.focus();
  }

  #setTrace(view: TraceView): void {
    this.#trace = view;
    this.#traceRow = null;
    this.#showTrace(true);
    this.#emphasize();
  }

  #showTrace(fresh = false): void {
    const index = this.#picture?.index;
    if (this.#trace.kind === 'none') {
      this.#strip.hide();
    } else if (this.#trace.kind === 'running') {
      this.#strip.showRunning(this.#trace.title);
    } else if (index !== undefined && (fresh || this.#strip.element.hidden)) {
      this.#strip.show(this.#trace.trace, index);
      this.#revealTrace(this.#trace.trace);
    }
  }

  /** The strip takes room from the graph: what it tells of must stay in sight. */
  #revealTrace({ path }: Trace): void {
    const rects = path.hops.flatMap(({ link, namespace }) => [
      this.#boundsOf({ kind: 'link', id: link }) ?? [],
      (this.#isRoot(namespace) ? undefined : this.#boundsOf({ kind: 'namespace', id: namespace })) ?? [],
    ]);
    if (rects.length > 0) {
      this.#takeView();
      this.#viewport.revealWhole(boundsOf(rects.flat()));
    }
  }

  #isRoot(namespace: NamespaceId): boolean {
    return this.#picture?.index.topology.namespaces.some(({ id, root }) => root && id === namespace) ?? false;
  }

  #selectTraceRow(links: readonly LinkId[] | null): void {
    this.#traceRow = links;
    this.#emphasize();
  }

  #closeTrace(): void {
    this.#setTrace({ kind: 'none' });
    this.#graph.focus();
  }

  #takeView(): void {
    this.#following = false;
    this.#host.keep({ view: this.#viewport.view });
  }

  #fit(): void {
    const bounds = this.#picture?.geometry.bounds;
    if (bounds !== undefined) {
      this.#takeView();
      this.#viewport.glide(this.#viewport.fitOf(bounds));
    }
  }

  #zoom(factor: number): void {
    this.#takeView();
    this.#viewport.zoomBy(factor);
  }

  #run(command: PanelCommand, selection: Selection | null = this.#selection): void {
    void this.#host.request(command, selection).then((error) => this.#tell(error));
  }

  #copy(text: string): void {
    void this.#host.copy(text).then((error) => {
      this.#tell(error);
      if (error === null) {
        this.#live.textContent = 'Copied';
      }
    });
  }

  #tell(error: string | null): void {
    if (error !== null) {
      this.#notices.error(error);
    }
  }

  #listen(): void {
    this.#graph.addEventListener('click', (event) => {
      this.#graph.focus({ preventScroll: true });
      this.#trail = [];
      this.#select(this.#selectionAt(event));
    });
    this.#graph.addEventListener('dblclick', (event) => {
      if (this.#selectionAt(event) !== null) {
        this.#openInspector(true);
      }
    });
    this.#graph.addEventListener('pointermove', (event) => this.#setHover(event));
    this.#graph.addEventListener('pointerleave', () => this.#setHover(null));
    this.#graph.addEventListener('keydown', (event) => this.#onGraphKey(event));
    document.addEventListener('keydown', (event) => this.#onPageKey(event));
    new ResizeObserver(() => {
      if (this.#following && this.#picture !== null) {
        this.#viewport.set(this.#viewport.fitOf(this.#picture.geometry.bounds));
      }
    }).observe(this.#graph);
  }

  #selectionAt({ clientX, clientY }: MouseEvent): Selection | null {
    const { left, top } = this.#graph.getBoundingClientRect();
    return this.#renderer.selectionAt({ x: clientX - left, y: clientY - top });
  }

  #setHover(event: PointerEvent | null): void {
    const dragging = event !== null && event.buttons !== 0;
    const hover = event === null || dragging ? null : this.#selectionAt(event);
    const isRoot = hover?.kind === 'namespace' && this.#picture?.index.root?.id === hover.id;
    const next = isRoot ? null : hover;
    if (!sameSelection(next, this.#hover)) {
      this.#hover = next;
      this.#emphasize();
    }
  }

  #onPageKey(event: KeyboardEvent): void {
    const typing = event.composedPath().some((target) => target instanceof HTMLInputElement);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === '/') {
      event.preventDefault();
      this.#toolbar.search.focus();
    } else if (event.key === 'f' || event.key === 'F') {
      this.#fit();
    } else if (event.key === 'Escape') {
      this.#clearByKey();
    }
  }

  #clearByKey(): void {
    if (!this.#legend.hidden) {
      this.#legend.hidden = true;
    } else {
      this.#select(null);
      this.#trail = [];
    }
  }

  #onGraphKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (this.#handleGraphKey(event)) {
      event.preventDefault();
    }
  }

  #handleGraphKey(event: KeyboardEvent): boolean {
    const step = walkSteps[event.key];
    if (step !== undefined) {
      this.#arrow(event.key, step, event.shiftKey);
      return true;
    }
    switch (event.key) {
      case '+':
      case '=':
        this.#zoom(zoomStep);
        return true;
      case '-':
      case '_':
        this.#zoom(1 / zoomStep);
        return true;
      case '0':
        this.#zoom(1 / this.#viewport.view.k);
        return true;
      case 'Enter':
        this.#inspect();
        return true;
      default:
        return false;
    }
  }

  #inspect(): void {
    if (this.#selection !== null) {
      this.#openInspector(true);
      this.#inspector.focus();
    }
  }

  #arrow(key: string, step: WalkStep, pan: boolean): void {
    if (pan) {
      this.#takeView();
      const x = key === 'ArrowLeft' ? panStep : key === 'ArrowRight' ? -panStep : 0;
      const y = key === 'ArrowUp' ? panStep : key === 'ArrowDown' ? -panStep : 0;
      this.#viewport.panBy({ x, y });
      return;
    }
    const index = this.#picture?.index;
    const next = index && walk(index, this.#selection, step, this.#trail);
    if (next !== undefined) {
      this.#trail = [...this.#trail, ...(this.#selection ? [this.#selection] : [])].slice(-longestTrail);
      this.#select(next, { reveal: true });
    }
  }
}
