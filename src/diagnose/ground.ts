/** Pure: what all rules look things up in, made once for a topology. */
import type { Finding, Proof } from '../topology/finding.ts';
import type {
  Address,
  Link,
  LinkId,
  Namespace,
  NamespaceId,
  PortVlan,
  Topology,
} from '../topology/topology.ts';
import { isLinkLocal, isLoopback } from '../trace/addresses.ts';
import { TopologyIndex } from '../trace/topologyIndex.ts';
import { nameOfLink, nameOfNamespace, startOfSentence } from '../trace/words.ts';
import { groupBy } from '../util/collections.ts';
import { distinctSegments, segmentsOf, type Segment } from './segments.ts';

export class Ground {
  readonly index: TopologyIndex;
  readonly #segments: ReadonlyMap<LinkId, Segment>;
  readonly #vlans: ReadonlyMap<LinkId | null, readonly PortVlan[]>;

  constructor(topology: Topology) {
    this.index = new TopologyIndex(topology);
    this.#segments = segmentsOf(this.index);
    this.#vlans = groupBy(topology.vlans, ({ link }) => link);
  }

  get topology(): Topology {
    return this.index.topology;
  }

  get segments(): Segment[] {
    return distinctSegments(this.#segments);
  }

  segmentOf(link: Link): Segment | undefined {
    return this.#segments.get(link.id);
  }

  /** The namespace of a link, which a topology always has. */
  homeOf(link: Link): Namespace {
    const home = this.index.namespace(link.namespace);
    if (!home) {
      throw new RangeError(`the link ${link.id} is in no namespace`);
    }
    return home;
  }

  /** "eth0 of web". */
  nameOf(link: Link): string {
    return nameOfLink(this.index, link);
  }

  /** "web", "the node". */
  nameOfHome(id: NamespaceId): string {
    return nameOfNamespace(this.index, id);
  }

  /** What a port, or a bridge itself, lets through; empty where its bridge does not filter VLANs. */
  vlansOf(link: Link): readonly PortVlan[] {
    const bridge = link.kind === 'bridge' ? link : this.index.bridgeOf(link);
    return bridge && filtersVlans(bridge) ? (this.#vlans.get(link.id) ?? []) : [];
  }

  /** The VLAN of frames without a tag; null where there is none, or no VLAN at all. */
  pvidOf(link: Link): number | null {
    return this.vlansOf(link).find(({ pvid }) => pvid)?.first ?? null;
  }
}

/** Whether a bridge keeps VLANs apart (ip-link(8), vlan_filtering). */
export function filtersVlans(bridge: Link): boolean {
  return bridgeSetting(bridge, 'vlan_filtering') === 1;
}

/** A setting of a bridge by its name in `ip -d link`; undefined where this release of iproute2 does not print it. */
export function bridgeSetting({ raw }: Link, name: string): unknown {
  const info = raw['linkinfo'];
  const data = typeof info === 'object' && info !== null && 'info_data' in info ? info.info_data : null;
  return typeof data === 'object' && data !== null
    ? (data as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

const usable = new WeakMap<Link, readonly Address[]>();

/** Addresses of a link that others can use: neither loopback nor link-local. */
export function globalAddresses(link: Link): readonly Address[] {
  const known = usable.get(link);
  if (known) {
    return known;
  }
  const addresses = link.addressDetails.filter(isUsable);
  usable.set(link, addresses);
  return addresses;
}

/** The kernel says so itself; but anybody may give an address another scope (ip-address(8)). */
function isUsable({ address, scope }: Address): boolean {
  return scope !== 'link' && scope !== 'host' && !isLoopback(address) && !isLinkLocal(address);
}

/** "10.244.0.2/24". */
export function withPrefix({ address, prefixLength }: Address): string {
  return `${address}/${prefixLength}`;
}

/** A switch of a namespace or link; undefined where it was not read. */
export function switchOf({ switches }: Namespace | Link, name: string): number | undefined {
  return switches?.[name];
}

/** What rules hand in: the id is made of the rule and the places. */
export interface Draft extends Omit<Finding, 'id' | 'where'> {
  readonly links?: readonly Link[];
  readonly namespaces?: readonly NamespaceId[];
  /** Tells findings of one rule at one place apart. */
  readonly key?: string;
}

/** Names the places of a finding: first the links, and the namespaces that they are in. */
export function findingOf({ links = [], namespaces, key, ...draft }: Draft): Finding {
  const homes = [...new Set(namespaces ?? links.map(({ namespace }) => namespace))];
  const places = links.length > 0 ? links.map(({ id }) => id) : homes;
  return {
    id: [draft.rule, ...places, ...(key === undefined ? [] : [key])].join(' '),
    ...draft,
    title: startOfSentence(draft.title),
    explanation: startOfSentence(draft.explanation),
    where: { namespaces: homes, links: links.map(({ id }) => id) },
  };
}

/** "eth0: <BROADCAST,MULTICAST> mtu 1500 state DOWN". */
export function linkProof(link: Link): Proof {
  const flags = Array.isArray(link.raw['flags']) ? link.raw['flags'].join(',') : link.up ? 'UP' : '';
  const master = typeof link.raw['master'] === 'string' ? ` master ${link.raw['master']}` : '';
  return {
    kind: 'link',
    text: `${link.name}: <${flags}> mtu ${link.mtu}${master} state ${link.operstate}`,
    record: pick(link.raw, ['ifindex', 'ifname', 'flags', 'mtu', 'master', 'operstate', 'address']),
  };
}

export function addressProof(link: Link, address: Address): Proof {
  return {
    kind: 'address',
    text: `${link.name}: inet${address.family === 6 ? '6' : ''} ${withPrefix(address)}`,
    record: address,
  };
}

/** "net.ipv4.ip_forward = 0". */
export function switchProof(name: string, value: number): Proof {
  return { kind: 'switch', text: `net.${name} = ${value}`, record: { [name]: value } };
}

export function portProof(port: Link): Proof {
  const { isolated, learning, flood, hairpin, state } = port.port ?? {};
  const told = Object.entries({ state, isolated, learning, flood, hairpin })
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name} ${value === true ? 'on' : value === false ? 'off' : String(value)}`);
  return { kind: 'port', text: `${port.name}: bridge_slave ${told.join(' ')}`, record: port.port };
}

function pick(record: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => key in record).map((key) => [key, record[key]]));
}
