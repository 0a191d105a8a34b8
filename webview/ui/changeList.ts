/** What changed between two moments, as a list: added, removed, changed, and what was learned from traffic. */
import type { Selection } from '../../src/protocol/messages.ts';
import { changeLine, changeSigns, type ChangeEntry } from '../../src/topology/changeEntry.ts';
import { button } from '../controls/toolkit.ts';
import { displayName, plural } from '../graph/text.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';

export interface ChangeListHandlers {
  readonly onSelect: (selection: Selection) => void;
  readonly onCopy: (text: string) => void;
  readonly onClose: () => void;
}

const headings = { added: 'Added', removed: 'Removed', changed: 'Changed' } as const;
/** More rows than this are not read, only scrolled through. */
const mostRows = 400;

export class ChangeList {
  readonly element = h('section', { class: 'change-list', 'aria-label': 'Changes' });
  readonly #handlers: ChangeListHandlers;

  constructor(handlers: ChangeListHandlers) {
    this.#handlers = handlers;
    this.hide();
  }

  hide(): void {
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /** `between`: "between 14:03:12 and now". */
  show(entries: readonly ChangeEntry[], between: string): void {
    const done = entries.filter(({ learned }) => !learned);
    const learned = entries.filter((entry) => entry.learned);
    const scroll = this.element.scrollTop;
    const open = this.element.querySelector('details')?.open ?? false;
    this.element.replaceChildren(
      this.#head(entries, `${done.length === 0 ? 'No changes' : plural(done.length, 'change')} ${between}`),
      ...(['added', 'removed', 'changed'] as const).flatMap((change) => this.#group(change, done)),
      ...this.#learned(learned, open),
    );
    this.element.hidden = false;
    this.element.scrollTop = scroll;
  }

  #head(entries: readonly ChangeEntry[], title: string): HTMLElement {
    const text = (): string => [title, ...entries.map(changeLine)].map(displayName).join('\n');
    return h(
      'header',
      { role: 'status' },
      h('h2', {}, title),
      button({
        label: 'Copy as text',
        icon: icon('copy'),
        appearance: 'icon',
        onClick: () => this.#handlers.onCopy(text()),
      }),
      button({
        label: 'End the comparison',
        icon: icon('close'),
        appearance: 'icon',
        onClick: this.#handlers.onClose,
      }),
    );
  }

  #group(change: ChangeEntry['change'], entries: readonly ChangeEntry[]): HTMLElement[] {
    const own = entries.filter((entry) => entry.change === change);
    return own.length === 0 ? [] : [h('h3', {}, `${headings[change]} (${own.length})`), this.#rows(own)];
  }

  #learned(entries: readonly ChangeEntry[], open: boolean): HTMLElement[] {
    if (entries.length === 0) {
      return [];
    }
    const title = `Learned from traffic (${entries.length})`;
    const details = h('details', {}, h('summary', {}, title), this.#rows(entries));
    details.open = open;
    return [details];
  }

  #rows(entries: readonly ChangeEntry[]): HTMLElement {
    const rows = entries.slice(0, mostRows).map((entry) => this.#row(entry));
    const more =
      entries.length > mostRows ? [h('li', { class: 'muted' }, `and ${entries.length - mostRows} more`)] : [];
    return h('ul', {}, ...rows, ...more);
  }

  #row({ change, what, how, subject }: ChangeEntry): HTMLElement {
    const sign = h('span', { class: `change-sign ${change}`, 'aria-hidden': 'true' }, changeSigns[change]);
    const name = displayName(what);
    const facts = how === '' ? null : h('span', { class: 'muted' }, displayName(`: ${how}`));
    if (subject === null) {
      return h('li', {}, sign, h('span', {}, name), facts);
    }
    const link = h('button', { class: 'text-link', type: 'button', title: `Select ${name}` }, name);
    link.addEventListener('click', () => this.#handlers.onSelect(subject));
    return h('li', {}, sign, link, facts);
  }
}
