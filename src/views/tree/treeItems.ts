import * as vscode from 'vscode';
import type { Finding } from '../../topology/finding.ts';
import type { Container, FdbEntry, Link, Namespace, Topology } from '../../topology/topology.ts';
import { findingsAt } from '../findingPlaces.ts';
import { countText, findingIcon } from '../findings.ts';
import { plainText } from '../text.ts';
import { addressOf, firstAddress, indexOf } from '../topologyIndex.ts';
import { detailLook } from './detailItems.ts';
import { spokenRow } from './spoken.ts';
import type { Group, Row, ShownNode, Subject } from './treeModel.ts';

const { t } = vscode.l10n;

/** How many pods a group shows opened at once. */
const fewPods = 40;

/** What a row looks like. `contextValue` is a list of words that the menus in package.json look for. */
export interface Look {
  readonly label: string;
  readonly description?: string;
  readonly icon: vscode.ThemeIcon;
  readonly tooltip?: Facts;
  readonly words?: readonly string[];
  readonly expanded?: boolean;
}

/** A title and what is known about it, as "name: value" lines. All of it may come from the node. */
interface Facts {
  readonly title: string;
  readonly lines: readonly (readonly [name: string, value: string | null | undefined])[];
  readonly text?: string;
}

/** The row as VS Code draws it. */
export function treeItem(row: Row, entry: ShownNode): vscode.TreeItem {
  const look = marked(lookOf(row.subject, entry), row, entry);
  const item = new vscode.TreeItem(plainText(look.label), collapsibleState(row, look));
  item.id = row.key;
  item.iconPath = look.icon;
  item.contextValue = [
    row.subject.kind,
    entry.state.kind,
    ...rightsOn(row, entry),
    ...(look.words ?? []),
  ].join(' ');
  item.tooltip = look.tooltip ? tooltip(look.tooltip) : plainText(look.label);
  if (look.description !== undefined && look.description !== '') {
    item.description = plainText(look.description);
  }
  item.accessibilityInformation = { label: spokenRow(row.subject, look, entry) };
  return item;
}

/** Whether there is a way to root, and whether the row is in the node's own namespace, where most can be done without. */
function rightsOn({ selection }: Row, { session: { topology } }: ShownNode): string[] {
  const index = topology && indexOf(topology);
  const place = selection?.kind === 'link' ? index?.link(selection.id)?.namespace : selection?.id;
  const isOwn = place !== undefined && index?.namespace(place)?.root === true;
  return [
    ...(topology && topology.node.privilege !== 'none' ? ['privileged'] : []),
    ...(isOwn ? ['own'] : []),
  ];
}

/** A link or namespace at which something is wrong says so by icon, words and tooltip. */
function marked(look: Look, { subject, selection }: Row, { findings = [] }: ShownNode): Look {
  const isPlace = ['namespace', 'link', 'bridge', 'port'].includes(subject.kind);
  const here = isPlace && selection ? findingsAt(findings, selection.id) : [];
  const [worst] = here;
  return worst === undefined
    ? look
    : {
        ...look,
        icon: findingIcon(worst.severity),
        description: [look.description ?? '', countText(here)].filter((part) => part !== '').join(' · '),
        ...(look.tooltip && {
          tooltip: { ...look.tooltip, text: here.map(({ title }) => title).join(' ') },
        }),
      };
}

function findingLook({ title, explanation, severity, evidence, mend }: Finding): Look {
  return {
    label: title,
    icon: findingIcon(severity),
    words: mend === null ? [] : ['mendable'],
    tooltip: {
      title,
      lines: [...evidence.map(({ text }): [string, string] => [t('Proof'), text]), [t('Mend'), mend?.title]],
      text: explanation,
    },
  };
}

/** Changes exactly when the item would be drawn or act differently. */
export function signatureOf(item: vscode.TreeItem): string {
  const { label, description, contextValue, collapsibleState: state, iconPath, tooltip: tip } = item;
  const icon = iconPath instanceof vscode.ThemeIcon ? [iconPath.id, iconPath.color?.id] : null;
  const text = tip instanceof vscode.MarkdownString ? tip.value : tip;
  return JSON.stringify([label, description, contextValue, state, icon, text]);
}

function collapsibleState(row: Row, { expanded = false }: Look): vscode.TreeItemCollapsibleState {
  const { None, Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  if (!row.hasChildren) {
    return None;
  }
  return expanded ? Expanded : Collapsed;
}

function tooltip({ title, lines, text }: Facts): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString('**').appendText(plainText(title)).appendMarkdown('**');
  for (const [name, value] of lines) {
    if (value !== null && value !== undefined && value !== '') {
      markdown.appendMarkdown('  \n').appendText(`${name}: ${plainText(value)}`);
    }
  }
  if (text !== undefined) {
    markdown.appendMarkdown('\n\n').appendText(plainText(text));
  }
  return markdown;
}

