/** Pure: what a person writes for an end of a trace. */
import type { Namespace, Topology } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import { canonicalAddress } from './addresses.ts';
import type { Endpoint } from './trace.ts';
import { listOf, plain } from './words.ts';

/**
 * Reads "web" (a pod or namespace by name, id or path), "node", or an address. Throws `not-found`, with names that
 * are near, and `bad-input` where a name fits several namespaces.
 */
export function resolveEndpoint(topology: Topology, text: string): Endpoint {
  const wanted = text.trim();
  const [match, ...others] = matching(topology, wanted);
  if (match && others.length > 0) {
    const ids = [match, ...others].map(({ id }) => id);
    throw new PatchbayError('bad-input', `"${plain(wanted)}" is the name of ${ids.length} namespaces.`, {
      hint: `Name one by its id: ${listOf(ids, ids.length)}.`,
    });
  }
  if (match) {
    return { kind: 'namespace', namespace: match.id };
  }
  const address = canonicalAddress(wanted);
  if (address !== null) {
    return { kind: 'address', address: wanted.includes('%') ? wanted : address };
  }
  throw notFound(topology, wanted);
}

/** An id or a path is meant where it fits; only then may a name fit several. */
function matching({ namespaces }: Topology, wanted: string): Namespace[] {
  const exact = namespaces.filter(({ id, names }) => id === wanted || names.includes(wanted));
  return exact.length > 0
    ? exact
    : namespaces.filter(({ name, pod }) => name === wanted || pod?.name === wanted);
}

function notFound({ namespaces, unknown }: Topology, wanted: string): PatchbayError {
  const names = [...new Set(namespaces.map(({ name }) => plain(name)))];
  const near = names
    .map((name) => ({ name, distance: distanceOf(name.toLowerCase(), wanted.toLowerCase()) }))
    .filter(
      ({ name, distance }) =>
        distance <= Math.max(1, Math.floor(wanted.length / 3)) || isPartOf(name, wanted),
    )
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
  const choice = near.length > 0 ? `Did you mean ${listOf(near)}?` : `There is ${listOf(names, 8)}.`;
  const blind = unknown.find(({ what, namespace }) => namespace === null && what === 'namespaces');
  return new PatchbayError(
    'not-found',
    `There is no pod, namespace or address "${plain(wanted)}" on this node.`,
    {
      hint: blind ? `${choice} Not every namespace could be read: ${plain(blind.reason)}` : choice,
    },
  );
}

function isPartOf(name: string, wanted: string): boolean {
  return wanted.length > 1 && name.toLowerCase().includes(wanted.toLowerCase());
}

/** Letters to insert, delete, replace, or swap with the next one, to get from a to b (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  const [from, to] = [Array.from(a), Array.from(b)];
  const rows: number[][] = [[0, ...to.keys()].map((_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= from.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const ways = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1)];
      rows[i]?.push(Math.min(...ways, ...(swapped ? [at(i - 2, j - 2) + 1] : [])));
    }
  }
  return at(from.length, to.length);
}
