/** The steps of a trace as a list: the whole story for those who do not see it played. One tab stop; arrows go from step to step. */
import type { StoryStep } from '../../../src/trace/tellTrace.ts';
import { sinceInWords, stepWord } from '../../graph/traceStory.ts';
import { h } from '../dom.ts';

export class StepList {
  readonly element = h('ol', { class: 'trace-rows', 'aria-label': 'What happened, in order' });
  readonly #onChoose: (step: number) => void;
  #buttons: readonly HTMLElement[] = [];
  #current = -1;

  constructor(onChoose: (step: number) => void) {
    this.#onChoose = onChoose;
  }

  /** `differing` is the step that is marked as another than in the trace compared with; -1 for none. */
  load(steps: readonly StoryStep[], differing: number): void {
    this.#buttons = steps.map((step, at) => this.#button(step, at, at === differing));
    this.element.replaceChildren(
      ...steps.map((step, at) =>
        h('li', { class: `trace-row told ${step.kind} ${step.role}` }, this.#buttons[at]),
      ),
    );
    this.#current = -1;
    this.#buttons[0]?.setAttribute('tabindex', '0');
  }

  /** `withFocus`: the focus goes along where it is in the list. */
  show(current: number, withFocus: boolean): void {
    const before = this.#buttons[this.#current];
    const hadFocus = this.element.contains(document.activeElement);
    before?.parentElement?.removeAttribute('aria-current');
    this.#buttons.forEach((one, at) =>
      one.setAttribute('tabindex', at === Math.max(0, current) ? '0' : '-1'),
    );
    this.#current = current;
    const now = this.#buttons[current];
    now?.parentElement?.setAttribute('aria-current', 'step');
    now?.scrollIntoView({ block: 'nearest' });
    if (hadFocus && withFocus) {
      now?.focus({ preventScroll: true });
    }
  }

  #button(step: StoryStep, at: number, differs: boolean): HTMLElement {
    const element = h(
      'button',
      { type: 'button', tabindex: '-1' },
      h('span', { class: 'since' }, sinceInWords(step)),
      h('span', { class: 'phase' }, stepWord(step)),
      h(
        'span',
        { class: 'story' },
        differs ? h('span', { class: 'differs' }, '≠ first difference') : null,
        step.text,
      ),
    );
    element.addEventListener('click', () => this.#onChoose(at));
    return element;
  }
}
