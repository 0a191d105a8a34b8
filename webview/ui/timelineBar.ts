/** The time line: ticks where something changed, and a slider over them; two sliders while two moments are compared. */
import { button, setDisabled } from '../controls/toolkit.ts';
import {
  clockOf,
  hasPast,
  placeOf,
  spanOf,
  stopAt,
  stopInWords,
  stopsOf,
  tickHeight,
  ticksOf,
  type Span,
  type Stop,
  type TimelineLog,
} from '../graph/timeline.ts';
import { displayName } from '../graph/text.ts';
import { svg } from '../render/svg.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';
import { TimeThumb } from './timeThumb.ts';

/** Where the thumbs stand; null is the present. */
export interface TimePlaces {
  readonly at: Stop | null;
  /** What is compared with it; undefined while nothing is. */
  readonly from: Stop | undefined;
}

export interface TimelineHandlers {
  readonly onMove: (places: TimePlaces) => void;
  readonly onMark: () => void;
  readonly onSinceLook: () => void;
  readonly onCollapse: (collapsed: boolean) => void;
}

const height = 26;
/** How many stops a page key goes on. */
const leap = 10;

export class TimelineBar {
  readonly element: HTMLElement;
  readonly #handlers: TimelineHandlers;
  readonly #track = h('div', { class: 'time-track' });
  readonly #ticks = svg('svg', { class: 'time-ticks', 'aria-hidden': 'true', height });
  readonly #said = h('span', { class: 'time-said' });
  readonly #body = h('div', { class: 'time-body' });
  readonly #at: TimeThumb;
  readonly #from: TimeThumb;
  readonly #compare: HTMLElement;
  readonly #look: HTMLElement;
  readonly #fold: HTMLElement;
  #log: TimelineLog | null = null;
  #places: TimePlaces = { at: null, from: undefined };
  #span: Span = { fromMs: 0, toMs: 1 };
  #width = 0;