function lookOf(subject: Subject, entry: ShownNode): Look {
  const { topology } = entry.session;
  switch (subject.kind) {
    case 'node':
      return nodeLook(entry);
    case 'group':
      return groupLook(subject.group, subject.count, entry.findings ?? []);
    case 'finding':
      return findingLook(subject.finding);
    case 'namespace':
      return namespaceLook(subject.namespace, topology);
    case 'link':
      return linkLook(subject.link, topology);
    case 'details':
      return detailsLook(subject.namespace);
    case 'detail':
      return detailLook(subject.detail);
    case 'bridge':
      return bridgeLook(subject.bridge, topology);
    case 'port':
      return portLook(subject.port, topology);
    case 'fdb':
      return { label: t('Forwarding table'), description: String(subject.count), icon: icon('list-flat') };
    case 'fdbEntry':
      return fdbLook(subject.entry, topology);
    case 'container':
      return containerLook(subject.container);
    case 'process':
      return {
        label: subject.process.name,
        description: String(subject.process.pid),
        icon: icon('server-process'),
        tooltip: {
          title: subject.process.name,
          lines: [
            [t('Process'), String(subject.process.pid)],
            [t('Container'), subject.process.containerId],
          ],
        },
      };
    case 'unknown':
      return {
        label: subject.unknown.what,
        description: subject.unknown.reason,
        icon: icon('question', 'problemsWarningIcon.foreground'),
        tooltip: {
          title: t('Not known: {0}', subject.unknown.what),
          lines: [
            [t('Namespace'), namespaceName(topology, subject.unknown.namespace)],
            [t('Why'), subject.unknown.reason],
            [t('Remedy'), subject.unknown.remedy],
          ],
        },
      };
  }
}

function containerLook({ name, id, image, runtime, infra, pids, pod }: Container): Look {
  return {
    label: name,
    description: [infra ? t('holds the pod') : '', image ?? ''].filter((part) => part !== '').join(' · '),
    icon: icon(infra ? 'pinned' : 'vm'),
    tooltip: {
      title: name,
      lines: [
        [t('Container'), id],
        [t('Image'), image],
        [t('Runtime'), runtime],
        [t('Pod'), pod],
        [t('Processes'), String(pids.length)],
      ],
    },
  };
}

/** No event tells of changes to these. */
function detailsLook({ stateReadAt }: Namespace): Look {
  return {
    label: t('Rules, sockets and switches'),
    ...(stateReadAt === null
      ? {}
      : { description: t('as of {0}', new Date(stateReadAt).toLocaleTimeString()) }),
    icon: icon('list-tree'),
  };
}

function nodeLook(entry: ShownNode): Look {
  const facts = entry.session.topology?.node;
  return {
    label: entry.label,
    description: stateText(entry),
    icon: nodeIcon(entry),
    expanded: true,
    words: [entry.target.kind, ...(entry.session.traces.length > 0 ? ['traced'] : [])],
    tooltip: {
      title: entry.label,
      lines: [
        [t('State'), stateText(entry) || t('live')],
        [t('Host name'), facts?.hostname],
        [t('Kernel'), facts?.kernel],
        [t('System'), facts?.os],
        [t('iproute2'), facts?.iproute2],
        [t('Rights'), facts && privilegeText(facts.privilege)],
      ],
      ...('message' in entry.state ? { text: entry.state.message } : {}),
    },
  };
}

function privilegeText(privilege: 'root' | 'sudo' | 'none'): string {
  const texts = {
    root: t('root'),
    sudo: t('root through sudo'),
    none: t('not root: what needs root is unknown'),
  };
  return texts[privilege];
}

/** The state in a few words; "" where everything is as it should be. */
export function stateText({ state, session }: ShownNode): string {
  switch (state.kind) {
    case 'connecting':
      return t('connecting…');
    case 'live':
      return '';
    case 'lost':
      return t('lost since {0}', state.since.toLocaleTimeString());
    case 'failed':
      return t('not connected');
    case 'recording':
      return t('recording of {0}', localTime(session.topology?.takenAt));
  }
}

/** The instant for people; the text itself where it is not one (a recording may hold anything). */
function localTime(instant = ''): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? instant : date.toLocaleString();
}

