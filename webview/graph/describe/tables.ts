/** Pure: the tables that a link and its namespace have in common. */
import type { FdbEntry, Link, Neighbour, Route, Rule } from '../../../src/topology/topology.ts';
import { selectLink } from '../selection.ts';
import { displayName, firstAddress, stateInWords } from '../text.ts';
import { vethPeer, type TopologyIndex } from '../topologyIndex.ts';
import {
  copyable,
  linkCell,
  nearLinkCell,
  number,
  stateCell,
  text,
  type Cell,
  type Section,
} from './cells.ts';

function linkRow(index: TopologyIndex, link: Link): Cell[] {
  const peer = vethPeer(index, link.id);
  const to: Cell = peer
    ? linkCell(index, peer)
    : { text: link.peerUnknown === null ? '' : '?', tone: 'warning' };
  return [
    { text: displayName(link.name), selection: selectLink(link.id) },
    { ...stateCell(link), text: stateInWords(link) },
    text(firstAddress(link) ?? ''),
    to,
  ];
}

export function linkTable(index: TopologyIndex, links: readonly Link[]): Section {
  const head = ['Name', 'State', 'Address', 'Leads to'];
  const rows = links.map((link) => linkRow(index, link));
  return { title: 'Interfaces', count: links.length, table: { head, rows }, shows: ['links'] };
}

export function portTable(index: TopologyIndex, ports: readonly Link[]): Section {
  const rows = ports.map((port) => linkRow(index, port).filter((_, column) => column !== 2));
  const table = { head: ['Name', 'State', 'Leads to'], rows };
  return { title: 'Ports', count: ports.length, table, shows: ['ports'] };
}

export function routeTable(index: TopologyIndex, title: string, routes: readonly Route[]): Section {
  const rows = routes.map((route): Cell[] => [
    copyable(route.destination),
    text(route.gateway ?? (route.type === 'unicast' ? 'direct' : route.type)),
    nearLinkCell(index, route.link),
    text(route.table),
    route.metric === null ? text('') : number(route.metric),
  ]);
  const head = ['To', 'Via', 'Through', 'Table', 'Metric'];
  return { title, count: rows.length, table: { head, rows }, shows: ['routes'] };
}

/** A rule without a table says what it does instead: "unreachable", "goto" … */
function actionOf({ raw }: Rule): string {
  const action = raw['action'];
  return typeof action === 'string' ? action : '';
}

export function ruleTable(rules: readonly Rule[]): Section {
  const rows = rules.map((rule): Cell[] => [
    number(rule.priority),
    text(rule.source),
    text(rule.table ?? actionOf(rule)),
    text(`IPv${rule.family}`),
  ]);
  const table = { head: ['Priority', 'From', 'Table', 'Family'], rows };
  return { title: 'Routing rules', count: rows.length, table, shows: ['rules'] };
}

export function neighbourTable(index: TopologyIndex, neighbours: readonly Neighbour[]): Section {
  const rows = neighbours.map((neighbour): Cell[] => {
    const failed = neighbour.states.includes('FAILED') || neighbour.states.includes('INCOMPLETE');
    return [
      copyable(neighbour.address),
      neighbour.mac === null ? text('') : copyable(neighbour.mac),
      nearLinkCell(index, neighbour.link),
      { text: displayName(neighbour.states.join(' ').toLowerCase()), ...(failed ? { tone: 'bad' } : {}) },
    ];
  });
  const table = { head: ['Address', 'MAC', 'Through', 'State'], rows };
  return { title: 'Neighbours', count: rows.length, table, shows: ['neighbours'] };
}

export function fdbTable(index: TopologyIndex, entries: readonly FdbEntry[]): Section {
  const rows = entries.map((entry): Cell[] => [
    copyable(entry.mac),
    nearLinkCell(index, entry.link),
    entry.vlan === null ? text('') : number(entry.vlan),
    text(entry.state === '' ? 'learned' : entry.state),
  ]);
  const table = { head: ['MAC', 'Behind port', 'VLAN', 'How'], rows };
  return { title: 'Forwarding table', count: rows.length, table, shows: ['fdb'] };
}
