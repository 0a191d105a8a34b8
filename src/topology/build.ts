/** Records → graph. Pure: no I/O, no editor; the same snapshot always gives the same topology. */
import type { FdbRecord, LinkRecord, NeighbourRecord, RouteRecord, RuleRecord } from '../iproute/records.ts';
import type { NamespaceSnapshot, Snapshot, UnknownRecord } from '../iproute/snapshot.ts';
import { groupBy } from '../util/collections.ts';
import { containersOf, runtimePod } from './containers.ts';
import {
  addressesOf,
  linkSwitches,
  modeOf,
  namespaceSwitches,
  portOf,
  statisticsOf,
  tunnelKinds,
  tunnelOf,
  vlanIdOf,
} from './linkSettings.ts';
import { activeMemberOf, farEndsOf, masterNameOf, ovsVlansOf, runnerOf } from './overlays.ts';
import { doWhole, flatMapSliced, mapEachSliced, type Sliced } from '../util/sliced.ts';
import { isPaired, linkId, pairVeths, type Pairing } from './pairing.ts';
import { ownPodName, isOurs } from './tag.ts';
import type {
  Container,
  Edge,
  FdbEntry,
  Link,
  LinkId,
  Namespace,
  Neighbour,
  Pod,
  PortVlan,
  Route,
  Rule,
  Socket,
  Switches,
  Topology,
} from './topology.ts';

/** What the builders of one namespace's parts share. */
interface Scope {
  readonly namespace: NamespaceSnapshot;
  /** Names are unique within a namespace. */
  readonly byName: ReadonlyMap<string, LinkRecord>;
  readonly pairing: Pairing;
  readonly containers: readonly Container[];
  /** What is not known of this namespace. */
  readonly unknown: readonly UnknownRecord[];
  /** When the state of the node's own namespace was read. */
  readonly stateReadAt: string | null;
  /** Of single links, by their names. */
  readonly switches: ReadonlyMap<string, Switches>;
  /** Processes by the name of the tun device that they hold, where only one device has that name. */
  readonly tunHolders: ReadonlyMap<string, Link['holders']>;
}

/** Builds the graph of a snapshot. What the snapshot does not know is in `unknown`, with its reason. */
export function buildTopology(
  snapshot: Snapshot,
  pairing: Pairing = pairVeths(snapshot.namespaces),
): Topology {
  return doWhole(buildTopologySliced(snapshot, pairing));
}

/** As `buildTopology`, to be interrupted between records. */
export function* buildTopologySliced(snapshot: Snapshot, pairing: Pairing): Sliced<Topology> {
  const records = new Map(snapshot.containers.map((container) => [container.id, container]));
  const tunHolders = yield* tunHoldersOf(snapshot);
  const unknown = groupBy(snapshot.unknown, (one) => one.namespace);
  const scopes: Scope[] = [];
  for (const namespace of snapshot.namespaces) {
    scopes.push({
      namespace,
      containers: containersOf(namespace, records),
      unknown: unknown.get(namespace.id) ?? [],
      stateReadAt: snapshot.stateReadAt,
      switches: yield* linkSwitches(namespace.netconf, namespace.state?.sysctls ?? null),
      tunHolders,
      byName: new Map((namespace.links ?? []).map((link) => [link.ifname, link])),
      pairing,
    });
    yield;
  }
  return {
    node: snapshot.node,
    takenAt: snapshot.takenAt,
    namespaces: yield* flatMapSliced(scopes, (scope) => [buildNamespace(scope)]),
    links: yield* mapEachSliced(scopes, ({ namespace }) => namespace.links, buildLink),
    edges: yield* buildEdges(scopes),
    routes: yield* mapEachSliced(scopes, ({ namespace }) => namespace.routes, buildRoute),
    rules: yield* flatMapSliced(scopes, ({ namespace }) => [
      ...(namespace.rules ?? []).map((record) => buildRule(namespace.id, record, 4)),
      ...(namespace.state?.rules6 ?? []).map((record) => buildRule(namespace.id, record, 6)),
    ]),
    neighbours: yield* mapEachSliced(scopes, ({ namespace }) => namespace.neighbours, buildNeighbour),
    fdb: yield* mapEachSliced(scopes, ({ namespace }) => namespace.fdb, buildFdbEntry),
    vlans: yield* flatMapSliced(scopes, buildVlans),
    containers: scopes.flatMap(({ containers }) => containers),
    sockets: yield* flatMapSliced(scopes, buildSockets),
    unknown: snapshot.unknown,
  };
}

function buildNamespace({ namespace, containers, unknown, stateReadAt }: Scope): Namespace {
  const { id, root, paths, processes, links, netconf, state } = namespace;
  const made = root ? null : runtimePod(containers);
  const name = made?.name ?? nameOf(namespace);
  return {
    id,
    name,
    names: paths,
    root,
    pod: root ? null : (made ?? podOf(namespace, name)),
    processes,
    links: (links ?? []).map(({ ifindex }) => linkId(id, ifindex)),
    switches: namespaceSwitches(netconf, state?.sysctls ?? null),
    netfilter: state?.netfilter ?? null,
    resolvConf: state?.resolvConf ?? null,
    unread: unreadParts(namespace, unknown),
    stateReadAt: latest([state?.detailsReadAt ?? null, root ? stateReadAt : null]),
  };
}