function nodeIcon({ state, target }: ShownNode): vscode.ThemeIcon {
  switch (state.kind) {
    case 'connecting':
      return icon('loading~spin');
    case 'lost':
    case 'failed':
      return icon('debug-disconnect', 'problemsWarningIcon.foreground');
    case 'recording':
      return icon('history');
    case 'live':
      return icon(
        { lab: 'beaker', local: 'device-desktop', ssh: 'server', recording: 'history' }[target.kind],
      );
  }
}

function groupLook(group: Group, count: number, findings: readonly Finding[]): Look {
  const looks: Record<Group, Look> = {
    findings: {
      label: t('Findings'),
      icon: findingIcon(findings[0]?.severity ?? 'info'),
      description: countText(findings) || String(count),
    },
    pods: { label: t('Pods'), icon: icon('package'), expanded: count <= fewPods },
    namespaces: { label: t('Namespaces'), icon: icon('layers') },
    bridges: { label: t('Bridges'), icon: icon('circuit-board'), expanded: true },
    unknown: { label: t('Unknown'), icon: icon('question', 'problemsWarningIcon.foreground') },
  };
  return { description: String(count), words: [group], ...looks[group] };
}

function namespaceLook(namespace: Namespace, topology: Topology | null): Look {
  const { root, pod, name } = namespace;
  const address = topology && addressOf(indexOf(topology), namespace);
  const label = root ? t('node (root namespace)') : (pod?.name ?? name);
  return {
    label,
    description: isDark(namespace, topology) ? t('links not known') : root || address === null ? '' : address,
    icon: icon(root ? 'server' : pod?.kind === 'patchbay' ? 'package' : 'symbol-namespace'),
    words: ['name', ...(pod?.kind === 'patchbay' ? ['ours'] : []), ...(address === null ? [] : ['address'])],
    tooltip: {
      title: label,
      lines: [
        [t('Kind'), namespaceKind(namespace)],
        [t('Address'), address],
        [t('Names'), namespace.names.join(', ')],
        [t('Inode'), namespace.id],
        [t('Processes'), String(namespace.processes.length)],
      ],
    },
  };
}

/** Whether a namespace has no links because none could be read. */
function isDark({ id, links }: Namespace, topology: Topology | null): boolean {
  return (
    links.length === 0 &&
    topology?.unknown.some(({ namespace, what }) => namespace === id && what === 'links') === true
  );
}

function namespaceKind({ root, pod }: Namespace): string {
  if (root || pod === null) {
    return root ? t('the namespace of the node itself') : t('namespace');
  }
  const kinds = {
    patchbay: t('pod made by Patchbay'),
    podman: t('pod made by podman'),
    docker: t('container made by docker'),
    cri: t('pod made by a Kubernetes runtime'),
    named: t('named namespace'),
    process: t('held by processes, without a name'),
  };
  return kinds[pod.kind];
}

function linkLook(link: Link, topology: Topology | null): Look {
  const parts = [
    addressesText(link),
    peerText(link, topology),
    masterText(link, topology),
    link.up ? '' : t('down'),
    link.up && !link.carrier ? t('no carrier') : '',
  ];
  return {
    label: link.name,
    description: parts.filter((part) => part !== '').join(' · '),
    icon: linkIcon(link),
    words: linkWords(link),
    tooltip: linkFacts(link, topology),
  };
}

function bridgeLook(bridge: Link, topology: Topology | null): Look {
  const place =
    topology && !namespaceIsRoot(topology, bridge)
      ? t('in {0}', namespaceName(topology, bridge.namespace))
      : '';
  const parts = [addressesText(bridge), place, bridge.up ? '' : t('down')];
  return {
    label: bridge.name,
    description: parts.filter((part) => part !== '').join(' · '),
    icon: linkIcon(bridge),
    expanded: false,
    words: linkWords(bridge),
    tooltip: linkFacts(bridge, topology),
  };
}

function portLook(port: Link, topology: Topology | null): Look {
  const state = port.portState === 'forwarding' || port.portState === null ? '' : port.portState;
  const parts = [peerText(port, topology), state, port.up ? '' : t('down')];
  return { ...linkLook(port, topology), description: parts.filter((part) => part !== '').join(' · ') };
}

function fdbLook(entry: FdbEntry, topology: Topology | null): Look {
  const port = entry.link === null ? undefined : topology && indexOf(topology).link(entry.link);
  const parts = [
    port ? t('behind {0}', port.name) : '',
    entry.vlan === null ? '' : t('VLAN {0}', entry.vlan),
    entry.state === '' ? t('learned') : entry.state,
  ];
  return {
    label: entry.mac,
    description: parts.filter((part) => part !== '').join(' · '),
    icon: icon('arrow-small-right'),
    words: ['mac'],
  };
}

