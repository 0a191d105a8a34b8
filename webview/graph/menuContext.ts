/** Pure: what VS Code's own context menu is told of the thing that it is opened on (package.json, `webview/context`). */
import type { ConnectionState, Selection } from '../../src/protocol/messages.ts';
import type { Link, NamespaceId } from '../../src/topology/topology.ts';
import type { FindingIndex } from './findings.ts';
import { firstAddress } from './text.ts';
import type { TopologyIndex } from './topologyIndex.ts';

/**
 * Words that the menu's conditions look for: what it is, the state of its node, whether there is a way to root there, and what can
 * be done with it. "graph" is the ground on which everything lies.
 */
export function menuWords(
  index: TopologyIndex | null,
  selection: Selection | null,
  state: ConnectionState['kind'],
): string {
  const privileged = index !== null && index.topology.node.privilege !== 'none' ? 'privileged' : '';
  const ownOf = (id: NamespaceId): string => (id === index?.root?.id ? 'own' : '');
  if (selection?.kind === 'link') {
    const link = index?.links.get(selection.id);
    const words = link
      ? [
          'link',
          state,
          privileged,
          ownOf(link.namespace),
          ...linkWords(link, link.namespace === index?.root?.id),
        ]
      : ['gone', state];
    return words.filter(Boolean).join(' ');
  }
  const namespace = selection === null ? undefined : index?.namespaces.get(selection.id);
  if (namespace === undefined) {
    return ['graph', state, privileged].filter(Boolean).join(' ');
  }
  const hasAddress = index
    ?.linksOf(namespace.id)
    .some((link) => link.kind !== 'loopback' && firstAddress(link) !== null);
  const words = [
    'namespace',
    state,
    privileged,
    ownOf(namespace.id),
    'name',
    namespace.pod?.kind === 'patchbay' ? 'ours' : '',
    hasAddress === true ? 'address' : '',
  ];
  return words.filter(Boolean).join(' ');
}

function linkWords(link: Link, onNode: boolean): string[] {
  return [
    ...['name', link.up ? 'up' : 'down'],
    ...(firstAddress(link) === null ? [] : ['address']),
    ...(link.mac === null ? [] : ['mac']),
    ...(onNode && link.kind === 'bridge' ? ['bridge'] : []),
  ];
}

/** The worst finding of a thing that has a mend; null where there is none. */
export function mendableOf(
  index: TopologyIndex | null,
  selection: Selection | null,
  findings: FindingIndex,
): string | null {
  const here = index && selection ? findings.of(index, selection) : [];
  return here.find(({ mend }) => mend !== null)?.id ?? null;
}

/** The value of `data-vscode-context`: the conditions' words, and the argument that the commands get. */
export function menuContext(
  words: string,
  about: {
    readonly node: string | null;
    readonly selection: Selection | null;
    readonly finding: string | null;
  },
): string {
  const { node, selection, finding } = about;
  return JSON.stringify({
    patchbayItem: finding === null ? words : `${words} mendable`,
    preventDefaultContextMenuItems: true,
    node,
    ...(selection === null ? {} : { selection }),
    ...(finding === null ? {} : { finding }),
  });
}
