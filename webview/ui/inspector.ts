/** The inspector at the right: what is selected, in human words, as commands, and as the node said it. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { ShowCommand } from '../../src/topology/showCommands.ts';
import { button } from '../controls/toolkit.ts';
import type { Description } from '../graph/describe/cells.ts';
import { h } from './dom.ts';
import { icon, type IconName } from './icons.ts';
import { copyButton } from './inspector/cells.ts';
import { jsonTree } from './inspector/jsonTree.ts';
import { resizeHandle } from './inspector/resizeHandle.ts';
import { SectionView, type SectionHandlers } from './inspector/sectionView.ts';

/** Something to do with what is selected. */
export interface InspectorAction {
  readonly label: string;
  readonly icon: IconName;
  /** `anchor` is the button, for what opens beside it. */
  readonly run: (anchor: HTMLElement) => void;
  /** Only its icon is shown. */
  readonly small?: boolean;
}

export interface InspectorContent {
  /** Null where it is about the node. */
  readonly selection: Selection | null;
  readonly description: Description;
  readonly commands: readonly ShowCommand[];
  readonly actions: readonly InspectorAction[];
  /** False where there is no node to run commands on. */
  readonly canRun: boolean;
}

export interface InspectorHandlers extends SectionHandlers {
  readonly onClose: () => void;
  readonly onResize: (width: number) => void;
}

export const inspectorWidths = { least: 220, most: 720, first: 340 } as const;

/** Shows one thing at a time. What it shows of the same thing later is changed in place: focus, order and filters stay. */
export class Inspector {
  readonly element: HTMLElement;
  readonly #handlers: InspectorHandlers;
  readonly #title = h('h2', { tabindex: '-1' });
  readonly #subtitle = h('div', { class: 'muted' });
  readonly #actions = h('div', { class: 'inspector-actions' });
  readonly #facts = h('div', { class: 'facts' });
  readonly #raw = h('div', {});
  readonly #content: HTMLElement;
  readonly #hint = hint();
  #sections = new Map<string, SectionView>();
  #about = '';
  #shownActions = '';
  #isRawOpen = false;
  #rawOf: Description['raw'] = null;
  #width: number = inspectorWidths.first;

  constructor(handlers: InspectorHandlers) {
    this.#handlers = handlers;
    const names = h('div', { class: 'inspector-names' }, this.#title, this.#subtitle);
    const close = button({
      label: 'Close the inspector',
      icon: icon('close'),
      appearance: 'icon',
      onClick: handlers.onClose,
    });
    const parts = [h('header', {}, names, close), this.#actions, this.#facts, this.#raw, this.#hint];
    this.#content = h('div', { class: 'inspector-content' }, ...parts);
    const resize = (width: number): void => {
      this.setWidth(width);
      handlers.onResize(this.#width);
    };
    const handle = resizeHandle('Width of the inspector', inspectorWidths, () => this.#width, resize);
    this.element = h('aside', { class: 'inspector', 'aria-label': 'Inspector' }, handle, this.#content);
    this.setWidth(inspectorWidths.first);
    this.show(null);
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
    this.#title.focus();
  }

  show(content: InspectorContent | null): void {
    this.#content.hidden = content === null;
    if (content === null) {
      return;
    }
    const { selection, description } = content;
    const about = JSON.stringify(selection);
    if (about !== this.#about) {
      this.#about = about;
      this.#sections = new Map();
      this.#content.scrollTop = 0;
      this.#rawOf = null;
    }
    this.#title.textContent = description.title;
    this.#title.title = description.title;
    this.#subtitle.textContent = description.subtitle;
    this.#hint.hidden = selection !== null;
    this.#showActions(content.actions);
    this.#showSections(content);
    this.#showRaw(description.raw);
  }

  #showActions(actions: readonly InspectorAction[]): void {
    const signature = JSON.stringify([this.#about, actions.map(({ label }) => label)]);
    if (signature === this.#shownActions) {
      return;
    }
    this.#shownActions = signature;
    this.#actions.replaceChildren(
      ...actions.map(({ label, icon: name, run, small }) => {
        const control = button({
          label,
          icon: icon(name),
          ...(small === true ? { appearance: 'icon' } : {}),
          onClick: () => run(control),
        });
        return control;
      }),
    );
  }

  #showSections({ description, commands, canRun }: InspectorContent): void {
    const before = this.#sections;
    this.#sections = new Map();
    for (const section of description.sections) {
      const view = before.get(section.title) ?? new SectionView(section.title, this.#handlers);
      const shown = commands.filter(({ fact }) => section.shows?.includes(fact) === true);
      view.show(section, shown, canRun);
      this.#sections.set(section.title, view);
    }
    const wanted = [...this.#sections.values()].map(({ element }) => element);
    const current = Array.from(this.#facts.children);
    if (wanted.length !== current.length || wanted.some((element, at) => element !== current[at])) {
      this.#facts.replaceChildren(...wanted);
    }
  }

  /** Made when it is opened: the records of a node are long. */
  #showRaw(raw: Description['raw']): void {
    const isNew = this.#rawOf === null || raw === null;
    this.#rawOf = raw;
    if (!isNew) {
      return;
    }
    if (raw === null) {
      this.#raw.replaceChildren();
      return;
    }
    const body = h('div', { class: 'raw-body' });
    const details = h('details', { class: 'raw' }, h('summary', {}, 'As the node said it'), body);
    const fill = (): void => {
      const record = this.#rawOf?.();
      const copy = copyButton('Copy all as JSON', () =>
        this.#handlers.onCopy(JSON.stringify(this.#rawOf?.(), null, 2)),
      );
      body.replaceChildren(copy, jsonTree(record));
    };
    details.addEventListener('toggle', () => {
      this.#isRawOpen = details.open;
      if (details.open) {
        fill();
      }
    });
    details.open = this.#isRawOpen;
    this.#raw.replaceChildren(details);
  }
}

function hint(): HTMLElement {
  return h(
    'div',
    { class: 'inspector-hint muted' },
    h('p', {}, 'Select a pod, an interface or a bridge to see what the node says about it.'),
    h('p', {}, 'With the keyboard: the arrow keys walk along the cables, Enter comes here.'),
  );
}
