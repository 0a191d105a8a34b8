/** Where pods are plugged in: an existing bridge of the node, or one that the plan makes first. */
import type { Link, LinkId, Topology } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import {
  formatSubnet,
  hostRange,
  bitsOf,
  isIpv6LinkLocal,
  overlaps,
  parseAddress,
  parsePrefixedAddress,
  specialRange,
  subnetOf,
  type Address,
  type Subnet,
} from './address.ts';
import { describeLink, linkById, rootLinks, rootNamespace } from './lookup.ts';
import { requireBridgeName } from './names.ts';

/** The bridge a person chose: one that exists, or the name and subnet of one to make. */
export type BridgeChoice =
  { readonly existing: LinkId } | { readonly create: string; readonly subnet: string };

/** A subnet on a bridge, and the bridge's own address in it: the pods' default gateway. */
export interface BridgeSubnet {
  readonly subnet: Subnet;
  readonly gateway: Address;
}

/** A bridge that was checked: pods can be plugged into it. */
export interface Switchboard {
  readonly name: string;
  readonly mtu: number;
  /** The link, or null where the plan makes it. */
  readonly link: Link | null;
  /** IPv4 first; empty where the bridge has no address. */
  readonly subnets: readonly BridgeSubnet[];
}

/** The default of a new Ethernet link (linux/if_ether.h, ETH_DATA_LEN). */
const newBridgeMtu = 1500;
/** BR_MAX_PORTS less port number 0 (net/bridge/br_private.h). */
export const maxBridgePorts = 1023;

/** Checks the chosen bridge. Throws `bad-input`, `exists` or `not-found`. */
export function resolveBridge(topology: Topology, choice: BridgeChoice): Switchboard {
  return 'existing' in choice
    ? existingBridge(topology, choice.existing)
    : newBridge(topology, choice.create, choice.subnet);
}

/** The subnet ("10.244.0.0/24") from which a bridge's pods get their addresses; null where it has none. */
export function bridgeSubnet(topology: Topology, bridge: LinkId): string | null {
  const link = linkById(topology, bridge);
  const [first] = link === undefined ? [] : subnetsOf(link);
  return first === undefined ? null : formatSubnet(first.subnet);
}

/** The first private subnet that the node does not use yet; null where it uses them all. */
export function findFreeSubnet(topology: Topology): string | null {
  const used = usedSubnets(topology);
  for (const candidate of candidateSubnets()) {
    if (!used.some(({ subnet }) => overlaps(subnet, candidate))) {
      return formatSubnet(candidate);
    }
  }
  return null;
}

/** Throws `bad-input` unless a bridge of the node can have this subnet ("10.244.0.0/24"). */
export function requireFreeSubnet(topology: Topology, text: string): Subnet {
  const subnet = requireSubnet(text);
  const clash = usedSubnets(topology).find((used) => overlaps(used.subnet, subnet));
  if (clash !== undefined) {
    const free = findFreeSubnet(topology);
    throw new PatchbayError('bad-input', `${text} overlaps ${formatSubnet(clash.subnet)}, ${clash.holder}.`, {
      hint: free === null ? 'Choose another subnet.' : `Choose another subnet, such as ${free}.`,
    });
  }
  return subnet;
}

function existingBridge(topology: Topology, id: LinkId): Switchboard {
  const link = linkById(topology, id);
  if (link === undefined) {
    throw new PatchbayError('not-found', 'This bridge is not on the node any more.', {
      hint: 'Refresh the node and choose another bridge.',
    });
  }
  if (link.kind !== 'bridge') {
    throw new PatchbayError('bad-input', `${link.name} is ${withArticle(link.kind)}, not a bridge.`, {
      hint: bridgesHint(topology),
    });
  }
  if (link.namespace !== rootNamespace(topology).id) {
    throw new PatchbayError(
      'bad-input',
      `The bridge ${describeLink(topology, link)} is not the node’s own.`,
      {
        hint: bridgesHint(topology),
      },
    );
  }
  return { name: link.name, mtu: link.mtu, link, subnets: subnetsOf(link) };
}

