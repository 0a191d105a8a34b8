/** Inline notices: an error is told beside the picture, never over it, until it is dismissed. */
import { button } from '../controls/toolkit.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';

const mostNotices = 3;

export class Notices {
  readonly element = h('div', { class: 'notices', role: 'log', 'aria-label': 'Notices' });

  /** Shows an error. The same text is shown once; the oldest makes room. */
  error(text: string, action?: { readonly label: string; readonly run: () => void }): void {
    const same = [...this.element.children].find((child) => child.getAttribute('data-text') === text);
    same?.remove();
    const notice = h('div', { class: 'notice', role: 'alert', 'data-text': text }, h('span', {}, text));
    if (action !== undefined) {
      const run = (): void => {
        notice.remove();
        action.run();
      };
      notice.append(button({ label: action.label, onClick: run }));
    }
    notice.append(
      button({ label: 'Dismiss', icon: icon('close'), appearance: 'icon', onClick: () => notice.remove() }),
    );
    this.element.append(notice);
    while (this.element.children.length > mostNotices) {
      this.element.firstElementChild?.remove();
    }
  }

  clear(): void {
    this.element.replaceChildren();
  }
}
