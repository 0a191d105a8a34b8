import * as vscode from 'vscode';
import type { Selection } from '../protocol/messages.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import { showLinkCommands, showNamespaceCommands, type ShowCommand } from '../topology/showCommands.ts';
import { PatchbayError } from '../util/errors.ts';
import { iconText } from '../views/text.ts';
import { parseArgument, showCommandsArgument } from './arguments.ts';
import { requireLive, requireNode, requireTopology, selected, selectionFor } from './nodeArgument.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

type Item = vscode.QuickPickItem & { readonly command: ShowCommand };

/**
 * Lists the commands that show, with the node's own tools, what is known of an item: to run in a terminal on the node, or to
 * copy. One of them that the argument names runs at once.
 */
export async function showCommands(services: Services, argument: unknown): Promise<string | undefined> {
  const given = parseArgument(showCommandsArgument, argument);
  const entry = requireNode(services, given);
  const commands = commandsFor(entry, selectionFor(services, entry, given));
  const chosen = given.line === undefined ? await pick(commands) : named(commands, given.line);
  if (chosen) {
    run(services, entry, chosen);
  }
  return chosen?.line;
}

function commandsFor(entry: NodeEntry, selection: Selection | null): readonly ShowCommand[] {
  const topology = requireTopology(entry);
  const root = topology.namespaces.find((namespace) => namespace.root);
  const item = selected(topology, selection ?? (root ? { kind: 'namespace', id: root.id } : null));
  if (!item) {
    throw new PatchbayError('not-found', t('What was selected is not on the node any more.'));
  }
  return item.link ? showLinkCommands(topology, item.link) : showNamespaceCommands(topology, item.namespace);
}

/** Never a line that is not ours: the panel says which one, not what to run. */
function named(commands: readonly ShowCommand[], line: string): ShowCommand {
  const command = commands.find((candidate) => candidate.line === line);
  if (!command) {
    throw new PatchbayError('not-found', t('This command does not fit the node any more.'), {
      hint: t('Select the item again.'),
    });
  }
  return command;
}

function run({ terminals }: Services, entry: NodeEntry, { argv, line, privileged }: ShowCommand): void {
  const { privilege } = requireLive(entry);
  const root = requireTopology(entry).namespaces.find((namespace) => namespace.root);
  if (root) {
    const byUser = privileged && privilege.way !== 'root' ? ['sudo', ...argv] : argv;
    terminals.openShell(entry, root, { argv: byUser, line });
  }
}

async function pick(commands: readonly ShowCommand[]): Promise<ShowCommand | undefined> {
  const picker = vscode.window.createQuickPick<Item>();
  const copy = { iconPath: new vscode.ThemeIcon('copy'), tooltip: t('Copy') };
  picker.title = t('Show as Commands');
  picker.placeholder = t('Runs in a terminal on the node');
  picker.items = commands.map((command) => ({ label: iconText(command.line), command, buttons: [copy] }));
  picker.onDidTriggerItemButton(({ item }) => {
    void vscode.env.clipboard.writeText(item.command.line);
    vscode.window.setStatusBarMessage(t('Command copied'), 3_000);
  });
  try {
    return await new Promise<ShowCommand | undefined>((resolve) => {
      picker.onDidAccept(() => resolve(picker.selectedItems[0]?.command));
      picker.onDidHide(() => resolve(undefined));
      picker.show();
    });
  } finally {
    picker.dispose();
  }
}
