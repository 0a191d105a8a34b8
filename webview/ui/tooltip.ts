/** The tooltip that follows the pointer over the graph. */
import { h } from './dom.ts';

const restMs = 320;
const offset = { x: 14, y: 18 } as const;

/** Shows text beside the pointer after it has rested. What it says is in the inspector and the outline, too. */
export class Tooltip {
  readonly element = h('div', { class: 'tooltip', 'aria-hidden': 'true' });
  #timer = 0;
  #text = '';

  constructor() {
    this.element.hidden = true;
  }

  /** Follows the pointer at (x, y) of the element that holds it; an empty text hides it. The first line is a heading. */
  show(text: string, x: number, y: number): void {
    if (text === '') {
      this.hide();
      return;
    }
    this.#place(x, y);
    if (text !== this.#text) {
      this.#text = text;
      window.clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => this.#open(x, y), this.element.hidden ? restMs : 0);
    }
  }

  /** True where it was to be seen. */
  hide(): boolean {
    const seen = !this.element.hidden;
    window.clearTimeout(this.#timer);
    this.#text = '';
    this.element.hidden = true;
    return seen;
  }

  #open(x: number, y: number): void {
    const [first = '', ...rest] = this.#text.split('\n');
    this.element.replaceChildren(h('strong', {}, first), rest.length === 0 ? '' : `\n${rest.join('\n')}`);
    this.element.hidden = false;
    this.#place(x, y);
  }

  #place(x: number, y: number): void {
    const room = this.element.parentElement;
    if (room === null || this.element.hidden) {
      return;
    }
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = Math.max(4, Math.min(x + offset.x, room.clientWidth - width - 4));
    const below = y + offset.y + height <= room.clientHeight - 4;
    const top = below ? y + offset.y : Math.max(4, y - height - 8);
    this.element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}
