import type {
  Container,
  FarEnd,
  Link,
  LinkId,
  Namespace,
  NamespaceId,
  Pod,
  Rule,
  Socket,
  Topology,
} from '../topology/topology.ts';

/** Shows what a node sent without letting it drive the terminal: control characters become their escapes. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

export interface InspectOptions {
  /** The namespaces to tell of; all where left out. */
  readonly only?: ReadonlySet<NamespaceId> | undefined;
  /** With rules, switches, resolvers and whole rule sets. */
  readonly details?: boolean;
}

/** The picture of a node as text: each namespace with its links, and where their cables lead. */
export function inspectText(topology: Topology, { only, details = false }: InspectOptions = {}): string {
  const { node } = topology;
  const links = new Map(topology.links.map((link) => [link.id, link]));
  const namespaces = new Map(topology.namespaces.map((namespace) => [namespace.id, namespace]));
  const shown = topology.namespaces.filter(({ id }) => only?.has(id) ?? true);
  const about = [node.os, `Linux ${node.kernel}`, node.iproute2].filter((part) => part !== '').join(' · ');
  const lines = [
    `${node.hostname} (${about})`,
    ...shown.flatMap((namespace) => [
      '',
      ...namespaceText(topology, namespace, links, namespaces),
      ...(details ? detailsText(topology, namespace) : rulesetCounts(namespace)),
    ]),
    ...unknownText(topology, namespaces),
    ...unreadText(shown),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

const podWords: Readonly<Record<Pod['kind'], string>> = {
  patchbay: ' (made by Patchbay)',
  podman: ' (made by podman)',
  docker: ' (made by docker)',
  cri: ' (made by a Kubernetes runtime)',
  named: '',
  process: '',
};

function namespaceText(
  topology: Topology,
  namespace: Namespace,
  links: ReadonlyMap<LinkId, Link>,
  namespaces: ReadonlyMap<string, Namespace>,
): string[] {
  const holders = namespace.processes
    .filter(({ containerId }) => containerId === null)
    .map(({ pid, name }) => `${name}[${pid}]`)
    .join(' ');
  const kind = namespace.pod === null ? '' : podWords[namespace.pod.kind];
  const own = namespace.links.flatMap((id) => links.get(id) ?? []);
  const width = Math.max(0, ...own.map(({ name }) => name.length));
  return [
    `${namespace.name}${kind}${holders === '' ? '' : `  ${holders}`}`,
    ...(isDark(topology, namespace) ? ['  ? (its links are not known)'] : []),
    ...own.map((link) => `  ${linkText(link, width, links, namespaces)}`),
    ...topology.containers
      .filter((container) => container.namespace === namespace.id)
      .map((container) => `  ${containerText(container, namespace)}`),
    ...listeningText(topology.sockets.filter((socket) => socket.namespace === namespace.id)),
  ];
}

/** Whether a namespace has no links because none could be read. */
function isDark({ unknown }: Topology, { id, links }: Namespace): boolean {
  return links.length === 0 && unknown.some(({ namespace, what }) => namespace === id && what === 'links');
}

function rulesetCounts({ netfilter }: Namespace): string[] {
  return (netfilter ?? []).map(
    ({ tool, text }) => `  ${tool}: ${text.trim().split('\n').length} lines of rules`,
  );
}

/** What decides a packet's fate beside the links: all of it. */
function detailsText(topology: Topology, { id, switches, resolvConf, netfilter }: Namespace): string[] {
  const indented = (text: string): string[] => linesOf(text).map((line) => `    ${line}`);
  return [
    ...topology.rules.filter(({ namespace }) => namespace === id).map((rule) => `  rule ${ruleText(rule)}`),
    ...Object.entries(switches ?? {}).map(([name, value]) => `  ${name} = ${value}`),
    ...(resolvConf === null ? [] : ['  resolv.conf:', ...indented(resolvConf)]),
    ...(netfilter ?? []).flatMap(({ tool, text, cut }) => [
      `  ${tool}:`,
      ...indented(text),
      ...(cut ? ['    … (cut: there is more)'] : []),
    ]),
  ];
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

function ruleText({ priority, source, table, family }: Rule): string {
  return `${priority}: from ${source}${table === null ? '' : ` lookup ${table}`} (IPv${family})`;
}

/** What nobody asked for is not silently absent. */
function unreadText(namespaces: readonly Namespace[]): string[] {
  const unread = namespaces.filter((namespace) => namespace.unread.length > 0);
  return unread.length === 0
    ? []
    : [
        '',
        `Not read: rules of IPv6, sockets, switches or packet filters of ${unread.length === 1 ? (unread[0]?.name ?? '') : `${unread.length} namespaces`}; name them, or give --details.`,
      ];
}

function containerText(container: Container, { root }: Namespace): string {
  const { name, id, image, infra, runtime, pids } = container;
  return [
    `container ${name}`,
    id.slice(0, 12),
    runtime,
    image,
    infra && 'infra',
    root && 'host network',
    `pid ${pids.join(' ')}`,
  ]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('  ');
}

/** Listening sockets, one line each. */
function listeningText(sockets: readonly Socket[]): string[] {
  return sockets.map(({ protocol, family, address, port, processes }) => {
    const place = family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
    const holders = processes.map(({ pid, name }) => `${name}[${pid}]`).join(' ');
    return `  listens ${protocol} ${place}${holders === '' ? '' : `  ${holders}`}`;
  });
}

/** What a link is beyond its kind: "vni 7 to 192.0.2.9:4789", "isolated", "held by vpn[71]". */
function settingsText({ tunnel, mode, vlanId, port, holders, farEnds }: Link): string {
  const end = tunnel && (tunnel.port === null ? tunnel.remote : `${tunnel.remote ?? '*'}:${tunnel.port}`);
  const flags = port && [
    port.isolated === true && 'isolated',
    port.hairpin === true && 'hairpin',
    port.learning === false && 'not learning',
    port.flood === false && 'not flooded',
    port.state !== null && port.state !== 'forwarding' && port.state,
  ];
  return [
    mode,
    vlanId !== null && `vlan ${vlanId}`,
    typeof tunnel?.vni === 'number' && `vni ${tunnel.vni}`,
    end !== null && `to ${end}`,
    ...(flags ?? []),
    ...farEnds.map(farEndText),
    holders.length > 0 && `held by ${holders.map(({ pid, name }) => `${name}[${pid}]`).join(' ')}`,
  ]
    .filter((part) => typeof part === 'string' && part !== '')
    .join(' ');
}

/** "peer hU0f… at 192.0.2.9:4500 for 10.9.0.0/24", "vxlan vx0 to 192.0.2.7". */
function farEndText({ kind, name, address, port, networks }: FarEnd): string {
  const place = port === null ? address : `${address?.includes(':') ? `[${address}]` : address}:${port}`;
  const to = networks.length === 0 ? '' : ` for ${networks.join(' ')}`;
  return kind === 'wireguard'
    ? `peer ${name.slice(0, 8)}…${place === null ? '' : ` at ${place}`}${to}`
    : `${kind} ${name}${place === null ? '' : ` to ${place}`}`;
}

function linkText(
  link: Link,
  width: number,
  links: ReadonlyMap<LinkId, Link>,
  namespaces: ReadonlyMap<string, Namespace>,
): string {
  const peer = link.peer === null ? undefined : links.get(link.peer);
  const master = link.master === null ? undefined : links.get(link.master);
  const facts = [
    link.name.padEnd(width),
    link.kind.padEnd(8),
    (link.up ? (link.carrier ? 'up' : 'no-carrier') : 'down').padEnd(10),
    link.addresses.join(' '),
    settingsText(link),
    link.activeMember && `sends through ${links.get(link.activeMember)?.name ?? ''}`,
    master && `port of ${master.name}`,
    peer && `⇄ ${peer.name} in ${namespaces.get(peer.namespace)?.name ?? peer.namespace}`,
    link.peerUnknown && `⇄ ? (${link.peerUnknown === 'ambiguous' ? 'ambiguous' : 'not readable'})`,
  ];
  return facts
    .filter((fact) => fact)
    .join('  ')
    .trimEnd();
}

function unknownText(topology: Topology, namespaces: ReadonlyMap<string, Namespace>): string[] {
  if (topology.unknown.length === 0) {
    return [];
  }
  const entries = topology.unknown.map(({ namespace, what, reason, remedy }) => {
    const where = namespace === null ? 'node' : (namespaces.get(namespace)?.name ?? namespace);
    return `  ${where}: ${what}: ${reason}${remedy === null ? '' : ` ${remedy}`}`;
  });
  return ['', 'Not known:', ...entries];
}
