import type { Event } from '../util/event.ts';
import type { DebuggedProcess } from '../protocol/messages.ts';
import type { NodeEntry, NodeId } from '../session/nodeRegistry.ts';
import type { NodesTree } from './tree/nodesTree.ts';

/**
 * What `vscode.extensions.getExtension('patchbay.patchbay').activate()` gives to other extensions, and to our tests.
 * Actions go through commands, which take a structured argument (src/commands/arguments.ts) and return their result.
 */
export interface PatchbayApi {
  /** Goes up when something here changes its meaning or goes away. */
  readonly version: 1;
  /** The open nodes, in order of opening: their sessions with topology, state and traces, as they are now. */
  readonly nodes: readonly NodeEntry[];
  /** The node that commands without an argument are about. */
  readonly activeNode: NodeEntry | null;
  readonly onDidOpenNode: Event<NodeEntry>;
  readonly onDidCloseNode: Event<NodeEntry>;
  readonly onDidChangeNodeState: Event<NodeEntry>;
  /** An error was shown to people; a cancelled operation is none. */
  readonly onDidShowError: Event<Error>;
  /** The processes on a node that are being debugged, and where they are. */
  readonly debuggedOn: (node: NodeId) => readonly DebuggedProcess[];
  readonly onDidChangeDebugged: Event<NodeId>;
  /** The data of the "Nodes" view. */
  readonly tree: NodesTree;
  /** How long activation took. */
  readonly activatedInMs: number;
}
