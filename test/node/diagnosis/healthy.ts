/** Random nodes on which everything is as somebody may well want it: nothing of it is a fault. */
import fc from 'fast-check';

interface BridgeModel {
  /** Without one it only switches. */
  readonly routed: boolean;
  readonly prefix: number;
  readonly stp: boolean;
  readonly mtu: number;
  readonly pods: readonly PodModel[];
}

interface PodModel {
  readonly hasDefault: boolean;
  readonly hasIpv6: boolean;
  readonly isolated: boolean;
  readonly ignoresPings: boolean;
  readonly hasFirewall: boolean;
  /** A cable of its own to the node, routed to and not bridged. */
  readonly hasSide: boolean;
}

export interface HealthyModel {
  readonly bridges: readonly BridgeModel[];
  /** Cables that lie about: down, or up and without addresses. */
  readonly spare: readonly boolean[];
  readonly hasFirewall: boolean;
  readonly filtersBridges: boolean;
  readonly hasBlackhole: boolean;
  readonly hasPolicy: boolean;
  /** A router in a pod between the first two bridges. */
  readonly hasRouterPod: boolean;
}

const rarely = fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0);

const pod: fc.Arbitrary<PodModel> = fc.record({
  hasDefault: rarely.map((drawn) => !drawn),
  hasIpv6: fc.boolean(),
  isolated: rarely,
  ignoresPings: rarely,
  hasFirewall: rarely,
  hasSide: rarely,
});

const bridge: fc.Arbitrary<BridgeModel> = fc.record({
  routed: rarely.map((drawn) => !drawn),
  prefix: fc.constantFrom(16, 20, 24, 26),
  stp: rarely,
  mtu: fc.constantFrom(1400, 1500, 9000),
  pods: fc.array(pod, { maxLength: 5 }),
});

export const healthyModel: fc.Arbitrary<HealthyModel> = fc.record({
  bridges: fc.array(bridge, { minLength: 1, maxLength: 3 }),
  spare: fc.array(fc.boolean(), { maxLength: 2 }),
  hasFirewall: fc.boolean(),
  filtersBridges: fc.boolean(),
  hasBlackhole: fc.boolean(),
  hasPolicy: rarely,
  hasRouterPod: rarely,
});

/** The commands that make the model real, for `sh -e`. */
export function healthyScript(model: HealthyModel): string {
  return [
    'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; ip link set lo up',
    `echo ${model.filtersBridges ? 1 : 0} >/proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || :`,
    ...model.bridges.flatMap(bridgeScript),
    ...model.spare.map(
      (up, i) =>
        `ip link add spare${i} type veth peer name eraps${i}; ${up ? `ip link set spare${i} up` : ':'}`,
    ),
    ...(model.hasFirewall ? [firewall] : []),
    // A block is refused as a whole, what is in use of it is not: as routing daemons do with what they announce.
    ...(model.hasBlackhole
      ? ['ip route add blackhole 10.0.0.0/8', 'ip route add unreachable 172.31.0.0/16']
      : []),
    ...(model.hasPolicy
      ? ['ip rule add fwmark 0x9 lookup 99', 'ip rule add from 192.0.2.0/24 lookup main']
      : []),
    ...(model.hasRouterPod ? routerScript(model) : []),
  ].join('\n');
}

/** Room for prefixes of 16 bits and more. */
const networkOf = (i: number): string => `10.${10 + i}`;

function bridgeScript(model: BridgeModel, i: number): string[] {
  const name = `br${i}`;
  const network = networkOf(i);
  return [
    `ip link add ${name} type bridge stp_state ${model.stp ? 1 : 0}`,
    ...(model.routed
      ? [
          `ip addr add ${network}.0.1/${model.prefix} dev ${name}`,
          `ip -6 addr add fd00:${10 + i}::1/64 dev ${name} nodad`,
        ]
      : []),
    `ip link set ${name} up`,
    ...model.pods.flatMap((one, j) => podScript(model, one, i, j)),
  ];
}

function podScript({ routed, prefix, mtu }: BridgeModel, one: PodModel, i: number, j: number): string[] {
  const name = `p${i}-${j}`;
  const inside = `ip -n ${name}`;
  return [
    `ip netns add ${name}; ${inside} link set lo up`,
    `ip link add h${i}-${j} mtu ${mtu} type veth peer name eth0 mtu ${mtu} netns ${name}`,
    `ip link set h${i}-${j} up master br${i}`,
    `${inside} addr add ${networkOf(i)}.0.${10 + j}/${prefix} dev eth0; ${inside} link set eth0 up`,
    ...(one.hasIpv6 ? [`${inside} addr add fd00:${10 + i}::${10 + j}/64 dev eth0 nodad`] : []),
    ...(routed && one.hasDefault ? [`${inside} route add default via ${networkOf(i)}.0.1`] : []),
    ...(one.isolated ? [`ip link set dev h${i}-${j} type bridge_slave isolated on`] : []),
    ...(one.ignoresPings
      ? [`ip netns exec ${name} sh -c 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all'`]
      : []),
    ...(one.hasFirewall ? [`ip netns exec ${name} iptables -A INPUT -p tcp --dport 22 -j DROP`] : []),
    ...(one.hasSide ? sideScript(name, i, j) : []),
  ];
}

/** As CNI plugins without a bridge do: a host route, and a gateway that is told to be on the link. */
function sideScript(name: string, i: number, j: number): string[] {
  const address = `10.99.${i}.${10 + j}`;
  return [
    `ip link add s${i}-${j} type veth peer name eth1 netns ${name}; ip link set s${i}-${j} up`,
    `ip -n ${name} addr add ${address}/32 dev eth1; ip -n ${name} link set eth1 up`,
    `ip route add ${address} dev s${i}-${j}`,
    `ip -n ${name} route add 169.254.1.1 dev eth1; ip -n ${name} route add 192.0.2.0/24 via 169.254.1.1`,
  ];
}

const firewall = `nft -f - <<'END'
table inet guard {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iifname "br*" accept
    tcp dport 22 accept
  }
  chain forward {
    type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "br*" accept
  }
}
table bridge quiet {
  chain forward {
    type filter hook forward priority 0; policy accept;
    ether type 0x88cc drop
  }
}
END`;

function routerScript({ bridges }: HealthyModel): string[] {
  const sides = bridges
    .slice(0, 2)
    .flatMap((_, i) => [
      `ip link add r${i} type veth peer name eth${i} netns router; ip link set r${i} up master br${i}`,
      `ip -n router addr add ${networkOf(i)}.0.9/${bridges[i]?.prefix ?? 24} dev eth${i}; ip -n router link set eth${i} up`,
    ]);
  return [
    `ip netns add router; ip -n router link set lo up; ip netns exec router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'`,
    ...sides,
  ];
}