/** Of instants in ISO 8601. */
function latest(instants: readonly (string | null)[]): string | null {
  return (
    instants
      .filter((instant) => instant !== null)
      .toSorted()
      .at(-1) ?? null
  );
}

/** Parts that nobody asked for yet, in the words of the namespace's own fields; what could not be read was asked for. */
function unreadParts({ state }: NamespaceSnapshot, unknown: readonly UnknownRecord[]): string[] {
  const parts = {
    rules6: state?.rules6,
    switches: state?.sysctls,
    sockets: state?.sockets,
    netfilter: state?.netfilter,
  };
  const failed = unknown.map(({ what }) => what.split(' ', 1)[0] ?? '');
  return Object.entries(parts).flatMap(([part, value]) =>
    value !== null && value !== undefined
      ? []
      : failed.includes(part) || failed.includes('state')
        ? []
        : [part],
  );
}

/** A holder tells its device's name alone: where several devices have it, it may be any. */
function* tunHoldersOf({ namespaces, tunHolders }: Snapshot): Sliced<Map<string, Link['holders']>> {
  const tuns = yield* flatMapSliced(namespaces, ({ links }) =>
    (links ?? []).filter(({ linkinfo }) => linkinfo?.info_kind === 'tun').map(({ ifname }) => ifname),
  );
  const certain = tunHolders.filter(({ link }) => tuns.filter((name) => name === link).length === 1);
  return new Map(
    [...groupBy(certain, ({ link }) => link)].map(([link, holders]) => [
      link,
      holders.map(({ pid, name }) => ({ pid, name })),
    ]),
  );
}

function nameOf({ id, root, paths, processes }: NamespaceSnapshot): string {
  if (root) {
    return 'node';
  }
  const path = paths.find((candidate) => candidate.startsWith('/run/netns/')) ?? paths[0];
  return path?.slice(path.lastIndexOf('/') + 1) ?? processes[0]?.name ?? id;
}

function podOf({ paths, links }: NamespaceSnapshot, name: string): Pod {
  if (paths.length === 0) {
    return { name, kind: 'process' };
  }
  const tagged = (links ?? []).some(({ ifalias }) => ownPodName(ifalias) === name);
  return { name, kind: tagged ? 'patchbay' : 'named' };
}

function buildLink(scope: Scope, record: LinkRecord): Link {
  const { namespace, pairing, switches, tunHolders } = scope;
  const id = linkId(namespace.id, record.ifindex);
  const addressDetails = addressesOf(record);
  return {
    id,
    namespace: namespace.id,
    ifindex: record.ifindex,
    name: record.ifname,
    kind: record.linkinfo?.info_kind ?? record.link_type ?? 'unknown',
    up: record.flags.includes('UP'),
    carrier: record.flags.includes('LOWER_UP'),
    operstate: record.operstate,
    mac: record.address?.toLowerCase() ?? null,
    mtu: record.mtu,
    addresses: addressDetails.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    addressDetails,
    statistics: statisticsOf(record),
    mode: modeOf(record) ?? runnerOf(namespace, record),
    vlanId: vlanIdOf(record),
    tunnel: tunnelOf(record),
    farEnds: farEndsOf(namespace, record.ifname),
    activeMember: linkNamed(scope, activeMemberOf(namespace, record) ?? undefined),
    port: portOf(record),
    holders: record.linkinfo?.info_kind === 'tun' ? (tunHolders.get(record.ifname) ?? []) : [],
    switches: switches.get(record.ifname) ?? {},
    master: linkNamed(scope, masterNameOf(namespace, record)),
    peer: pairing.peers.get(id) ?? null,
    peerUnknown: pairing.unproven.get(id) ?? null,
    alias: record.ifalias ?? null,
    ours: isOurs(record.ifalias),
    portState:
      record.linkinfo?.info_slave_kind === 'bridge' ? (record.linkinfo.info_slave_data?.state ?? null) : null,
    raw: record,
  };
}

function* buildEdges(scopes: readonly Scope[]): Sliced<Edge[]> {
  const edges = yield* mapEachSliced(
    scopes,
    ({ namespace }) => namespace.links,
    (scope, record) => [
      ...vethEdge(scope, record),
      ...masterEdge(scope, record),
      ...lowerEdge(scope, record),
    ],
  );
  return edges.flat();
}

/** One edge a pair, told by the end whose id sorts first. */
function vethEdge({ namespace, pairing }: Scope, record: LinkRecord): Edge[] {
  const a = linkId(namespace.id, record.ifindex);
  const b = pairing.peers.get(a);
  return b !== undefined && a < b ? [{ kind: 'veth', a, b }] : [];
}

