import * as vscode from 'vscode';
import type { NodeEntry, NodeRegistry } from '../session/nodeRegistry.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';
import { iconText, messageText } from './text.ts';
import { stateText } from './tree/treeItems.ts';

/** Says in the status bar which node is active and how it is; a click opens its topology. */
export class StatusBar implements Disposable {
  readonly #owned = new DisposableStore();
  readonly #item: vscode.StatusBarItem;

  constructor(nodes: NodeRegistry) {
    this.#item = this.#owned.add(
      vscode.window.createStatusBarItem('patchbay.node', vscode.StatusBarAlignment.Left),
    );
    this.#item.name = vscode.l10n.t('Patchbay: active node');
    this.#item.command = 'patchbay.panel.open';
    this.#owned.add(nodes.onDidChangeActive((entry) => this.#show(entry)));
    this.#owned.add(nodes.onDidChangeState((entry) => entry === nodes.active && this.#show(entry)));
  }

  #show(entry: NodeEntry | null): void {
    if (!entry) {
      this.#item.hide();
      return;
    }
    const text = [entry.label, stateText(entry)].filter((part) => part !== '').join(': ');
    const isGone = entry.state.kind === 'lost' || entry.state.kind === 'failed';
    this.#item.text = `$(${icons[entry.state.kind]}) ${iconText(text)}`;
    this.#item.tooltip = messageText(
      'message' in entry.state ? entry.state.message : vscode.l10n.t('Open the topology'),
    );
    this.#item.backgroundColor = isGone
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.#item.show();
  }

  dispose(): void {
    this.#owned.dispose();
  }
}

const icons: Record<NodeEntry['state']['kind'], string> = {
  connecting: 'loading~spin',
  live: 'plug',
  recording: 'history',
  lost: 'debug-disconnect',
  failed: 'debug-disconnect',
};
