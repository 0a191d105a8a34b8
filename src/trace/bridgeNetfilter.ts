/** Pure: whether br_netfilter hands what a bridge forwards to the rules of IP (net/bridge/br_netfilter_hooks.c). */
import type { Link } from '../topology/topology.ts';
import type { TopologyIndex } from './topologyIndex.ts';

/** The switch of a namespace, without "net.". */
export function bridgeNetfilterSwitch(family: 4 | 6): string {
  return `bridge.bridge-nf-call-${family === 4 ? 'iptables' : 'ip6tables'}`;
}

/** By the switch of the namespace, or by that of the bridge alone. */
export function callsIpRules(index: TopologyIndex, bridge: Link, family: 4 | 6): boolean {
  const whole = index.namespace(bridge.namespace)?.switches?.[bridgeNetfilterSwitch(family)] ?? 0;
  return whole === 1 || ownSwitch(bridge, family === 4 ? 'nf_call_iptables' : 'nf_call_ip6tables') === 1;
}

function ownSwitch({ raw }: Link, name: string): unknown {
  const { linkinfo } = raw as { linkinfo?: { info_data?: Readonly<Record<string, unknown>> } };
  return linkinfo?.info_data?.[name];
}
