import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../util/disposable.ts';
import { isCancelled, PatchbayError, type ErrorCode } from '../util/errors.ts';
import type { ErrorAction } from '../views/output.ts';
import { connectLab } from './connectLab.ts';
import { connectLocal } from './connectLocal.ts';
import { connectNode } from './connectNode.ts';
import { copyPicture } from './copyPicture.ts';
import { copyAddress, copyMac, copyName } from './copyItem.ts';
import { createPod } from './createPod.ts';
import { deletePod } from './deletePod.ts';
import { diagnoseNode } from './diagnoseNode.ts';
import { disconnectNode } from './disconnectNode.ts';
import { compareSinceLook, compareWith, markMoment } from './historyCommands.ts';
import { mendFinding } from './mendFinding.ts';
import { exportTopology } from './exportTopology.ts';
import { openPanel } from './openPanel.ts';
import { openShell } from './openShell.ts';
import { openSnapshot } from './openSnapshot.ts';
import { reconnectNode } from './reconnectNode.ts';
import { refreshNode } from './refreshNode.ts';
import { revealInPanel, revealInTree } from './revealItem.ts';
import { saveSnapshot } from './saveSnapshot.ts';
import type { Services } from './services.ts';
import { setLinkDown, setLinkUp } from './setLinkState.ts';
import { showCommands } from './showCommands.ts';
import { showOutput } from './showOutput.ts';
import { compareTrace, copyTraceMarkdown, saveCapture } from './traceDocuments.ts';
import { tracePacket } from './tracePacket.ts';
import { traceAgain, tracePing, traceTo } from './tracePing.ts';
import { verifyNode } from './verifyNode.ts';

type CommandHandler = (services: Services, argument: unknown) => unknown;

/** Every command of package.json, and what it does (test/vscode/manifest.test.ts holds the two together). */
export const commands = {
  'patchbay.node.connect': connectNode,
  'patchbay.node.connectLab': connectLab,
  'patchbay.node.connectLocal': connectLocal,
  'patchbay.node.disconnect': disconnectNode,
  'patchbay.node.reconnect': reconnectNode,
  'patchbay.node.refresh': refreshNode,
  'patchbay.node.diagnose': diagnoseNode,
  'patchbay.node.verify': verifyNode,
  'patchbay.finding.mend': mendFinding,
  'patchbay.snapshot.open': openSnapshot,
  'patchbay.snapshot.save': saveSnapshot,
  'patchbay.pod.create': createPod,
  'patchbay.pod.delete': deletePod,
  'patchbay.link.setUp': setLinkUp,
  'patchbay.link.setDown': setLinkDown,
  'patchbay.namespace.openShell': openShell,
  'patchbay.trace.ping': tracePing,
  'patchbay.trace.packet': tracePacket,
  'patchbay.trace.from': tracePing,
  'patchbay.trace.to': traceTo,
  'patchbay.trace.again': traceAgain,
  'patchbay.trace.copyMarkdown': copyTraceMarkdown,
  'patchbay.trace.saveCapture': saveCapture,
  'patchbay.trace.compare': compareTrace,
  'patchbay.history.mark': markMoment,
  'patchbay.history.compare': compareWith,
  'patchbay.history.compareSinceLook': compareSinceLook,
  'patchbay.panel.open': openPanel,
  'patchbay.panel.export': exportTopology,
  'patchbay.panel.copyPicture': copyPicture,
  'patchbay.panel.showOutput': showOutput,
  'patchbay.item.copyName': copyName,
  'patchbay.item.copyAddress': copyAddress,
  'patchbay.item.copyMac': copyMac,
  'patchbay.item.revealInPanel': revealInPanel,
  'patchbay.item.revealInTree': revealInTree,
  'patchbay.item.showCommands': showCommands,
} satisfies Record<`patchbay.${string}.${string}`, CommandHandler>;

export type CommandId = keyof typeof commands;

/** Registers every command. */
export function registerCommands(services: Services): Disposable {
  const owned = new DisposableStore();
  for (const id of Object.keys(commands) as CommandId[]) {
    owned.add(vscode.commands.registerCommand(id, (argument: unknown) => runCommand(services, id, argument)));
  }
  return owned;
}

/**
 * Runs a command and returns its result. What goes wrong is shown, with the buttons that help, and gives undefined;
 * so does what people give up.
 */
export async function runCommand(services: Services, id: CommandId, argument: unknown): Promise<unknown> {
  const handler: CommandHandler = commands[id];
  try {
    return await handler(services, argument);
  } catch (error) {
    if (!isCancelled(error)) {
      services.output.showError(error, remedies(services, id, error, argument));
    }
    return undefined;
  }
}

/** Errors of connecting that may be gone a moment later. */
const passing: ReadonlySet<ErrorCode> = new Set([
  'unreachable',
  'connection-refused',
  'timed-out',
  'auth-failed',
  'lab-unavailable',
]);

function remedies(services: Services, id: CommandId, error: unknown, argument: unknown): ErrorAction[] {
  if (!(error instanceof PatchbayError)) {
    return [];
  }
  const again = (command: CommandId, label: string): ErrorAction => ({
    label,
    run: () => runCommand(services, command, argument),
  });
  if (passing.has(error.code)) {
    return [again(id, vscode.l10n.t('Try Again'))];
  }
  if (id === 'patchbay.panel.copyPicture') {
    return [again('patchbay.panel.export', vscode.l10n.t('Export…'))];
  }
  return error.code === 'connection-lost' && id !== 'patchbay.node.reconnect'
    ? [again('patchbay.node.reconnect', vscode.l10n.t('Reconnect'))]
    : [];
}
