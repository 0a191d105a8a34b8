/** Pure: what is wrong where, by the keys of what it is about, and in words. */
import type { Selection, ShownDiagnosis, ShownFinding, ShownGap } from '../../src/protocol/messages.ts';
import { placesOf, type Severity } from '../../src/topology/finding.ts';
import { linkKey, namespaceKey, selectionKey } from './selection.ts';
import { displayName, plural } from './text.ts';
import type { TopologyIndex } from './topologyIndex.ts';

/** Worst first. */
export const severities = ['error', 'warning', 'info'] as const satisfies readonly Severity[];

/** What each is called where it is counted or heard. */
export const severityWords: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

export function worstOf(all: readonly (Severity | undefined)[]): Severity | null {
  return severities.find((severity) => all.includes(severity)) ?? null;
}

/** The findings of a topology, by where they are. */
export class FindingIndex {
  /** False while nobody has looked yet. */
  readonly known: boolean;
  /** Worst first. */
  readonly all: readonly ShownFinding[];
  readonly unchecked: readonly ShownGap[];
  /** The worst at each link and namespace, by key. */
  readonly badges: ReadonlyMap<string, Severity>;
  readonly #places = new Map<string, ShownFinding[]>();

  constructor(diagnosis: ShownDiagnosis | null) {
    this.known = diagnosis !== null;
    this.all = diagnosis?.findings ?? [];
    this.unchecked = diagnosis?.unchecked ?? [];
    for (const finding of this.all) {
      for (const place of placesOf(finding)) {
        const key = selectionKey(place);
        const here = this.#places.get(key) ?? [];
        here.push(finding);
        this.#places.set(key, here);
      }
    }
    this.badges = new Map(
      [...this.#places].flatMap(([key, [worst]]) => (worst ? [[key, worst.severity]] : [])),
    );
  }

  /** The findings that mark a link or a namespace, worst first. */
  at(key: string): readonly ShownFinding[] {
    return this.#places.get(key) ?? [];
  }

  /** The findings of a link; of a namespace those of its links, too. Worst first, each once. */
  of(index: TopologyIndex, { kind, id }: Selection): readonly ShownFinding[] {
    if (kind === 'link') {
      return this.at(linkKey(id));
    }
    const keys = [namespaceKey(id), ...index.linksOf(id).map((link) => linkKey(link.id))];
    const here = new Set(keys.flatMap((key) => this.at(key)));
    return here.size === 0 ? [] : this.all.filter((finding) => here.has(finding));
  }
}

/** Before anything was looked at. */
export const noFindings = new FindingIndex(null);

/** "error: eth0 of web is down." */
export function findingSentence({ severity, title }: Pick<ShownFinding, 'severity' | 'title'>): string {
  return `${severityWords[severity]}: ${displayName(title)}`;
}

/** The first of several, which is the worst, and how many more there are; "" for none. */
export function worstSentence(findings: readonly ShownFinding[]): string {
  const [worst, ...others] = findings;
  if (worst === undefined) {
    return '';
  }
  const more = others.length === 0 ? '' : ` And ${plural(others.length, 'more finding')}.`;
  return `${findingSentence(worst)}${more}`;
}

/** "2 errors, 1 note"; "no findings" for none. */
export function countInWords(all: readonly Severity[]): string {
  const counts = severities.flatMap((severity) => {
    const count = all.filter((one) => one === severity).length;
    return count === 0 ? [] : plural(count, severityWords[severity]);
  });
  return counts.length === 0 ? 'no findings' : counts.join(', ');
}
