/** Pure: how far a plan may reach. */
import type { Plan } from '../topology/plan.ts';
import type { Link, Namespace, NamespaceId, Topology } from '../topology/topology.ts';

/** Programs that change nothing but what their words name: iproute2's, and the one that leads them into a namespace. */
const programs: ReadonlySet<string> = new Set(['ip', 'bridge', 'nsenter']);

/**
 * The namespaces that a plan may change: the node's own, those that its commands name in any way, and those at the other
 * ends of cables and the like that go with what is named. Null where that cannot be told: a command is not iproute2's, or
 * the other end of a cable is not known. What follows later by itself is not counted: events tell of it.
 */
export function planReach(plan: Plan, topology: Topology): ReadonlySet<NamespaceId> | null {
  const commands = plan.steps.flatMap(({ argv, undo }) => (undo ? [argv, undo] : [argv]));
  if (!commands.every(([program = '']) => programs.has(program))) {
    return null;
  }
  const words = new Set(commands.flat().flatMap((word) => [word, word.replace(/^--net=/, '')]));
  const named = topology.namespaces.filter((namespace) => namespace.root || isNamed(namespace, words));
  const roots = new Set(named.filter(({ root }) => root).map(({ id }) => id));
  const pods = new Set(named.filter(({ root }) => !root).map(({ id }) => id));
  // A pod may go as a whole, and all its cables with it; the node's own namespace stays.
  const links = topology.links.filter(
    ({ namespace, name }) => pods.has(namespace) || (roots.has(namespace) && words.has(name)),
  );
  if (links.some(({ peerUnknown }) => peerUnknown !== null)) {
    return null;
  }
  return new Set([...roots, ...pods, ...neighboursOf(links, topology)]);
}

function isNamed({ names, processes }: Namespace, words: ReadonlySet<string>): boolean {
  return (
    names.some((path) => words.has(path) || words.has(path.slice(path.lastIndexOf('/') + 1))) ||
    processes.some(({ pid }) => words.has(String(pid)))
  );
}

function neighboursOf(links: readonly Link[], { edges, links: all }: Topology): NamespaceId[] {
  const ids = new Set(links.map(({ id }) => id));
  const namespaceOf = new Map(all.map(({ id, namespace }) => [id, namespace]));
  return edges
    .filter(({ a, b }) => ids.has(a) || ids.has(b))
    .flatMap(({ a, b }) => [namespaceOf.get(a) ?? [], namespaceOf.get(b) ?? []].flat());
}