function linkWords(link: Link): string[] {
  const address = firstAddress(link.addresses);
  return [
    'name',
    link.up ? 'up' : 'down',
    ...(address === null ? [] : ['address']),
    ...(link.mac === null ? [] : ['mac']),
  ];
}

function linkFacts(link: Link, topology: Topology | null): Facts {
  return {
    title: link.name,
    lines: [
      [t('Kind'), link.kind],
      [t('Namespace'), namespaceName(topology, link.namespace)],
      [t('State'), link.up ? link.operstate : t('down')],
      [t('Addresses'), link.addresses.join(', ')],
      [t('MAC'), link.mac],
      [t('MTU'), String(link.mtu)],
      [t('Cable to'), peerPlace(link, topology)],
      [t('Port of'), linkName(topology, link.master)],
      [t('Mode'), link.mode],
      [t('VLAN'), link.vlanId === null ? null : String(link.vlanId)],
      [t('VNI'), link.tunnel?.vni?.toString()],
      [t('Far end'), link.tunnel?.remote],
      [
        t('Far ends'),
        link.farEnds
          .map(({ name, address }) => (address === null ? name : `${name} (${address})`))
          .join(', '),
      ],
      [t('Sends through'), linkName(topology, link.activeMember)],
      [t('Port'), portText(link)],
      [t('Held by'), link.holders.map(({ pid, name }) => `${name} (${pid})`).join(', ')],
      [t('Alias'), link.alias],
    ],
  };
}

/** What a bridge does otherwise at this port than it usually does. */
function portText({ port }: Link): string {
  return [
    port?.isolated === true ? t('isolated') : '',
    port?.hairpin === true ? t('hairpin') : '',
    port?.learning === false ? t('does not learn') : '',
    port?.flood === false ? t('is not flooded') : '',
  ]
    .filter((word) => word !== '')
    .join(', ');
}

function addressesText({ addresses }: Link): string {
  const known = addresses.filter((address) => !/^fe80:/i.test(address));
  const [first = '', ...more] = known.length > 0 ? known : addresses;
  return more.length > 0 ? t('{0} (+{1})', first, more.length) : first;
}

function peerText(link: Link, topology: Topology | null): string {
  const place = peerPlace(link, topology);
  return place === '' ? '' : `↔ ${place}`;
}

/** Where the other end of the cable is; what cannot be proven is said, not guessed. "" where there is no cable. */
function peerPlace(link: Link, topology: Topology | null): string {
  if (link.peerUnknown !== null) {
    return link.peerUnknown === 'ambiguous' ? t('ambiguous') : t('not readable');
  }
  const peer = link.peer === null || !topology ? undefined : indexOf(topology).link(link.peer);
  if (!peer) {
    return '';
  }
  return peer.namespace === link.namespace
    ? peer.name
    : t('{0} in {1}', peer.name, namespaceName(topology, peer.namespace));
}

function masterText(link: Link, topology: Topology | null): string {
  const master = linkName(topology, link.master);
  return master === '' ? '' : t('port of {0}', master);
}

function linkName(topology: Topology | null, id: string | null): string {
  return id === null || !topology ? '' : (indexOf(topology).link(id)?.name ?? '');
}

function namespaceName(topology: Topology | null, id: string | null): string {
  const namespace = id === null || !topology ? undefined : indexOf(topology).namespace(id);
  return namespace ? (namespace.pod?.name ?? namespace.name) : '';
}

function namespaceIsRoot(topology: Topology, link: Link): boolean {
  return indexOf(topology).namespace(link.namespace)?.root === true;
}

const linkIcons: Readonly<Record<string, string>> = {
  veth: 'plug',
  bridge: 'circuit-board',
  loopback: 'sync',
  vlan: 'tag',
  vxlan: 'remote',
  geneve: 'remote',
  wireguard: 'shield',
};

function linkIcon(link: Link): vscode.ThemeIcon {
  const color = !link.up ? 'disabledForeground' : link.carrier ? undefined : 'problemsWarningIcon.foreground';
  return icon(linkIcons[link.kind] ?? 'symbol-interface', color);
}

function icon(id: string, color?: string): vscode.ThemeIcon {
  return color === undefined
    ? new vscode.ThemeIcon(id)
    : new vscode.ThemeIcon(id, new vscode.ThemeColor(color));
}
