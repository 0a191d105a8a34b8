/** The plan that deletes pods: only what Patchbay made, and nothing that its own connection needs. Pure. */
import { bridgeTag, ownPodName } from '../topology/tag.ts';
import type { Link, LinkId, Namespace, NamespaceId, Topology } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import { linksInUse, type OwnConnection } from './connection.ts';
import {
  counted,
  describeLink,
  isUnknown,
  linkById,
  namespaceById,
  portsOf,
  rootNamespace,
} from './lookup.ts';
import { netnsName } from './names.ts';
import type { Plan, Step } from '../topology/plan.ts';

export interface DeletePodsOptions {
  readonly connection: OwnConnection;
  /** Also delete each bridge that Patchbay made for these pods, once it has no other ports. */
  readonly withBridge?: boolean;
}

/** A pod that may be deleted. */
interface DoomedPod {
  readonly namespace: Namespace;
  /** Its name in /run/netns, which its tag repeats. */
  readonly name: string;
  readonly links: readonly Link[];
  /** Its tagged links but lo, each with its other end where that is known and in another namespace. */
  readonly cables: readonly Cable[];
}

interface Cable {
  readonly inner: Link;
  readonly outer: Link | null;
}

/**
 * Plans the deletion of pods that Patchbay made. For each the veth pair goes first, because the kernel removes what
 * a namespace holds only some time after the namespace's name; what is left if the second step fails still carries
 * the tag, so that the deletion can be repeated. There is no way back from a deletion, so no step has an undo. Throws
 * `not-found` for a namespace that is gone and `bad-input`, with the reason, for one that must not be deleted.
 */
export function planDeletePods(
  topology: Topology,
  namespaceIds: readonly NamespaceId[],
  options: DeletePodsOptions,
): Plan {
  const pods = [...new Set(namespaceIds)].map((id) => requireOwnPod(topology, id));
  if (pods.length === 0) {
    throw new PatchbayError('bad-input', 'No pod is chosen.');
  }
  const fates = options.withBridge === true ? bridgeFates(topology, pods) : [];
  const bridges = fates.filter(({ reason }) => reason === null).map(({ bridge }) => bridge);
  requireOurWayStays(topology, pods, bridges, options.connection);
  return {
    title: titleOf(pods, bridges),
    steps: [
      ...pods.flatMap((pod) => podSteps(topology, pod)),
      ...bridges.map((bridge) => deleteLink(['ip'], bridge)),
    ],
    warnings: [
      ...pods.flatMap((pod) => podWarnings(topology, pod)),
      ...fates.flatMap(({ bridge, reason }) => (reason === null ? [] : [`${bridge.name} stays: ${reason}`])),
    ],
  };
}

function requireOwnPod(topology: Topology, id: NamespaceId): DoomedPod {
  const namespace = namespaceById(topology, id);
  if (namespace === undefined) {
    throw new PatchbayError('not-found', 'This namespace is not on the node any more.', {
      hint: 'Refresh the node.',
    });
  }
  if (namespace.root) {
    throw notOurs('This is the node’s own namespace, not a pod.');
  }
  const links = topology.links.filter((link) => link.namespace === id);
  const tagged = links.filter(({ alias }) => ownPodName(alias) !== null);
  const names = new Set(namespace.names.flatMap((path) => netnsName(path) ?? []));
  const name = tagged.map(({ alias }) => ownPodName(alias)).find((tag) => tag !== null && names.has(tag));
  if (name === null || name === undefined) {
    throw notOurs(reasonNotOurs(topology, namespace, tagged));
  }
  const cables = tagged
    .filter((link) => ownPodName(link.alias) === name && link.name !== 'lo')
    .map((inner) => cableOf(topology, inner));
  return { namespace, name, links, cables };
}

function cableOf(topology: Topology, inner: Link): Cable {
  const peer = linkById(topology, inner.peer);
  return { inner, outer: peer === undefined || peer.namespace === inner.namespace ? null : peer };
}

function notOurs(reason: string): PatchbayError {
  return new PatchbayError('bad-input', reason, { hint: 'Patchbay deletes only what it made.' });
}

function reasonNotOurs(topology: Topology, { id, name, names }: Namespace, tagged: readonly Link[]): string {
  const [link] = tagged;
  if (isUnknown(topology, id, 'links')) {
    return `The links of ${name} could not be read, so nothing shows that Patchbay made it.`;
  }
  if (link !== undefined) {
    return `${link.name} of ${name} carries the tag of the pod ${ownPodName(link.alias) ?? ''}, not of ${name}.`;
  }
  return names.length === 0
    ? `${name} is kept by its processes and has no name that could be deleted.`
    : `${name} was not made by Patchbay: none of its links carries Patchbay’s tag.`;
}

