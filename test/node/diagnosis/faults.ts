import type { ProbeWish } from '../../../src/trace/probe.ts';

/** Faults of a node: how each is made, the probe that it breaks, and what is to be found. */

export interface Probe {
  readonly from: string;
  readonly to: string;
  /** A short ping where it is left out. */
  readonly wish?: ProbeWish;
}

export interface Fault {
  readonly name: string;
  /** Shell commands, run after `wiring` and before the probe is known to work. */
  readonly setup?: string;
  /** Shell commands that break it. */
  readonly inject: string;
  readonly probe: Probe;
  /** The rule that is to come first. */
  readonly rule: string;
  /** One of the places that it is to name: "eth0 of web", or "web" for a namespace. */
  readonly place: string;
  /** The rule is to be found without a probe, too. */
  readonly isStatic: boolean;
}

const webToDb: Probe = { from: 'web', to: 'db' };
const webToFar: Probe = { from: 'web', to: 'far' };

/** Rules of their own, so that none of the machine's tools needs to be there. */
const nftDrop = (family: string, hook: string, rule: string, policy = 'accept'): string =>
  `nft -f - <<'END'
table ${family} guard {
  chain ${hook} {
    type filter hook ${hook} priority 0; policy ${policy};
    ${rule}
  }
}
END`;

