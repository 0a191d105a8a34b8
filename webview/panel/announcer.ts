/** Says things to those who hear the panel, after what they are listening to. */
import { h } from '../ui/dom.ts';

export class Announcer {
  readonly element = h('div', { class: 'offscreen', 'aria-live': 'polite', role: 'status' });

  say(text: string): void {
    this.element.textContent = text;
  }
}
