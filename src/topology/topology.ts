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
  /** What bridges that filter VLANs let through at each port. */
  readonly vlans: readonly PortVlan[];
  readonly containers: readonly Container[];
  /** Sockets that wait for peers, of the namespaces where they were read. */
  readonly sockets: readonly Socket[];
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
  /**
   * "node" for the first namespace; else the name of the pod that a runtime made of it, else the base name of its first
   * bind mount, else its first process, else the id.
   */
  readonly name: string;
  /** Paths of all bind mounts, such as /run/netns/web. */
  readonly names: readonly string[];
  readonly root: boolean;
  readonly pod: Pod | null;
  /** Processes that hold it; of the node's own namespace only those of containers (host network). */
  readonly processes: readonly Process[];
  readonly links: readonly LinkId[];
  /**
   * "ipv4.ip_forward", "ipv4.conf.all.rp_filter", "bridge.bridge-nf-call-iptables" …: those that are known. Null where
   * none is.
   */
  readonly switches: Switches | null;
  /** The rule sets of nftables and iptables; null where they were not read, empty where there are none. */
  readonly netfilter: readonly Ruleset[] | null;
  /** The lines of resolv.conf that its programs go by; null where that is not known. */
  readonly resolvConf: string | null;
  /**
   * Parts that are read on demand and nobody asked for: "rules6", "switches", "netfilter", "sockets". What was asked for and
   * could not be read is in `unknown`.
   */
  readonly unread: readonly string[];
  /**
   * When switches, rule sets, rules of IPv6 and sockets were last read whole (ISO 8601): no event tells of changes to them. Null
   * where they were not.
   */
  readonly stateReadAt: string | null;
}

/** Numbers by the names that switches have under /proc/sys/net, with dots. */
export type Switches = Readonly<Record<string, number>>;

export interface Ruleset {
  readonly tool: 'nft' | 'iptables' | 'ip6tables';
  /** As the tool prints it, with counters. */
  readonly text: string;
  /** True where it was too long to be read whole. */
  readonly cut: boolean;
}

/** The processes of one container in one namespace. */
export interface Container {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly namespace: NamespaceId;
  /** By its runtime where `named`; else its first process's. */
  readonly name: string;
  readonly named: boolean;
  /** "podman", "docker", "cri", "nerdctl"; null where none of those at hand knows it. */
  readonly runtime: string | null;
  readonly image: string | null;
  /** It only holds the pod's namespaces (pause, infra). */
  readonly infra: boolean;
  readonly pod: string | null;
  /** The pod's namespace in Kubernetes' sense. */
  readonly podNamespace: string | null;
  readonly pids: readonly number[];
}

export interface Socket {
  readonly namespace: NamespaceId;
  readonly protocol: 'tcp' | 'udp';
  readonly family: 4 | 6;
  /** "0.0.0.0" and "::" for all. */
  readonly address: string;
  readonly port: number;
  readonly processes: readonly { readonly pid: number; readonly name: string }[];
}

/** VLANs `first` to `last` at one port, or at the bridge itself. */
export interface PortVlan {
  readonly namespace: NamespaceId;
  readonly link: LinkId | null;
  readonly first: number;
  readonly last: number;
  /** Frames without a tag belong to it. */
  readonly pvid: boolean;
  /** Frames leave without a tag. */
  readonly untagged: boolean;
}

