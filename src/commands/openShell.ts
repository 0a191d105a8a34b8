import * as vscode from 'vscode';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import type { Namespace } from '../topology/topology.ts';
import { iconText } from '../views/text.ts';
import { addressOf, indexOf } from '../views/topologyIndex.ts';
import { itemArgument, parseArgument } from './arguments.ts';
import { requireLive, requireNode, requireTopology, selected } from './nodeArgument.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** Opens a terminal inside the namespace of what it is about; asks which where it is about nothing. */
export async function openShell(services: Services, argument: unknown): Promise<vscode.Terminal | undefined> {
  const given = parseArgument(itemArgument, argument);
  const entry = requireNode(services, given);
  requireLive(entry);
  const namespace =
    selected(requireTopology(entry), given.selection ?? null)?.namespace ??
    (await pickNamespace(services, entry));
  return namespace && services.terminals.openShell(entry, namespace);
}

async function pickNamespace(services: Services, entry: NodeEntry): Promise<Namespace | undefined> {
  const topology = requireTopology(entry);
  const index = indexOf(topology);
  const current = selected(topology, services.selection.of(entry.id))?.namespace.id;
  const items = [...index.pods, ...index.otherNamespaces].map((namespace) => ({
    label: `$(${namespace.root ? 'server' : 'package'}) ${iconText(namespace.pod?.name ?? namespace.name)}`,
    description: addressOf(index, namespace) ?? '',
    namespace,
  }));
  items.sort((a, b) => Number(b.namespace.id === current) - Number(a.namespace.id === current));
  const item = await vscode.window.showQuickPick(items, {
    title: t('Open Shell in Namespace'),
    placeHolder: t('Where to open a shell'),
  });
  return item?.namespace;
}
