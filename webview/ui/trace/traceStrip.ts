/** The strip at the bottom: the verdict of a trace, why, and its story, to be played and read. */
import type { TraceDifference } from '../../../src/protocol/messages.ts';
import type { StoryStep } from '../../../src/trace/tellTrace.ts';
import { progressRing } from '../../controls/toolkit.ts';
import { displayName } from '../../graph/text.ts';
import { differingStep } from '../../graph/traceStory.ts';
import type { TopologyIndex } from '../../graph/topologyIndex.ts';
import { h } from '../dom.ts';
import { causeList } from '../causes.ts';
import { PlayerBar, type PlayerBarHandlers } from './playerBar.ts';
import { StepDetail } from './stepDetail.ts';
import { StepList } from './stepList.ts';
import { closeButton, traceHead, type TraceHeadHandlers, type TraceShown } from './traceHead.ts';

export interface TraceStripHandlers extends TraceHeadHandlers, PlayerBarHandlers {
  readonly onGo: (step: number) => void;
  /** The mend of a cause is wanted, by its id. */
  readonly onMend: (finding: string) => void;
}

/** Shows one trace, or that one is running. */
export class TraceStrip {
  readonly element = h('section', { class: 'trace-strip', 'aria-label': 'Trace' });
  readonly bar: PlayerBar;
  readonly list: StepList;
  readonly detail = new StepDetail();
  readonly #handlers: TraceStripHandlers;

  constructor(handlers: TraceStripHandlers) {
    this.#handlers = handlers;
    this.bar = new PlayerBar(handlers);
    this.list = new StepList(handlers.onGo);
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.hide();
  }

  /** True where the focus is on what tells the step by itself. */
  get isHeard(): boolean {
    const focused = document.activeElement;
    return this.list.element.contains(focused) || focused?.matches('.scrubber') === true;
  }

  /** Only a node that is connected can be traced again. */
  setLive(live: boolean): void {
    this.element.classList.toggle('read-only', !live);
  }

  hide(): void {
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  showRunning(title: string): void {
    const words = h(
      'div',
      { class: 'headline' },
      h('strong', {}, 'Tracing…'),
      ' ',
      h('span', { class: 'muted' }, displayName(title)),
    );
    this.#fill(
      h(
        'div',
        { class: 'trace-head', role: 'status' },
        progressRing('Tracing'),
        words,
        closeButton(this.#handlers),
      ),
    );
  }

  /** `difference`: where it differs from the last that was delivered. Where `still`, nothing is to move by itself. */
  show(
    shown: TraceShown & { readonly steps: readonly StoryStep[]; readonly difference: TraceDifference | null },
    index: TopologyIndex,
    still: boolean,
  ): void {
    const { trace, steps, difference } = shown;
    this.bar.load(steps, still);
    this.list.load(steps, difference === null ? -1 : differingStep(steps, difference));
    this.detail.show(null, false);
    const compared =
      difference === null ? [] : [`Compared with the last that was delivered: ${difference.text}`];
    const remarks = [...compared, ...trace.notes];
    const side = h(
      'div',
      { class: 'trace-side' },
      this.detail.element,
      causeList(trace.causes, this.#handlers.onMend),
      ...remarks.map((note) => h('p', { class: 'trace-note' }, displayName(note))),
    );
    const head = traceHead(shown, index, this.#handlers);
    this.#fill(head, this.bar.element, h('div', { class: 'trace-body' }, this.list.element, side));
  }

  #fill(...children: readonly HTMLElement[]): void {
    this.element.replaceChildren(...children);
    this.element.hidden = false;
  }

  /** On the line of steps and in their list; a button keeps what its own keys mean. */
  #onKey(event: KeyboardEvent): void {
    const { target } = event;
    const inList = target instanceof Element && target.closest('.trace-rows') !== null;
    if (!inList && !(target instanceof Element && target.matches('.scrubber'))) {
      return;
    }
    const { onStep, onGo, onToggle } = this.#handlers;
    const moves: Readonly<Record<string, () => void>> = {
      ' ': onToggle,
      '.': () => onStep(1),
      ',': () => onStep(-1),
      ArrowRight: () => onStep(1),
      ArrowLeft: () => onStep(-1),
      ArrowDown: () => onStep(inList ? 1 : -1),
      ArrowUp: () => onStep(inList ? -1 : 1),
      Home: () => onGo(0),
      End: () => onGo(Infinity),
      Escape: () => onGo(-1),
    };
    const move = moves[event.key];
    if (move !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      move();
    }
  }
}
