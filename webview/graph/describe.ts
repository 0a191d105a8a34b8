/** Pure: what the inspector says of a selection, in human words. */
import type { Selection } from '../../src/protocol/messages.ts';
import type { DetailsState } from '../host/details.ts';
import type { Link, Namespace, Unknown } from '../../src/topology/topology.ts';
import { selectionName, selectLink, selectNamespace } from './selection.ts';
import {
  displayName,
  firstAddress,
  formatBytes,
  kindInWords,
  linkState,
  namespaceTitle,
  plural,
  stateInWords,
} from './text.ts';
import { clockTime } from './clockTime.ts';
import { vethPeer, type TopologyIndex } from './topologyIndex.ts';

export interface Cell {
  readonly text: string;
  /** Makes the text a link that selects this. */
  readonly selection?: Selection;
  readonly tone?: 'bad' | 'warning' | 'dim';
  /** Makes the text copyable, as it is. */
  readonly copy?: string;
}

export interface Fact {
  readonly label: string;
  readonly values: readonly Cell[];
}

export interface Section {
  readonly title: string;
  readonly count?: number;
  readonly facts?: readonly Fact[];
  readonly table?: { readonly head: readonly string[]; readonly rows: readonly (readonly Cell[])[] };
  readonly notes?: readonly { readonly text: string; readonly remedy: string | null }[];
}

export interface Description {
  readonly title: string;
  readonly subtitle: string;
  readonly sections: readonly Section[];
  /** The records as `ip -j` printed them. */
  readonly raw: unknown;
}

const text = (value: string): Cell => ({ text: displayName(value) });
const copyable = (value: string): Cell => ({ text: displayName(value), copy: value });
const fact = (label: string, ...values: Cell[]): Fact => ({ label, values });

function linkCell(index: TopologyIndex, link: Link): Cell {
  const selection = selectLink(link.id);
  return { text: selectionName(index, selection), selection };
}

function stateCell(link: Link): Cell {
  const state = linkState(link);
  const words = `${stateInWords(link)} (${displayName(link.operstate)})`;
  return state === 'up' ? { text: words } : { text: words, tone: state === 'down' ? 'bad' : 'warning' };
}

const whyNoPeer = {
  'not-readable': 'unknown: the namespace at the other end cannot be read',
  ambiguous: 'unknown: more than one link could be the other end',
} as const;

function peerFacts(index: TopologyIndex, link: Link): Fact[] {
  const peer = vethPeer(index, link.id);
  if (peer !== undefined) {
    return [fact('Other end', linkCell(index, peer))];
  }
  return link.peerUnknown === null
    ? []
    : [fact('Other end', { text: whyNoPeer[link.peerUnknown], tone: 'warning' })];
}

function masterFacts(index: TopologyIndex, link: Link): Fact[] {
  const master = link.master === null ? undefined : index.links.get(link.master);
  if (master === undefined) {
    return [];
  }
  const forwards = link.portState === null || link.portState === 'forwarding';
  const state: Cell = { text: displayName(link.portState ?? ''), ...(forwards ? {} : { tone: 'warning' }) };
  return [
    fact('Port of', linkCell(index, master)),
    ...(link.portState === null ? [] : [fact('Port state', state)]),
  ];
}

function stackFacts(index: TopologyIndex, link: Link): Fact[] {
  const facts: Fact[] = [];
  for (const { kind, a, b } of index.topology.edges) {
    const other = kind === 'lower' || kind === 'tunnel' ? index.links.get(a === link.id ? b : a) : undefined;
    if (other !== undefined && (a === link.id || b === link.id)) {
      const label = kind === 'lower' ? ['Lies on', 'Carries'] : ['Runs over', 'Carries tunnel'];
      facts.push(fact(label[a === link.id ? 0 : 1] ?? '', linkCell(index, other)));
    }
  }
  return facts;
}

function addressFact(link: Link): Fact {
  const none: Cell = { text: 'none', tone: 'dim' };
  return fact(
    link.addresses.length > 1 ? 'Addresses' : 'Address',
    ...(link.addresses.length === 0 ? [none] : link.addresses.map(copyable)),
  );
}

