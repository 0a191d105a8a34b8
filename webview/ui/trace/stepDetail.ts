/** What decided the step of a trace that is told: the records as the node has them, and what tables learned. */
import type { Ground, StoryStep } from '../../../src/trace/tellTrace.ts';
import type { Learned } from '../../../src/trace/trace.ts';
import { groundTitle, recordFields } from '../../graph/recordWords.ts';
import { displayName } from '../../graph/text.ts';
import { timeInWords } from '../../graph/traceStory.ts';
import { h } from '../dom.ts';

export class StepDetail {
  readonly element = h('section', { class: 'step-detail', 'aria-label': 'The step' });

  /** Null before the first step. `hidden` says that the picture has nothing of it. */
  show(step: StoryStep | null, hidden: boolean): void {
    this.element.hidden = step === null;
    if (step !== null) {
      const time = timeInWords(step);
      this.element.replaceChildren(
        h('h3', {}, step.frame),
        ...(time === null ? [] : [h('p', { class: 'muted' }, `${time}.`)]),
        ...(hidden ? [h('p', { class: 'muted' }, 'Where this is, is not in the picture.')] : []),
        // The causes of a loss are listed below, with what mends them.
        ...step.grounds.filter(({ kind }) => kind !== 'cause').map(groundView),
        ...step.learned.map(learnedView),
      );
    }
  }
}

function groundView(ground: Ground): HTMLElement {
  const fields = recordFields(ground.record);
  return h(
    'div',
    { class: `ground ${ground.kind}` },
    h('h4', {}, groundTitle(ground)),
    ground.why === null ? null : h('p', {}, displayName(ground.why)),
    fields.length === 0
      ? null
      : h(
          'dl',
          {},
          ...fields.map(({ key, value }) => h('div', {}, h('dt', {}, key), ' ', h('dd', {}, value))),
        ),
  );
}

function learnedView({ table, mac, address }: Learned): HTMLElement {
  const what =
    table === 'fdb'
      ? `The bridge now knows ${mac} behind this port.`
      : `${address ?? ''} is now known to be at ${mac}.`;
  return h(
    'div',
    { class: 'ground learned' },
    h('h4', {}, table === 'fdb' ? 'Learned into the FDB' : 'Learned into the neighbour table'),
    h('p', {}, displayName(what)),
  );
}
