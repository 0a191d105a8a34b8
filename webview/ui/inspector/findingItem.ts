/** A finding in full: what is wrong, why it matters, what proves it, and what mends it. */
import { button } from '../../controls/toolkit.ts';
import type { FoundHere } from '../../graph/describe/cells.ts';
import { severityWords } from '../../graph/findings.ts';
import { displayName } from '../../graph/text.ts';
import { h } from '../dom.ts';
import { severityIcon } from '../severityIcon.ts';
import { cellElement, type CellHandlers } from './cells.ts';
import { commandList, type CommandHandlers } from './commandList.ts';

export interface FindingHandlers extends CellHandlers, CommandHandlers {
  /** The mend of a finding is wanted, by its id. */
  readonly onMend: (finding: string) => void;
}

/** `canMend` is false where there is no node to mend. */
export function findingItem(
  { finding, elsewhere }: FoundHere,
  handlers: FindingHandlers,
  canMend: boolean,
): HTMLElement {
  const { severity, title, explanation, evidence } = finding;
  const places = elsewhere.flatMap((cell, at) => [at === 0 ? 'Also: ' : ', ', cellElement(cell, handlers)]);
  return h(
    'li',
    {},
    h(
      'p',
      { class: 'finding-title' },
      severityIcon(severity),
      h('span', { class: 'offscreen' }, `${severityWords[severity]}: `),
      h('strong', {}, displayName(title)),
    ),
    h('p', { class: 'muted' }, displayName(explanation)),
    places.length === 0 ? null : h('p', {}, ...places),
    ...evidence.map(({ text }) => h('code', { class: 'cause-proof' }, displayName(text))),
    mendPart(finding, handlers, canMend),
  );
}

function mendPart(
  { id, mend }: FoundHere['finding'],
  handlers: FindingHandlers,
  canMend: boolean,
): HTMLElement | null {
  if (mend === null) {
    return null;
  }
  const title = displayName(mend.title);
  const lines = mend.commands.map((line) => ({ line }));
  return h(
    'div',
    { class: 'finding-mend' },
    h('p', {}, `${title}:`),
    commandList(lines, handlers, false),
    canMend
      ? button({
          label: 'Mend…',
          title: `${title}: shows the commands first`,
          onClick: () => handlers.onMend(id),
        })
      : null,
  );
}
