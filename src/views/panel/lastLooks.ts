/** Pure: until when people looked at the panel of a node. */
import type { NodeId } from '../../session/nodeRegistry.ts';

export class LastLooks {
  readonly #endedMs = new Map<NodeId, number>();
  readonly #looking = new Set<NodeId>();

  /** Says whether a panel is looked at; the time that this ended is kept, also when the panel is closed. */
  set(node: NodeId, isLooking: boolean, now = Date.now()): void {
    if (isLooking) {
      this.#looking.add(node);
    } else if (this.#looking.delete(node)) {
      this.#endedMs.set(node, now);
    }
  }

  /** All that is there now has been seen. */
  endNow(node: NodeId, now = Date.now()): void {
    this.#endedMs.set(node, now);
  }

  /** Null where nobody looked away yet. */
  endedMs(node: NodeId): number | null {
    return this.#endedMs.get(node) ?? null;
  }
}
