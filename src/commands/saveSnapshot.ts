import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { redactSnapshot } from '../iproute/redact/redact.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import { packRecording } from '../session/recording.ts';
import { PatchbayError } from '../util/errors.ts';
import { askPick } from '../views/quickInput.ts';
import { parseArgument, saveSnapshotArgument } from './arguments.ts';
import { requireNode } from './nodeArgument.ts';
import type { Services } from './services.ts';

/** Saves what is known of a node as a recording, redacted where that was asked for. Returns the path. */
export async function saveSnapshot(services: Services, argument: unknown): Promise<string | undefined> {
  const { path, redact, ...item } = parseArgument(saveSnapshotArgument, argument);
  const entry = requireNode(services, item);
  const snapshot = entry.session.recording;
  if (!snapshot) {
    throw new PatchbayError('not-found', vscode.l10n.t('{0} has not been read yet.', entry.label));
  }
  const redacted = redact ?? (path === undefined ? await askRedaction() : false);
  if (redacted === undefined) {
    return undefined;
  }
  const file = path === undefined ? await chooseFile(entry, redacted) : vscode.Uri.file(path);
  if (file) {
    const saved = redacted ? redactSnapshot(snapshot) : snapshot;
    await vscode.workspace.fs.writeFile(file, await packRecording(saved));
  }
  return file?.fsPath;
}

/** Whether the recording is for strangers too; `undefined` when people gave up. */
async function askRedaction(): Promise<boolean | undefined> {
  const answer = await askPick<boolean>({
    title: vscode.l10n.t('Save Recording'),
    step: 1,
    steps: 1,
    placeholder: vscode.l10n.t('Who will see it?'),
    choices: [
      {
        label: vscode.l10n.t('As it is'),
        detail: vscode.l10n.t('With the addresses and names of the node'),
        value: false,
      },
      {
        label: vscode.l10n.t('Redacted'),
        detail: vscode.l10n.t('Addresses and names replaced, the wiring kept: for bug reports'),
        value: true,
      },
    ],
  });
  return typeof answer === 'object' ? answer.value : undefined;
}

function chooseFile(entry: NodeEntry, redacted: boolean): Thenable<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  // The file's own name must not give away what was replaced inside.
  const hostname = redacted ? 'redacted' : (entry.session.snapshot?.node.hostname ?? '');
  const name = hostname.replaceAll(/[^\w.-]+/g, '-') || 'node';
  return vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save Recording'),
    defaultUri: vscode.Uri.joinPath(folder, `${name}.patchbay.json`),
    filters: { [vscode.l10n.t('Patchbay recordings')]: ['patchbay.json'] },
  });
}
