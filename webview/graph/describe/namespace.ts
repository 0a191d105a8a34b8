/** Pure: what the inspector says of a namespace. */
import type { ShownFact } from '../../../src/topology/showCommands.ts';
import type { Namespace } from '../../../src/topology/topology.ts';
import type { DetailsState } from '../../host/details.ts';
import { clockTime } from '../clockTime.ts';
import { displayName, namespaceTitle } from '../text.ts';
import type { TopologyIndex } from '../topologyIndex.ts';
import {
  copyable,
  fact,
  number,
  tableSection,
  text,
  unknownSection,
  type Cell,
  type Description,
  type Fact,
  type Section,
} from './cells.ts';
import { linkTable, neighbourTable, routeTable, ruleTable } from './tables.ts';

const podWords = {
  patchbay: 'pod made by Patchbay',
  podman: 'pod made by podman',
  docker: 'container made by docker',
  cri: 'pod made by a Kubernetes runtime',
  named: 'named network namespace',
  process: 'network namespace held by processes',
} as const;

/** What a namespace is, in words. */
export function namespaceKind(namespace: Namespace): string {
  if (namespace.root) {
    return 'the node’s own network namespace';
  }
  return namespace.pod === null ? 'network namespace' : podWords[namespace.pod.kind];
}

function namespaceFacts(index: TopologyIndex, namespace: Namespace): Fact[] {
  const { node } = index.topology;
  const nodeFacts = namespace.root
    ? [
        fact('Host', copyable(node.hostname)),
        ...(node.os === '' ? [] : [fact('System', text(node.os))]),
        fact('Kernel', text(node.kernel)),
        fact(
          'Read as',
          text(node.privilege === 'none' ? 'plain user (not everything can be read)' : node.privilege),
        ),
      ]
    : [];
  const names = namespace.names.map(copyable);
  return [
    ...nodeFacts,
    ...(names.length === 0 ? [] : [fact(names.length > 1 ? 'Names' : 'Name', ...names)]),
    fact('Inode', copyable(namespace.id)),
    ...(namespace.stateReadAt === null
      ? []
      : [fact('Rules, sockets and switches', text(`as of ${clockTime(namespace.stateReadAt)}`))]),
  ];
}

function processSection({ processes }: Namespace): Section[] {
  const rows = processes.map(({ pid, name, containerId }): Cell[] => [
    number(pid),
    text(name),
    containerId === null ? text('') : { text: containerId.slice(0, 12), copy: containerId },
  ]);
  return tableSection('Processes', ['PID', 'Name', 'Container'], rows, 'processes');
}

function containerSection(index: TopologyIndex, namespace: Namespace): Section[] {
  const rows = index.topology.containers
    .filter((container) => container.namespace === namespace.id)
    .map(({ id, name, image, runtime, infra }): Cell[] => [
      text(name),
      { text: id.slice(0, 12), copy: id },
      text(image ?? ''),
      text(infra ? `${runtime ?? ''} (holds the pod)` : (runtime ?? '')),
    ]);
  const title = namespace.root ? 'Containers on the node’s network' : 'Containers';
  return tableSection(title, ['Name', 'Id', 'Image', 'Runtime'], rows, 'containers');
}

function socketSection(index: TopologyIndex, namespace: Namespace): Section[] {
  const rows = index.topology.sockets
    .filter((socket) => socket.namespace === namespace.id)
    .map(({ protocol, family, address, port, processes }): Cell[] => [
      text(protocol),
      copyable(family === 6 ? `[${address}]` : address),
      number(port),
      text(processes.map(({ pid, name }) => `${name} (${pid})`).join(', ')),
    ]);
  return tableSection('Listening', ['Protocol', 'Address', 'Port', 'Process'], rows, 'sockets');
}

/** The switches that are on; all of them are in the JSON. */
function switchSection({ switches }: Namespace): Section[] {
  const rows = Object.entries(switches ?? {})
    .filter(([, value]) => value !== 0)
    .map(([name, value]): Cell[] => [copyable(name), number(value)]);
  return tableSection('Switches that are on', ['Name', 'Value'], rows, 'switches');
}

