/** Pure: where findings are. */
import type { Selection } from '../protocol/messages.ts';
import type { Finding } from '../topology/finding.ts';

/** Where to look first. */
export function placeOf({ where }: Finding): Selection | null {
  const [link] = where.links;
  const [namespace] = where.namespaces;
  if (link !== undefined) {
    return { kind: 'link', id: link };
  }
  return namespace === undefined ? null : { kind: 'namespace', id: namespace };
}

/** What is wrong at each link and namespace, worst first; what is only worth knowing marks nothing. */
const byPlace = new WeakMap<readonly Finding[], ReadonlyMap<string, readonly Finding[]>>();

/** The errors and warnings at a link; at a namespace, those that name no link. */
export function findingsAt(findings: readonly Finding[], id: string): readonly Finding[] {
  const known = byPlace.get(findings);
  if (known) {
    return known.get(id) ?? [];
  }
  const places = new Map<string, Finding[]>();
  for (const finding of findings.filter(({ severity }) => severity !== 'info')) {
    const { links, namespaces } = finding.where;
    for (const place of [...links, ...(links.length === 0 ? namespaces : [])]) {
      places.set(place, [...(places.get(place) ?? []), finding]);
    }
  }
  byPlace.set(findings, places);
  return places.get(id) ?? [];
}