/** A namespace seen as a unit of work. */
export interface Pod {
  readonly name: string;
  /**
   * `patchbay`: carries our tag, so we may delete it. `podman`, `docker`, `cri`: made by that runtime. `named`: a plain
   * named namespace. `process`: only held by processes.
   */
  readonly kind: 'patchbay' | 'podman' | 'docker' | 'cri' | 'named' | 'process';
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
  /** The same addresses with all that is known of them, in the same order. */
  readonly addressDetails: readonly Address[];
  /** Null where it was read without counters. */
  readonly statistics: LinkStatistics | null;
  /** "bridge" of a macvlan, "l2" of an ipvlan, "active-backup" of a bond, "tap" of a tun device …; else null. */
  readonly mode: string | null;
  /** The id of a vlan link; else null. */
  readonly vlanId: number | null;
  /** Of a tunnel of any kind; else null. */
  readonly tunnel: Tunnel | null;
  /** The peers of a wireguard link; for an Open vSwitch bridge, its ports that have no link of their own. */
  readonly farEnds: readonly FarEnd[];
  /** The member that a bond or team sends through, where it uses one at a time; else null. */
  readonly activeMember: LinkId | null;
  /** Of a port of a Linux bridge; else null. */
  readonly port: PortSettings | null;
  /** The processes that hold the other end of a tun or tap device; empty where they are not known for certain. */
  readonly holders: readonly { readonly pid: number; readonly name: string }[];
  /** "ipv4.forwarding", "ipv4.rp_filter" …; those not told by `ip netconf` are listed where they are not 0. */
  readonly switches: Switches;
  /** The bridge (or bond, vrf …) this link is a port of; of Open vSwitch the bridge, where that is known, not its datapath. */
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

export interface Address {
  /** Without prefix length. */
  readonly address: string;
  readonly prefixLength: number;
  readonly family: 4 | 6;
  /** "global", "link", "host", "site" or a number. */
  readonly scope: string | null;
  /** "dynamic", "deprecated", "tentative", "temporary", "secondary" … */
  readonly flags: readonly string[];
  /** The other side of a point-to-point address. */
  readonly peer: string | null;
  readonly broadcast: string | null;
  readonly label: string | null;
}

export interface Counters {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

export interface LinkStatistics {
  readonly received: Counters;
  readonly sent: Counters;
}

/** Where a tunnel's packets go; null where it does not say, as one that learns its peers. */
export interface Tunnel {
  /** The other end, or the multicast group. */
  readonly remote: string | null;
  readonly local: string | null;
  /** Of vxlan and geneve. */
  readonly vni: number | null;
  /** UDP destination port. */
  readonly port: number | null;
  /** Of GRE. */
  readonly key: string | null;
}

/** Where a link leads that has several other ends, or one that only a program of user space knows. */
export interface FarEnd {
  /** The public key of a wireguard peer, the name of an Open vSwitch port. */
  readonly name: string;
  /** "wireguard", "vxlan", "patch" … */
  readonly kind: string;
  /** Of the other end; of a patch the name of the other port. Null where it is not known. */
  readonly address: string | null;
  readonly port: number | null;
  /** Prefixes that lead there. */
  readonly networks: readonly string[];
  /** ISO 8601 instant; null for never, and where there are no handshakes. */
  readonly lastHandshakeAt: string | null;
}

/** How a bridge treats one of its ports; null where this release of iproute2 does not say. */
export interface PortSettings {
  /** "forwarding", "blocking", "learning", "listening", "disabled": that of the spanning tree. */
  readonly state: string | null;
  readonly priority: number | null;
  readonly cost: number | null;
  /** Frames may leave where they came in. */
  readonly hairpin: boolean | null;
  /** It reaches no other isolated port. */
  readonly isolated: boolean | null;
  readonly learning: boolean | null;
  /** Frames to unknown addresses go out here. */
  readonly flood: boolean | null;
  /** A BPDU takes it down. */
  readonly guard: boolean | null;
  readonly rootBlock: boolean | null;
  readonly neighbourSuppression: boolean | null;
  readonly vlanTunnel: boolean | null;
}

/**
 * `veth`: both ends (a < b by id). `port`: a is the port, b its bridge. `member`: a is a member of the bond, team or vrf b.
 * `lower`: a lies on b. `tunnel`: a runs over b.
 */
export interface Edge {
  readonly kind: 'veth' | 'port' | 'member' | 'lower' | 'tunnel';
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
  readonly family: 4 | 6;
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
