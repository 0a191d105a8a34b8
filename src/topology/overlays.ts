/** What programs of user space told (iproute/overlays.ts), as facts of links. Pure. */
import type { LinkRecord, OvsPortRecord } from '../iproute/records.ts';
import type { NamespaceSnapshot } from '../iproute/snapshot.ts';
import type { FarEnd, PortVlan } from './topology.ts';

/** The peers of a wireguard link; for an Open vSwitch bridge, its ports that have no link in the kernel. */
export function farEndsOf({ wireguard, ovsPorts, links }: NamespaceSnapshot, ifname: string): FarEnd[] {
  const peers = (wireguard ?? []).find((link) => link.ifname === ifname)?.peers ?? [];
  const ports = (ovsPorts ?? []).filter((port) => port.bridge === ifname);
  const present = new Set(ports.length === 0 ? [] : (links ?? []).map((link) => link.ifname));
  const hidden = ports.filter((port) => !present.has(port.ifname));
  return [
    ...peers.map(({ key, endpoint, allowed, handshakeAt }) => ({
      name: key,
      kind: 'wireguard',
      address: endpoint?.address ?? null,
      port: endpoint?.port ?? null,
      networks: allowed,
      lastHandshakeAt: handshakeAt === null ? null : new Date(handshakeAt * 1000).toISOString(),
    })),
    ...hidden.map(({ ifname: name, kind, remote, peer }) => ({
      ...{ name, kind, address: remote ?? peer, port: null, networks: [], lastHandshakeAt: null },
    })),
  ];
}

/** The name of the link that a bond or team sends through, where it uses one at a time. */
export function activeMemberOf(
  { teams }: NamespaceSnapshot,
  { ifname, linkinfo }: LinkRecord,
): string | null {
  const data = linkinfo?.info_data;
  if (linkinfo?.info_kind === 'bond' && typeof data === 'object' && data !== null && 'active_slave' in data) {
    return typeof data.active_slave === 'string' ? data.active_slave : null;
  }
  return teamOf(teams, ifname)?.activePort ?? null;
}

/** "activebackup", "lacp" … of a team; null for other links. */
export function runnerOf({ teams }: NamespaceSnapshot, { ifname }: LinkRecord): string | null {
  return teamOf(teams, ifname)?.runner ?? null;
}

const teamOf = (
  teams: NamespaceSnapshot['teams'],
  ifname: string,
): NonNullable<NamespaceSnapshot['teams']>[number] | undefined =>
  teams?.find((team) => team.ifname === ifname);

/**
 * The master of a link, by name. To the kernel every port of Open vSwitch belongs to its datapath (ovs-system), or to nothing;
 * which bridge it is plugged into is in Open vSwitch's own database.
 */
export function masterNameOf(
  { ovsPorts }: NamespaceSnapshot,
  { ifname, master }: LinkRecord,
): string | undefined {
  const bridge = ovsPortOf(ovsPorts, ifname)?.bridge;
  return bridge !== undefined && bridge !== ifname ? bridge : master;
}

/** What an Open vSwitch port lets through; nothing is listed for one that lets all through. */
export function ovsVlansOf({
  ovsPorts,
}: NamespaceSnapshot): (Omit<PortVlan, 'namespace' | 'link'> & { ifname: string })[] {
  return (ovsPorts ?? []).flatMap(({ ifname, tag, trunks }) => [
    ...(tag === null ? [] : [{ ifname, first: tag, last: tag, pvid: true, untagged: true }]),
    ...trunks.map((vlan) => ({ ifname, first: vlan, last: vlan, pvid: false, untagged: false })),
  ]);
}

function ovsPortOf(ports: NamespaceSnapshot['ovsPorts'], ifname: string): OvsPortRecord | undefined {
  return ports?.find((port) => port.ifname === ifname);
}
