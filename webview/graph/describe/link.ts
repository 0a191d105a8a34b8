/** Pure: what the inspector says of a link. */
import type { Counters, Link } from '../../../src/topology/topology.ts';
import type { Rate, Traffic } from '../rates.ts';
import { selectNamespace } from '../selection.ts';
import { displayName, formatBytes, kindInWords, namespaceTitle } from '../text.ts';
import { vethPeer, type TopologyIndex } from '../topologyIndex.ts';
import {
  copyable,
  fact,
  linkCell,
  number,
  optional,
  stateCell,
  tableSection,
  text,
  type Cell,
  type Description,
  type Fact,
  type Section,
} from './cells.ts';
import { fdbTable, neighbourTable, portTable, routeTable } from './tables.ts';

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
  return tableSection('Far ends', ['Name', 'Kind', 'At', 'For', 'Last handshake'], rows, 'farEnds');
}

/** VLANs that a bridge lets through at a link, as `bridge vlan` names them. */
function vlanSection(index: TopologyIndex, link: Link): Section[] {
  const rows = index.topology.vlans
    .filter((entry) => entry.link === link.id)
    .map(({ first, last, pvid, untagged }): Cell[] => [
      { text: first === last ? String(first) : `${first}–${last}`, sort: first },
      text([pvid ? 'of untagged frames' : '', untagged ? 'leaves untagged' : ''].filter(Boolean).join(', ')),
    ]);
  return tableSection('VLANs', ['VLAN', 'How'], rows, 'vlans');
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

function trafficRow(label: string, counters: Counters, rate: Rate | undefined): Cell[] {
  const bad = (value: number): Cell => ({ ...number(value), tone: value > 0 ? 'warning' : 'dim' });
  return [
    text(label),
    { text: formatBytes(counters.bytes), sort: counters.bytes },
    text(rate === undefined ? '' : `${formatBytes(Math.round(rate.bytes))}/s`),
    number(counters.packets),
    text(rate === undefined ? '' : `${rate.packets.toFixed(rate.packets < 10 ? 1 : 0)}/s`),
    bad(counters.errors),
    bad(counters.dropped),
  ];
}

function trafficSection(link: Link, traffic: Traffic | null): Section[] {
  const statistics = traffic?.statistics ?? link.statistics;
  if (statistics === null) {
    return [];
  }
  const rows = [
    trafficRow('Received', statistics.received, traffic?.rates?.received),
    trafficRow('Sent', statistics.sent, traffic?.rates?.sent),
  ];
  const head = ['', 'Bytes', 'Rate', 'Packets', 'Rate', 'Errors', 'Dropped'];
  return [{ title: 'Traffic', table: { head, rows, inOrder: true }, shows: ['statistics'] }];
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

/** The routes and neighbours of its namespace that lead through a link. */
function throughSections(index: TopologyIndex, link: Link): Section[] {
  const routes = index.topology.routes.filter((route) => route.link === link.id);
  const neighbours = index.topology.neighbours.filter((neighbour) => neighbour.link === link.id);
  return [
    ...(routes.length === 0 ? [] : [routeTable(index, 'Routes through it', routes)]),
    ...(neighbours.length === 0 ? [] : [neighbourTable(index, neighbours)]),
  ];
}

function fdbSections(index: TopologyIndex, link: Link): Section[] {
  const isBridge = link.kind === 'bridge';
  const entries = index.topology.fdb.filter((entry) =>
    isBridge ? entry.bridge === link.id : entry.link === link.id && entry.bridge === null,
  );
  return isBridge || (link.kind === 'vxlan' && entries.length > 0) ? [fdbTable(index, entries)] : [];
}

export function describeLink(index: TopologyIndex, link: Link, traffic: Traffic | null): Description {
  const ports = index.portsOf(link.id);
  const isHub = link.kind === 'bridge' || ports.length > 0;
  return {
    title: displayName(link.name),
    subtitle: kindInWords(link.kind),
    sections: [
      ...peerUnknownSection(link),
      { title: 'Facts', facts: linkFacts(index, link), shows: ['links', 'port', 'switches'] },
      ...(isHub ? [portTable(index, ports)] : []),
      ...fdbSections(index, link),
      ...farEndSection(link),
      ...vlanSection(index, link),
      ...trafficSection(link, traffic),
      ...throughSections(index, link),
    ],
    raw: () => link.raw,
  };
}
