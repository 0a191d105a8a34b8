/** Pure: which shapes of a picture a comparison marks. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { ChangeEntry } from '../../src/topology/changeEntry.ts';
import type { Geometry } from '../layout/geometry.ts';
import { linkKey, namespaceKey, selectionKey } from './selection.ts';
import type { TopologyIndex } from './topologyIndex.ts';

export type Change = ChangeEntry['change'];

interface Drawn {
  readonly index: TopologyIndex;
  readonly geometry: Geometry;
  /** The key of what shows a thing: itself, or what it is folded into; null where nothing does. */
  readonly shownKey: (selection: Selection) => string | null;
}

/**
 * By the keys of shapes. A thing is changed as well where only something of it came or went, such as a route, and a fold
 * where something in it did.
 */
export function changeMarks(entries: readonly ChangeEntry[], drawn: Drawn): ReadonlyMap<string, Change> {
  const marks = new Map<string, Change>();
  for (const { subject, whole, change, learned } of entries) {
    const key = subject === null ? null : drawn.shownKey(subject);
    if (key === null || subject === null) {
      continue;
    }
    if (whole && key === selectionKey(subject)) {
      marks.set(key, change);
    } else if (!learned && !marks.has(key)) {
      marks.set(key, 'changed');
    }
  }
  if (marks.size > 0) {
    markHeld(marks, drawn.index);
    markWires(marks, drawn.geometry);
  }
  return marks;
}

/** A cable came or went with its ends. */
function markWires(marks: Map<string, Change>, { wires }: Geometry): void {
  for (const { id, kind, links } of wires) {
    const ends = links.map((link) => marks.get(linkKey(link)));
    const mark = ends.find((change) => change === 'removed') ?? ends.find((change) => change === 'added');
    if (mark !== undefined && kind !== 'bus' && kind !== 'trunk') {
      marks.set(id, mark);
    }
  }
}

/** What is not told beside its namespace, such as lo, came or went with it. */
function markHeld(marks: Map<string, Change>, index: TopologyIndex): void {
  for (const namespace of index.namespaces.values()) {
    const change = marks.get(namespaceKey(namespace.id));
    if (change === 'added' || change === 'removed') {
      index.linksOf(namespace.id).forEach(({ id }) => marks.set(linkKey(id), change));
    }
  }
}
