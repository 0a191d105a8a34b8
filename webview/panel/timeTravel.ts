/** Looking back: the time line, what was at a moment, and what changed between two. */
import type { Response } from '../../src/protocol/messages.ts';
import { button } from '../controls/toolkit.ts';
import { FindingIndex } from '../graph/findings.ts';
import { addToLog, clockOf, emptyLog, stopsOf, type Stop, type TimelineLog } from '../graph/timeline.ts';
import { ChangeList } from '../ui/changeList.ts';
import { h } from '../ui/dom.ts';
import { TimelineBar, type TimePlaces } from '../ui/timelineBar.ts';
import type { Past } from './model.ts';
import type { PanelParts } from './parts.ts';

const present: TimePlaces = { at: null, from: undefined };
/** How often the line is drawn up to the present while nothing happens. */
const tickMs = 5_000;

export interface TimeElements {
  /** Over the graph: which time it shows, and what changed. They take no room from it, so that nothing moves. */
  readonly band: HTMLElement;
  readonly list: HTMLElement;
  /** Below the graph. */
  readonly bar: HTMLElement;
}

/** Adds looking back. */
export function addTimeTravel(parts: PanelParts): TimeElements {
  const travel = new TimeTravel(parts);
  return { band: travel.band, list: travel.list.element, bar: travel.bar.element };
}

class TimeTravel {
  readonly band = h('div', { class: 'then-band', role: 'status' });
  readonly list: ChangeList;
  readonly bar: TimelineBar;
  readonly #parts: PanelParts;
  #log: TimelineLog = emptyLog;
  #places: TimePlaces = present;
  /** What is on its way from the host, and whether something else was asked for meanwhile. */
  #asking = false;
  #askAgain = false;

