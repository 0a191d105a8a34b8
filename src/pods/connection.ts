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
