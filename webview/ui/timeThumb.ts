/** The handle of a slider over time: dragged by the pointer, stepped by the keys. */
import { h } from './dom.ts';

export interface ThumbHandlers {
  readonly label: string;
  /** Its class beside `time-thumb`. */
  readonly name: string;
  /** It was dragged: from 0 at the left end of the track to 1 at the right. */
  readonly onPlace: (place: number) => void;
  /** A key was pressed: 1 for a stop, more for a leap, infinite for the ends. */
  readonly onStep: (step: { readonly by: number; readonly fine: boolean }) => void;
}

export interface ThumbState {
  readonly place: number;
  /** What a screen reader hears, and the pointer is told. */
  readonly text: string;
  readonly value: number;
  readonly most: number;
}

const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -Infinity,
  End: Infinity,
};

export class TimeThumb {
  readonly element: HTMLElement;
  readonly #track: HTMLElement;
  readonly #handlers: ThumbHandlers;

  constructor(track: HTMLElement, handlers: ThumbHandlers) {
    this.#track = track;
    this.#handlers = handlers;
    this.element = h('div', {
      class: `time-thumb ${handlers.name}`,
      role: 'slider',
      tabindex: '0',
      'aria-label': handlers.label,
      'aria-orientation': 'horizontal',
      'aria-valuemin': '0',
    });
    this.element.addEventListener('pointerdown', (event) => this.take(event));
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
  }

  show({ place, text, value, most }: ThumbState): void {
    this.element.style.left = `${place * 100}%`;
    this.element.title = text;
    this.element.setAttribute('aria-valuemax', String(most));
    this.element.setAttribute('aria-valuenow', String(value));
    this.element.setAttribute('aria-valuetext', text);
  }

  /** Goes with the pointer until it is let go. */
  take(event: PointerEvent): void {
    if (event.button !== 0) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const { element } = this;
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    const move = ({ clientX }: PointerEvent): void => {
      const { left, width } = this.#track.getBoundingClientRect();
      this.#handlers.onPlace(Math.min(1, Math.max(0, (clientX - left) / width)));
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('lostpointercapture', () => element.removeEventListener('pointermove', move), {
      once: true,
    });
    move(event);
  }

  #onKey(event: KeyboardEvent): void {
    const by = steps[event.key];
    if (by !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      this.#handlers.onStep({ by, fine: event.shiftKey });
    }
  }
}
