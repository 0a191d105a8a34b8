/** Pure: what changed between two topologies, in words. Names in them are as the node said them: hostile until shown. */
import type { ChangeEntry } from './changeEntry.ts';
import { differences, type Facts } from './differences.ts';
import type { Changes, TopologyDiff } from './diff.ts';
import { foldDiff } from './fold.ts';
import { tellers, type Teller } from './tellers.ts';
import { TopologyNames } from './topologyNames.ts';
import type { NodeFacts, Topology } from './topology.ts';

/** What changed, without what follows from it (fold.ts): what came, then what went, then what is not as it was. */
export function describeChanges(diff: TopologyDiff, before: Topology, after: Topology): ChangeEntry[] {
  const folded = foldDiff(diff);
  const names = new TopologyNames(before, after);
  const entries = [
    ...(folded.node ? nodeEntry(folded.node.before, folded.node.after) : []),
    ...entriesOf(folded.namespaces, tellers.namespaces, names),
    ...entriesOf(folded.links, tellers.links, names),
    ...entriesOf(folded.containers, tellers.containers, names),
    ...entriesOf(folded.routes, tellers.routes, names),
    ...entriesOf(folded.rules, tellers.rules, names),
    ...entriesOf(folded.vlans, tellers.vlans, names),
    ...entriesOf(folded.sockets, tellers.sockets, names),
    ...entriesOf(folded.unknown, tellers.unknown, names),
    ...entriesOf(folded.neighbours, tellers.neighbours, names),
    ...entriesOf(folded.fdb, tellers.fdb, names),
  ];
  return (['added', 'removed', 'changed'] as const).flatMap((change) =>
    entries.filter((entry) => entry.change === change),
  );
}

function entriesOf<T extends object>(
  { added, removed, changed }: Changes<T>,
  teller: Teller<T>,
  names: TopologyNames,
): ChangeEntry[] {
  const entry = (change: ChangeEntry['change'], record: T, how: string): ChangeEntry => ({
    change,
    what: teller.what(record, names),
    how,
    learned: teller.learned ?? false,
    subject: teller.subject(record),
    whole: teller.whole ?? false,
  });
  return [
    ...added.map((record) => entry('added', record, teller.known(record, names))),
    ...removed.map((record) => entry('removed', record, teller.known(record, names))),
    ...changed.map(({ before, after }) => {
      const facts = (record: T, other: T): Facts => teller.facts(record, names, other);
      return entry('changed', after, inWords(facts(before, after), facts(after, before), before, after));
    }),
  ];
}

/** The facts people know first; what the kernel says beyond them only where nothing else tells the difference. */
function inWords(before: Facts, after: Facts, ...[old, now]: readonly [object, object]): string {
  const known = differences(before, after);
  const said = known.length > 0 ? known : differences(rawOf(old), rawOf(now));
  return said.length > 0 ? said.join(', ') : 'changed';
}

function rawOf(record: object): Facts {
  return 'raw' in record ? (record.raw as Facts) : {};
}

function nodeEntry(before: NodeFacts, after: NodeFacts): ChangeEntry[] {
  const how = differences({ ...before }, { ...after }).join(', ');
  return [{ change: 'changed', what: 'the node', how, learned: false, subject: null, whole: true }];
}
