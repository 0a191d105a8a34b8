/** The count of findings in the toolbar, which opens and closes their list. */
import { button } from '../controls/toolkit.ts';
import { countInWords, severities, type FindingIndex } from '../graph/findings.ts';
import { h } from './dom.ts';
import { severityIcon } from './severityIcon.ts';

export class FindingsButton {
  readonly element: HTMLElement;
  readonly #counts = h('span', { class: 'finding-counts' });

  constructor(onClick: () => void) {
    this.element = button({ label: '', onClick });
    this.element.classList.add('findings-button');
    this.element.append(this.#counts);
    this.element.hidden = true;
  }

  /** Hidden while nobody has looked yet. */
  show({ known, all }: FindingIndex, open: boolean): void {
    const weights = all.map(({ severity }) => severity);
    const label = `Findings: ${countInWords(weights)} (!)`;
    this.element.hidden = !known;
    this.element.setAttribute('title', label);
    this.element.setAttribute('aria-label', label);
    this.element.setAttribute('aria-expanded', String(open));
    const counts = severities.flatMap((severity) => {
      const count = weights.filter((one) => one === severity).length;
      return count === 0 ? [] : [severityIcon(severity), h('span', {}, String(count))];
    });
    this.#counts.replaceChildren(...(counts.length === 0 ? ['No findings'] : counts));
  }
}
