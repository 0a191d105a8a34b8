import * as vscode from 'vscode';
import { itemArgument, parseArgument } from './arguments.ts';
import { requireNode } from './nodeArgument.ts';
import type { Services } from './services.ts';
import { nodesViewId } from '../views/tree/nodesView.ts';

/** Reads a node anew, for those who do not trust that the picture is live. */
export async function refreshNode(services: Services, argument: unknown): Promise<void> {
  const { session } = requireNode(services, parseArgument(itemArgument, argument));
  await vscode.window.withProgress({ location: { viewId: nodesViewId } }, () => session.refresh());
}
