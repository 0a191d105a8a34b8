/** Pure: what the inspector says of a selection, in human words. */
import type { Selection } from '../../src/protocol/messages.ts';
import {
  showLinkCommands,
  showNamespaceCommands,
  type ShowCommand,
} from '../../src/topology/showCommands.ts';
import type { DetailsState } from '../host/details.ts';
import {
  fact,
  findingSection,
  linkCell,
  text,
  unknownSection,
  type Cell,
  type Description,
} from './describe/cells.ts';
import { describeLink } from './describe/link.ts';
import { describeNamespace, namespaceKind } from './describe/namespace.ts';
import { noFindings, worstSentence, type FindingIndex } from './findings.ts';
import type { Traffic } from './rates.ts';
import { selectionName, selectLink } from './selection.ts';
import {
  displayName,
  firstAddress,
  kindInWords,
  linkState,
  namespaceTitle,
  plural,
  stateInWords,
} from './text.ts';
import { vethPeer, type TopologyIndex } from './topologyIndex.ts';

/** What a description needs beside the topology. */
export interface Surroundings {
  readonly details?: DetailsState;
  /** The counters of the selected link as they are now. */
  readonly traffic?: Traffic | null;
  readonly findings?: FindingIndex;
}

/** Describes a selection; null for one that the topology does not have. */
export function describe(
  index: TopologyIndex,
  selection: Selection,
  { details = null, traffic = null, findings = noFindings }: Surroundings = {},
): Description | null {
  const wrong = findingSection(index, selection, findings);
  const link = selection.kind === 'link' ? index.links.get(selection.id) : undefined;
  const namespace = selection.kind === 'namespace' ? index.namespaces.get(selection.id) : undefined;
  const description = link
    ? describeLink(index, link, traffic)
    : namespace
      ? describeNamespace(index, namespace, details)
      : null;
  return description && { ...description, sections: [...wrong, ...description.sections] };
}

/** The commands that show what is said of a selection; of the node itself where nothing is selected. */
export function commandsOf(
  { topology, links, namespaces, root }: TopologyIndex,
  selection: Selection | null,
): ShowCommand[] {
  if (selection?.kind === 'link') {
    const link = links.get(selection.id);
    return link === undefined ? [] : showLinkCommands(topology, link);
  }
  const namespace = selection === null ? root : namespaces.get(selection.id);
  return namespace ? showNamespaceCommands(topology, namespace) : [];
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
    sections: [...unknownSection(unknown), { title: 'Facts', facts, shows: ['node'] }],
    raw: null,
  };
}

/** What {@link announce} says, and the worst that is wrong with it. */
export function announceWith(index: TopologyIndex, selection: Selection, findings: FindingIndex): string {
  const wrong = worstSentence(findings.of(index, selection));
  return [announce(index, selection), wrong].filter((part) => part !== '').join('. ');
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
    const ports = index.portCountOf(link.id);
    return [
      selectionName(index, selection),
      kindInWords(link.kind),
      stateInWords(link),
      firstAddress(link) ?? 'no address',
      ...(peer ? [`cable to ${selectionName(index, selectLink(peer.id))}`] : []),
      ...(link.peerUnknown === null ? [] : ['other end of the cable unknown']),
      ...(master ? [`port of ${displayName(master.name)}`] : []),
      ...(ports > 0 ? [plural(ports, 'port')] : []),
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
