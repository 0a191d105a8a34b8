/** Pure: what changed, as a sentence to be heard. */
import type { ShownFinding } from '../../src/protocol/messages.ts';
import type { ChangeEntry } from '../../src/topology/changeEntry.ts';
import { describeChanges } from '../../src/topology/changeWords.ts';
import { diffTopology } from '../../src/topology/diff.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { changedKeys } from './changes.ts';
import { findingSentence, type FindingIndex } from './findings.ts';
import { linkKey, namespaceKey } from './selection.ts';
import { displayName, plural } from './text.ts';

/** So many changes are told one by one; of more only the counts. */
const mostTold = 3;

const verbs: Readonly<Record<ChangeEntry['change'], string>> = {
  added: 'added',
  removed: 'removed',
  changed: 'changed',
};

function nounOf({ subject }: ChangeEntry): readonly [string, string] {
  return subject?.kind === 'namespace' ? ['pod', 'pods'] : ['interface', 'interfaces'];
}

function tell({ change, what, how, subject, whole }: ChangeEntry): string {
  const name = subject?.kind === 'namespace' && whole ? `pod ${what}` : what;
  // A screen reader says "right arrow" for an arrow.
  const said = change === 'changed' ? how.replaceAll(' → ', ' to ') : verbs[change];
  return displayName(`${name}${change === 'changed' ? ': ' : ' '}${said}`);
}

function summarize(entries: readonly ChangeEntry[]): string {
  const counts = new Map<string, { readonly entry: ChangeEntry; count: number }>();
  for (const entry of entries) {
    const key = `${nounOf(entry)[0]} ${entry.change}`;
    const known = counts.get(key);
    if (known === undefined) {
      counts.set(key, { entry, count: 1 });
    } else {
      known.count++;
    }
  }
  const parts = [...counts.values()].map(
    ({ entry, count }) => `${plural(count, ...nounOf(entry))} ${verbs[entry.change]}`,
  );
  return parts.length === 1 ? parts.join('') : `${entries.length} changes: ${parts.join(', ')}`;
}

/** Interfaces that came or went with a pod, the node's ends of its cables among them, are not told beside it. */
function withoutWhatFollows(
  entries: readonly ChangeEntry[],
  before: Topology,
  after: Topology,
): ChangeEntry[] {
  const pods = new Set(
    entries.flatMap(({ change, subject, whole }) =>
      whole && change !== 'changed' && subject?.kind === 'namespace' ? subject.id : [],
    ),
  );
  const links = new Map([...before.links, ...after.links].map((link) => [link.id, link]));
  const follows = (id: string | null | undefined): boolean =>
    pods.has((id ? links.get(id)?.namespace : undefined) ?? '');
  return entries.filter(({ change, subject, whole }) => {
    const came = whole && change !== 'changed' && subject?.kind === 'link';
    return !(came && (follows(subject.id) || follows(links.get(subject.id)?.peer)));
  });
}

/** Only some links and namespaces. */
function part(topology: Topology, links: ReadonlySet<string>, namespaces: ReadonlySet<string>): Topology {
  return {
    ...topology,
    ...{ edges: [], routes: [], rules: [], neighbours: [], fdb: [], vlans: [] },
    ...{ containers: [], sockets: [], unknown: [] },
    namespaces: topology.namespaces.filter(({ id }) => namespaces.has(id)),
    links: topology.links.filter(({ id }) => links.has(id)),
  };
}

/** The two topologies without most of what is the same in both, which costs more to compare than a frame has time for. */
function differing(before: Topology, after: Topology): readonly [Topology, Topology] {
  const keys = new Set([...changedKeys(before, after), ...changedKeys(after, before)]);
  const changed = [...before.links, ...after.links].filter(({ id }) => keys.has(linkKey(id)));
  const links = new Set(changed.map(({ id }) => id));
  const named = [...before.namespaces, ...after.namespaces].filter(({ id }) => keys.has(namespaceKey(id)));
  const namespaces = new Set([...named.map(({ id }) => id), ...changed.map(({ namespace }) => namespace)]);
  return [part(before, links, namespaces), part(after, links, namespaces)];
}

/**
 * "pod web added", "eth0 of db: up to down"; "12 changes: 10 pods added, 2 interfaces changed" where they are many; "" where
 * nothing changed. Of pods and interfaces only: tables change all the time.
 */
export function newsOf(before: Topology, after: Topology): string {
  const [was, is] = differing(before, after);
  const entries = withoutWhatFollows(describeChanges(diffTopology(was, is), was, is), before, after);
  return entries.length > mostTold ? summarize(entries) : entries.map(tell).join('; ');
}

/** Findings of one that the other has not, by what they are and not by how they are said. */
function without(findings: FindingIndex, others: FindingIndex): ShownFinding[] {
  const ids = new Set(others.all.map(({ id }) => id));
  return findings.all.filter(({ id }) => !ids.has(id));
}

/** "error: eth0 of web is down."; "no longer: eth0 of web is down."; "12 findings more, 3 gone" where they are many; "" where none came or went. */
export function findingNewsOf(before: FindingIndex, after: FindingIndex): string {
  const [came, went] = [without(after, before), without(before, after)];
  if (came.length + went.length > mostTold) {
    return `${plural(came.length, 'finding')} more, ${went.length} gone`;
  }
  const gone = went.map(({ title }) => `no longer: ${displayName(title)}`);
  return [...came.map(findingSentence), ...gone].join(' ');
}
