/** The pane of a verification: the three rules, the matrix, what a cell says, and what the signs mean. */
import type { NamespaceId } from '../../src/topology/topology.ts';
import type { Cell, RuleResult, Verification } from '../../src/verify/verification.ts';
import { failingEnds, isFailing } from '../../src/verify/summary.ts';
import { button, progressRing } from '../controls/toolkit.ts';
import { clockTime } from '../graph/clockTime.ts';
import { displayName, plural } from '../graph/text.ts';
import { looks, nameOf, tableOf, type Look, type TableCell } from '../graph/verifyTable.ts';
import { h } from './dom.ts';
import { icon } from './icons.ts';
import { VerifyMatrix } from './verifyMatrix.ts';

export interface VerifyPaneHandlers {
  readonly onVerify: () => void;
  readonly onClose: () => void;
  /** A cell is pointed at; null when none is any more. */
  readonly onPoint: (cell: TableCell | null) => void;
  readonly onTrace: (cell: TableCell) => void;
  readonly onSelect: (namespace: NamespaceId) => void;
}

const ruleMarks: Readonly<Record<RuleResult['verdict'], readonly [sign: string, words: string]>> = {
  holds: ['✓', 'holds'],
  broken: ['✕', 'does not hold'],
  unverified: ['?', 'not verified'],
};

const probedWords: Readonly<Record<Verification['probedBy'], string>> = {
  perl: 'watched in every namespace',
  python3: 'watched in every namespace',
  tcpdump: 'watched with tcpdump',
  dumpcap: 'watched with dumpcap',
  ping: 'by the answers to ping alone',
  none: 'foretold, nothing was sent',
};

const hint = 'Point at a cell to see what was found. A click or Enter traces it.';

export class VerifyPane {
  readonly element = h('section', {
    class: 'verify-pane',
    tabindex: '-1',
    'aria-label': 'Kubernetes network model',
  });
  readonly #handlers: VerifyPaneHandlers;
  readonly #matrix: VerifyMatrix;
  readonly #told = h('p', { class: 'verify-told' }, hint);
  readonly #progress = h('span', {});
  #family: Cell['family'] = 4;