/** Lines whose order is their meaning. */
function lineSection(title: string, head: string, lines: readonly string[], shows: ShownFact): Section[] {
  const rows = lines.map((line): Cell[] => [text(line)]);
  return tableSection(title, [head], rows, shows).map((section) => ({
    ...section,
    table: { head: [head], rows, inOrder: true },
  }));
}

function resolverSection({ resolvConf }: Namespace): Section[] {
  const lines = (resolvConf ?? '').split('\n').filter((line) => line.trim() !== '');
  return lineSection('Name servers', 'resolv.conf', lines, 'resolver');
}

function netfilterSections({ netfilter }: Namespace): Section[] {
  return (netfilter ?? []).flatMap(({ tool, text: rules, cut }) => {
    const title = `Rules of ${tool}`;
    const notes = [{ text: 'The node has more rules than were read.', remedy: null }];
    return lineSection(title, 'With counters', rules.trimEnd().split('\n'), 'netfilter').map((section) =>
      cut ? { ...section, notes } : section,
    );
  });
}

const unreadWords: Readonly<Record<string, string>> = {
  rules6: 'rules of IPv6',
  switches: 'all switches',
  sockets: 'listening sockets',
  netfilter: 'rules of nftables and iptables',
};

function unreadSection({ unread }: Namespace, details: DetailsState): Section[] {
  const parts = unread.map((part) => unreadWords[part] ?? part).join(', ');
  if (parts === '') {
    return [];
  }
  switch (details?.kind) {
    case 'asked':
      return [{ title: 'Reading…', notes: [{ text: `${parts}.`, remedy: null }] }];
    case 'failed':
      return [
        { title: 'Not read', notes: [{ text: `${parts}: ${displayName(details.message)}`, remedy: null }] },
      ];
    case undefined:
      return [{ title: 'Not read', notes: [{ text: `${parts}: read only while connected.`, remedy: null }] }];
  }
}

export function describeNamespace(
  index: TopologyIndex,
  namespace: Namespace,
  details: DetailsState,
): Description {
  const links = index.linksOf(namespace.id);
  const { unknown, node } = index.topology;
  const ofNamespace = <T extends { readonly namespace: string }>(all: readonly T[]): T[] =>
    all.filter((one) => one.namespace === namespace.id);
  const concerns = unknown.filter(
    (one) => one.namespace === namespace.id || (namespace.root && one.namespace === null),
  );
  return {
    title: namespaceTitle(namespace),
    subtitle: namespace.root
      ? `${displayName(node.hostname)} · ${namespaceKind(namespace)}`
      : namespaceKind(namespace),
    sections: [
      ...unknownSection(concerns),
      { title: 'Facts', facts: namespaceFacts(index, namespace), shows: ['identity', 'node'] },
      linkTable(index, links),
      routeTable(index, 'Routes', ofNamespace(index.topology.routes)),
      ruleTable(ofNamespace(index.topology.rules)),
      neighbourTable(index, ofNamespace(index.topology.neighbours)),
      ...containerSection(index, namespace),
      ...socketSection(index, namespace),
      ...processSection(namespace),
      ...switchSection(namespace),
      ...resolverSection(namespace),
      ...netfilterSections(namespace),
      ...unreadSection(namespace, details),
    ],
    raw: () => rawOf(index, namespace),
  };
}

function rawOf(index: TopologyIndex, { id }: Namespace): unknown {
  const { topology } = index;
  const raws = (records: readonly { readonly namespace: string; readonly raw: unknown }[]): unknown[] =>
    records.filter(({ namespace }) => namespace === id).map(({ raw }) => raw);
  return {
    links: index.linksOf(id).map(({ raw }) => raw),
    routes: raws(topology.routes),
    rules: raws(topology.rules),
    neighbours: raws(topology.neighbours),
    fdb: raws(topology.fdb),
  };
}
