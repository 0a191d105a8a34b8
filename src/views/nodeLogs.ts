import type { LogOutputChannel } from 'vscode';
import type { NodeRegistry } from '../session/nodeRegistry.ts';
import { DisposableStore, type Disposable } from '../util/disposable.ts';

/** Writes what the sessions have to tell, and how their connections fare, to the output channel. */
export function followLogs(nodes: NodeRegistry, channel: LogOutputChannel): Disposable {
  const owned = new DisposableStore();
  owned.add(
    nodes.onDidAdd((entry) => entry.session.onDidLog((line) => channel.info(`${entry.label}: ${line}`))),
  );
  owned.add(
    nodes.onDidChangeState(({ label, state }) => {
      channel.info(`${label}: ${state.kind}${'message' in state ? ` (${state.message})` : ''}`);
    }),
  );
  owned.add(nodes.onDidRemove(({ label }) => channel.info(`${label}: closed`)));
  return owned;
}