  constructor(handlers: VerifyPaneHandlers) {
    this.#handlers = handlers;
    this.#matrix = new VerifyMatrix({
      onPoint: (cell) => {
        this.#told.textContent = cell === null ? hint : cell.text;
        handlers.onPoint(cell);
      },
      onOpen: handlers.onTrace,
    });
    this.element.hidden = true;
  }

  /** Before the first verification. */
  showNone(canVerify: boolean): void {
    const start = button({ label: 'Verify', appearance: 'primary', onClick: this.#handlers.onVerify });
    this.#fill(
      this.#head(null),
      h(
        'p',
        {},
        'Sends a ping from everybody to everybody, and looks at what arrives: do all pods reach each other and the node without NAT, under the address that each sees itself as?',
      ),
      ...(canVerify ? [h('p', {}, start)] : [h('p', { class: 'muted' }, 'That needs a connected node.')]),
    );
  }

  showRunning(done: number, of: number): void {
    this.#progress.textContent = of === 0 ? 'Getting ready…' : `${done} of ${plural(of, 'pair')}`;
    if (!this.#progress.isConnected) {
      const line = h('p', { class: 'verify-running' }, progressRing('Verifying'), this.#progress);
      this.#fill(this.#head(null), line);
    }
  }

  show(verification: Verification): void {
    const { families, rules, notes } = verification;
    this.#family = families.includes(this.#family) ? this.#family : (families[0] ?? 4);
    this.#drawMatrix(verification);
    this.#fill(
      this.#head(verification),
      h('ul', { class: 'verify-rules' }, ...rules.map((rule) => this.#rule(rule, verification))),
      ...this.#atFault(verification),
      ...(families.length > 1 ? [this.#familySwitch(verification)] : []),
      this.#matrix.element,
      this.#told,
      signs(verification),
      ...notes.map((note) => h('p', { class: 'verify-note muted' }, displayName(note))),
    );
  }

  /** Gives the focus to the matrix, or to the button that starts; to itself where there is neither. */
  focus(): void {
    const { element } = this;
    const stop = element.querySelector<HTMLElement>('td[tabindex="0"]');
    const start = element.querySelector<HTMLElement>('vscode-button[appearance="primary"]');
    (stop ?? start ?? element).focus();
  }

  #fill(...children: readonly HTMLElement[]): void {
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceChildren(...children);
    if (hadFocus) {
      this.focus();
    }
  }

  #head(verification: Verification | null): HTMLElement {
    const again = button({
      label: 'Verify again',
      icon: icon('refresh'),
      appearance: 'icon',
      onClick: this.#handlers.onVerify,
    });
    return h(
      'header',
      {},
      h('h2', {}, 'Kubernetes network model'),
      ...(verification === null ? [] : [again]),
      button({
        label: 'Close the matrix',
        icon: icon('close'),
        appearance: 'icon',
        onClick: this.#handlers.onClose,
      }),
      ...(verification === null ? [] : [h('p', { class: 'muted' }, scopeOf(verification))]),
    );
  }

  #rule(
    { verdict, text, holds, broken, unverified, failing }: RuleResult,
    { families }: Verification,
  ): HTMLElement {
    const [sign, words] = ruleMarks[verdict];
    const counts = h('span', { class: 'verify-counts' }, `${holds} hold`);
    if (broken > 0) {
      const next = h('button', { type: 'button', class: 'text-link' }, `${broken} broken`);
      next.addEventListener('click', () => this.#showNext(failing, families));
      counts.append(', ', next);
    }
    counts.append(unverified > 0 ? `, ${unverified} not verified` : '');
    return h(
      'li',
      { class: verdict },
      h('span', { class: 'verify-mark', role: 'img', 'aria-label': words }, sign),
      h('span', {}, `${text} `, counts),
    );
  }

  /** Goes to the next cell that breaks a rule, in the family on show where there is one. */
  #showNext(failing: RuleResult['failing'], families: readonly Cell['family'][]): void {
    const family = failing.some((key) => key.family === this.#family) ? this.#family : failing[0]?.family;
    if (family !== undefined && family !== this.#family && families.length > 1) {
      this.element.querySelector<HTMLInputElement>(`input[value="${family}"]`)?.click();
    }
    const wanted = new Set(
      failing.filter((key) => key.family === family).map(({ from, to }) => `${from} ${to}`),
    );
    this.#matrix.focusNext(({ from, to }) => wanted.has(`${from.namespace} ${to.namespace}`));
  }

  /** Those of whom nothing works: in the matrix they are a cross. */
  #atFault({ ends, cells }: Verification): HTMLElement[] {
    const dead = failingEnds(ends, cells);
    if (dead.length === 0) {
      return [];
    }
    const links = dead.slice(0, 8).flatMap((end, i) => {
      const link = h('button', { type: 'button', class: 'text-link' }, nameOf(end));
      link.addEventListener('click', () => this.#handlers.onSelect(end.namespace));
      return i === 0 ? [link] : [', ', link];
    });
    const more = dead.length > 8 ? ` and ${dead.length - 8} more` : '';
    return [h('p', { class: 'verify-fault' }, 'Every pair of ', ...links, `${more} fails.`)];
  }

  #familySwitch(verification: Verification): HTMLElement {
    const choices = verification.families.map((family) => {
      const input = h('input', { type: 'radio', name: 'verify-family', value: String(family) });
      input.checked = family === this.#family;
      input.addEventListener('change', () => {
        this.#family = family;
        this.#drawMatrix(verification);
      });
      const failing = verification.cells.filter((cell) => cell.family === family && isFailing(cell)).length;
      return h('label', {}, input, `IPv${family}`, failing > 0 ? ` (${failing} failing)` : '');
    });
    return h('div', { class: 'verify-families', role: 'radiogroup', 'aria-label': 'Addresses' }, ...choices);
  }

  #drawMatrix(verification: Verification): void {
    const table = tableOf(verification, this.#family);
    this.#matrix.show(
      table,
      `Who reaches whom over IPv${this.#family}: senders in rows, receivers in columns`,
    );
    this.#told.textContent = hint;
    this.element.classList.toggle('partial', table.hidden > 0);
    if (table.hidden > 0) {
      this.#told.textContent = `Here are ${table.ends.length} of ${table.ends.length + table.hidden}: those with most to tell. ${hint}`;
    }
  }
}

function scopeOf({ ends, cells, pairs, sample, probedBy, startedAt }: Verification): string {
  const pods = plural(ends.filter(({ kind }) => kind === 'pod').length, 'pod');
  const which =
    sample === null
      ? `all ${plural(pairs, 'pair')}`
      : `a sample of ${cells.length} of ${pairs} pairs (seed ${sample.seed})`;
  return `The node and ${pods}, ${which}, ${probedWords[probedBy]} · ${clockTime(startedAt)}`;
}

/** The signs that there are. */
function signs({ cells, sample }: Verification): HTMLElement {
  const used = new Set<Look>([
    ...cells.map(({ verdict, foretold }) => (foretold === null ? verdict : 'foretold')),
    ...(sample === null ? [] : ['unprobed' as const]),
  ]);
  const rows = (Object.keys(looks) as Look[])
    .filter((look) => used.has(look))
    .map((look) =>
      h(
        'li',
        {},
        h('span', { class: `verify-sign ${look}`, 'aria-hidden': 'true' }, looks[look].sign),
        looks[look].meaning,
      ),
    );
  return h('ul', { class: 'verify-signs', 'aria-label': 'What the signs mean' }, ...rows);
}
