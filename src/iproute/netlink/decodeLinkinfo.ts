/** IFLA_LINKINFO (linux/if_link.h): what a link is, and what is particular to its kind. */
import type { LinkRecord } from '../records.ts';
import { named, Undecodable, type Attributes } from './attributes.ts';
import { isSince, type Iproute2Version } from './version.ts';

const info = { kind: 1, data: 2, slaveKind: 4 } as const;

/** Kinds of which iproute2 prints nothing particular. */
const plainKinds = new Set(['veth', 'dummy', 'ifb']);

/**
 * Throws Undecodable for all but the links that pods commonly have. Bridges and their ports, VLANs, tunnels and others are
 * told in many words, and iproute2 adds some with each release: those are left to `ip`.
 */
export function decodeLinkinfo(
  all: Attributes | undefined,
  version: Iproute2Version,
): LinkRecord['linkinfo'] {
  if (!all) {
    return undefined;
  }
  const kind = all.text(info.kind);
  if (kind !== undefined && !all.has(info.slaveKind)) {
    if (plainKinds.has(kind)) {
      return { info_kind: kind };
    }
    const data = all.nested(info.data);
    if (kind === 'macvlan' && data) {
      return { info_kind: kind, info_data: decodeMacvlan(data, version) };
    }
  }
  throw new Undecodable(`link kind ${kind ?? all.text(info.slaveKind) ?? ''}`);
}

const macvlan = { mode: 1, flags: 2, queueLength: 7, queueLengthUsed: 8, broadcastLimit: 9 } as const;
const macvlanModes = { 1: 'private', 2: 'vepa', 4: 'bridge', 8: 'passthru' } as const;
const noPromiscuity = 1;
const noDestination = 2;

/** iproute2: ip/iplink_macvlan.c, macvlan_print_opt. */
function decodeMacvlan(data: Attributes, version: Iproute2Version): Record<string, unknown> {
  const flags = data.bytes(macvlan.flags)?.u16(0) ?? 0;
  const since = (major: number, minor: number, key: string, value: number | undefined): object =>
    value === undefined || !isSince(version, major, minor) ? {} : { [key]: value };
  return {
    mode: named(macvlanModes, data.u32(macvlan.mode) ?? 0, 'macvlan mode'),
    ...((flags & noPromiscuity) === 0 ? {} : { nopromisc: true }),
    ...((flags & noDestination) === 0 ? {} : { nodst: true }),
    ...since(5, 11, 'bcqueuelen', data.u32(macvlan.queueLength)),
    ...since(5, 11, 'usedbcqueuelen', data.u32(macvlan.queueLengthUsed)),
    ...since(6, 4, 'bclim', data.i32(macvlan.broadcastLimit)),
  };
}
