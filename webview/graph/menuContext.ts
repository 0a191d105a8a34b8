/** Pure: what VS Code's own context menu is told of the thing that it is opened on (package.json, `webview/context`). */
import type { ConnectionState, Selection } from '../../src/protocol/messages.ts';
import { firstAddress } from './text.ts';
import type { TopologyIndex } from './topologyIndex.ts';

/**
 * Words that the menu's conditions look for: what it is, the state of its node, and what can be done with it. "graph" is the
 * ground on which everything lies.
 */
export function menuWords(
  index: TopologyIndex | null,
  selection: Selection | null,
  state: ConnectionState['kind'],
): string {
  if (selection?.kind === 'link') {
    const link = index?.links.get(selection.id);
    const words = link
      ? ['link', state, 'name', link.up ? 'up' : 'down', firstAddress(link) && 'address', link.mac && 'mac']
      : ['gone', state];
    return words.filter(Boolean).join(' ');
  }
  const namespace = selection === null ? undefined : index?.namespaces.get(selection.id);
  if (namespace === undefined) {
    return `graph ${state}`;
  }
  const hasAddress = index
    ?.linksOf(namespace.id)
    .some((link) => link.kind !== 'loopback' && firstAddress(link) !== null);
  const words = [
    'namespace',
    state,
    'name',
    namespace.pod?.kind === 'patchbay' ? 'ours' : '',
    hasAddress === true ? 'address' : '',
  ];
  return words.filter(Boolean).join(' ');
}

/** The value of `data-vscode-context`: the conditions' words, and the argument that the commands get. */
export function menuContext(words: string, node: string | null, selection: Selection | null): string {
  return JSON.stringify({
    patchbayItem: words,
    preventDefaultContextMenuItems: true,
    node,
    ...(selection === null ? {} : { selection }),
  });
}
