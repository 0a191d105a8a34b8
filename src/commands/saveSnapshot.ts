import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { formatSnapshot } from '../iproute/snapshot.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import { PatchbayError } from '../util/errors.ts';
import { parseArgument, saveSnapshotArgument } from './arguments.ts';
import { requireNode } from './nodeArgument.ts';
import type { Services } from './services.ts';

/** Saves what is known of a node as a recording. Returns the path. */
export async function saveSnapshot(services: Services, argument: unknown): Promise<string | undefined> {
  const { path, ...item } = parseArgument(saveSnapshotArgument, argument);
  const entry = requireNode(services, item);
  const { snapshot } = entry.session;
  if (!snapshot) {
    throw new PatchbayError('not-found', vscode.l10n.t('{0} has not been read yet.', entry.label));
  }
  const file = path === undefined ? await chooseFile(entry) : vscode.Uri.file(path);
  if (file) {
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(formatSnapshot(snapshot)));
  }
  return file?.fsPath;
}

function chooseFile(entry: NodeEntry): Thenable<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const name = (entry.session.snapshot?.node.hostname ?? '').replaceAll(/[^\w.-]+/g, '-') || 'node';
  return vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save Recording'),
    defaultUri: vscode.Uri.joinPath(folder, `${name}.patchbay.json`),
    filters: { [vscode.l10n.t('Patchbay recordings')]: ['patchbay.json'] },
  });
}