/** Masters that are no bridge: what belongs to them shares their work, it is not plugged into them. */
const groupKinds = new Set(['bond', 'team', 'vrf']);

function masterEdge({ namespace, byName }: Scope, record: LinkRecord): Edge[] {
  const master = byName.get(masterNameOf(namespace, record) ?? '');
  if (master === undefined) {
    return [];
  }
  const kind = groupKinds.has(master.linkinfo?.info_kind ?? '') ? 'member' : 'port';
  return [{ kind, a: linkId(namespace.id, record.ifindex), b: linkId(namespace.id, master.ifindex) }];
}

function lowerEdge(scope: Scope, record: LinkRecord): Edge[] {
  if (isPaired(record)) {
    return [];
  }
  const b = lowerOf(scope, record);
  const kind = tunnelKinds.has(record.linkinfo?.info_kind ?? '') ? 'tunnel' : 'lower';
  return b === null ? [] : [{ kind, a: linkId(scope.namespace.id, record.ifindex), b }];
}

/** The link that a vlan, macvlan, vxlan … lies on: by name in its own namespace, through a proven nsid in another. */
function lowerOf({ namespace, byName, pairing }: Scope, record: LinkRecord): LinkId | null {
  if (record.link_netnsid !== undefined) {
    const other = pairing.nsids.get(namespace.id)?.get(record.link_netnsid);
    return other === undefined ? null : linkId(other, record.link_index ?? record.ifindex);
  }
  const lower = byName.get(record.link ?? underlayOf(record) ?? '');
  return lower === undefined ? null : linkId(namespace.id, lower.ifindex);
}

/** A tunnel names the link it runs over in its own data (iproute2: ip/iplink_vxlan.c, vxlan_print_opt). */
function underlayOf({ linkinfo }: LinkRecord): string | undefined {
  const data = linkinfo?.info_data;
  return typeof data === 'object' && data !== null && 'link' in data && typeof data.link === 'string'
    ? data.link
    : undefined;
}

function linkNamed({ namespace, byName }: Scope, name: string | undefined): LinkId | null {
  const record = name === undefined ? undefined : byName.get(name);
  return record === undefined ? null : linkId(namespace.id, record.ifindex);
}

function buildRoute(scope: Scope, record: RouteRecord): Route {
  const gateway = record.gateway ?? record.via?.host ?? null;
  const addresses = [record.dst, gateway, record.prefsrc];
  return {
    namespace: scope.namespace.id,
    table: record.table ?? 'main',
    type: record.type ?? 'unicast',
    destination: record.dst,
    gateway,
    link: linkNamed(scope, record.dev),
    source: record.prefsrc ?? null,
    scope: record.scope ?? null,
    protocol: record.protocol ?? null,
    metric: record.metric ?? null,
    // "pref" is printed for IPv6 alone (RFC 4191), which tells the families of two default routes apart.
    family: addresses.some((address) => address?.includes(':')) || 'pref' in record ? 6 : 4,
    raw: record,
  };
}

function buildVlans(scope: Scope): PortVlan[] {
  const { id, vlans: filtered } = scope.namespace;
  const ofBridges = (filtered ?? []).flatMap(({ ifname, vlans }) =>
    vlans.map(({ vlan, vlanEnd, flags }) => ({
      namespace: id,
      link: linkNamed(scope, ifname),
      first: vlan,
      last: vlanEnd ?? vlan,
      pvid: flags.includes('PVID'),
      untagged: flags.includes('Egress Untagged'),
    })),
  );
  const ofSwitches = ovsVlansOf(scope.namespace).map(({ ifname, ...vlan }) => ({
    ...{ namespace: id, link: linkNamed(scope, ifname), ...vlan },
  }));
  return [...ofBridges, ...ofSwitches];
}

function buildSockets({ namespace: { id, state } }: Scope): Socket[] {
  return (state?.sockets ?? []).map((socket) => ({ namespace: id, ...socket }));
}

function buildRule(namespace: string, record: RuleRecord, family: 4 | 6): Rule {
  const source = record.src ?? 'all';
  return {
    namespace,
    priority: record.priority,
    source: record.srclen === undefined ? source : `${source}/${record.srclen}`,
    table: record.table ?? null,
    family,
    raw: record,
  };
}

function buildNeighbour(scope: Scope, record: NeighbourRecord): Neighbour {
  return {
    namespace: scope.namespace.id,
    link: linkNamed(scope, record.dev),
    address: record.dst,
    mac: record.lladdr?.toLowerCase() ?? null,
    states: record.state,
    raw: record,
  };
}

function buildFdbEntry(scope: Scope, record: FdbRecord): FdbEntry {
  return {
    namespace: scope.namespace.id,
    link: linkNamed(scope, record.ifname),
    bridge: linkNamed(scope, record.master),
    mac: record.mac.toLowerCase(),
    vlan: record.vlan ?? null,
    state: record.state,
    flags: record.flags,
    raw: record,
  };
}
