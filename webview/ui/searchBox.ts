/**
 * The search box: a text field with completions, how much was found, and what of the query was not understood. The field is
 * the platform's own: a control in a shadow tree cannot say which option of a list outside of it is active.
 */
import type { Completion } from '../graph/completion.ts';
import { button } from '../controls/toolkit.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';

export interface SearchHandlers {
  readonly onInput: (query: string) => void;
  /** 1 for the next match, -1 for the one before. */
  readonly onStep: (by: 1 | -1) => void;
  readonly onHideOthers: (hide: boolean) => void;
  readonly onLeave: () => void;
  readonly complete: (text: string, caret: number) => readonly Completion[];
}

/** What the search came to. */
export interface SearchResult {
  readonly count: number;
  /** Counted from 0; -1 while none of them is selected. */
  readonly at: number;
  readonly hints: readonly string[];
}

const listId = 'search-completions';

export class SearchBox {
  readonly element: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #found = h('span', { class: 'found muted', role: 'status' });
  readonly #hint = h('div', { class: 'search-hint', role: 'status', id: 'search-hint' });
  readonly #list = h('div', {
    class: 'completions',
    role: 'listbox',
    id: listId,
    'aria-label': 'Completions',
  });
  readonly #steps: HTMLElement;
  readonly #hide: HTMLElement;
  readonly #handlers: SearchHandlers;
  #offered: readonly Completion[] = [];
  #active = -1;

  constructor(handlers: SearchHandlers) {
    this.#handlers = handlers;
    this.#input = h('input', {
      type: 'text',
      role: 'combobox',
      placeholder: 'Search  ( / )',
      'aria-label': 'Search by name, address, range, MAC, kind, state, process, container or finding',
      'aria-autocomplete': 'list',
      'aria-controls': listId,
      'aria-expanded': 'false',
      'aria-describedby': 'search-hint',
      autocomplete: 'off',
      spellcheck: 'false',
    });
    const small = (label: string, name: Parameters<typeof icon>[0], onClick: () => void): HTMLElement =>
      button({ label, icon: icon(name), appearance: 'icon', onClick });
    this.#hide = small('Hide what does not match', 'filter', () => this.#toggleHide());
    this.#steps = h(
      'div',
      { class: 'tools' },
      small('Previous match (Shift+Enter)', 'previous', () => handlers.onStep(-1)),
      small('Next match (Enter)', 'next', () => handlers.onStep(1)),
      this.#hide,
    );
    const field = h('div', { class: 'search-field' }, icon('search'), this.#input, this.#list, this.#hint);
    this.element = h('div', { class: 'search' }, field, this.#found, this.#steps);
    this.#listen();
    this.#close();
    this.show(null);
    this.hideOthers = false;
  }

  get value(): string {
    return this.#input.value;
  }

  set value(value: string) {
    this.#input.value = value;
  }

  get hideOthers(): boolean {
    return this.#hide.getAttribute('aria-pressed') === 'true';
  }

  set hideOthers(hide: boolean) {
    this.#hide.setAttribute('aria-pressed', String(hide));
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  /** Null while nothing is asked. */
  show(result: SearchResult | null): void {
    const { count = 0, at = -1, hints = [] } = result ?? {};
    const nothing = hints.length > 0 ? '' : 'nothing found';
    const words = count === 0 ? nothing : at < 0 ? `${count} found` : `${at + 1} of ${count}`;
    const said = result === null ? '' : words;
    if (this.#found.textContent !== said) {
      this.#found.textContent = said;
    }
    this.#steps.hidden = result === null || count === 0;
    const hint = hints.join(' ');
    this.#input.classList.toggle('strange', hint !== '');
    if (this.#hint.textContent !== hint) {
      this.#hint.textContent = hint;
    }
    this.#hint.hidden = hint === '';
  }

  #toggleHide(): void {
    this.hideOthers = !this.hideOthers;
    this.#handlers.onHideOthers(this.hideOthers);
  }

  #listen(): void {
    const input = this.#input;
    input.addEventListener('input', () => {
      this.#handlers.onInput(input.value);
      this.#offer();
    });
    input.addEventListener('focus', () => this.#offer());
    input.addEventListener('blur', () => this.#close());
    input.addEventListener('keydown', (event) => this.#onKey(event));
    // A press on an option must not take the focus from the field, or the list would be gone before the click.
    this.#list.addEventListener('pointerdown', (event) => event.preventDefault());
  }

  #onKey(event: KeyboardEvent): void {
    const answers: Readonly<Record<string, () => void>> = {
      Enter: () => this.#enter(event.shiftKey ? -1 : 1),
      Escape: () => this.#escape(),
      ArrowDown: () => this.#move(1),
      ArrowUp: () => this.#move(-1),
    };
    const answer = answers[event.key];
    if (answer !== undefined) {
      event.preventDefault();
      event.stopPropagation();
      answer();
    }
  }

  #enter(by: 1 | -1): void {
    const chosen = this.#offered[this.#active];
    if (chosen === undefined) {
      this.#close();
      this.#handlers.onStep(by);
    } else {
      this.#take(chosen);
    }
  }

  #escape(): void {
    if (this.#active >= 0) {
      this.#close();
    } else {
      this.#close();
      this.#handlers.onLeave();
    }
  }

  #move(by: 1 | -1): void {
    if (this.#list.hidden) {
      this.#offer();
    }
    const { length } = this.#offered;
    if (length > 0) {
      this.#activate(this.#active < 0 && by < 0 ? length - 1 : (this.#active + by + length) % length);
    }
  }

  #take({ insert, from, to }: Completion): void {
    const { value } = this.#input;
    this.#input.value = `${value.slice(0, from)}${insert}${value.slice(to).trimStart()}`;
    this.#input.setSelectionRange(from + insert.length, from + insert.length);
    this.#handlers.onInput(this.#input.value);
    this.#offer();
  }

  #offer(): void {
    const caret = this.#input.selectionStart ?? this.#input.value.length;
    this.#offered = this.#handlers.complete(this.#input.value, caret);
    this.#list.replaceChildren(...this.#offered.map((one, position) => this.#option(one, position)));
    this.#list.hidden = this.#offered.length === 0;
    this.#input.setAttribute('aria-expanded', String(!this.#list.hidden));
    this.#activate(-1);
  }

  #option(completion: Completion, position: number): HTMLElement {
    const option = h(
      'div',
      { class: 'completion', role: 'option', id: `completion-${position}`, 'aria-selected': 'false' },
      h('span', { class: 'completion-label' }, completion.label),
      h('span', { class: 'muted' }, completion.detail),
    );
    option.addEventListener('click', () => this.#take(completion));
    return option;
  }

  #activate(position: number): void {
    this.#active = position;
    [...this.#list.children].forEach((option, at) => {
      option.setAttribute('aria-selected', String(at === position));
      if (at === position) {
        option.scrollIntoView({ block: 'nearest' });
      }
    });
    if (position < 0) {
      this.#input.removeAttribute('aria-activedescendant');
    } else {
      this.#input.setAttribute('aria-activedescendant', `completion-${position}`);
    }
  }

  #close(): void {
    this.#offered = [];
    this.#list.hidden = true;
    this.#input.setAttribute('aria-expanded', 'false');
    this.#activate(-1);
  }
}
