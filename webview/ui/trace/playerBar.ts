/** The controls that play a trace: step, play, scrub, speed, and whether the view follows. */
import type { StoryStep } from '../../../src/trace/tellTrace.ts';
import { button, setDisabled } from '../../controls/toolkit.ts';
import { placeOf, speeds, type Moment } from '../../graph/playback.ts';
import { h } from '../dom.ts';
import { icon, type IconName } from '../icons.ts';

export interface PlayerBarHandlers {
  readonly onToggle: () => void;
  readonly onStep: (by: number) => void;
  /** To a place between 0 and the number of steps. */
  readonly onScrub: (place: number) => void;
  readonly onSpeed: (speed: number) => void;
  readonly onFollow: (follow: boolean) => void;
}

/** Parts of a step by which the handle moves while frames run: to move it costs the page more than they do. */
const handleStep = 0.2;

interface Shown extends Moment {
  readonly playing: boolean;
  readonly speed: number;
}

function tool(label: string, name: IconName, onClick: () => void): HTMLElement {
  return button({ label, icon: icon(name), appearance: 'icon', onClick });
}

export class PlayerBar {
  readonly element: HTMLElement;
  readonly #back: HTMLElement;
  readonly #play: HTMLElement;
  readonly #on: HTMLElement;
  readonly #count = h('span', { class: 'step-count', 'aria-hidden': 'true' });
  readonly #scrubber = h('input', {
    ...{ type: 'range', class: 'scrubber', min: '0', max: '0', step: '0.01', value: '0' },
    'aria-label': 'Step of the trace',
  });
  readonly #speed: HTMLSelectElement;
  readonly #follow: HTMLElement;
  #steps: readonly StoryStep[] = [];
  #shown: Pick<Shown, 'step' | 'playing'> | null = null;

  constructor(handlers: PlayerBarHandlers) {
    this.#back = tool('Step back (,)', 'stepBack', () => handlers.onStep(-1));
    this.#play = tool('Play (Space)', 'play', () => handlers.onToggle());
    this.#on = tool('Step forward (.)', 'stepForward', () => handlers.onStep(1));
    this.#speed = h('select', { 'aria-label': 'Speed', title: 'Speed' }, ...speeds.map(speedOption));
    this.#speed.addEventListener('change', () => handlers.onSpeed(Number(this.#speed.value)));
    this.#follow = tool('Keep the frame in sight', 'follow', () =>
      handlers.onFollow(this.#follow.getAttribute('aria-pressed') !== 'true'),
    );
    this.#scrubber.addEventListener('input', () => handlers.onScrub(Number(this.#scrubber.value)));
    this.element = h(
      'div',
      { class: 'player', role: 'group', 'aria-label': 'Play the trace' },
      ...[this.#back, this.#play, this.#on, this.#scrubber, this.#count, this.#speed, this.#follow],
    );
  }

  /** Another story. Where nothing may move by itself there is nothing to play, only to step through. */
  load(steps: readonly StoryStep[], still: boolean): void {
    this.#steps = steps;
    this.#shown = null;
    this.#scrubber.max = String(steps.length);
    this.#play.hidden = this.#speed.hidden = this.#follow.hidden = still;
  }

  setFollow(follow: boolean): void {
    this.#follow.setAttribute('aria-pressed', String(follow));
  }

  /** Called for every frame: only what is another than before is written, and the handle moves a little less often. */
  show({ step, elapsedMs, playing, speed }: Shown): void {
    const place = placeOf(this.#steps, { step, elapsedMs });
    const before = this.#shown;
    this.#shown = { step, playing };
    if (Math.abs(place - Number(this.#scrubber.value)) >= handleStep || place === Math.ceil(place)) {
      this.#scrubber.value = place.toFixed(2);
      this.#scrubber.style.setProperty('--place', `${(100 * place) / Math.max(1, this.#steps.length)}%`);
    }
    if (before?.playing !== playing) {
      const label = playing ? 'Pause (Space)' : 'Play (Space)';
      this.#play.title = label;
      this.#play.setAttribute('aria-label', label);
      this.#play.replaceChildren(icon(playing ? 'pause' : 'play'));
    }
    if (before?.step !== step) {
      this.#count.textContent = `${step + 1} / ${this.#steps.length}`;
      this.#scrubber.setAttribute('aria-valuetext', this.#valueText(step));
      setDisabled(this.#back, step < 0);
      setDisabled(this.#on, step >= this.#steps.length - 1);
    }
    if (this.#speed.value !== String(speed)) {
      this.#speed.value = String(speed);
    }
  }

  #valueText(step: number): string {
    const told = this.#steps[step];
    return told === undefined
      ? `Before the first of ${this.#steps.length} steps`
      : `Step ${step + 1} of ${this.#steps.length}: ${told.text}`;
  }
}

function speedOption(speed: number): HTMLOptionElement {
  return h('option', { value: String(speed) }, `${speed}×`);
}
