import * as vscode from 'vscode';
import type { NodeId } from '../session/nodeRegistry.ts';
import { connectArgument, parseArgument } from './arguments.ts';
import { openTarget } from './openTarget.ts';
import { pickTarget } from './pickTarget.ts';
import type { Services } from './services.ts';

/** Connects to the target in the argument, or to one that people choose. Returns the node's id. */
export async function connectNode(services: Services, argument: unknown): Promise<NodeId | undefined> {
  const { target, identityFiles, knownHostsFiles } = parseArgument(connectArgument, argument);
  if (target) {
    return openTarget(services, target, {
      ...(identityFiles ? { identityFiles } : {}),
      ...(knownHostsFiles ? { knownHostsFiles } : {}),
    });
  }
  const chosen = await pickTarget(services);
  if (chosen === 'recording') {
    return vscode.commands.executeCommand('patchbay.snapshot.open');
  }
  // A command of its own, so that "Try Again" tries this target and does not ask for one again.
  return chosen && vscode.commands.executeCommand('patchbay.node.connect', { target: chosen });
}
