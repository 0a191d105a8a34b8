import * as vscode from 'vscode';
import type { NodeId } from '../session/nodeRegistry.ts';
import { openSnapshotArgument, parseArgument } from './arguments.ts';
import { openTarget } from './openTarget.ts';
import type { Services } from './services.ts';

/** Opens a recording (`.patchbay.json`), read-only. Returns the node's id. */
export async function openSnapshot(services: Services, argument: unknown): Promise<NodeId | undefined> {
  const path = parseArgument(openSnapshotArgument, argument).path ?? (await chooseFile());
  return path === undefined
    ? undefined
    : openTarget(services, { kind: 'recording', path }, { openPanel: true });
}

async function chooseFile(): Promise<string | undefined> {
  const files = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Open Recording'),
    filters: { [vscode.l10n.t('Patchbay recordings')]: ['patchbay.json', 'json'] },
    canSelectMany: false,
  });
  return files?.[0]?.fsPath;
}