  constructor(parts: PanelParts) {
    this.#parts = parts;
    const { host, keys, selecting } = parts;
    this.list = new ChangeList({
      onSelect: (selection) => selecting.select(selection, { reveal: true }),
      onCopy: (text) => parts.copy(text),
      onClose: () => this.#move({ ...this.#places, from: undefined }),
    });
    this.bar = new TimelineBar({
      onMove: (places) => this.#move(places),
      onMark: () => parts.run('patchbay.history.mark', null),
      onSinceLook: () => this.#compareSinceLook(),
      onCollapse: (timeFolded) => host.keep({ timeFolded }),
    });
    this.bar.setCollapsed(host.state.timeFolded ?? false);
    this.band.hidden = true;
    keys.onEscape(() => this.#leave(), { keys: 'Esc', meaning: 'back to now' });
    keys.add({
      keys: ['t'],
      where: 'page',
      run: () => this.#focusBar(),
      help: { keys: 'T', meaning: 'time line: ← → step, Shift with every entry, Home and End' },
    });
    this.#listen();
  }

  #listen(): void {
    const { host, model } = this.#parts;
    host.on('timeline', ({ timeline }) => {
      this.#log = addToLog(this.#log, timeline);
      this.#hear();
    });
    host.on('compare', ({ from, to }) => {
      const [earlier, later] = [this.#stopOf(from), to === null ? null : this.#stopOf(to)];
      if (earlier !== undefined && later !== undefined) {
        this.bar.setCollapsed(false);
        this.#move({ from: earlier, at: later });
      }
    });
    model.connection.onDidChange(() => this.#draw());
    host.on('debugged', ({ processes }) => model.debugged.set(processes));
    model.connection.onDidChange(({ kind }) => {
      if (kind === 'empty' || kind === 'failed') {
        this.#log = emptyLog;
        this.#places = present;
        model.past.set(null);
        this.#show();
      }
    });
    window.setInterval(() => this.#draw(), tickMs);
  }

  /** The moment of an id as a stop, also where it is the newest one. */
  #stopOf(id: number): Stop | undefined {
    const moment = this.#log.moments.find((one) => one.id === id);
    const known = stopsOf(this.#log).find((stop) => stop.moment.id === id);
    return known ?? (moment && { moment, atMs: moment.atMs, marks: [] });
  }

  /** News: a comparison with the present goes on with it; what is no longer kept can no longer be looked at. */
  #hear(): void {
    const { at, from } = this.#places;
    const isKept = (stop: Stop | null | undefined): boolean =>
      !stop || this.#log.moments.some(({ id }) => id === stop.moment.id);
    if (!isKept(at) || !isKept(from)) {
      this.#move(present);
    } else if (from !== undefined && at === null) {
      this.#ask();
    }
    this.#draw();
  }

  #move(places: TimePlaces): void {
    const { at, from } = this.#places;
    const isSame = places.at?.moment.id === at?.moment.id && places.from?.moment.id === from?.moment.id;
    const toPresent = places.at === null && places.from === undefined;
    this.#places = places;
    if (toPresent) {
      this.#parts.model.past.set(null);
      this.#show();
    } else if (!isSame || this.#parts.model.past.value === null) {
      this.#ask();
    }
    this.#draw();
  }

  /** One question at a time: while somebody drags, the answer to the last one is all that is wanted. */
  #ask(): void {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    const places = this.#places;
    void this.#request(places).then((response) => {
      this.#asking = false;
      if (this.#askAgain) {
        this.#askAgain = false;
        this.#ask();
      }
      this.#take(places, response);
    });
  }

  #request({ at, from }: TimePlaces): Promise<Response> {
    const { host } = this.#parts;
    return from !== undefined
      ? host.compare({ from: from.moment.id, to: at?.moment.id ?? null })
      : host.moment(at?.moment.id ?? 0);
  }

  #take(places: TimePlaces, response: Response): void {
    if (this.#places.at === null && this.#places.from === undefined) {
      return;
    }
    const past = response.error === null ? pastOf(places, response) : null;
    if (past === null) {
      this.#parts.notices.error(response.error ?? 'That moment cannot be shown.');
      this.#move(present);
      return;
    }
    this.#parts.model.past.set(past);
    this.#show();
  }

  #compareSinceLook(): void {
    const from = this.#stopOf(this.#log.lookedAt ?? this.#log.moments[0]?.id ?? 0);
    if (from !== undefined) {
      this.#move({ from, at: null });
    }
  }

  #focusBar(): void {
    if (this.bar.visible) {
      this.bar.setCollapsed(false);
      this.bar.focus();
    }
  }

  #leave(): boolean {
    const isPast = this.#parts.model.past.value !== null;
    if (isPast) {
      this.#move(present);
      this.#parts.view.focus();
    }
    return isPast;
  }

  #draw(): void {
    const { kind } = this.#parts.model.connection.value;
    const newestMs = Math.max(this.#log.moments.at(-1)?.atMs ?? 0, this.#log.marks.at(-1)?.atMs ?? 0);
    this.bar.show(this.#log, this.#places, {
      nowMs: kind === 'recording' ? newestMs : Date.now(),
      // A connection that was lost may come back, and is to move nothing meanwhile.
      grows: kind === 'live' || kind === 'lost',
    });
  }

  /** Says which time is on screen. */
  #show(): void {
    const past = this.#parts.model.past.value;
    this.band.hidden = past === null;
    this.#parts.view.element.classList.toggle('then', past?.kind === 'moment');
    this.band.replaceChildren(...(past === null ? [] : this.#bandOf(past)));
    if (past?.kind === 'comparison') {
      this.list.show(past.entries, between(past.fromMs, past.toMs));
    } else {
      this.list.hide();
    }
  }

  #bandOf(past: Past): HTMLElement[] {
    const text =
      past.kind === 'moment' ? `As of ${clockOf(past.atMs)}` : `Compared ${between(past.fromMs, past.toMs)}`;
    const back = button({ label: 'Back to now', onClick: () => this.#move(present) });
    const seen = button({
      label: 'Seen',
      title: 'Take all there is now for seen: "since I last looked" begins here',
      onClick: () => void this.#parts.host.looked().then(() => this.#move(present)),
    });
    const isToNow = past.kind === 'comparison' && past.toMs === null;
    return [h('span', {}, text), back, ...(isToNow ? [seen] : [])];
  }
}

function between(fromMs: number, toMs: number | null): string {
  return `between ${clockOf(fromMs)} and ${toMs === null ? 'now' : clockOf(toMs)}`;
}

function pastOf({ at, from }: TimePlaces, { topology, comparison, diagnosis }: Response): Past | null {
  const findings = new FindingIndex(diagnosis ?? null);
  if (topology !== undefined && at !== null) {
    return { kind: 'moment', atMs: at.atMs, topology, findings };
  }
  if (comparison === undefined || from === undefined) {
    return null;
  }
  const swapped = at !== null && at.moment.id < from.moment.id;
  const [earlier, later] = swapped ? [at, from] : [from, at];
  return { kind: 'comparison', fromMs: earlier.atMs, toMs: later?.atMs ?? null, ...comparison, findings };
}
