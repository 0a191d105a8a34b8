/** What a tool's complaint means for people, and what would make the section readable. Pure. */

interface Remedy {
  readonly complaint: RegExp;
  readonly remedy: string;
}

/** The first that fits. Shells say "sh: 1: exec: bridge: not found" (dash), "exec: line 3: bridge: not found" (ash). */
const remedies: readonly Remedy[] = [
  {
    complaint: /\bbridge: (?:command )?not found/,
    remedy:
      'Install the `bridge` tool of iproute2 (apt install iproute2, dnf install iproute, apk add iproute2).',
  },
  {
    complaint: /\bnsenter: (?:command )?not found/,
    remedy:
      'Install `nsenter` (util-linux), or give the namespace a name: `ip netns attach NAME PID` makes it readable.',
  },
  {
    complaint:
      /BusyBox|Option "-[a-z]+" is unknown|Object "\w+" is unknown|invalid option -- |unrecognized option/,
    remedy: 'Install iproute2 4.17 or newer; busybox ip and older releases cannot tell this.',
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

/** What would make readable what failed for this reason; null where nothing is known to. */
export function remedyFor(reason: string): string | null {
  return remedies.find(({ complaint }) => complaint.test(reason))?.remedy ?? null;
}
