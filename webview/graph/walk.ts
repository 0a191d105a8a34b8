/** Pure: the keyboard's walk along the wiring, one step per key. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { Link, Namespace, NamespaceId } from '../../src/topology/topology.ts';
import { sameSelection, selectLink, selectNamespace } from './selection.ts';
import { namespaceTitle } from './text.ts';
import { compareNames, isLoopback, vethPeer, type TopologyIndex } from './topologyIndex.ts';

/** `in`: towards the node (pod → eth0 → veth → bridge → node). `out`: away from it. `previous`, `next`: among equals. */
export type WalkStep = 'in' | 'out' | 'previous' | 'next';

/** The link by which a namespace hangs on the rest: first one cabled to the node, then to any other, then any but lo. */
function mainLink(index: TopologyIndex, namespace: NamespaceId): Link | undefined {
  const links = index.linksOf(namespace);
  const root = index.root?.id;
  const leadsTo = (fits: (other: NamespaceId) => boolean): Link | undefined =>
    links.find((link) => index.jointsOf(link.id).some((joint) => fits(joint.other.namespace)));
  return (
    leadsTo((other) => other === root && other !== namespace) ??
    leadsTo((other) => other !== namespace) ??
    links.find((link) => !isLoopback(link))
  );
}

function isMainLink(index: TopologyIndex, link: Link): boolean {
  return mainLink(index, link.namespace) === link;
}

function inwardOfLink(index: TopologyIndex, link: Link): Selection {
  if (link.master !== null && index.links.has(link.master)) {
    return selectLink(link.master);
  }
  if (index.namespaces.get(link.namespace)?.root === true || !isMainLink(index, link)) {
    return selectNamespace(link.namespace);
  }
  const outside = index.jointsOf(link.id).find((joint) => joint.other.namespace !== link.namespace);
  return outside === undefined ? selectNamespace(link.namespace) : selectLink(outside.other.id);
}

function inward(index: TopologyIndex, at: Selection): Selection | undefined {
  if (at.kind === 'link') {
    const link = index.links.get(at.id);
    return link && inwardOfLink(index, link);
  }
  const main = index.namespaces.get(at.id)?.root === true ? undefined : mainLink(index, at.id);
  return main && isCabled(index, main) ? selectLink(main.id) : undefined;
}

function isCabled(index: TopologyIndex, link: Link): boolean {
  return index.jointsOf(link.id).some((joint) => joint.other.namespace !== link.namespace);
}

/** Bridges first, then what is plugged into nothing else; ports are reached through their bridge. */
function firstLinksOf(index: TopologyIndex, namespace: Namespace): Link[] {
  const own = index.linksOf(namespace.id).filter((link) => link.master === null);
  const shown = namespace.root
    ? own
    : own.filter((link) => !isMainLink(index, link) || !isCabled(index, link));
  const rank = (link: Link): number => (link.kind === 'bridge' ? 0 : isLoopback(link) ? 2 : 1);
  return shown.sort((a, b) => rank(a) - rank(b) || compareNames(a.name, b.name));
}

/** Namespaces that no walk from the node reaches by a cable. */
function adrift(index: TopologyIndex): Namespace[] {
  return index.topology.namespaces.filter((namespace) => {
    const main = namespace.root ? undefined : mainLink(index, namespace.id);
    return !namespace.root && (main === undefined || !isCabled(index, main));
  });
}

function outward(index: TopologyIndex, at: Selection): Selection[] {
  if (at.kind === 'namespace') {
    const namespace = index.namespaces.get(at.id);
    const links = namespace ? firstLinksOf(index, namespace).map((link) => selectLink(link.id)) : [];
    return namespace?.root === true
      ? [...links, ...adrift(index).map((lone) => selectNamespace(lone.id))]
      : links;
  }
  const link = index.links.get(at.id);
  if (link === undefined) {
    return [];
  }
  const ports = index.portsOf(link.id).map((port) => selectLink(port.id));
  const root = index.namespaces.get(link.namespace)?.root === true;
  if (!root && isMainLink(index, link)) {
    return [...ports, selectNamespace(link.namespace)];
  }
  const riders = index
    .jointsOf(link.id)
    .filter(
      (joint) => joint.kind !== 'port' && joint.kind !== 'member' && joint.other.namespace !== link.namespace,
    )
    .map((joint) => selectLink(joint.other.id));
  return [...ports, ...riders];
}

/** The far ends of all cables of the bridge that a pod's link leads to. */
function endsOnSameBridge(index: TopologyIndex, link: Link): Link[] {
  const bridge = vethPeer(index, link.id)?.master;
  return bridge ? index.portsOf(bridge).flatMap((port) => vethPeer(index, port.id) ?? []) : [];
}

function equalsOfNamespace(index: TopologyIndex, id: NamespaceId): Selection[] {
  const main = mainLink(index, id);
  if (main === undefined || !isCabled(index, main)) {
    return index.root === null
      ? adrift(index).map((one) => selectNamespace(one.id))
      : outward(index, selectNamespace(index.root.id));
  }
  const ends = endsOnSameBridge(index, main);
  if (ends.length > 0) {
    return ends.map((end) => selectNamespace(end.namespace));
  }
  const alike = index.topology.namespaces.filter((namespace) => {
    const link = namespace.root ? undefined : mainLink(index, namespace.id);
    return link !== undefined && isCabled(index, link) && endsOnSameBridge(index, link).length === 0;
  });
  return alike
    .sort((a, b) => compareNames(namespaceTitle(a), namespaceTitle(b)))
    .map((namespace) => selectNamespace(namespace.id));
}

/** What stands beside a selection: pods of one bridge, ports of one bridge, links of one namespace. */
function equals(index: TopologyIndex, at: Selection): Selection[] {
  if (at.kind === 'namespace') {
    return index.root?.id === at.id ? [] : equalsOfNamespace(index, at.id);
  }
  const link = index.links.get(at.id);
  const inPod = link !== undefined && index.root?.id !== link.namespace && isMainLink(index, link);
  const ends = inPod ? endsOnSameBridge(index, link) : [];
  if (ends.length > 0) {
    return ends.map((end) => selectLink(end.id));
  }
  const parent = inward(index, at);
  return parent === undefined ? [] : outward(index, parent);
}

/**
 * One step of the walk; undefined where there is nothing that way. Without a start it begins at the node, else at the
 * first namespace. `trail` holds where the walk came from, so that going in and out again returns to the same place.
 */
export function walk(
  index: TopologyIndex,
  at: Selection | null,
  step: WalkStep,
  trail: readonly Selection[] = [],
): Selection | undefined {
  if (at === null) {
    const start = index.root ?? index.topology.namespaces[0];
    return start && selectNamespace(start.id);
  }
  if (step === 'in') {
    return inward(index, at);
  }
  if (step === 'out') {
    const choices = outward(index, at);
    const before = [...trail].reverse().find((past) => choices.some((choice) => sameSelection(choice, past)));
    return before ?? choices[0];
  }
  const row = equals(index, at);
  const position = row.findIndex((one) => sameSelection(one, at));
  return position < 0 ? undefined : row[position + (step === 'next' ? 1 : -1)];
}
