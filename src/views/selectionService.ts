/** Pure: which thing of which node is selected, told to tree and panel alike. */
import type { Selection } from '../protocol/messages.ts';
import type { NodeId } from '../session/nodeRegistry.ts';
import type { Disposable } from '../util/disposable.ts';
import { Emitter } from '../util/event.ts';

/** Who selected: a view does not answer its own selection. */
export type SelectionOrigin = 'tree' | 'panel' | 'command';

export interface SelectionChange {
  readonly node: NodeId;
  readonly selection: Selection | null;
  readonly origin: SelectionOrigin;
}

/** One selection a node. Fires only on a change, so that two views that follow each other come to rest. */
export class SelectionService implements Disposable {
  readonly #selected = new Map<NodeId, Selection | null>();
  readonly #emitter = new Emitter<SelectionChange>();
  readonly onDidChange = this.#emitter.event;

  of(node: NodeId): Selection | null {
    return this.#selected.get(node) ?? null;
  }

  select(node: NodeId, selection: Selection | null, origin: SelectionOrigin): void {
    if (!sameSelection(this.of(node), selection)) {
      this.#selected.set(node, selection);
      this.#emitter.fire({ node, selection, origin });
    }
  }

  dispose(): void {
    this.#emitter.dispose();
  }
}

export function sameSelection(a: Selection | null, b: Selection | null): boolean {
  return a === b || (a !== null && b !== null && a.kind === b.kind && a.id === b.id);
}
