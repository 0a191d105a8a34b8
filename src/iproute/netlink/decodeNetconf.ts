/** RTM_NEWNETCONF (linux/netconf.h) → the record that `ip -j netconf show` prints (iproute2: ip/ipnetconf.c, print_netconf). */
import type { NetconfRecord } from '../records.ts';
import { Attributes, named, said } from './attributes.ts';
import type { Bytes } from './bytes.ts';
import { familyName } from './words.ts';

/** NETCONFA_… */
const attribute = {
  ...{ link: 1, forwarding: 2, rpFilter: 3, mcForwarding: 4, proxyNeigh: 5, ignoreLinkdown: 6, input: 7 },
} as const;

/** In place of a link's index. */
const all = -1;
const byDefault = -2;

/** RFC 3704. */
const rpFilters = ['off', 'strict', 'loose'] as const;

/** The message's struct netconfmsg and its attributes. Throws Undecodable. */
export function decodeNetconf(payload: Bytes, nameOf: (link: number) => string): NetconfRecord {
  const attributes = new Attributes(payload.from(4));
  const isOn = (type: number): boolean | undefined => {
    const value = attributes.u32(type);
    return value === undefined ? undefined : value !== 0;
  };
  const link = attributes.i32(attribute.link) ?? 0;
  const rpFilter = attributes.u32(attribute.rpFilter);
  return said({
    family: familyName(payload.u8(0)),
    interface: link === all ? 'all' : link === byDefault ? 'default' : nameOf(link),
    forwarding: isOn(attribute.forwarding),
    rp_filter: rpFilter === undefined ? undefined : named(rpFilters, rpFilter, 'rp_filter'),
    mc_forwarding: isOn(attribute.mcForwarding),
    proxy_neigh: isOn(attribute.proxyNeigh),
    ignore_routes_with_linkdown: isOn(attribute.ignoreLinkdown),
    input: isOn(attribute.input),
  });
}