const optional = (label: string, value: string | number | null | undefined): Fact[] =>
  value === null || value === undefined || value === '' ? [] : [fact(label, text(String(value)))];

/** What a link is beyond its kind. */
function settingFacts({ mode, vlanId, tunnel, port, holders, switches }: Link): Fact[] {
  const oddities = [
    port?.isolated === true ? 'isolated from other isolated ports' : '',
    port?.hairpin === true ? 'hairpin: frames may leave where they came in' : '',
    port?.learning === false ? 'does not learn addresses' : '',
    port?.flood === false ? 'unknown addresses are not flooded here' : '',
    port?.guard === true ? 'a BPDU takes it down' : '',
  ].filter((word) => word !== '');
  const set = Object.entries(switches).filter(([, value]) => value !== 0);
  return [
    ...optional('Mode', mode),
    ...optional('VLAN', vlanId),
    ...optional('VNI', tunnel?.vni),
    ...optional('Far end', tunnel?.remote),
    ...optional('Near end', tunnel?.local),
    ...optional('UDP port', tunnel?.port),
    ...optional('Key', tunnel?.key),
    ...(oddities.length === 0 ? [] : [fact('At the bridge', ...oddities.map(text))]),
    ...optional('Port cost', port?.cost),
    ...(holders.length === 0
      ? []
      : [fact('Held by', ...holders.map(({ pid, name }) => text(`${name} (${pid})`)))]),
    ...(set.length === 0
      ? []
      : [fact('Switches', ...set.map(([name, value]) => text(`${name} = ${value}`)))]),
  ];
}

/** The other ends of a link that has several: peers of wireguard, tunnels of Open vSwitch. */
function farEndSection({ farEnds }: Link): Section[] {
  const rows = farEnds.map(({ name, kind, address, port, networks, lastHandshakeAt }): Cell[] => [
    copyable(name),
    text(kindInWords(kind)),
    text(address === null ? '' : port === null ? address : `${address}, port ${port}`),
    text(networks.join(', ')),
    text(lastHandshakeAt ?? ''),
  ]);
  const head = ['Name', 'Kind', 'At', 'For', 'Last handshake'];
  return rows.length === 0 ? [] : [{ title: 'Far ends', count: rows.length, table: { head, rows } }];
}

/** VLANs that a bridge lets through at a link, as `bridge vlan` names them. */
function vlanSection(index: TopologyIndex, link: Link): Section[] {
  const rows = index.topology.vlans
    .filter((entry) => entry.link === link.id)
    .map(({ first, last, pvid, untagged }): Cell[] => [
      text(first === last ? String(first) : `${first}–${last}`),
      text([pvid ? 'of untagged frames' : '', untagged ? 'leaves untagged' : ''].filter(Boolean).join(', ')),
    ]);
  return rows.length === 0
    ? []
    : [{ title: 'VLANs', count: rows.length, table: { head: ['VLAN', 'How'], rows } }];
}

function activeMemberFacts(index: TopologyIndex, { activeMember }: Link): Fact[] {
  const link = activeMember === null ? undefined : index.links.get(activeMember);
  return link === undefined ? [] : [fact('Sends through', linkCell(index, link))];
}

