/** What a read leaves in doubt, though nothing was heard of it. Pure. */

import type { LinkRecord } from '../iproute/records.ts';
import type { NamespaceSnapshot } from '../iproute/snapshot.ts';
import { isPaired, linkId } from '../topology/pairing.ts';
import type { NamespaceId } from '../topology/topology.ts';
import type { NodeReading } from './readNode.ts';

/**
 * Namespaces whose cables may lead elsewhere now, though nothing was heard of them: when one end of a veth pair that is
 * down moves to another namespace, the kernel tells nobody at the other end (net/core/dev.c,
 * __dev_change_net_namespace). These are the ones that were not read now, hold ends that are not proven or were
 * paired otherwise before, while ends came, went or changed where it was read.
 */
export function doubtfulPeers(before: NodeReading, after: NodeReading): NamespaceId[] {
  const old = new Map(before.snapshot.namespaces.map((namespace) => [namespace.id, namespace]));
  const isKept = ({ id, links }: NamespaceSnapshot): boolean => old.get(id)?.links === links;
  const kept = new Set(after.snapshot.namespaces.filter(isKept).map(({ id }) => id));
  const endsRead = ({ snapshot }: NodeReading): string =>
    snapshot.namespaces
      .filter(({ id }) => !kept.has(id))
      .flatMap(describeEnds)
      .join();
  if (endsRead(before) === endsRead(after)) {
    return [];
  }
  const isDoubtful = (id: string): boolean =>
    after.pairing.unproven.has(id) || before.pairing.peers.get(id) !== after.pairing.peers.get(id);
  return after.snapshot.namespaces
    .filter(
      ({ id, links }) => kept.has(id) && endsOf(links).some(({ ifindex }) => isDoubtful(linkId(id, ifindex))),
    )
    .map(({ id }) => id);
}

/**
 * Namespaces that were entered by a name or a process that did not lead there until the end: what was read then may be
 * another's, or nothing. The change is seen by the next look at lists, so these are kept ones now. The node's own is
 * one of them when names changed: it tells ids by name.
 */
export function doubtfulEntries(before: NodeReading, after: NodeReading): NamespaceId[] {
  const old = new Map(before.snapshot.namespaces.map((namespace) => [namespace.id, namespace]));
  const isRenamed = namesOf(before) !== namesOf(after);
  return after.snapshot.namespaces
    .filter((namespace) => {
      const then = old.get(namespace.id);
      const isKept = then?.links === namespace.links;
      return isKept && (namespace.root ? isRenamed : entryOf(then) !== entryOf(namespace));
    })
    .map(({ id }) => id);
}

function namesOf({ snapshot }: NodeReading): string {
  return snapshot.namespaces
    .map(({ id, paths }) => (paths.length === 0 ? '' : [id, ...paths].join('\0')))
    .join('\n');
}

function entryOf({ paths, processes }: NamespaceSnapshot): string {
  return paths.length > 0 ? paths.join('\0') : String(processes[0]?.pid);
}

function endsOf(links: NamespaceSnapshot['links']): LinkRecord[] {
  return (links ?? []).filter(isPaired);
}

function describeEnds({ id, links }: NamespaceSnapshot): string[] {
  return endsOf(links).map(
    ({ ifindex, link_index, link_netnsid }) => `${id}:${ifindex}>${link_index ?? ''}@${link_netnsid ?? ''}`,
  );
}
