/** Says things to those who hear the panel, after what they are listening to. */
import { h } from '../ui/dom.ts';

export class Announcer {
  readonly #answer = h('div', { 'aria-live': 'polite', role: 'status' });
  readonly #news = h('div', { 'aria-live': 'polite', role: 'log', 'aria-label': 'Changes on the node' });
  readonly element = h('div', { class: 'offscreen' }, this.#answer, this.#news);

  /** The answer to what a person did. */
  say(text: string): void {
    this.#answer.textContent = text;
  }

  /** What happened by itself; it does not take the place of an answer. */
  tell(text: string): void {
    this.#news.replaceChildren(h('p', {}, text));
  }
}
