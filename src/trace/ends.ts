/** Pure: the ends of a trace, as addresses in namespaces. */
import type { Link, NamespaceId } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import { addressOf, canonicalAddress, familyOf, isLinkLocal, isLoopback, isOnLink } from './addresses.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { Endpoint } from './trace.ts';
import { nameOfNamespace, plain, startOfSentence } from './words.ts';

/** The namespace that sends, and the address where one was asked for. Throws `not-found` or `bad-input`. */
export function resolveSource(
  index: TopologyIndex,
  from: Endpoint,
): { namespace: NamespaceId; address: string | null } {
  if (from.kind === 'namespace') {
    return { namespace: requireNamespace(index, from.namespace), address: null };
  }
  const address = requireAddress(from.address);
  const [owner, ...others] = new Set(index.owners(address).map(({ namespace }) => namespace));
  if (owner === undefined) {
    throw new PatchbayError('not-found', `No namespace of this node has the address ${address}.`);
  }
  if (others.length > 0) {
    throw new PatchbayError('bad-input', `${address} exists in ${others.length + 1} namespaces.`, {
      hint: 'Choose the one to send from by its name.',
    });
  }
  return { namespace: owner, address };
}

/** The namespace and address that are meant; the namespace is null where several have the address, or none. */
export function resolveDestination(
  index: TopologyIndex,
  from: NamespaceId,
  to: Endpoint,
  source: string | null,
): { namespace: NamespaceId | null; address: string } {
  if (to.kind === 'namespace') {
    const namespace = requireNamespace(index, to.namespace);
    return { namespace, address: chooseAddress(index, from, namespace, source) };
  }
  const address = requireAddress(to.address);
  const owners = [...new Set(index.owners(address).map(({ namespace }) => namespace))];
  const owner =
    isLoopback(address) || owners.includes(from) ? from : owners.length === 1 ? owners[0] : undefined;
  return { namespace: owner ?? null, address };
}

/** Link-local addresses mean something on one link alone: the one that was named, else the only one there is. */
export function zoneOf(index: TopologyIndex, from: NamespaceId, to: Endpoint, address: string): Link | null {
  if (familyOf(address) !== 6 || !isLinkLocal(address) || index.owns(from, address)) {
    return null;
  }
  const links = index.linksOf(from).filter(({ up, kind }) => up && kind !== 'loopback');
  const named = to.kind === 'address' ? /%(.*)$/s.exec(to.address)?.[1] : undefined;
  const zone =
    named === undefined
      ? links
      : links.filter(({ name, ifindex }) => name === named || `${ifindex}` === named);
  const [only, ...others] = zone;
  if (only !== undefined && others.length === 0) {
    return only;
  }
  const name = nameOfNamespace(index, from);
  throw new PatchbayError(
    'bad-input',
    named === undefined
      ? `${address} is a link-local address: it exists on each link of ${name} anew.`
      : `There is no link "${plain(named)}" in ${name} that is up.`,
    { hint: `Say by which link, as in ${address}%${plain(links[0]?.name ?? 'eth0')}.` },
  );
}

function requireNamespace(index: TopologyIndex, id: NamespaceId): NamespaceId {
  if (!index.namespace(id)) {
    throw new PatchbayError('not-found', `There is no namespace ${plain(id)} on this node any more.`);
  }
  return id;
}

function requireAddress(text: string): string {
  const address = canonicalAddress(text);
  if (address === null) {
    throw new PatchbayError('bad-input', `"${plain(text)}" is not an IP address.`);
  }
  return address;
}

/** The address to ping a namespace at: one in a network of the sender's first, IPv4 before IPv6. */
function chooseAddress(
  index: TopologyIndex,
  from: NamespaceId,
  to: NamespaceId,
  source: string | null,
): string {
  const own = index.linksOf(from).flatMap(({ addresses }) => addresses);
  const rank = (address: string): number =>
    (source !== null && familyOf(address) !== familyOf(source) ? 8 : 0) +
    (isLinkLocal(address) ? 4 : 0) +
    (familyOf(address) === 6 ? 2 : 0) +
    (own.some((prefix) => isOnLink(prefix, address)) ? 0 : 1);
  const [best] = index.addressesOf(to).sort((a, b) => rank(a) - rank(b));
  if (best !== undefined) {
    return best;
  }
  const name = startOfSentence(nameOfNamespace(index, to));
  const unread = index.unknown(to, 'links');
  throw new PatchbayError('bad-input', `${name} has no address that could be pinged.`, {
    hint: unread
      ? `What is in it could not be read: ${plain(unread.reason)}`
      : 'Give one of its links an address.',
  });
}

/** The address that the kernel would give a packet of ours (inet_select_addr): the link's own, else any of the namespace. */
export function sourceFor(index: TopologyIndex, link: Link, destination: string): string | null {
  const fits = (address: string | null): address is string =>
    address !== null &&
    familyOf(address) === familyOf(destination) &&
    isLinkLocal(address) === isLinkLocal(destination);
  return link.addresses.map(addressOf).find(fits) ?? index.addressesOf(link.namespace).find(fits) ?? null;
}
