import * as vscode from 'vscode';
import { shellArgv, type ShellRequest } from '../../iproute/shell.ts';
import type { NodeEntry, NodeRegistry } from '../../session/nodeRegistry.ts';
import type { Namespace } from '../../topology/topology.ts';
import { withPrivilege } from '../../transport/privilege.ts';
import type { Transport } from '../../transport/transport.ts';
import { DisposableStore, type Disposable } from '../../util/disposable.ts';
import { PatchbayError } from '../../util/errors.ts';
import { plainText } from '../text.ts';
import { RemotePty } from './remotePty.ts';

const { t } = vscode.l10n;

/** The terminals on nodes. Those of a node end with it. */
export class NodeTerminals implements Disposable {
  readonly #owned = new DisposableStore();
  readonly #terminals = new Map<vscode.Terminal, NodeEntry>();

  constructor(nodes: NodeRegistry) {
    this.#owned.add(vscode.window.onDidCloseTerminal((terminal) => this.#terminals.delete(terminal)));
    this.#owned.add(nodes.onDidRemove((gone) => this.#end((entry) => entry === gone)));
  }

  /**
   * Opens a shell inside a namespace, after a first command where one is given. Throws `not-privileged` where the
   * session may not enter, `not-found` where nothing leads there, and as the session's transport does.
   */
  openShell(entry: NodeEntry, namespace: Namespace, first?: ShellRequest['first']): vscode.Terminal {
    const { transport, topology } = entry.session;
    const name = namespace.pod?.name ?? namespace.name;
    const argv = shellArgv(namespace, { label: namespace.root ? '' : name, ...(first ? { first } : {}) });
    if (argv === null) {
      throw new PatchbayError('not-found', t('Nothing leads into this network namespace.'), {
        hint: t('It has neither a name nor a process that is known.'),
      });
    }
    requireWay(transport, namespace);
    const title = plainText(`${name} @ ${topology?.node.hostname ?? entry.label}`);
    const terminal = vscode.window.createTerminal(optionsFor(transport, argv, title, !namespace.root));
    this.#terminals.set(terminal, entry);
    terminal.show();
    // Where a quick pick closed just before, VS Code may give the focus back to the panel after the terminal took it.
    void terminal.processId.then(() => this.#terminals.has(terminal) && terminal.show());
    return terminal;
  }

  #end(which: (entry: NodeEntry) => boolean): void {
    for (const [terminal, entry] of this.#terminals) {
      if (which(entry)) {
        terminal.dispose();
      }
    }
  }

  dispose(): void {
    this.#owned.dispose();
    this.#end(() => true);
  }
}

function requireWay({ privilege }: Transport, { root }: Namespace): void {
  if (!root && privilege.way === 'none') {
    throw new PatchbayError('not-privileged', t('Entering a network namespace takes root.'), {
      hint: t('Connect as root, or as a user who may run sudo without a password.'),
    });
  }
}

function optionsFor(
  transport: Transport,
  argv: readonly string[],
  title: string,
  privileged: boolean,
): vscode.TerminalOptions | vscode.ExtensionTerminalOptions {
  const look = { name: title, iconPath: new vscode.ThemeIcon('terminal-linux'), isTransient: true };
  const open = transport.openTerminal;
  if (open) {
    return { ...look, pty: new RemotePty((size) => open(argv, { size, privileged })) };
  }
  const [shellPath = '', ...shellArgs] = withPrivilege(argv, transport.privilege, privileged);
  return { ...look, shellPath, shellArgs };
}
