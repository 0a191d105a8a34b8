import * as vscode from 'vscode';
import { parseTargetKey } from '../session/targetKey.ts';
import { withProgress } from '../views/progress.ts';
import { itemArgument, parseArgument } from './arguments.ts';
import { requireNode } from './nodeArgument.ts';
import { openTarget } from './openTarget.ts';
import type { Services } from './services.ts';

/** Connects again to a node whose connection is gone, also to one that a panel shows since the last run. */
export async function reconnectNode(services: Services, argument: unknown): Promise<void> {
  const item = parseArgument(itemArgument, argument);
  const former = item.node === undefined || services.nodes.get(item.node) ? null : parseTargetKey(item.node);
  if (former) {
    await openTarget(services, former);
    return;
  }
  const entry = requireNode(services, item);
  await withProgress(vscode.l10n.t('Connecting to {0}', entry.label), (progress) =>
    services.nodes.reconnect(entry.id, progress),
  );
}
