/** Pure: the order in which the kernel calls chains at a hook (linux/netfilter_ipv4.h, linux/netfilter_bridge.h). */
import type { TableFamily } from './ruleset.ts';

const ofIp = { raw: -300, mangle: -150, dstnat: -100, filter: 0, security: 50, srcnat: 100 } as const;
const ofBridge = { dstnat: -300, filter: -200, out: 100, srcnat: 300 } as const;

/** When the kernel looks up the connection of a packet: what is asked before does not know it. */
export const trackingPriority = -200;

/** Chains of type nat are called all together at one place of their hook, whatever their own priority. */
export const natPriorities: Readonly<Record<string, number>> = {
  prerouting: ofIp.dstnat,
  output: ofIp.dstnat,
  input: ofIp.srcnat,
  postrouting: ofIp.srcnat,
};

/** Reads "filter", "dstnat - 5" or "-110" of a chain of nft. */
export function chainPriority(family: TableFamily, text: string): number {
  const names: Readonly<Record<string, number>> = family === 'bridge' ? ofBridge : ofIp;
  const [, name, sign, offset] = /^([a-z]+)(?: ([+-]) (\d+))?$/.exec(text) ?? [];
  return name === undefined
    ? Number(text) || 0
    : (names[name] ?? 0) + (sign === '-' ? -1 : 1) * Number(offset ?? 0);
}

/** Where iptables hangs the chains of its tables. */
export function tablePriority(table: string, hook: string): number {
  const priorities: Readonly<Record<string, number>> = { ...ofIp, nat: natPriorities[hook] ?? 0 };
  return priorities[table] ?? 0;
}
