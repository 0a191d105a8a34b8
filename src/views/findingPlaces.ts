/** Pure: where findings are. */
import type { Selection } from '../protocol/messages.ts';
import { placesOf, type Finding } from '../topology/finding.ts';

/** Where to look first. */
export function placeOf(finding: Finding): Selection | null {
  return placesOf(finding)[0] ?? null;
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
    for (const place of placesOf(finding)) {
      places.set(place.id, [...(places.get(place.id) ?? []), finding]);
    }
  }
  byPlace.set(findings, places);
  return places.get(id) ?? [];
}