export const faults: readonly Fault[] = [
  {
    name: 'pod link down',
    inject: 'ip -n web link set eth0 down',
    probe: webToDb,
    rule: 'link-down',
    place: 'eth0 of web',
    isStatic: true,
  },
  {
    name: 'the other pod’s link down',
    inject: 'ip -n db link set eth0 down',
    probe: webToDb,
    rule: 'link-down',
    place: 'eth0 of db',
    isStatic: true,
  },
  {
    name: 'host veth down',
    inject: 'ip link set veth-db down',
    probe: webToDb,
    rule: 'link-down',
    place: 'veth-db',
    isStatic: true,
  },
  {
    name: 'veth not on the bridge',
    inject: 'ip link set veth-db nomaster',
    probe: webToDb,
    rule: 'not-on-bridge',
    place: 'veth-db',
    isStatic: true,
  },
  {
    name: 'veth on another bridge',
    inject: 'ip link set veth-web nomaster; ip link set veth-web master cbr1',
    probe: webToDb,
    rule: 'not-on-bridge',
    place: 'veth-web',
    isStatic: true,
  },
  {
    name: 'bridge down',
    inject: 'ip link set cbr0 down',
    probe: webToDb,
    rule: 'bridge-down',
    place: 'cbr0',
    isStatic: true,
  },
  {
    name: 'no address',
    inject: 'ip -n web addr flush dev eth0',
    probe: { from: 'web', to: '10.244.0.3' },
    rule: 'no-address',
    place: 'eth0 of web',
    isStatic: true,
  },
  {
    name: 'prefix too long',
    inject: 'ip -n web addr flush dev eth0; ip -n web addr add 10.244.0.2/32 dev eth0',
    probe: { from: 'web', to: '10.244.0.3' },
    rule: 'wrong-prefix',
    place: 'eth0 of web',
    isStatic: true,
  },
  {
    name: 'prefix too short',
    inject: 'ip -n web addr add 10.244.0.2/8 dev eth0; ip -n web addr del 10.244.0.2/24 dev eth0',
    probe: { from: 'web', to: '10.245.0.2' },
    rule: 'wrong-prefix',
    place: 'eth0 of web',
    isStatic: true,
  },
  {
    name: 'no default route',
    inject: 'ip -n web route del default',
    probe: { from: 'web', to: '10.245.0.2' },
    rule: 'no-default-route',
    place: 'eth0 of web',
    isStatic: true,
  },
  {
    name: 'no default route for the answer',
    inject: 'ip -n far route del default',
    probe: { from: 'web', to: '10.245.0.2' },
    rule: 'no-default-route',
    place: 'eth0 of far',
    isStatic: true,
  },
  {
    name: 'duplicate address',
    inject: `ip -n third addr add 10.244.0.3/24 dev eth0
      ip -n third neigh flush all; ip -n web neigh flush all
      ip netns exec third ping -c 1 -W 1 -I 10.244.0.3 10.244.0.2 >/dev/null || :`,
    probe: { from: 'web', to: '10.244.0.3' },
    rule: 'duplicate-address',
    place: 'eth0 of db',
    isStatic: true,
  },
  {
    // The bridge believes who spoke last: the other one keeps speaking, else it is chance who gets the probe.
    name: 'duplicate MAC',
    inject: `ip -n third link set eth0 address "$(ip netns exec db cat /sys/class/net/eth0/address)"
      ip netns exec third ping -i 0.05 10.244.0.1 >/dev/null 2>&1 </dev/null &`,
    probe: { from: 'web', to: '10.244.0.3' },
    rule: 'duplicate-mac',
    place: 'eth0 of third',
    isStatic: true,
  },
  {
    name: 'br_netfilter with FORWARD DROP (nft)',
    inject: `echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
      ${nftDrop('ip', 'forward', '', 'drop')}`,
    probe: webToDb,
    rule: 'bridge-filtered',
    place: 'cbr0',
    isStatic: true,
  },
  {
    name: 'br_netfilter with FORWARD DROP (iptables-legacy)',
    inject: `echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
      iptables-legacy -P FORWARD DROP`,
    probe: webToDb,
    rule: 'bridge-filtered',
    place: 'cbr0',
    isStatic: true,
  },
  {
    name: 'nftables drop in the bridge family',
    inject: nftDrop('bridge', 'forward', 'ip saddr 10.244.0.2 ip daddr 10.244.0.3 counter drop'),
    probe: webToDb,
    rule: 'filter-drops-probe',
    place: 'veth-db',
    isStatic: false,
  },
  {
    name: 'a drop in the pod’s own input chain',
    inject: `ip netns exec db sh -c "$(cat <<'OUTER'
${nftDrop('inet', 'input', 'icmp type echo-request drop')}
OUTER
)"`,
    probe: webToDb,
    rule: 'filter-drops-probe',
    place: 'db',
    isStatic: false,
  },
  {
    name: 'an answer dropped on its way out',
    inject: `ip netns exec db iptables -A OUTPUT -d 10.244.0.2 -j DROP`,
    probe: webToDb,
    rule: 'filter-drops-probe',
    place: 'db',
    isStatic: false,
  },
  {
    name: 'routed traffic dropped',
    inject: nftDrop('inet', 'forward', 'iifname "cbr0" oifname "cbr1" reject'),
    probe: webToFar,
    rule: 'filter-drops-probe',
    place: 'node',
    isStatic: false,
  },
  {
    name: 'ip_forward off between two bridges',
    inject: 'echo 0 >/proc/sys/net/ipv4/ip_forward',
    probe: { from: 'web', to: '10.245.0.2' },
    rule: 'forwarding-off',
    place: 'node',
    isStatic: true,
  },
  {
    name: 'MTU too small on the way (DF)',
    inject: 'ip link set veth-db mtu 1400',
    probe: { ...webToDb, wish: { kind: 'icmp', payloadBytes: 1472, dontFragment: true } },
    rule: 'mtu-too-small',
    place: 'veth-db',
    isStatic: true,
  },
  {
    name: 'MTU too small at the far end (DF)',
    inject: 'ip -n db link set eth0 mtu 1300',
    probe: { ...webToDb, wish: { kind: 'icmp', payloadBytes: 1400, dontFragment: true } },
    rule: 'mtu-too-small',
    place: 'eth0 of db',
    isStatic: true,
  },
  {
    name: 'port not forwarding, by hand',
    inject: 'bridge link set dev veth-db state 0',
    probe: webToDb,
    rule: 'port-not-forwarding',
    place: 'veth-db',
    isStatic: true,
  },
  {
    name: 'STP port not forwarding',
    inject: `ip link set dev cbr0 type bridge stp_state 1
      ip link set veth-db nomaster; ip link set veth-db master cbr0`,
    probe: webToDb,
    rule: 'port-not-forwarding',
    place: 'veth-db',
    isStatic: true,
  },
  {
    name: 'isolated ports',
    inject: `ip link set dev veth-web type bridge_slave isolated on
      ip link set dev veth-db type bridge_slave isolated on`,
    probe: webToDb,
    rule: 'isolated-ports',
    place: 'veth-db',
    isStatic: true,
  },
  {
    name: 'a wrong permanent neighbour',
    inject: 'ip -n web neigh replace 10.244.0.3 lladdr 02:00:00:00:00:99 dev eth0 nud permanent',
    probe: { from: 'web', to: '10.244.0.3' },
    rule: 'wrong-neighbour',
    place: 'eth0 of web',
    isStatic: true,
  },
  {
    name: 'ICMP echo ignored',
    inject: 'ip netns exec db sh -c "echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all"',
    probe: { from: 'web', to: '10.244.0.3' },
    rule: 'echo-ignored',
    place: 'db',
    isStatic: true,
  },
  {
    name: 'lo down',
    inject: 'ip -n web link set lo down',
    probe: { from: 'web', to: '10.244.0.2' },
    rule: 'loopback-down',
    place: 'lo of web',
    isStatic: true,
  },
  {
    name: 'FDB learning and flooding both off',
    inject: `ip link set dev veth-db type bridge_slave learning off flood off fdb_flush`,
    probe: webToDb,
    rule: 'port-not-reached',
    place: 'veth-db',
    isStatic: true,
  },
  {
    name: 'blackhole route',
    inject: 'ip route add blackhole 10.245.0.2',
    probe: { from: 'web', to: '10.245.0.2' },
    rule: 'refusing-route',
    place: 'node',
    isStatic: true,
  },
  {
    name: 'a policy rule that diverts',
    inject: `ip link add sink type veth peer name sunk; ip link set sink up; ip link set sunk up
      ip route add default dev sink table 77; ip rule add from 10.244.0.2 lookup 77`,
    probe: { from: 'web', to: '10.245.0.2' },
    rule: 'diverting-rule',
    place: 'node',
    isStatic: true,
  },
  {
    name: 'rp_filter dropping an asymmetric way',
    setup: `ip link add side type veth peer name eth1 netns web
      ip link set side up; ip addr add 10.99.0.1/24 dev side
      ip -n web addr add 10.99.0.2/24 dev eth1; ip -n web link set eth1 up
      echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 0 >/proc/sys/net/ipv4/conf/side/rp_filter
      ip -n web route add 10.245.0.0/24 via 10.99.0.1 src 10.244.0.2`,
    inject: 'echo 1 >/proc/sys/net/ipv4/conf/side/rp_filter',
    probe: { from: 'web', to: '10.245.0.2' },
    rule: 'reverse-path-filter',
    place: 'side',
    isStatic: false,
  },
];

/** Needs a kernel whose bridges filter VLANs; where this machine's does not, it is held under another (test/node/otherKernel). */
export const vlanFault: Fault = {
  name: 'bridge VLAN filtering mismatch',
  setup: 'ip link set dev cbr0 type bridge vlan_filtering 1',
  inject: 'bridge vlan add dev veth-db vid 20 pvid untagged; bridge vlan del dev veth-db vid 1',
  probe: webToDb,
  rule: 'vlan-mismatch',
  place: 'veth-db',
  isStatic: true,
};
