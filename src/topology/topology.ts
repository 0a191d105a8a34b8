/**
 * The graph of one node at one moment. Plain data: serialisable, the same shape `inspect --json` prints
 * (docs/inspect.schema.json). Ids are strings; what could not be read is in `unknown`, never simply absent.
 */
export interface Topology {
  readonly node: NodeFacts;
  /** ISO 8601 instant, by the clock of the machine Patchbay runs on. */
  readonly takenAt: string;
  readonly namespaces: readonly Namespace[];
  readonly links: readonly Link[];
  readonly edges: readonly Edge[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  readonly neighbours: readonly Neighbour[];
  readonly fdb: readonly FdbEntry[];
  readonly unknown: readonly Unknown[];
}

export interface NodeFacts {
  readonly hostname: string;
  /** `uname -r`. */
  readonly kernel: string;
  /** PRETTY_NAME of os-release, or "". */
  readonly os: string;
  /** First line of `ip -V`, or "". */
  readonly iproute2: string;
  readonly privilege: 'root' | 'sudo' | 'none';
}

/** The inode of `net:[N]`, in decimal. */
export type NamespaceId = string;
/** `${NamespaceId}:${ifindex}`: an ifindex alone repeats in every namespace. */
export type LinkId = string;

export interface Namespace {
  readonly id: NamespaceId;
  /** "node" for the first namespace; else the base name of its first bind mount, else its first process, else the id. */
  readonly name: string;
  /** Paths of all bind mounts, such as /run/netns/web. */
  readonly names: readonly string[];
  readonly root: boolean;
  readonly pod: Pod | null;
  readonly processes: readonly Process[];
  readonly links: readonly LinkId[];
}

/** A namespace seen as a unit of work. */
export interface Pod {
  readonly name: string;
  /** `patchbay`: carries our tag, so we may delete it. `named`: a plain named namespace. `process`: only held by processes. */
  readonly kind: 'patchbay' | 'named' | 'process';
}

export interface Process {
  readonly pid: number;
  /** /proc/PID/comm. */
  readonly name: string;
  /** From the cgroup path where it looks like a container's; else null. */
  readonly containerId: string | null;
}

export interface Link {
  readonly id: LinkId;
  readonly namespace: NamespaceId;
  readonly ifindex: number;
  readonly name: string;
  /** `info_kind` of `ip -d link`; "loopback" or "ether" (…) where the kernel names no kind. */
  readonly kind: string;
  /** Administratively up (IFF_UP). */
  readonly up: boolean;
  /** Lower layer up (IFF_LOWER_UP): false for a cable that is not plugged in. */
  readonly carrier: boolean;
  /** RFC 2863 operational state as iproute2 prints it: "UP", "DOWN", "LOWERLAYERDOWN", "UNKNOWN" … */
  readonly operstate: string;
  /** Lower-case colon form, or null where the link has none. */
  readonly mac: string | null;
  readonly mtu: number;
  /** "10.244.0.2/24", "fe80::1/64". */
  readonly addresses: readonly string[];
  /** The bridge (or bond, vrf …) this link is a port of. */
  readonly master: LinkId | null;
  /** The other end of a veth pair; null where there is none or it is not proven. */
  readonly peer: LinkId | null;
  /** Why `peer` is null on a link that must have one; null elsewhere. */
  readonly peerUnknown: 'not-readable' | 'ambiguous' | null;
  readonly alias: string | null;
  /** True where the alias carries Patchbay's tag. */
  readonly ours: boolean;
  /** Bridge port state ("forwarding", "blocking" …) where it is a port; else null. */
  readonly portState: string | null;
  /** The record as `ip -j -d -s addr` printed it. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** `veth`: both ends (a < b by id). `port`: a is the port, b its bridge. `lower`: a lies on b. `tunnel`: a runs over b. */
export interface Edge {
  readonly kind: 'veth' | 'port' | 'lower' | 'tunnel';
  readonly a: LinkId;
  readonly b: LinkId;
}

export interface Route {
  readonly namespace: NamespaceId;
  readonly table: string;
  readonly type: string;
  /** "default", "10.244.0.0/24" or one address. */
  readonly destination: string;
  readonly gateway: string | null;
  /** Null for routes without a device, and where the device's name is not one of the namespace's links. */
  readonly link: LinkId | null;
  readonly source: string | null;
  readonly scope: string | null;
  readonly protocol: string | null;
  readonly metric: number | null;
  readonly family: 4 | 6;
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface Rule {
  readonly namespace: NamespaceId;
  readonly priority: number;
  readonly source: string;
  readonly table: string | null;
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface Neighbour {
  readonly namespace: NamespaceId;
  readonly link: LinkId | null;
  readonly address: string;
  readonly mac: string | null;
  /** "REACHABLE", "STALE", "FAILED", "PERMANENT" … */
  readonly states: readonly string[];
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface FdbEntry {
  readonly namespace: NamespaceId;
  /** The port behind which the address is. */
  readonly link: LinkId | null;
  /** The bridge whose table it is; null for a device's own ("self") list. */
  readonly bridge: LinkId | null;
  readonly mac: string;
  readonly vlan: number | null;
  /** "permanent", "static", "" for learned. */
  readonly state: string;
  readonly flags: readonly string[];
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Something that could not be read. */
export interface Unknown {
  /** The namespace it concerns, or null for the node. */
  readonly namespace: NamespaceId | null;
  /** What is not known: "links", "routes", "fdb", "processes" … */
  readonly what: string;
  /** Why, in one sentence. */
  readonly reason: string;
  /** What would make it readable; null where nothing is known to. */
  readonly remedy: string | null;
}
