/** Pure: which namespaces of which nodes hold processes that are being debugged. */
import type { DebuggedProcess } from '../../protocol/messages.ts';
import { namespaceOfLocalProcess, type LocalProcess } from '../../session/localProcess.ts';
import type { NodeEntry, NodeId, NodeRegistry } from '../../session/nodeRegistry.ts';
import { DisposableStore, type Disposable } from '../../util/disposable.ts';
import { Emitter } from '../../util/event.ts';

/** Names one debug session. */
export type DebugSessionId = string;

export class DebuggedOnNodes implements Disposable {
  readonly #nodes: NodeRegistry;
  readonly #owned = new DisposableStore();
  readonly #emitter = this.#owned.add(new Emitter<NodeId>());
  readonly #processes = new Map<DebugSessionId, LocalProcess>();
  readonly #found = new Map<NodeId, Map<DebugSessionId, DebuggedProcess>>();

  readonly onDidChange = this.#emitter.event;

  constructor(nodes: NodeRegistry) {
    this.#nodes = nodes;
    this.#owned.add(nodes.onDidChangeState((entry) => this.#lookOn(entry)));
    this.#owned.add(nodes.onDidRemove(({ id }) => this.#found.delete(id)));
  }

  of(node: NodeId): readonly DebuggedProcess[] {
    return [...(this.#found.get(node)?.values() ?? [])];
  }

  /** A process is being debugged from now on. */
  add(session: DebugSessionId, process: LocalProcess): void {
    this.#processes.set(session, process);
    this.#nodes.entries.forEach((entry) => this.#look(entry, session, process));
  }

  remove(session: DebugSessionId): void {
    this.#processes.delete(session);
    for (const [node, found] of this.#found) {
      if (found.delete(session)) {
        this.#emitter.fire(node);
      }
    }
  }

  #lookOn(entry: NodeEntry): void {
    this.#processes.forEach((process, session) => this.#look(entry, session, process));
  }

  #look(entry: NodeEntry, session: DebugSessionId, process: LocalProcess): void {
    if (entry.state.kind === 'live') {
      void this.#find(entry, session, process);
    }
  }

  async #find(entry: NodeEntry, session: DebugSessionId, process: LocalProcess): Promise<void> {
    // A node that does not answer shows nothing of it; that it is lost is told elsewhere.
    const find = namespaceOfLocalProcess(entry.session.transport, process);
    const namespace = await find.catch(() => null);
    if (
      namespace !== null &&
      this.#processes.get(session) === process &&
      this.#nodes.get(entry.id) === entry
    ) {
      const found = this.#found.get(entry.id) ?? new Map<DebugSessionId, DebuggedProcess>();
      found.set(session, {
        namespace,
        label: `${process.program.split(/[\\/]/).at(-1) ?? ''} [${process.pid}]`,
      });
      this.#found.set(entry.id, found);
      this.#emitter.fire(entry.id);
    }
  }

  dispose(): void {
    this.#owned.dispose();
  }
}
