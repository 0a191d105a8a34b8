/** The inspector at the right: what is selected, in human words, and as the node said it. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { DetailsState } from '../host/details.ts';
import { button, badge } from '../controls/toolkit.ts';
import {
  describe,
  describeNode,
  type Cell,
  type Description,
  type Fact,
  type Section,
} from '../graph/describe.ts';
import type { TopologyIndex } from '../graph/topologyIndex.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';

export interface InspectorHandlers {
  readonly onSelect: (selection: Selection) => void;
  readonly onCopy: (text: string) => void;
  readonly onDelete: (selection: Selection) => void;
  readonly onTrace: (selection: Selection) => void;
  readonly onClose: () => void;
  readonly onResize: (width: number) => void;
}

export const inspectorWidths = { least: 220, most: 720, first: 340 } as const;
/** A table longer than this shows its first rows and how many there are. */
const mostRows = 200;

/** Shows one selection at a time. */
export class Inspector {
  readonly element: HTMLElement;
  readonly #content: HTMLElement;
  readonly #handlers: InspectorHandlers;
  #rawOpen = false;
  #shown = '';
  #width: number = inspectorWidths.first;

  constructor(handlers: InspectorHandlers) {
    this.#handlers = handlers;
    this.#content = h('div', { class: 'inspector-content' });
    this.element = h(
      'aside',
      { class: 'inspector', 'aria-label': 'Inspector' },
      this.#handle(),
      this.#content,
    );
    this.setWidth(inspectorWidths.first);
    this.show(null, null);
  }

  /** In px; what it will be while it is not shown. */
  get width(): number {
    return this.#width;
  }

