/**
 * The count of findings in the toolbar, which opens and closes their list. A button of the platform's own: the toolkit's does
 * not say whether what it opens is open.
 */
import { countInWords, severities, type FindingIndex } from '../graph/findings.ts';
import { h } from './dom.ts';
import { severityIcon } from './severityIcon.ts';

export class FindingsButton {
  readonly element = h('button', { type: 'button', class: 'findings-button' });

  constructor(onClick: () => void) {
    this.element.addEventListener('click', onClick);
    this.element.hidden = true;
  }

  /** Hidden while nobody has looked yet. */
  show({ known, all }: FindingIndex, open: boolean): void {
    const weights = all.map(({ severity }) => severity);
    const label = `Findings: ${countInWords(weights)}`;
    this.element.hidden = !known;
    this.element.title = `${label} (!)`;
    this.element.setAttribute('aria-expanded', String(open));
    const counts = severities.flatMap((severity) => {
      const count = weights.filter((one) => one === severity).length;
      const seen = { class: 'finding-count', 'aria-hidden': 'true' };
      return count === 0 ? [] : [h('span', seen, severityIcon(severity), String(count))];
    });
    const said = h('span', { class: 'offscreen' }, label);
    this.element.replaceChildren(...(counts.length === 0 ? ['No findings'] : [said, ...counts]));
  }
}
