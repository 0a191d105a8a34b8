/** What a tool's complaint means for people, and what would make the section readable. Pure. */

interface Meaning {
  readonly complaint: RegExp;
  /** Said in place of the complaint, where that is not for people. */
  readonly reason?: string;
  readonly remedy: string;
}

const installIproute2 =
  'Install iproute2 4.17 or newer (apt install iproute2, dnf install iproute, apk add iproute2).';

/** The first that fits. Shells say "sh: 1: exec: bridge: not found" (dash), "exec: line 3: bridge: not found" (ash). */
const meanings: readonly Meaning[] = [
  {
    complaint: /\bip: (?:command )?not found/,
    reason: 'The node has no `ip` command.',
    remedy: installIproute2,
  },
  {
    complaint: /^BusyBox .*multi-call binary|^ip: (?:invalid|unrecognized|either )/,
    reason: 'The `ip` of the node is busybox’s, which cannot tell this.',
    remedy: installIproute2,
  },
  {
    complaint: /^Option "-[a-z]+" is unknown/,
    reason: 'The `ip` of the node is too old to print JSON.',
    remedy: installIproute2,
  },
  {
    complaint: /\bbridge: (?:command )?not found/,
    reason: 'The node has no `bridge` command.',
    remedy:
      'Install the `bridge` tool of iproute2 (apt install iproute2, dnf install iproute, apk add iproute2).',
  },
  {
    complaint: /\bnsenter: (?:command )?not found|failed to execute nsenter/,
    reason: 'The node has no `nsenter` command, which leads into a namespace without a name.',
    remedy:
      'Install `nsenter` (util-linux), or give the namespace a name: `ip netns attach NAME PID` makes it readable.',
  },
  {
    complaint: /Object "\w+" is unknown|invalid option -- |unrecognized option/,
    remedy: 'Install iproute2 4.17 or newer; busybox ip and older releases cannot tell this.',
  },
  {
    complaint: /^The `(?:ip|bridge)` of the node|^The node has no `ip`/,
    remedy: installIproute2,
  },
  {
    complaint: /^The node has no `wg`/,
    remedy:
      'Install wireguard-tools (apt install wireguard-tools, dnf install wireguard-tools, apk add wireguard-tools).',
  },
  {
    complaint: /^The node has no `teamdctl`/,
    remedy: 'Install libteam’s tools (apt install libteam-utils, dnf install teamd).',
  },
  {
    complaint: /^The node has no `ovs-vsctl`/,
    remedy: 'Install Open vSwitch’s tools (apt install openvswitch-switch, dnf install openvswitch).',
  },
  {
    complaint: /database connection failed/,
    remedy: 'Start Open vSwitch’s database (systemctl start ovsdb-server), and connect as root.',
  },
  {
    complaint: /^The `find` of the node/,
    remedy: 'Install GNU find (findutils).',
  },
  {
    complaint: /^Neither nft nor iptables/,
    remedy: 'Install nftables (apt install nftables, dnf install nftables, apk add nftables).',
  },
  {
    complaint: /invalid JSON/,
    remedy: 'Update iproute2 on the node: this release prints broken JSON here.',
  },
  {
    complaint: /Operation not permitted|Permission denied/i,
    remedy: 'Connect as root, or allow this account to run sudo without a password (NOPASSWD).',
  },
  {
    complaint: /^RTNETLINK answers: (?:Operation|Protocol) not supported|Dump terminated/,
    remedy: 'The kernel of the node was built without it: there is nothing to read.',
  },
];

/** A complaint in words for people, and what would make readable what failed for it; null where nothing is known to. */
export function explain(complaint: string): { readonly reason: string; readonly remedy: string | null } {
  const meaning = meanings.find((candidate) => candidate.complaint.test(complaint));
  return { reason: meaning?.reason ?? complaint, remedy: meaning?.remedy ?? null };
}

/** Why `ip` can tell nothing at all, by what it said, or the shell of it; null where that is not why. */
export function ipProblemOf(complaint: string): string | null {
  const { reason } = explain(complaint);
  return /^The (?:`ip` of the node|node has no `ip`)/.test(reason) ? reason : null;
}