  constructor(handlers: TimelineHandlers) {
    this.#handlers = handlers;
    const thumb = (label: string, name: string, move: (stop: Stop | null) => void): TimeThumb =>
      new TimeThumb(this.#track, {
        label,
        name,
        onPlace: (place) => move(this.#stopNear(place)),
        onStep: (step) => move(this.#step(name, step)),
      });
    this.#at = thumb('Time', 'at', (at) => handlers.onMove({ ...this.#places, at }));
    this.#from = thumb('Compared with', 'from', (from) => from && handlers.onMove({ ...this.#places, from }));
    this.#compare = button({
      label: 'Compare',
      title: 'Compare two moments',
      onClick: () => this.#toggleCompare(),
    });
    this.#look = button({
      label: 'Since I last looked',
      title: 'Show what changed since the panel was last hidden or left',
      onClick: handlers.onSinceLook,
    });
    this.#fold = button({
      label: 'Time line',
      icon: icon('clock'),
      appearance: 'icon',
      onClick: () => this.setCollapsed(!this.collapsed, true),
    });
    const mark = button({ label: 'Mark', title: 'Give this moment a name', onClick: handlers.onMark });
    this.#track.append(this.#ticks, this.#from.element, this.#at.element);
    this.#track.addEventListener('pointerdown', (event) => this.#at.take(event));
    this.#body.append(this.#track, h('div', { class: 'time-tools' }, this.#compare, this.#look, mark));
    this.element = h(
      'section',
      { class: 'timeline', 'aria-label': 'Time line' },
      this.#fold,
      this.#said,
      this.#body,
    );
    this.element.hidden = true;
    this.setCollapsed(false);
    new ResizeObserver(() => this.#draw()).observe(this.#track);
  }

  /** True while there is something to look back at. */
  get visible(): boolean {
    return !this.element.hidden && !this.element.classList.contains('waiting');
  }

  get collapsed(): boolean {
    return this.#body.hasAttribute('hidden');
  }

  setCollapsed(collapsed: boolean, told = false): void {
    this.#body.hidden = collapsed;
    this.#fold.setAttribute('aria-expanded', String(!collapsed));
    if (told) {
      this.#handlers.onCollapse(collapsed);
    }
  }

  /**
   * Shows the line up to `nowMs`; hidden while there is nothing to look back at. Where it may come any time (`grows`), its room
   * is kept for it: the graph must not move when it does.
   */
  show(log: TimelineLog, places: TimePlaces, { nowMs, grows }: { nowMs: number; grows: boolean }): void {
    this.#log = log;
    this.#places = places;
    this.#span = spanOf(log, nowMs);
    this.element.hidden = !hasPast(log) && !grows;
    this.element.classList.toggle('waiting', !hasPast(log));
    setDisabled(this.#compare, places.from === undefined && stopsOf(log).length === 0);
    setDisabled(this.#look, log.lookedAt === null && log.moments.length < 2);
    this.#compare.setAttribute('aria-pressed', String(places.from !== undefined));
    this.#draw();
  }

  focus(): void {
    this.#at.element.focus();
  }

  #draw(): void {
    const log = this.#log;
    this.#width = this.#track.clientWidth;
    if (log === null || !this.visible) {
      return;
    }
    const stops = stopsOf(log);
    const { at, from } = this.#places;
    const place = (stop: Stop | null): number => (stop === null ? 1 : placeOf(this.#span, stop.atMs));
    const words = (stop: Stop | null): string => (stop === null ? 'Now' : stopInWords(stop));
    const index = (stop: Stop | null): number => (stop === null ? stops.length : indexOf(stops, stop));
    this.#at.show({ place: place(at), text: words(at), value: index(at), most: stops.length });
    this.#from.element.hidden = from === undefined;
    if (from !== undefined) {
      this.#from.show({ place: place(from), text: words(from), value: index(from), most: stops.length - 1 });
    }
    this.#said.title = this.#said.textContent =
      from === undefined
        ? words(at)
        : `${clockOf(from.atMs)} compared with ${at === null ? 'now' : clockOf(at.atMs)}`;
    this.#ticks.setAttribute('width', String(this.#width));
    this.#ticks.replaceChildren(...this.#shapes(log));
  }

  #shapes(log: TimelineLog): SVGElement[] {
    const x = (atMs: number): number => placeOf(this.#span, atMs) * this.#width;
    const all = ticksOf(log, this.#span, this.#width);
    const line = (ticks: typeof all): string =>
      ticks
        .map((tick) => `M${tick.x + 0.5} ${height - 3}v${-tickHeight(tick.changes) * (height - 8)}`)
        .join('');
    const gaps = log.gaps.map(({ fromMs, toMs }) => {
      const [left, right] = [x(fromMs), x(toMs ?? this.#span.toMs)];
      const gap = svg('rect', {
        class: 'time-gap',
        x: left,
        y: 4,
        width: Math.max(2, right - left),
        height: height - 8,
      });
      gap.append(titled('Not connected: nothing is known of this time'));
      return gap;
    });
    const flags = log.marks.map((mark) => {
      const flag = svg('path', {
        class: `time-mark ${mark.by}`,
        d: `M${x(mark.atMs)} ${height - 3}V3h7l-2 3 2 3h-7`,
      });
      flag.append(titled(`${clockOf(mark.atMs)} ${displayName(mark.label)}`));
      return flag;
    });
    const torn = svg('path', { class: 'time-torn', d: `M4 2l-3 4 3 4-3 4 3 4-3 4` });
    torn.append(titled('Older changes were dropped to stay within the memory for them'));
    return [
      svg('path', { class: 'time-axis', d: `M0 ${height - 2.5}H${this.#width}` }),
      ...gaps,
      svg('path', { class: 'time-learned', d: line(all.filter(({ changes }) => changes === 0)) }),
      svg('path', { class: 'time-changes', d: line(all.filter(({ changes }) => changes > 0)) }),
      ...flags,
      ...(log.droppedUntilMs === null ? [] : [torn]),
    ];
  }

  #stopNear(place: number): Stop | null {
    return this.#log === null ? null : stopAt(stopsOf(this.#log), this.#span, place);
  }

  /** The stop so many further on; `all` of them where the step is fine. */
  #step(name: string, { by, fine }: { readonly by: number; readonly fine: boolean }): Stop | null {
    const stops = this.#log === null ? [] : stopsOf(this.#log, fine);
    const stop = name === 'at' ? this.#places.at : (this.#places.from ?? null);
    const here = stop === null ? stops.length : indexOf(stops, stop);
    const there = Math.abs(by) === Infinity ? by : here + (Math.abs(by) > 1 ? Math.sign(by) * leap : by);
    return stops[Math.max(0, there)] ?? null;
  }

  #toggleCompare(): void {
    if (this.#places.from !== undefined) {
      this.#handlers.onMove({ ...this.#places, from: undefined });
      return;
    }
    const stops = this.#log === null ? [] : stopsOf(this.#log);
    const { at } = this.#places;
    const before = at === null ? stops.length : indexOf(stops, at);
    this.#handlers.onMove({ at, from: stops[Math.max(0, before - 1)] });
    this.#from.element.focus();
  }
}

/** Where a stop is among others; where the next one is, if it is none of them. */
function indexOf(stops: readonly Stop[], stop: Stop): number {
  const same = stops.findIndex(
    ({ moment, marks }) => moment.id === stop.moment.id && marks[0]?.id === stop.marks[0]?.id,
  );
  const next = stops.findIndex(({ atMs }) => atMs >= stop.atMs);
  return same >= 0 ? same : next >= 0 ? next : stops.length;
}

function titled(text: string): SVGElement {
  const title = svg('title', {});
  title.textContent = text;
  return title;
}
