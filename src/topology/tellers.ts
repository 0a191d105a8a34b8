/** Pure: how each kind of record is called, and what people know it by. */
import type { Collection, Records } from './align.ts';
import { withoutCounters } from './counters.ts';
import type { Facts } from './differences.ts';
import type { Link, Namespace, Pod, Route, Socket } from './topology.ts';
import type { TopologyNames } from './topologyNames.ts';

export interface Teller<T> {
  /** It is what its subject is, not only a part of it. */
  readonly whole?: true;
  /** Traffic teaches it: nobody did it. */
  readonly learned?: true;
  /** "eth0 of web". */
  readonly what: (record: T, names: TopologyNames) => string;
  /** What one knows it by when it comes or goes: "veth, 10.244.0.2/24"; "" where the name says it all. */
  readonly known: (record: T, names: TopologyNames) => string;
  /** What may change of it; `other` is the same record at the other time. */
  readonly facts: (record: T, names: TopologyNames, other: T) => Facts;
  readonly subject: (record: T) => { readonly kind: 'namespace' | 'link'; readonly id: string } | null;
}

const podWords: Readonly<Record<Pod['kind'], string>> = {
  patchbay: 'pod made by Patchbay',
  podman: 'podman pod',
  docker: 'docker container',
  cri: 'Kubernetes pod',
  named: 'namespace',
  process: 'namespace held by a process',
};

const namespaces: Teller<Namespace> = {
  whole: true,
  what: ({ id }, names) => names.namespace(id),
  known: ({ pod }) => (pod === null ? 'namespace' : podWords[pod.kind]),
  subject: ({ id }) => ({ kind: 'namespace', id }),
  facts: (record, _names, other) => ({
    name: record.name,
    path: record.names,
    kind: record.pod?.kind,
    process: record.processes.map(({ name, pid }) => `${name}[${pid}]`),
    ...bothKnown(record, other),
    ...Object.fromEntries(other.netfilter === null ? [] : rulesOf(record)),
  }),
};

/** What is read on demand: it did not change by being asked for. */
function bothKnown(record: Namespace, other: Namespace): Facts {
  return {
    switches: record.switches && other.switches && record.switches,
    'resolv.conf': other.resolvConf === null ? null : (record.resolvConf?.split('\n') ?? null),
  };
}

function rulesOf({ netfilter }: Namespace): [label: string, lines: string[]][] {
  return (netfilter ?? []).map((ruleset) => [
    `${ruleset.tool} rule`,
    withoutCounters(ruleset)
      .text.split('\n')
      .map((line) => line.trim()),
  ]);
}

const links: Teller<Link> = {
  whole: true,
  what: ({ id }, names) => names.link(id) ?? id,
  known: ({ kind, addresses }) => [kind, ...addresses.slice(0, 2)].join(', '),
  subject: ({ id }) => ({ kind: 'link', id }),
  facts: (link, names) => ({
    '': link.up ? (link.carrier ? 'up' : 'up, but no carrier') : 'down',
    name: link.name,
    address: link.addresses,
    'port of': names.device(link.master),
    'other end': names.link(link.peer) ?? link.peerUnknown,
    MTU: link.mtu,
    MAC: link.mac,
    'port state': link.portState,
    alias: link.alias,
    kind: link.kind,
    mode: link.mode,
    VLAN: link.vlanId,
    tunnel: link.tunnel ?? {},
    port: link.port ?? {},
    switches: link.switches,
    process: link.holders.map(({ name, pid }) => `${name}[${pid}]`),
    'operational state': link.operstate,
    'address flags': link.addressDetails.map(({ address, flags }) => [address, ...flags].join(' ')),
  }),
};

const routes: Teller<Route> = {
  what: ({ destination, namespace, table }, names) =>
    `route ${destination} of ${names.namespace(namespace)}${table === 'main' ? '' : ` (table ${table})`}`,
  known: ({ gateway, link, source }, names) =>
    [
      gateway === null ? '' : `via ${gateway}`,
      link === null ? '' : `dev ${names.device(link)}`,
      source === null ? '' : `src ${source}`,
    ]
      .filter((part) => part !== '')
      .join(' '),
  subject: ofNamespace,
  facts: ({ type, gateway, link, source, scope, protocol }, names) => ({
    type,
    via: gateway,
    dev: names.device(link),
    src: source,
    scope,
    proto: protocol,
  }),
};

const sockets: Teller<Socket> = {
  what: ({ protocol, family, address, port, namespace }, names) =>
    `listening ${protocol} ${family === 6 ? `[${address}]` : address}:${port} of ${names.namespace(namespace)}`,
  known: ({ processes }) => processes.map(({ name, pid }) => `${name}[${pid}]`).join(' '),
  subject: ofNamespace,
  facts: ({ processes }) => ({ process: processes.map(({ name, pid }) => `${name}[${pid}]`) }),
};

/** Edges are told by the links at their ends. */
export const tellers: { readonly [C in Exclude<Collection, 'edges'>]: Teller<Records[C]> } = {
  namespaces,
  links,
  containers: {
    what: ({ name, namespace }, names) => `container ${name} of ${names.namespace(namespace)}`,
    known: ({ image }) => image ?? '',
    subject: ofNamespace,
    facts: ({ name, image, pids, runtime }) => ({ name, image, process: pids, runtime }),
  },
  routes,
  rules: {
    what: ({ priority, namespace }, names) => `rule ${priority} of ${names.namespace(namespace)}`,
    known: ({ source, table }) => `from ${source} lookup ${table}`,
    subject: ofNamespace,
    facts: ({ source, table }) => ({ from: source, lookup: table }),
  },
  vlans: {
    what: ({ first, last, link, namespace }, names) =>
      `VLAN ${first === last ? first : `${first}–${last}`} at ${names.link(link) ?? names.namespace(namespace)}`,
    known: ({ pvid, untagged }) => [pvid && 'PVID', untagged && 'untagged'].filter(Boolean).join(', '),
    subject: ofLink,
    facts: ({ last, pvid, untagged }) => ({ 'up to': last, PVID: pvid, untagged }),
  },
  sockets,
  unknown: {
    what: ({ what, namespace }, names) => `not known: ${what} of ${names.namespace(namespace)}`,
    known: ({ reason }) => reason,
    subject: ({ namespace }) => (namespace === null ? null : { kind: 'namespace', id: namespace }),
    facts: ({ reason, remedy }) => ({ '': reason, remedy }),
  },
  neighbours: {
    learned: true,
    what: ({ address, link, namespace }, names) =>
      `neighbour ${address} at ${names.link(link) ?? names.namespace(namespace)}`,
    known: ({ mac, states }) => [mac, ...states].filter((part) => part !== null).join(' '),
    subject: ofLink,
    facts: ({ mac, states }) => ({ '': states.join(' '), MAC: mac }),
  },
  fdb: {
    learned: true,
    what: ({ mac, link, namespace, vlan }, names) =>
      `${mac} behind ${names.link(link) ?? names.namespace(namespace)}${vlan === null ? '' : ` (VLAN ${vlan})`}`,
    known: ({ state }) => state,
    subject: ofLink,
    facts: ({ state, flags }) => ({ '': state, flag: flags }),
  },
};

function ofNamespace({ namespace }: { readonly namespace: string }): ReturnType<Teller<unknown>['subject']> {
  return { kind: 'namespace', id: namespace };
}

function ofLink(record: {
  readonly namespace: string;
  readonly link: string | null;
}): ReturnType<Teller<unknown>['subject']> {
  return record.link === null ? ofNamespace(record) : { kind: 'link', id: record.link };
}
