import type { Link, LinkId, Topology } from '../topology/topology.ts';
import { addressKey, parseAddress, parsePrefixedAddress } from './address.ts';

/** The node's own end of the connection that Patchbay uses; null where there is none (this machine, a recording). */
export type OwnConnection = { readonly localAddress: string } | null;

/**
 * The links that our connection needs: the one that holds its address on the node, and what that lies on (the link
 * under a VLAN or a tunnel). An address that several namespaces hold is looked for in the node's own namespace first.
 */
export function linksInUse(topology: Topology, connection: OwnConnection): ReadonlySet<LinkId> {
  const inUse = new Set(connection === null ? [] : holders(topology, connection.localAddress));
  for (const upper of inUse) {
    for (const { kind, a, b } of topology.edges) {
      if (a === upper && (kind === 'lower' || kind === 'tunnel')) {
        inUse.add(b);
      }
    }
  }
  return inUse;
}

/**
 * Every link that our packets may take: those in use, what these are made of (members of a bond, ports of a bridge that do
 * not lead to another namespace), and the default routes, which may lead back to us. Wider than what is certain.
 */
export function linksOnOurWay(topology: Topology, connection: OwnConnection): ReadonlySet<LinkId> {
  if (connection === null) {
    return new Set();
  }
  const onWay = new Set([...linksInUse(topology, connection), ...defaultLinks(topology)]);
  for (const upper of onWay) {
    for (const { kind, a, b } of topology.edges) {
      if (a === upper && (kind === 'lower' || kind === 'tunnel')) {
        onWay.add(b);
      }
    }
    topology.links
      .filter((link) => link.master === upper && !leadsToAnother(topology, link))
      .forEach(({ id }) => onWay.add(id));
  }
  return onWay;
}

function defaultLinks({ namespaces, routes }: Topology): LinkId[] {
  const roots = new Set(namespaces.filter(({ root }) => root).map(({ id }) => id));
  return routes.flatMap(({ namespace, destination, link }) =>
    destination === 'default' && link !== null && roots.has(namespace) ? [link] : [],
  );
}

/** A cable to a pod carries the pod's packets, not ours. */
function leadsToAnother({ links }: Topology, { peer, namespace }: Link): boolean {
  const other = peer === null ? undefined : links.find(({ id }) => id === peer);
  return other !== undefined && other.namespace !== namespace;
}

function holders(topology: Topology, localAddress: string): LinkId[] {
  // sshd names an IPv4 connection of an IPv6 socket "::ffff:10.0.0.5", and link-local ones "fe80::1%eth0".
  const address = parseAddress(localAddress.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*$/, ''));
  if (address === null) {
    return [];
  }
  const wanted = addressKey(address);
  const all = topology.links.filter((link) => holds(link, wanted));
  const roots = new Set(topology.namespaces.filter(({ root }) => root).map(({ id }) => id));
  const ofRoot = all.filter(({ namespace }) => roots.has(namespace));
  return (ofRoot.length > 0 ? ofRoot : all).map(({ id }) => id);
}

function holds(link: Link, wanted: string): boolean {
  return link.addresses.some((text) => {
    const address = parsePrefixedAddress(text)?.address;
    return address !== undefined && addressKey(address) === wanted;
  });
}