function linkFacts(index: TopologyIndex, link: Link): Fact[] {
  const owner = index.namespaces.get(link.namespace);
  return [
    fact('State', stateCell(link)),
    addressFact(link),
    ...peerFacts(index, link),
    ...masterFacts(index, link),
    ...stackFacts(index, link),
    ...(owner ? [fact('In', { text: namespaceTitle(owner), selection: selectNamespace(owner.id) })] : []),
    fact('Kind', text(kindInWords(link.kind))),
    ...settingFacts(link),
    ...activeMemberFacts(index, link),
    ...(link.mac === null ? [] : [fact('MAC', copyable(link.mac))]),
    fact('MTU', text(String(link.mtu))),
    fact('Index', text(String(link.ifindex))),
    ...(link.alias === null ? [] : [fact(link.ours ? 'Tag' : 'Alias', copyable(link.alias))]),
    ...(link.ours ? [fact('Made by', text('Patchbay'))] : []),
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function counterRow(label: string, counters: unknown): Cell[] | undefined {
  if (!isRecord(counters)) {
    return undefined;
  }
  const number = (name: string): number => (typeof counters[name] === 'number' ? counters[name] : 0);
  const bad = (name: string): Cell =>
    number(name) > 0 ? { text: String(number(name)), tone: 'warning' } : { text: '0', tone: 'dim' };
  return [
    text(label),
    text(String(number('packets'))),
    text(formatBytes(number('bytes'))),
    bad('errors'),
    bad('dropped'),
  ];
}

function counterSection(link: Link): Section[] {
  const stats = link.raw['stats64'];
  if (!isRecord(stats)) {
    return [];
  }
  const rows = [counterRow('Received', stats['rx']), counterRow('Sent', stats['tx'])];
  const head = ['', 'Packets', 'Bytes', 'Errors', 'Dropped'];
  return [{ title: 'Traffic', table: { head, rows: rows.filter((row) => row !== undefined) } }];
}

function linkRow(index: TopologyIndex, link: Link): Cell[] {
  const peer = vethPeer(index, link.id);
  const owner = peer && index.namespaces.get(peer.namespace);
  const to: Cell =
    peer && owner
      ? { text: namespaceTitle(owner), selection: selectNamespace(owner.id) }
      : { text: link.peerUnknown === null ? '' : '?', tone: 'warning' };
  return [
    { text: displayName(link.name), selection: selectLink(link.id) },
    { ...stateCell(link), text: stateInWords(link) },
    text(firstAddress(link) ?? ''),
    to,
  ];
}

function linkTable(index: TopologyIndex, links: readonly Link[]): Section {
  const head = ['Name', 'State', 'Address', 'Leads to'];
  const rows = links.map((link) => linkRow(index, link));
  return { title: 'Interfaces', count: links.length, table: { head, rows } };
}

function portTable(index: TopologyIndex, ports: readonly Link[]): Section {
  const rows = ports.map((port) => linkRow(index, port).filter((_, column) => column !== 2));
  return { title: 'Ports', count: ports.length, table: { head: ['Name', 'State', 'Leads to'], rows } };
}

function fdbSection(index: TopologyIndex, bridge: Link): Section {
  const entries = index.topology.fdb.filter((entry) => entry.bridge === bridge.id);
  const rows = entries.map((entry): Cell[] => {
    const port = entry.link === null ? undefined : index.links.get(entry.link);
    return [
      copyable(entry.mac),
      port === undefined ? text('') : { text: displayName(port.name), selection: selectLink(port.id) },
      text(entry.vlan === null ? '' : String(entry.vlan)),
      text(entry.state === '' ? 'learned' : entry.state),
    ];
  });
  return {
    title: 'Forwarding table',
    count: rows.length,
    table: { head: ['MAC', 'Behind port', 'VLAN', 'How'], rows },
  };
}

function unknownSection(unknown: readonly Unknown[]): Section[] {
  return unknown.length === 0
    ? []
    : [
        {
          title: 'Not known',
          count: unknown.length,
          notes: unknown.map(({ what, reason, remedy }) => ({
            text: `${displayName(what)}: ${displayName(reason)}`,
            remedy,
          })),
        },
      ];
}

function peerUnknownSection(link: Link): Section[] {
  if (link.peerUnknown === null) {
    return [];
  }
  const remedy =
    link.peerUnknown === 'not-readable'
      ? 'Connect as root, or as a user who may run sudo without a password.'
      : 'Look at the other candidates; renaming or re-creating one of the pairs makes it certain.';
  return [{ title: 'Not known', notes: [{ text: `Other end ${whyNoPeer[link.peerUnknown]}.`, remedy }] }];
}

function describeLink(index: TopologyIndex, link: Link): Description {
  const ports = index.portsOf(link.id);
  const isHub = link.kind === 'bridge' || ports.length > 0;
  return {
    title: displayName(link.name),
    subtitle: kindInWords(link.kind),
    sections: [
      ...peerUnknownSection(link),
      { title: 'Facts', facts: linkFacts(index, link) },
      ...(isHub ? [portTable(index, ports)] : []),
      ...(link.kind === 'bridge' ? [fdbSection(index, link)] : []),
      ...farEndSection(link),
      ...vlanSection(index, link),
      ...counterSection(link),
    ],
    raw: link.raw,
  };
}

function routeSection(index: TopologyIndex, namespace: Namespace): Section {
  const rows = index.topology.routes
    .filter((route) => route.namespace === namespace.id)
    .map((route): Cell[] => {
      const link = route.link === null ? undefined : index.links.get(route.link);
      return [
        copyable(route.destination),
        text(route.gateway ?? (route.type === 'unicast' ? 'direct' : route.type)),
        link ? { text: displayName(link.name), selection: selectLink(link.id) } : text(''),
        text(route.table),
      ];
    });
  return { title: 'Routes', count: rows.length, table: { head: ['To', 'Via', 'Through', 'Table'], rows } };
}

function neighbourSection(index: TopologyIndex, namespace: Namespace): Section {
  const rows = index.topology.neighbours
    .filter((neighbour) => neighbour.namespace === namespace.id)
    .map((neighbour): Cell[] => {
      const link = neighbour.link === null ? undefined : index.links.get(neighbour.link);
      const failed = neighbour.states.includes('FAILED') || neighbour.states.includes('INCOMPLETE');
      return [
        copyable(neighbour.address),
        neighbour.mac === null ? text('') : copyable(neighbour.mac),
        link ? { text: displayName(link.name), selection: selectLink(link.id) } : text(''),
        { text: neighbour.states.join(' ').toLowerCase(), ...(failed ? { tone: 'bad' } : {}) },
      ];
    });
  return {
    title: 'Neighbours',
    count: rows.length,
    table: { head: ['Address', 'MAC', 'Through', 'State'], rows },
  };
}

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

function processSection(namespace: Namespace): Section[] {
  const rows = namespace.processes.map((process): Cell[] => [
    text(String(process.pid)),
    text(process.name),
    process.containerId === null
      ? text('')
      : { text: process.containerId.slice(0, 12), copy: process.containerId },
  ]);
  return rows.length === 0
    ? []
    : [{ title: 'Processes', count: rows.length, table: { head: ['PID', 'Name', 'Container'], rows } }];
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
  return rows.length === 0
    ? []
    : [{ title, count: rows.length, table: { head: ['Name', 'Id', 'Image', 'Runtime'], rows } }];
}

function socketSection(index: TopologyIndex, namespace: Namespace): Section[] {
  const rows = index.topology.sockets
    .filter((socket) => socket.namespace === namespace.id)
    .map(({ protocol, family, address, port, processes }): Cell[] => [
      text(protocol),
      copyable(family === 6 ? `[${address}]:${port}` : `${address}:${port}`),
      text(processes.map(({ pid, name }) => `${name} (${pid})`).join(', ')),
    ]);
  return rows.length === 0
    ? []
    : [{ title: 'Listening', count: rows.length, table: { head: ['', 'Address', 'Process'], rows } }];
}

/** The switches that are on; all of them are in the JSON. */
function switchSection({ switches }: Namespace): Section[] {
  const rows = Object.entries(switches ?? {})
    .filter(([, value]) => value !== 0)
    .map(([name, value]): Cell[] => [copyable(name), text(String(value))]);
  return rows.length === 0
    ? []
    : [{ title: 'Switches that are on', count: rows.length, table: { head: ['Name', 'Value'], rows } }];
}

function resolverSection({ resolvConf }: Namespace): Section[] {
  const rows = (resolvConf ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): Cell[] => [copyable(line.trim())]);
  return rows.length === 0 ? [] : [{ title: 'Name servers', table: { head: ['resolv.conf'], rows } }];
}

/** Rule sets as their tools print them; long ones are cut for the panel, never in the JSON. */
const rulesShown = 200;

function netfilterSections({ netfilter }: Namespace): Section[] {
  return (netfilter ?? []).map(({ tool, text: rules, cut }): Section => {
    const lines = rules.trimEnd().split('\n');
    const rows = lines.slice(0, rulesShown).map((line): Cell[] => [text(line)]);
    const more = cut || lines.length > rulesShown;
    return {
      title: `Rules of ${tool}`,
      count: lines.length,
      table: { head: ['With counters'], rows },
      ...(more ? { notes: [{ text: 'There are more rules than are shown here.', remedy: null }] } : {}),
    };
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

function describeNamespace(index: TopologyIndex, namespace: Namespace, details: DetailsState): Description {
  const links = index.linksOf(namespace.id);
  const { unknown, node } = index.topology;
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
      { title: 'Facts', facts: namespaceFacts(index, namespace) },
      linkTable(index, links),
      routeSection(index, namespace),
      neighbourSection(index, namespace),
      ...containerSection(index, namespace),
      ...socketSection(index, namespace),
      ...processSection(namespace),
      ...switchSection(namespace),
      ...resolverSection(namespace),
      ...netfilterSections(namespace),
      ...unreadSection(namespace, details),
    ],
    raw: links.map((link) => link.raw),
  };
}

/** Describes a selection; null for one that the topology does not have. */
export function describe(
  index: TopologyIndex,
  selection: Selection,
  details: DetailsState = null,
): Description | null {
  if (selection.kind === 'link') {
    const link = index.links.get(selection.id);
    return link === undefined ? null : describeLink(index, link);
  }
  const namespace = index.namespaces.get(selection.id);
  return namespace === undefined ? null : describeNamespace(index, namespace, details);
}

/** What the inspector says while nothing is selected: the node at a glance, and what of it is not known. */
export function describeNode(index: TopologyIndex): Description {
  const { node, unknown, namespaces } = index.topology;
  const links = [...index.links.values()];
  const bad = links.filter((link) => link.master !== null && linkState(link) !== 'up');
  const troubled = bad.map((link): Cell => ({ ...linkCell(index, link), tone: 'warning' }));
  const facts = [
    ...(node.os === '' ? [] : [fact('System', text(node.os))]),
    fact('Kernel', text(node.kernel)),
    fact('Pods', text(String(namespaces.filter((namespace) => !namespace.root).length))),
    fact('Bridges', text(String(links.filter((link) => link.kind === 'bridge').length))),
    fact('Interfaces', text(String(links.length))),
    ...(troubled.length === 0 ? [] : [fact('Ports not up', ...troubled.slice(0, 12))]),
  ];
  return {
    title: displayName(node.hostname),
    subtitle: 'the node at a glance',
    sections: [...unknownSection(unknown), { title: 'Facts', facts }],
    raw: null,
  };
}

/** One sentence for a screen reader: what is selected and what it is plugged into. */
export function announce(index: TopologyIndex, selection: Selection): string {
  if (selection.kind === 'link') {
    const link = index.links.get(selection.id);
    if (link === undefined) {
      return '';
    }
    const peer = vethPeer(index, link.id);
    const master = link.master === null ? undefined : index.links.get(link.master);
    return [
      selectionName(index, selection),
      kindInWords(link.kind),
      stateInWords(link),
      firstAddress(link) ?? 'no address',
      ...(peer ? [`cable to ${selectionName(index, selectLink(peer.id))}`] : []),
      ...(link.peerUnknown === null ? [] : ['other end of the cable unknown']),
      ...(master ? [`port of ${displayName(master.name)}`] : []),
      ...(index.portsOf(link.id).length > 0 ? [plural(index.portsOf(link.id).length, 'port')] : []),
    ].join(', ');
  }
  const namespace = index.namespaces.get(selection.id);
  if (namespace === undefined) {
    return '';
  }
  const links = index.linksOf(namespace.id);
  const addresses = links.flatMap((link) => (link.kind === 'loopback' ? [] : (firstAddress(link) ?? [])));
  return [
    namespaceTitle(namespace),
    namespaceKind(namespace),
    plural(links.length, 'interface'),
    ...addresses.slice(0, 3),
  ].join(', ');
}
