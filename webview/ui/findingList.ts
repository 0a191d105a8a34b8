/** All that is wrong with what is on screen, beside the graph: a table that leads to each. */
import type { Selection, ShownGap } from '../../src/protocol/messages.ts';
import { placesOf } from '../../src/topology/finding.ts';
import { button } from '../controls/toolkit.ts';
import type { Cell } from '../graph/describe/cells.ts';
import { countInWords, severities, severityWords, type FindingIndex } from '../graph/findings.ts';
import { displayName, plural } from '../graph/text.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';
import { DataTable } from './inspector/dataTable.ts';

export interface FindingListHandlers {
  readonly onSelect: (selection: Selection) => void;
  readonly onCopy: (text: string) => void;
  /** All of the node is to be read and looked at. */
  readonly onDiagnose: () => void;
  readonly onClose: () => void;
}

const tones = { error: 'bad', warning: 'warning', info: 'dim' } as const;

export class FindingList {
  readonly element = h('section', { class: 'finding-list', 'aria-label': 'Findings' });
  readonly #title = h('h2', { tabindex: '-1' });
  readonly #table: DataTable;
  readonly #gaps = h('div', { class: 'finding-gaps' });
  readonly #diagnose: HTMLElement;

  constructor(handlers: FindingListHandlers) {
    this.#table = new DataTable('Findings', handlers);
    this.#diagnose = button({
      label: 'Look at everything',
      title: 'Read filters, switches and sockets of every namespace, and look again',
      onClick: handlers.onDiagnose,
    });
    const close = button({
      label: 'Close the list of findings',
      icon: icon('close'),
      appearance: 'icon',
      onClick: handlers.onClose,
    });
    this.element.append(h('header', {}, this.#title, close), this.#table.element, this.#gaps, this.#diagnose);
    this.element.hidden = true;
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

  /** `canDiagnose` is false where there is no node to read. */
  show({ all, unchecked }: FindingIndex, canDiagnose: boolean): void {
    this.#title.textContent =
      all.length === 0 ? 'Nothing was found' : countInWords(all.map(({ severity }) => severity));
    this.#table.element.hidden = all.length === 0;
    this.#table.show({
      head: ['Severity', 'Finding'],
      rows: all.map((finding) => {
        const { severity, title } = finding;
        const [place] = placesOf(finding);
        const where: Partial<Cell> = place === undefined ? {} : { selection: place };
        return [
          {
            text: severityWords[severity],
            mark: severity,
            sort: severities.indexOf(severity),
            tone: tones[severity],
          },
          { text: displayName(title), ...where },
        ];
      }),
    });
    this.#gaps.replaceChildren(...gapNotes(unchecked));
    this.#diagnose.hidden = !canDiagnose || unchecked.every(({ namespaces }) => namespaces === 0);
  }
}

/** Silence about what was not looked at is no clean bill. */
function gapNotes(unchecked: readonly ShownGap[]): HTMLElement[] {
  const notes = unchecked.map(({ what, namespaces, reason, remedy }) => {
    const where = namespaces === 0 ? '' : ` in ${plural(namespaces, 'namespace')}`;
    return h(
      'div',
      { class: 'unknown-note' },
      h('p', {}, `${displayName(what)} were not looked at${where}: ${displayName(reason)}`),
      remedy === null ? null : h('p', { class: 'muted' }, displayName(remedy)),
    );
  });
  return notes.length === 0 ? [] : [h('h3', {}, 'Not looked at'), ...notes];
}
