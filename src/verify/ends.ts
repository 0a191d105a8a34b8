/** Pure: who is to reach whom, and at which addresses. */
import type { Link, Namespace, NamespaceId } from '../topology/topology.ts';
import { addressOf, familyOf, isLinkLocal, isLoopback, isOnLink, type Family } from '../trace/addresses.ts';
import type { TopologyIndex } from '../trace/topologyIndex.ts';
import { listOf, plain } from '../trace/words.ts';
import type { End } from './verification.ts';

export interface Ends {
  /** The node first, then the pods in the order of the topology. */
  readonly ends: readonly End[];
  /** Who was left out, and why. */
  readonly notes: readonly string[];
}

/**
 * The node, and the pods that have an address of one of the families: all, or those that are wanted. A container in the
 * node's own network is no end of its own. Pods that only processes hold and that have no address (a browser's sandbox) are
 * no pods that anybody means to reach.
 */
export function chooseEnds(
  index: TopologyIndex,
  families: readonly Family[],
  wanted: ReadonlySet<NamespaceId> | null = null,
): Ends {
  const pods = index.topology.namespaces.filter(({ root, id }) => !root && (wanted?.has(id) ?? true));
  const hasAddress = ({ id }: Namespace): boolean =>
    families.some((family) => primaryAddress(index, id, family) !== null);
  const mute = pods.filter((pod) => !hasAddress(pod) && (wanted !== null || pod.pod?.kind !== 'process'));
  const root = index.topology.namespaces.filter((namespace) => namespace.root);
  return {
    ends: [...root, ...pods.filter(hasAddress)].map((namespace) => endOf(index, namespace, families)),
    notes: mute.length === 0 ? [] : [muteNote(mute, families)],
  };
}

function endOf(index: TopologyIndex, { id, root, name, pod }: Namespace, families: readonly Family[]): End {
  const address = (family: Family): string | null =>
    families.includes(family) ? primaryAddress(index, id, family) : null;
  return {
    kind: root ? 'node' : 'pod',
    namespace: id,
    name: pod?.name ?? name,
    ipv4: address(4),
    ipv6: address(6),
  };
}

function muteNote(mute: readonly Namespace[], families: readonly Family[]): string {
  const kind = families.length === 1 ? `IPv${families[0] ?? 4} address` : 'address';
  const names = listOf(mute.map(({ pod, name }) => plain(pod?.name ?? name)));
  return mute.length === 1
    ? `${names} has no ${kind} and was left out.`
    : `${names} have no ${kind} and were left out.`;
}

/** The address that others use: one on the link of the default route where there is one. */
function primaryAddress(index: TopologyIndex, namespace: NamespaceId, family: Family): string | null {
  const [uplink] = index
    .routesOf(namespace)
    .filter((route) => route.destination === 'default' && route.family === family && route.link !== null)
    .sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0));
  const links = index.linksOf(namespace);
  const inOrder = [...links.filter(({ id }) => id === uplink?.link), ...links];
  return inOrder.map((link) => addressOn(link, family)).find((address) => address !== null) ?? null;
}

function addressOn({ addresses, addressDetails }: Link, family: Family): string | null {
  const usable = addresses.flatMap((text, i) => {
    const address = addressOf(text);
    const isMeant =
      address !== null && familyOf(address) === family && !isLoopback(address) && !isLinkLocal(address);
    return isMeant ? [{ address, isFleeting: isFleeting(addressDetails[i]?.flags ?? []) }] : [];
  });
  const [best] = usable.sort((a, b) => Number(a.isFleeting) - Number(b.isFleeting));
  return best?.address ?? null;
}

function isFleeting(flags: readonly string[]): boolean {
  return flags.includes('temporary') || flags.includes('deprecated');
}

/** The address of an end in a family; null where it has none. */
export function addressOfEnd(end: End, family: Family): string | null {
  return family === 4 ? end.ipv4 : end.ipv6;
}

/**
 * The address at which one end dials another: of the node the one in the sender's network, where it has one there. Null where
 * they share no family.
 */
export function dialled(index: TopologyIndex, from: End, to: End, family: Family): string | null {
  const sender = addressOfEnd(from, family);
  if (sender === null) {
    return null;
  }
  const near = to.kind === 'node' ? linkTowards(index, to.namespace, sender) : null;
  return near?.address ?? addressOfEnd(to, family);
}

/** The link of a namespace in whose network an address lies, with the namespace's own address there; null where a router is between. */
export function linkTowards(
  index: TopologyIndex,
  namespace: NamespaceId,
  address: string,
): { readonly link: Link; readonly address: string } | null {
  for (const link of index.linksOf(namespace)) {
    const own = link.addresses.find((prefix) => isOnLink(prefix, address));
    const bare = own === undefined ? null : addressOf(own);
    if (bare !== null && bare !== address) {
      return { link, address: bare };
    }
  }
  return null;
}
