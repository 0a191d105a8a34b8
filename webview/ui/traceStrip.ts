/** The strip at the bottom: the verdict of a trace and its story, row by row. */
import type { LinkId } from '../../src/topology/topology.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { button, progressRing } from '../controls/toolkit.ts';
import { headline, traceRows, type TraceRow } from '../graph/traceStory.ts';
import { displayName } from '../graph/text.ts';
import type { TopologyIndex } from '../graph/topologyIndex.ts';
import { causeList } from './causes.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';

export interface TraceStripHandlers {
  /** Null when no row is selected any more. */
  readonly onRow: (links: readonly LinkId[] | null) => void;
  readonly onClose: () => void;
  /** The host copies the trace that it sent last: the one that is shown. */
  readonly onCopy: () => void;
  /** The mend of a cause is wanted, by its id. */
  readonly onMend: (finding: string) => void;
}

const phaseWords: Record<TraceRow['phase'], string> = {
  arp: 'ARP',
  request: 'request',
  reply: 'reply',
  error: 'error',
  'not-seen': 'not seen',
};

const observedWords: Record<Trace['observedBy'], string> = {
  tcpdump: 'watched with tcpdump',
  dumpcap: 'watched with dumpcap',
  counters: 'watched through interface counters',
  none: 'predicted only, not watched',
};

/** Shows one trace, or that one is running. */
export class TraceStrip {
  readonly element = h('section', { class: 'trace-strip', 'aria-label': 'Trace' });
  readonly #handlers: TraceStripHandlers;
  #rows: readonly TraceRow[] = [];
  #active = -1;
  #list: HTMLElement | null = null;

  constructor(handlers: TraceStripHandlers) {
    this.#handlers = handlers;
    this.hide();
  }

  hide(): void {
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  showRunning(title: string): void {
    const words = h(
      'div',
      { class: 'headline' },
      h('strong', {}, 'Tracing…'),
      ' ',
      h('span', { class: 'muted' }, displayName(title)),
    );
    this.#fill(
      h('div', { class: 'trace-head', role: 'status' }, progressRing('Tracing'), words, this.#closeButton()),
    );
  }

  /** `difference`: the step in which it differs from the last that was delivered, in words; null where there is none. */
  show(trace: Trace, index: TopologyIndex, difference: string | null): void {
    this.#rows = traceRows(trace, index);
    this.#active = -1;
    const verdict = headline(trace, index);
    const tone = trace.observedBy === 'none' ? 'predicted' : verdict.delivered ? 'delivered' : 'lost';
    const head = h(
      'div',
      { class: `trace-head ${tone}`, role: 'status' },
      h('span', { class: 'verdict-mark', 'aria-hidden': 'true' }, verdict.delivered ? '✓' : '✕'),
      h(
        'div',
        { class: 'headline' },
        h('strong', {}, verdict.text),
        verdict.reason === null ? null : h('span', { class: 'reason' }, verdict.reason),
        h('span', { class: 'muted' }, `${displayName(trace.title)} · ${observedWords[trace.observedBy]}`),
      ),
      button({
        label: 'Copy as Markdown',
        icon: icon('copy'),
        appearance: 'icon',
        onClick: this.#handlers.onCopy,
      }),
      this.#closeButton(),
    );
    const remarks = [...(difference === null ? [] : [difference]), ...trace.notes];
    const notes = remarks.map((note) => h('p', { class: 'trace-note' }, displayName(note)));
    const causes = causeList(trace.causes, this.#handlers.onMend);
    this.#fill(head, ...(causes ? [causes] : []), ...notes, this.#rowList());
  }

  #fill(...children: readonly HTMLElement[]): void {
    this.element.replaceChildren(...children);
    this.element.hidden = false;
  }

  #closeButton(): HTMLElement {
    return button({
      label: 'Close the trace',
      icon: icon('close'),
      appearance: 'icon',
      onClick: this.#handlers.onClose,
    });
  }

  #rowList(): HTMLElement {
    const rows = this.#rows.map((row, position) => this.#row(row, position));
    const list = h(
      'div',
      { class: 'trace-rows', role: 'listbox', tabindex: '0', 'aria-label': 'What happened, in order' },
      ...rows,
    );
    list.addEventListener('keydown', (event) => this.#onKey(event));
    this.#list = list;
    return list;
  }

  #row(row: TraceRow, position: number): HTMLElement {
    const element = h(
      'div',
      {
        class: `trace-row ${row.phase}`,
        role: 'option',
        id: `trace-row-${position}`,
        'aria-selected': 'false',
      },
      h('span', { class: 'since' }, row.since),
      h('span', { class: 'phase' }, phaseWords[row.phase]),
      h('span', { class: 'story' }, row.text),
    );
    element.addEventListener('click', () => this.#activate(position === this.#active ? -1 : position));
    return element;
  }

  #onKey(event: KeyboardEvent): void {
    const last = this.#rows.length - 1;
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: Math.min(last, this.#active + 1),
      ArrowUp: Math.max(0, this.#active - 1),
      Home: 0,
      End: last,
      Escape: -1,
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      this.#activate(to);
    }
  }

  #activate(position: number): void {
    this.#active = position;
    [...(this.#list?.children ?? [])].forEach((row, at) => {
      row.setAttribute('aria-selected', String(at === position));
      if (at === position) {
        row.scrollIntoView({ block: 'nearest' });
      }
    });
    if (position < 0) {
      this.#list?.removeAttribute('aria-activedescendant');
    } else {
      this.#list?.setAttribute('aria-activedescendant', `trace-row-${position}`);
    }
    this.#handlers.onRow(this.#rows[position]?.links ?? null);
  }
}
