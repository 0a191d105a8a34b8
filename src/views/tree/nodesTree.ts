import * as vscode from 'vscode';
import type { DetailsReader } from '../../session/detailsReader.ts';
import type { Diagnoses } from '../../session/diagnoses.ts';
import type { NodeEntry, NodeId, NodeRegistry } from '../../session/nodeRegistry.ts';
import type { Finding } from '../../topology/finding.ts';
import type { Selection } from '../../protocol/messages.ts';
import { DisposableStore, type Disposable } from '../../util/disposable.ts';
import { signatureOf, treeItem } from './treeItems.ts';
import { childRows, nodeRows, pathTo, type Row, type ShownNode } from './treeModel.ts';

/**
 * What VS Code holds for one row, and what a menu hands to a command. It stays the same object while the row exists;
 * what the row shows is looked up.
 */
export interface TreeElement {
  readonly key: string;
  readonly parent: string | null;
  readonly node: NodeId;
  readonly selection: Selection | null;
  /** The id of the finding that the row is about. */
  readonly finding?: string;
}

/** What VS Code was last told of a row. */
interface Shown {
  signature: string | null;
  children: readonly string[] | null;
}

const noFindings: readonly Finding[] = [];

/** The open nodes as a tree. Asks VS Code to draw again only the rows that changed. */
export class NodesTree implements vscode.TreeDataProvider<TreeElement>, Disposable {
  readonly #nodes: NodeRegistry;
  readonly #details: DetailsReader;
  readonly #diagnoses: Diagnoses;
  readonly #owned = new DisposableStore();
  readonly #changes = this.#owned.add(new vscode.EventEmitter<TreeElement | TreeElement[] | undefined>());
  readonly #rows = new Map<string, Row>();
  readonly #elements = new Map<string, TreeElement>();
  readonly #shown = new Map<string, Shown>();
  readonly onDidChangeTreeData = this.#changes.event;

  constructor(nodes: NodeRegistry, details: DetailsReader, diagnoses: Diagnoses) {
    this.#nodes = nodes;
    this.#details = details;
    this.#diagnoses = diagnoses;
    this.#owned.add(nodes.onDidAdd((entry) => this.#follow(entry)));
    this.#owned.add(nodes.onDidRemove(() => this.#changes.fire(undefined)));
    this.#owned.add(nodes.onDidChangeState((entry) => this.#update(entry)));
    for (const source of [details, diagnoses]) {
      this.#owned.add(
        source.onDidChange((session) =>
          nodes.entries.filter((entry) => entry.session === session).forEach((entry) => this.#update(entry)),
        ),
      );
    }
  }

  getChildren(element?: TreeElement): TreeElement[] {
    this.#readDetails(element);
    const rows = element
      ? this.#childRows(element)
      : nodeRows(this.#nodes.entries.map((entry) => this.#shownNode(entry)));
    const key = element?.key ?? '';
    this.#forget(this.#shown.get(key)?.children ?? [], rows);
    this.#shownOf(key).children = rows.map((row) => row.key);
    return rows.map((row) => this.#intern(row));
  }

  /** VS Code asks for the rows below one only while that is open and in sight: somebody looks at these details. */
  #readDetails(element: TreeElement | undefined): void {
    const row = element && this.#rows.get(element.key);
    const entry = row && this.#nodes.get(row.node);
    if (entry && row.subject.kind === 'details') {
      this.#details.readQuietly(entry.session, row.subject.namespace.id);
    }
  }

  /** The node with what the tree shows beside it. */
  #shownNode(entry: NodeEntry): ShownNode {
    const { id, target, label, state, session } = entry;
    return {
      id,
      target,
      label,
      state,
      session,
      findings: this.#diagnoses.of(session)?.findings ?? noFindings,
      detailsOf: (namespace) => this.#details.stateOf(session, namespace),
    };
  }

  getParent({ parent }: TreeElement): TreeElement | undefined {
    return parent === null ? undefined : this.#elements.get(parent);
  }

  getTreeItem(element: TreeElement): vscode.TreeItem {
    const item = this.#item(element.key);
    this.#shownOf(element.key).signature = item && signatureOf(item);
    return item ?? new vscode.TreeItem('');
  }

  /** The element that shows a selection, known to VS Code by way of its parents; undefined where there is none. */
  elementOf(entry: NodeEntry, selection: Selection): TreeElement | undefined {
    return pathTo(selection, this.#shownNode(entry))
      ?.map((row) => this.#intern(row))
      .at(-1);
  }

  #follow(entry: NodeEntry): void {
    const listening = this.#owned.add(new DisposableStore());
    listening.add(entry.session.onDidChangeTopology(() => this.#update(entry)));
    listening.add(entry.session.onDidTrace(() => this.#update(entry)));
    const removed = this.#owned.add(
      this.#nodes.onDidRemove((gone) => {
        if (gone === entry) {
          this.#owned.release(listening);
          this.#owned.release(removed);
        }
      }),
    );
    this.#changes.fire(undefined);
  }

  #update(entry: NodeEntry): void {
    const shown = this.#shownNode(entry);
    const [row] = nodeRows([shown]);
    const changed = row ? this.#changedRows(row, shown) : [];
    if (changed.length > 0) {
      this.#changes.fire(changed);
    }
  }

  /** The topmost rows that look different, or hold other rows, than VS Code was told; refreshing one refreshes what is below. */
  #changedRows(row: Row, entry: ShownNode): TreeElement[] {
    const shown = this.#shown.get(row.key);
    if (!shown) {
      return [];
    }
    const element = this.#intern(row);
    if (shown.signature !== signatureOf(treeItem(row, entry))) {
      return [element];
    }
    if (!shown.children) {
      return [];
    }
    const children = childRows(row, entry);
    const isSame =
      children.length === shown.children.length &&
      children.every(({ key }, at) => key === shown.children?.[at]);
    return isSame ? children.flatMap((child) => this.#changedRows(child, entry)) : [element];
  }

  #childRows(element: TreeElement): Row[] {
    const row = this.#rows.get(element.key);
    const entry = this.#nodes.get(element.node);
    return row && entry ? childRows(row, this.#shownNode(entry)) : [];
  }

  #item(key: string): vscode.TreeItem | null {
    const row = this.#rows.get(key);
    const entry = row && this.#nodes.get(row.node);
    return row && entry ? treeItem(row, this.#shownNode(entry)) : null;
  }

  #intern(row: Row): TreeElement {
    const { key, parent, node, selection } = row;
    this.#rows.set(key, row);
    const known = this.#elements.get(key);
    if (known) {
      return known;
    }
    const finding = row.subject.kind === 'finding' ? { finding: row.subject.finding.id } : {};
    const element = { key, parent, node, selection, ...finding };
    this.#elements.set(key, element);
    return element;
  }

  #shownOf(key: string): Shown {
    const known = this.#shown.get(key);
    if (known) {
      return known;
    }
    const shown = { signature: null, children: null };
    this.#shown.set(key, shown);
    return shown;
  }

  /** Drops what is known of rows that are gone, and of all that was below them. */
  #forget(before: readonly string[], now: readonly Row[]): void {
    const kept = new Set(now.map(({ key }) => key));
    const gone = before.filter((key) => !kept.has(key));
    while (gone.length > 0) {
      const key = gone.pop() ?? '';
      gone.push(...(this.#shown.get(key)?.children ?? []));
      this.#rows.delete(key);
      this.#elements.delete(key);
      this.#shown.delete(key);
    }
  }

  dispose(): void {
    this.#owned.dispose();
  }
}
