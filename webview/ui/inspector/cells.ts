/** Cells of descriptions as elements. */
import type { Selection } from '../../../src/protocol/messages.ts';
import type { Cell } from '../../graph/describe/cells.ts';
import { h } from '../dom.ts';
import { severityIcon } from '../severityIcon.ts';

export interface CellHandlers {
  readonly onSelect: (selection: Selection) => void;
  readonly onCopy: (text: string) => void;
}

/**
 * A small button that copies. In a table it is reached by the arrow keys, not by Tab. Its picture is the style sheet's: a long table
 * has hundreds of them.
 */
export function copyButton(label: string, copy: () => void, inTable = false): HTMLElement {
  const button = h('button', {
    class: 'copy',
    type: 'button',
    title: label,
    'aria-label': label,
    tabindex: inTable ? '-1' : undefined,
  });
  button.addEventListener('click', copy);
  return button;
}

export function cellElement(cell: Cell, { onSelect, onCopy }: CellHandlers, inTable = false): HTMLElement {
  const { selection, copy } = cell;
  if (selection !== undefined) {
    const title = `Select ${cell.text}`;
    const attributes = { class: 'text-link', type: 'button', title, tabindex: inTable ? '-1' : undefined };
    const link = h('button', attributes, cell.text);
    link.addEventListener('click', () => onSelect(selection));
    return link;
  }
  const mark = cell.mark === undefined ? null : severityIcon(cell.mark);
  const text = h('span', { class: cell.tone, title: cell.text }, mark, cell.text);
  return copy === undefined
    ? text
    : h(
        'span',
        { class: 'copyable' },
        text,
        copyButton(`Copy ${cell.text}`, () => onCopy(copy), inTable),
      );
}