/**
 * The pair is deleted by its outer end, whose name is made for this pod alone: should another have made a namespace
 * of the same name meanwhile, this fails before anything is lost. An end that was moved elsewhere goes by its inner end.
 */
function podSteps(topology: Topology, { name, cables }: DoomedPod): Step[] {
  const root = rootNamespace(topology).id;
  return [
    ...cables.map(({ inner, outer }) =>
      outer?.namespace === root ? deleteLink(['ip'], outer) : deleteLink(['ip', '-n', name], inner),
    ),
    { argv: ['ip', 'netns', 'del', name] },
  ];
}

function deleteLink(ip: readonly string[], { name }: Link): Step {
  return { argv: [...ip, 'link', 'del', 'dev', name] };
}

function podWarnings(topology: Topology, pod: DoomedPod): string[] {
  const { name, namespace } = pod;
  const otherNames = namespace.names.filter((path) => netnsName(path) !== name);
  const foreign = pod.links.filter(
    (link) => ownPodName(link.alias) !== name && !bornWithNamespace.has(link.name),
  );
  const warnings: string[] = [];
  if (namespace.processes.length > 0) {
    const running = namespace.processes.map((process) => `${process.name} (${process.pid})`);
    warnings.push(
      `${counted(running.length, 'process', 'processes')} of ${name} will run on without a network: ${list(running)}.`,
    );
  }
  if (otherNames.length > 0) {
    warnings.push(`${name} is also kept by ${list(otherNames)}, which stays, without a network.`);
  }
  if (foreign.length > 0) {
    const links = list(foreign.map((link) => describeLink(topology, link)));
    warnings.push(`${links}, which Patchbay did not make, may go with ${name}.`);
  }
  return warnings;
}

/** Links that the kernel itself makes in every namespace: lo, and the fallback device of each tunnel module. */
const bornWithNamespace = new Set(
  'lo tunl0 sit0 gre0 gretap0 erspan0 ip_vti0 ip6_vti0 ip6tnl0 ip6gre0 ip6gretap0'.split(' '),
);

const longestList = 5;

function list(items: readonly string[]): string {
  const more = items.length - longestList;
  return more > 0 ? `${items.slice(0, longestList).join(', ')} and ${more} more` : items.join(', ');
}

interface BridgeFate {
  readonly bridge: Link;
  /** Why it stays; null where it goes. */
  readonly reason: string | null;
}

function bridgeFates(topology: Topology, pods: readonly DoomedPod[]): BridgeFate[] {
  const outer = pods.flatMap(({ cables }) => cables.flatMap((cable) => cable.outer ?? []));
  const doomed = new Set(outer.map(({ id }) => id));
  const masters = new Set(outer.flatMap(({ master }) => master ?? []));
  return [...masters].flatMap((id) => {
    const bridge = linkById(topology, id);
    return bridge === undefined ? [] : [{ bridge, reason: whyBridgeStays(topology, bridge, doomed) }];
  });
}

function whyBridgeStays(topology: Topology, bridge: Link, doomed: ReadonlySet<LinkId>): string | null {
  if (bridge.alias !== bridgeTag) {
    return 'Patchbay did not make it.';
  }
  const others = portsOf(topology, bridge.id).filter(({ id }) => !doomed.has(id));
  const upper = topology.edges.filter(({ kind, b }) => kind === 'lower' && b === bridge.id);
  if (bridge.namespace !== rootNamespace(topology).id) {
    return 'it is not in the node’s own namespace.';
  }
  if (others.length > 0) {
    return `${list(others.map(({ name }) => name))} ${others.length === 1 ? 'is' : 'are'} still plugged in.`;
  }
  return upper.length > 0 ? 'another link lies on it.' : null;
}

function requireOurWayStays(
  topology: Topology,
  pods: readonly DoomedPod[],
  bridges: readonly Link[],
  connection: OwnConnection,
): void {
  const inUse = linksInUse(topology, connection);
  const going = [...pods.flatMap(goingWith), ...bridges];
  const needed = going.find(({ id }) => inUse.has(id));
  if (needed !== undefined) {
    throw new PatchbayError(
      'bad-input',
      `Patchbay’s own connection to the node uses ${describeLink(topology, needed)}; deleting that would cut it.`,
      { hint: 'Connect to the node through another address first.' },
    );
  }
}

function goingWith({ links, cables }: DoomedPod): Link[] {
  return [...links, ...cables.flatMap(({ outer }) => outer ?? [])];
}

function titleOf(pods: readonly DoomedPod[], bridges: readonly Link[]): string {
  const [first] = pods;
  const what = pods.length === 1 && first !== undefined ? `pod ${first.name}` : counted(pods.length, 'pod');
  return [`Delete ${what}`, ...bridges.map(({ name }) => `bridge ${name}`)].join(' and ');
}