function newBridge(topology: Topology, name: string, subnetText: string): Switchboard {
  requireBridgeName(topology, name);
  const subnet = requireFreeSubnet(topology, subnetText);
  const [first] = hostRange(subnet);
  const gateway = { family: subnet.family, value: first };
  return { name, mtu: newBridgeMtu, link: null, subnets: [{ subnet, gateway }] };
}

function subnetsOf(link: Link): BridgeSubnet[] {
  const all = link.addresses.flatMap((text) => {
    const prefixed = parsePrefixedAddress(text);
    return prefixed === null || isIpv6LinkLocal(prefixed.address) || isSingle(prefixed)
      ? []
      : [{ subnet: subnetOf(prefixed), gateway: prefixed.address }];
  });
  return all.sort((a, b) => a.subnet.family - b.subnet.family);
}

function isSingle({ address, prefix }: { readonly address: Address; readonly prefix: number }): boolean {
  return prefix === bitsOf(address.family);
}

function requireSubnet(text: string): Subnet {
  const prefixed = parsePrefixedAddress(text);
  if (prefixed === null) {
    throw badSubnet(`${JSON.stringify(text)} is not a subnet.`);
  }
  const subnet = subnetOf(prefixed);
  if (subnet.base !== prefixed.address.value) {
    throw badSubnet(`${text} is an address in a subnet, not a subnet.`, formatSubnet(subnet));
  }
  const special = specialRange(prefixed.address);
  if (special !== null) {
    throw badSubnet(`${text} is not for pods: these are ${special} addresses.`);
  }
  const widest = subnet.family === 4 ? 8 : 16;
  const narrowest = bitsOf(subnet.family) - 2;
  if (subnet.prefix < widest || subnet.prefix > narrowest) {
    throw badSubnet(`A bridge’s subnet is a /${widest} to a /${narrowest}; ${text} is not.`);
  }
  return subnet;
}

function badSubnet(message: string, example = '10.244.0.0/24'): PatchbayError {
  return new PatchbayError('bad-input', message, { hint: `Give a subnet such as ${example}.` });
}

/** What the node's own namespace has addresses in or ways to, all routing tables included. */
function usedSubnets(topology: Topology): { readonly subnet: Subnet; readonly holder: string }[] {
  const root = rootNamespace(topology).id;
  const addresses = rootLinks(topology).flatMap((link) =>
    link.addresses.map((text) => ({ text, holder: `where ${link.name} has an address` })),
  );
  const routes = topology.routes
    .filter(({ namespace, table }) => namespace === root && table !== 'local')
    .map(({ destination }) => ({ text: destination, holder: 'to which the node has a route' }));
  return [...addresses, ...routes].flatMap(({ text, holder }) => {
    const subnet = parseDestination(text);
    return subnet === null || subnet.prefix === 0 ? [] : [{ subnet, holder }];
  });
}

function parseDestination(text: string): Subnet | null {
  const prefixed = parsePrefixedAddress(text);
  if (prefixed !== null) {
    return subnetOf(prefixed);
  }
  const address = parseAddress(text);
  return address === null
    ? null
    : { family: address.family, base: address.value, prefix: bitsOf(address.family) };
}

/** 10.244.0.0/24 is the cluster network of the Kubernetes tutorials; the others follow it. */
function* candidateSubnets(): Generator<Subnet> {
  for (const [first, second] of [
    [10, 244],
    [10, 245],
    [172, 30],
    [192, 168],
  ] as const) {
    for (let third = 0; third < 256; third++) {
      yield { family: 4, base: BigInt(((first * 256 + second) * 256 + third) * 256), prefix: 24 };
    }
  }
}

function bridgesHint(topology: Topology): string {
  const bridges = rootLinks(topology).filter(({ kind }) => kind === 'bridge');
  return bridges.length === 0
    ? 'The node has no bridge; let Patchbay make one.'
    : `Bridges of the node: ${bridges.map(({ name }) => name).join(', ')}.`;
}

function withArticle(kind: string): string {
  return `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`;
}
