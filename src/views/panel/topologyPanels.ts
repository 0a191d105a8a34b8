import * as vscode from 'vscode';
import type { PanelState } from '../../protocol/messages.ts';
import type { NodeId } from '../../session/nodeRegistry.ts';
import { DisposableStore, type Disposable } from '../../util/disposable.ts';
import { parsePanelState } from './panelMessages.ts';
import { TopologyPanel, type PanelServices } from './topologyPanel.ts';

const panelViewType = 'patchbay.topology';

/** The open topology panels: one a node, and one that shows none yet. */
export class TopologyPanels implements vscode.WebviewPanelSerializer, Disposable {
  readonly #services: PanelServices;
  readonly #owned = new DisposableStore();
  readonly #panels = new Map<NodeId | null, TopologyPanel>();

  constructor(services: PanelServices) {
    this.#services = services;
    this.#owned.add(vscode.window.registerWebviewPanelSerializer(panelViewType, this));
  }

  get(node: NodeId): TopologyPanel | undefined {
    return this.#panels.get(node);
  }

  /** Opens the panel of a node, or brings it to the front. Without a node it says how to begin. */
  open(node: NodeId | null, options: { readonly focus: boolean }): TopologyPanel {
    return this.#open(node, vscode.ViewColumn.Active, options);
  }

  /** The same beside the editor, which keeps the focus. A panel that can be seen stays where it is. */
  openBeside(node: NodeId | null): TopologyPanel {
    const known = this.#panels.get(node);
    return known?.visible === true ? known : this.#open(node, vscode.ViewColumn.Beside, { focus: false });
  }

  #open(
    node: NodeId | null,
    viewColumn: vscode.ViewColumn,
    options: { readonly focus: boolean },
  ): TopologyPanel {
    const known = this.#panels.get(node);
    if (known) {
      known.reveal(options);
      return known;
    }
    const place = { viewColumn, preserveFocus: !options.focus };
    return this.#host(
      vscode.window.createWebviewPanel(panelViewType, vscode.l10n.t('Topology'), place),
      node,
    );
  }

  /** Called by VS Code after a reload, with what the page kept. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = parsePanelState(state);
    const { node, selection = null } = kept;
    if (this.#panels.has(node)) {
      panel.dispose();
    } else {
      if (node !== null && this.#services.selection.of(node) === null) {
        this.#services.selection.select(node, selection, 'panel');
      }
      this.#host(panel, node, kept);
    }
    return Promise.resolve();
  }

  #host(webview: vscode.WebviewPanel, node: NodeId | null, kept?: PanelState): TopologyPanel {
    const panel = new TopologyPanel(webview, node, this.#services, kept);
    this.#panels.set(node, panel);
    this.#owned.add(panel);
    webview.onDidDispose(() => {
      this.#panels.delete(node);
      this.#owned.release(panel);
    });
    return panel;
  }

  /** Ends what hangs on the panels. The panels stay: VS Code shows them again in the next run. */
  dispose(): void {
    this.#owned.dispose();
  }
}
