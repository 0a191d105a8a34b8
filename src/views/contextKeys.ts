import * as vscode from 'vscode';
import type { NodeEntry, NodeRegistry } from '../session/nodeRegistry.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';

/** Keeps the keys that the manifest's `when` clauses ask for: all about the active node but the first. */
export function followContextKeys(nodes: NodeRegistry): Disposable {
  const owned = new DisposableStore();
  const update = (): void => {
    setContext('patchbay.hasNodes', nodes.entries.length > 0);
    setContext('patchbay.activeNode', nodes.active?.state.kind ?? '');
    setContext('patchbay.isPrivileged', isPrivileged(nodes.active));
    setContext('patchbay.hasTraces', (nodes.active?.session.traces.length ?? 0) > 0);
  };
  // The session takes its listeners along.
  owned.add(nodes.onDidAdd(({ session }) => void session.onDidTrace(update)));
  for (const event of [nodes.onDidAdd, nodes.onDidRemove, nodes.onDidChangeState, nodes.onDidChangeActive]) {
    owned.add(event(update));
  }
  return owned;
}

/** Whether there is a way to root on a node. */
function isPrivileged(entry: NodeEntry | null): boolean {
  const privilege = entry?.session.topology?.node.privilege;
  return privilege !== undefined && privilege !== 'none';
}

function setContext(key: string, value: unknown): void {
  void vscode.commands.executeCommand('setContext', key, value);
}
