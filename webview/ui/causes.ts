/** Why a probe was lost: each cause with what proves it, and a button for its mend. */
import type { Finding } from '../../src/topology/finding.ts';
import { button } from '../controls/toolkit.ts';
import { displayName } from '../graph/text.ts';
import { h } from './dom.ts';

/** Causes that are shown: those further down explain less. */
const shown = 3;

/** Likeliest first; null where there is none. `onMend` is handed the id of a cause whose mend is wanted. */
export function causeList(causes: readonly Finding[], onMend: (id: string) => void): HTMLElement | null {
  return causes.length === 0
    ? null
    : h(
        'ol',
        { class: 'trace-causes', 'aria-label': 'Why, likeliest first' },
        ...causes.slice(0, shown).map((cause) => causeItem(cause, onMend)),
      );
}

function causeItem(
  { id, title, explanation, evidence, mend }: Finding,
  onMend: (id: string) => void,
): HTMLElement {
  return h(
    'li',
    {},
    h('strong', {}, displayName(title)),
    ' ',
    h('span', { class: 'muted' }, displayName(explanation)),
    ...evidence.map(({ text }) => h('code', { class: 'cause-proof' }, displayName(text))),
    mend &&
      button({
        label: `${displayName(mend.title)}…`,
        title: 'Shows the commands first',
        onClick: () => onMend(id),
      }),
  );
}
