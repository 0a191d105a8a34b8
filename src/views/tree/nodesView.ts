import * as vscode from 'vscode';
import type { DetailsReader } from '../../session/detailsReader.ts';
import type { Diagnoses } from '../../session/diagnoses.ts';
import type { NodeRegistry } from '../../session/nodeRegistry.ts';
import { DisposableStore, type Disposable } from '../../util/disposable.ts';
import type { SelectionChange, SelectionService } from '../selectionService.ts';
import { NodesTree, type TreeElement } from './nodesTree.ts';

export const nodesViewId = 'patchbay.nodes';

/** The "Nodes" view: the tree, and its selection tied to everybody else's. */
export class NodesView implements Disposable {
  readonly #nodes: NodeRegistry;
  readonly #selection: SelectionService;
  readonly #owned = new DisposableStore();
  readonly #tree: NodesTree;
  readonly #view: vscode.TreeView<TreeElement>;
  /** Rows that are being selected by us, which VS Code reports like a click. */
  readonly #echoes = new Set<string>();

  constructor(
    nodes: NodeRegistry,
    selection: SelectionService,
    details: DetailsReader,
    diagnoses: Diagnoses,
  ) {
    this.#nodes = nodes;
    this.#selection = selection;
    this.#tree = this.#owned.add(new NodesTree(nodes, details, diagnoses));
    this.#view = this.#owned.add(
      vscode.window.createTreeView(nodesViewId, { treeDataProvider: this.#tree, showCollapseAll: true }),
    );
    this.#owned.add(this.#view.onDidChangeSelection(({ selection: elements }) => this.#clicked(elements)));
    this.#owned.add(this.#view.onDidChangeVisibility(({ visible }) => visible && this.#catchUp()));
    this.#owned.add(selection.onDidChange((change) => this.#follow(change)));
  }

  /** The tree as VS Code sees it. */
  get tree(): NodesTree {
    return this.#tree;
  }

  /** The row that is selected, for commands that come without an argument. */
  get selected(): TreeElement | undefined {
    return this.#view.selection[0];
  }

  /** Shows a row, opening the sidebar where needed. */
  async reveal(node: string, options: { readonly focus: boolean }): Promise<void> {
    const entry = this.#nodes.get(node);
    const selection = this.#selection.of(node);
    const element = entry && selection ? this.#tree.elementOf(entry, selection) : undefined;
    if (element) {
      await this.#revealElement(element, options.focus);
    }
  }

  /** VS Code reports the new selection before it says that revealing is done. */
  async #revealElement(element: TreeElement, focus: boolean): Promise<void> {
    this.#echoes.add(element.key);
    try {
      await this.#view.reveal(element, { select: true, focus });
    } finally {
      this.#echoes.delete(element.key);
    }
  }

  #clicked([element]: readonly TreeElement[]): void {
    if (!element || this.#echoes.has(element.key)) {
      return;
    }
    this.#nodes.activate(element.node);
    this.#selection.select(element.node, element.selection, 'tree');
  }

  #follow({ node, origin }: SelectionChange): void {
    // Revealing in a hidden view would bring the sidebar to the front.
    if (origin !== 'tree' && this.#view.visible) {
      void this.reveal(node, { focus: false });
    }
  }

  #catchUp(): void {
    const { active } = this.#nodes;
    if (active) {
      void this.reveal(active.id, { focus: false });
    }
  }

  dispose(): void {
    this.#owned.dispose();
  }
}
