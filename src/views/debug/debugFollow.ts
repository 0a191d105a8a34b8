import * as vscode from 'vscode';
import type { NodeRegistry } from '../../session/nodeRegistry.ts';
import type { Mark } from '../../session/history.ts';
import { DisposableStore, type Disposable } from '../../util/disposable.ts';
import type { TopologyPanels } from '../panel/topologyPanels.ts';
import type { DebuggedOnNodes } from './debuggedOnNodes.ts';
import { DebugReader, processOfSessionName, type DebugListener, type DebugStop } from './debugMessages.ts';

export interface DebugServices {
  readonly nodes: NodeRegistry;
  readonly panels: TopologyPanels;
  readonly debugged: DebuggedOnNodes;
}

/**
 * Goes along with debugging: opens the panel where people want that, marks each stop in the history of the live nodes, and
 * says which processes are being debugged. It only listens; in a workspace that is not trusted it does nothing.
 */
export function followDebugging(services: DebugServices): Disposable {
  const owned = new DisposableStore();
  const roots = new Set<string>();
  owned.add(
    vscode.debug.onDidStartDebugSession((session) => {
      roots.add(rootOf(session).id);
      started(services, session);
    }),
  );
  owned.add(
    vscode.debug.onDidTerminateDebugSession(({ id }) => {
      roots.delete(id);
      services.debugged.remove(id);
    }),
  );
  const isOneOfSeveral = (): boolean => roots.size > 1;
  owned.add(
    vscode.debug.registerDebugAdapterTrackerFactory('*', {
      createDebugAdapterTracker: (session) => trackerOf(services, session, isOneOfSeveral),
    }),
  );
  return owned;
}

function started({ nodes, panels, debugged }: DebugServices, session: vscode.DebugSession): void {
  if (!vscode.workspace.isTrusted) {
    return;
  }
  const process = isOnThisMachine(session) ? processOfSessionName(session.type, session.name) : null;
  if (process) {
    debugged.add(session.id, process);
  }
  const wish = vscode.workspace.getConfiguration('patchbay').get<string>('debug.openPanel', 'never');
  const isLive = nodes.active?.state.kind === 'live';
  if (!session.parentSession && (wish === 'always' || (wish === 'whenConnected' && isLive))) {
    panels.openBeside(nodes.active?.id ?? null);
  }
}

function trackerOf(
  services: DebugServices,
  session: vscode.DebugSession,
  isOneOfSeveral: () => boolean,
): vscode.DebugAdapterTracker | undefined {
  if (!vscode.workspace.isTrusted) {
    return undefined;
  }
  const marks = new StopMarks(services.nodes, () => (isOneOfSeveral() ? `${rootOf(session).name}: ` : ''));
  const reader = new DebugReader({
    stopped: (stop) => marks.add(stop),
    located: (stop, place) => marks.name(stop, place),
    started: (process) => isOnThisMachine(session) && services.debugged.add(session.id, process),
  } satisfies DebugListener);
  return {
    onWillReceiveMessage: (message) => reader.toAdapter(message),
    onDidSendMessage: (message) => reader.fromAdapter(message),
  };
}

/** The marks that one debug session leaves. */
class StopMarks {
  readonly #nodes: NodeRegistry;
  /** Where several programs are debugged at a time, each stop says whose it is. */
  readonly #prefix: () => string;
  #last: readonly { readonly name: (label: string) => void }[] = [];

  constructor(nodes: NodeRegistry, prefix: () => string) {
    this.#nodes = nodes;
    this.#prefix = prefix;
  }

  /** Marks the instant at once, on every node that can be seen; where it stopped is known a little later. */
  add({ reason }: DebugStop): void {
    const label = this.#prefix() + vscode.l10n.t('stopped ({0})', reason);
    const live = this.#nodes.entries.filter(({ state }) => state.kind === 'live');
    this.#last = live.map(({ session: { history } }) => {
      const { id }: Mark = history.mark(label, 'debugger');
      return { name: (better) => history.rename(id, better) };
    });
  }

  name({ reason }: DebugStop, place: string): void {
    const label = reason === 'exception' ? vscode.l10n.t('{0} (exception)', place) : place;
    this.#last.forEach(({ name }) => name(this.#prefix() + label));
  }
}

function rootOf(session: vscode.DebugSession): vscode.DebugSession {
  return session.parentSession ? rootOf(session.parentSession) : session;
}

const ownNames: ReadonlySet<unknown> = new Set(['localhost', '127.0.0.1', '::1']);

/** False for what is known to run elsewhere: then its number is another machine's. */
function isOnThisMachine(session: vscode.DebugSession): boolean {
  const { configuration } = rootOf(session);
  return ['address', 'host', 'hostname', 'hostName'].every((key) => {
    const host: unknown = configuration[key];
    return host === undefined || ownNames.has(host);
  });
}