  setWidth(width: number): void {
    this.#width = Math.min(inspectorWidths.most, Math.max(inspectorWidths.least, width));
    this.element.style.width = `${this.#width}px`;
    this.element.querySelector('.resize-handle')?.setAttribute('aria-valuenow', String(this.#width));
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  setOpen(open: boolean): void {
    this.element.hidden = !open;
  }

  focus(): void {
    this.#content.querySelector<HTMLElement>('h2')?.focus();
  }

  /** Shows a selection, or the node where there is none; does nothing where that is on screen already. */
  show(index: TopologyIndex | null, selection: Selection | null, details: DetailsState = null): void {
    const selected = index && selection && describe(index, selection, details);
    const description = selected ?? (index && describeNode(index));
    const signature = JSON.stringify([selection, description]);
    if (signature === this.#shown) {
      return;
    }
    this.#shown = signature;
    const scroll = this.#content.scrollTop;
    const shown = index && description ? this.#describe(description, selected && selection, index) : [];
    this.#content.replaceChildren(...shown);
    this.#content.scrollTop = scroll;
  }

  #hint(): HTMLElement {
    return h(
      'div',
      { class: 'inspector-hint muted' },
      h('p', {}, 'Select a pod, an interface or a bridge to see what the node says about it.'),
      h('p', {}, 'With the keyboard: the arrow keys walk along the cables, Enter comes here.'),
    );
  }

  #describe(description: Description, selection: Selection | null, index: TopologyIndex): HTMLElement[] {
    const title = h('h2', { tabindex: '-1', title: description.title }, description.title);
    const header = h(
      'header',
      {},
      h('div', { class: 'inspector-names' }, title, h('div', { class: 'muted' }, description.subtitle)),
      button({
        label: 'Close the inspector',
        icon: icon('close'),
        appearance: 'icon',
        onClick: this.#handlers.onClose,
      }),
    );
    const facts = h(
      'div',
      { class: 'facts' },
      ...description.sections.map((section) => this.#section(section)),
    );
    if (selection === null) {
      return [header, facts, this.#hint()];
    }
    const actions = this.#actions(selection, index);
    return [header, ...(actions === null ? [] : [actions]), facts, this.#raw(description.raw)];
  }

  #actions(selection: Selection, index: TopologyIndex): HTMLElement | null {
    const namespace = selection.kind === 'namespace' ? index.namespaces.get(selection.id) : undefined;
    if (namespace === undefined) {
      return null;
    }
    const trace = button({
      label: 'Trace from here',
      icon: icon('trace'),
      onClick: () => this.#handlers.onTrace(selection),
    });
    const remove = button({
      label: 'Delete pod',
      icon: icon('remove'),
      onClick: () => this.#handlers.onDelete(selection),
    });
    return h(
      'div',
      { class: 'inspector-actions' },
      trace,
      namespace.pod?.kind === 'patchbay' ? remove : null,
    );
  }

  #raw(raw: unknown): HTMLElement {
    const text = JSON.stringify(raw, null, 2);
    const copy = button({ label: 'Copy', icon: icon('copy'), onClick: () => this.#handlers.onCopy(text) });
    const record = h('pre', { tabindex: '0', 'aria-label': 'Record' }, text);
    const details = h(
      'details',
      { class: 'raw' },
      h('summary', {}, 'As the node said it (ip -j)'),
      copy,
      record,
    );
    details.open = this.#rawOpen;
    details.addEventListener('toggle', () => {
      this.#rawOpen = details.open;
    });
    return details;
  }

  #section(section: Section): HTMLElement {
    const count = section.count === undefined ? null : badge(String(section.count));
    const heading = h('h3', {}, section.title, count);
    const facts = section.facts === undefined ? null : this.#facts(section.facts);
    const notes = (section.notes ?? []).map(({ text, remedy }) =>
      h(
        'div',
        { class: 'unknown-note' },
        h('p', {}, text),
        remedy === null ? null : h('p', { class: 'muted' }, remedy),
      ),
    );
    return h('section', {}, heading, facts, section.table ? this.#table(section.table) : null, ...notes);
  }

  #facts(facts: readonly Fact[]): HTMLElement {
    const list = h('dl', {});
    for (const { label, values } of facts) {
      list.append(h('dt', {}, label), ...values.map((value) => h('dd', {}, this.#cell(value))));
    }
    return list;
  }

  #table({ head, rows }: NonNullable<Section['table']>): HTMLElement {
    if (rows.length === 0) {
      return h('p', { class: 'muted none' }, 'None.');
    }
    const body = rows
      .slice(0, mostRows)
      .map((row) => h('tr', {}, ...row.map((cell) => h('td', {}, this.#cell(cell)))));
    const more =
      rows.length > mostRows ? h('p', { class: 'muted' }, `and ${rows.length - mostRows} more`) : null;
    const headings = head.map((title) => h('th', { scope: 'col' }, title));
    const table = h('table', {}, h('thead', {}, h('tr', {}, ...headings)), h('tbody', {}, ...body));
    return h('div', { class: 'table' }, table, more);
  }

  #cell(cell: Cell): HTMLElement {
    const { selection, copy } = cell;
    if (selection !== undefined) {
      const link = h(
        'button',
        { class: 'text-link', type: 'button', title: `Select ${cell.text}` },
        cell.text,
      );
      link.addEventListener('click', () => this.#handlers.onSelect(selection));
      return link;
    }
    const text = h('span', { class: cell.tone, title: cell.text }, cell.text);
    if (copy === undefined) {
      return text;
    }
    const copyButton = h('button', {
      class: 'copy',
      type: 'button',
      title: `Copy ${cell.text}`,
      'aria-label': `Copy ${cell.text}`,
    });
    copyButton.append(icon('copy'));
    copyButton.addEventListener('click', () => this.#handlers.onCopy(copy));
    return h('span', { class: 'copyable' }, text, copyButton);
  }

  #handle(): HTMLElement {
    const handle = h('div', {
      class: 'resize-handle',
      role: 'separator',
      'aria-orientation': 'vertical',
      'aria-label': 'Width of the inspector',
      'aria-valuemin': String(inspectorWidths.least),
      'aria-valuemax': String(inspectorWidths.most),
      tabindex: '0',
    });
    const resize = (width: number): void => {
      this.setWidth(width);
      this.#handlers.onResize(this.#width);
    };
    handle.addEventListener('pointerdown', (event) => {
      handle.setPointerCapture(event.pointerId);
      const edge = this.element.getBoundingClientRect().right;
      const move = (moved: PointerEvent): void => resize(edge - moved.clientX);
      handle.addEventListener('pointermove', move);
      handle.addEventListener('lostpointercapture', () => handle.removeEventListener('pointermove', move), {
        once: true,
      });
    });
    handle.addEventListener('keydown', (event) => {
      const step = event.key === 'ArrowLeft' ? 24 : event.key === 'ArrowRight' ? -24 : 0;
      if (step !== 0) {
        event.preventDefault();
        resize(this.#width + step);
      }
    });
    return handle;
  }
}
