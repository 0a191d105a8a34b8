/** The sentence of the step that is told, at the graph. Those who hear the panel have it from the list and the announcements. */
import type { StoryStep } from '../../../src/trace/tellTrace.ts';
import { sinceInWords, stepWord } from '../../graph/traceStory.ts';
import { h } from '../dom.ts';

export class TraceCaption {
  readonly element = h('div', { class: 'trace-caption', 'aria-hidden': 'true' });

  constructor() {
    this.show(null);
  }

  show(step: StoryStep | null): void {
    this.element.hidden = step === null;
    if (step !== null) {
      this.element.className = `trace-caption told ${step.kind} ${step.role}`;
      this.element.replaceChildren(
        h('span', { class: 'phase' }, stepWord(step)),
        h('span', { class: 'story' }, step.text),
        h('span', { class: 'since' }, sinceInWords(step)),
      );
    }
  }
}
