/** The plan that makes pods. Pure: everything is checked against a topology, nothing is read or run. */
import { bridgeTag, podTag } from '../topology/tag.ts';
import type { Topology } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import { formatAddress } from './address.ts';
import { allocateAddresses, type PodAddress } from './allocate.ts';
import { maxBridgePorts, resolveBridge, type BridgeChoice, type Switchboard } from './bridge.ts';
import { counted, portsOf, rootNamespace } from './lookup.ts';
import {
  hexBytes,
  hostLinkMac,
  requirePodName,
  takeHostLinkName,
  takenLinkNames,
  takenPodNames,
} from './names.ts';
import type { Plan, Step } from '../topology/plan.ts';

export interface CreatePodsRequest {
  readonly names: readonly string[];
  readonly bridge: BridgeChoice;
  /**
   * One for each pod in turn, with or without prefix; "" or none: the lowest free one. On a bridge without an
   * address each must be given, with its prefix.
   */
  readonly addresses?: readonly string[];
}

/** One pod with all that its commands need. */
interface PodDesign {
  readonly name: string;
  readonly hostLink: string;
  readonly address: PodAddress;
}

/**
 * Plans pods: each a namespace with `lo` up and an `eth0` that has an address and a default route, joined by a
 * veth pair to the bridge, which is made first where it is to be. All that is made carries Patchbay's tag. Throws
 * `bad-input`, `exists` or `not-found`.
 */
export function planCreatePods(topology: Topology, request: CreatePodsRequest): Plan {
  const { names, addresses = [] } = request;
  requireNames(topology, names);
  const board = resolveBridge(topology, request.bridge);
  requireRoom(topology, board, names.length);
  if (addresses.length > names.length) {
    throw new PatchbayError(
      'bad-input',
      `There are ${addresses.length} addresses for ${counted(names.length, 'pod')}.`,
    );
  }
  const taken = takenLinkNames(topology).add(board.name);
  const allocated = allocateAddresses(topology, board, names, addresses);
  const pods = names.flatMap((name, at): PodDesign[] => {
    const address = allocated[at];
    return address === undefined ? [] : [{ name, hostLink: takeHostLinkName(name, taken), address }];
  });
  return {
    title: titleOf(names, board),
    steps: [
      ...(board.link === null ? bridgeSteps(board) : []),
      ...pods.flatMap((pod) => podSteps(pod, board)),
    ],
    warnings: warningsOf(topology, board),
  };
}

function requireNames(topology: Topology, names: readonly string[]): void {
  if (names.length === 0) {
    throw new PatchbayError('bad-input', 'The pod needs a name.');
  }
  const taken = takenPodNames(topology);
  const seen = new Set<string>();
  for (const name of names) {
    requirePodName(taken, name);
    if (seen.has(name)) {
      throw new PatchbayError('exists', `The name ${name} is given twice.`, {
        hint: 'Give each pod its own.',
      });
    }
    seen.add(name);
  }
}

function requireRoom(topology: Topology, board: Switchboard, count: number): void {
  const ports = board.link === null ? 0 : portsOf(topology, board.link.id).length;
  if (ports + count > maxBridgePorts) {
    throw new PatchbayError(
      'bad-input',
      `A bridge has at most ${maxBridgePorts} ports; ${board.name} has ${ports} and cannot take ${count} more.`,
      { hint: 'Use another bridge for some of the pods.' },
    );
  }
}

function titleOf(names: readonly string[], board: Switchboard): string {
  const [first = ''] = names;
  const what = names.length === 1 ? `pod ${first}` : counted(names.length, 'pod');
  return `Create ${what} on ${board.link === null ? 'new bridge ' : ''}${board.name}`;
}

/** The bridge's MAC address is pinned, so that the pods' ARP entries for their gateway hold while ports come and go. */
function bridgeSteps({ name, subnets }: Switchboard): Step[] {
  const [first] = subnets;
  if (first === undefined) {
    return [];
  }
  const { gateway, subnet } = first;
  // 0a:58 and the IPv4 address: what the CNI bridge plugin does for the pods of Kubernetes.
  const mac = `0a:58:${hexBytes(gateway.value, 4)}`;
  return [
    {
      argv: ['ip', 'link', 'add', 'name', name, 'address', mac, 'type', 'bridge'],
      undo: ['ip', 'link', 'del', 'dev', name],
    },
    { argv: ['ip', 'link', 'set', 'dev', name, 'alias', bridgeTag, 'up'] },
    {
      argv: [
        'ip',
        'addr',
        'add',
        ...addressArguments({ address: gateway, prefix: subnet.prefix }),
        'dev',
        name,
      ],
    },
  ];
}

/** Inside the namespace nothing needs an undo of its own: the namespace was made here and goes with all it holds. */
function podSteps({ name, hostLink, address }: PodDesign, board: Switchboard): Step[] {
  const inside = ['ip', '-n', name];
  const tag = podTag(name);
  const mtu = ['mtu', String(board.mtu)];
  const outer = ['name', hostLink, 'address', hostLinkMac(name), ...mtu, 'master', board.name];
  const inner = ['name', 'eth0', ...mtu, 'netns', name];
  return [
    { argv: ['ip', 'netns', 'add', name], undo: ['ip', 'netns', 'del', name] },
    {
      argv: ['ip', 'link', 'add', ...outer, 'type', 'veth', 'peer', ...inner],
      undo: ['ip', 'link', 'del', 'dev', hostLink],
    },
    { argv: ['ip', 'link', 'set', 'dev', hostLink, 'alias', tag, 'up'] },
    // lo is tagged, too, so that a pod that lost its veth pair is still known as ours.
    { argv: [...inside, 'link', 'set', 'dev', 'lo', 'alias', tag, 'up'] },
    { argv: [...inside, 'link', 'set', 'dev', 'eth0', 'alias', tag, 'up'] },
    { argv: [...inside, 'addr', 'add', ...addressArguments(address), 'dev', 'eth0'] },
    ...(address.gateway === null
      ? []
      : [{ argv: [...inside, 'route', 'add', 'default', 'via', formatAddress(address.gateway)] }]),
  ];
}

/** IPv6 would hold an address back for a second while it looks for duplicates, which the plan has ruled out. */
function addressArguments({ address, prefix }: Pick<PodAddress, 'address' | 'prefix'>): string[] {
  const text = `${formatAddress(address)}/${prefix}`;
  return address.family === 6 ? [text, 'nodad'] : [text];
}

function warningsOf(topology: Topology, { link, name, subnets }: Switchboard): string[] {
  const warnings: string[] = [];
  if (link?.up === false) {
    warnings.push(`${name} is down: the pods reach nothing until it is set up.`);
  }
  if (subnets.length === 0) {
    warnings.push(`${name} has no address: the pods reach each other, but have no default route.`);
  }
  if (topology.unknown.some(({ what }) => what === 'links' || what === 'namespaces')) {
    warnings.push(
      'Not every namespace of the node could be read: an address may be in use without being known.',
    );
  }
  if (topology.unknown.some((entry) => entry.what === 'routes' && isRootOrNode(topology, entry.namespace))) {
    warnings.push('The node’s routes could not be read: the subnet may be in use without being known.');
  }
  return warnings;
}

function isRootOrNode(topology: Topology, namespace: string | null): boolean {
  return namespace === null || namespace === rootNamespace(topology).id;
}
