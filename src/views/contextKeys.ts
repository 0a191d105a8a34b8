import * as vscode from 'vscode';
import type { NodeRegistry } from '../session/nodeRegistry.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';

/** Keeps the keys that the manifest's `when` clauses ask for: `patchbay.hasNodes` and `patchbay.activeNode`. */
export function followContextKeys(nodes: NodeRegistry): Disposable {
  const owned = new DisposableStore();
  const update = (): void => {
    setContext('patchbay.hasNodes', nodes.entries.length > 0);
    setContext('patchbay.activeNode', nodes.active?.state.kind ?? '');
  };
  for (const event of [nodes.onDidAdd, nodes.onDidRemove, nodes.onDidChangeState, nodes.onDidChangeActive]) {
    owned.add(event(update));
  }
  return owned;
}

function setContext(key: string, value: unknown): void {
  void vscode.commands.executeCommand('setContext', key, value);
}
