/** Composition root of the extension: builds the objects, ties them together, and does no I/O. */
import * as vscode from 'vscode';
import { registerCommands, runCommand } from './commands/index.ts';
import type { Services } from './commands/services.ts';
import { DetailsReader } from './session/detailsReader.ts';
import { Diagnoses } from './session/diagnoses.ts';
import { NodeRegistry } from './session/nodeRegistry.ts';
import { targetLabel } from './session/openNode.ts';
import { parseTargetKey } from './session/targetKey.ts';
import type { PatchbayApi } from './views/api.ts';
import { followContextKeys } from './views/contextKeys.ts';
import { DebuggedOnNodes } from './views/debug/debuggedOnNodes.ts';
import { followDebugging } from './views/debug/debugFollow.ts';
import { followLogs } from './views/nodeLogs.ts';
import { Output } from './views/output.ts';
import { LastLooks } from './views/panel/lastLooks.ts';
import { TopologyPanels } from './views/panel/topologyPanels.ts';
import { RecentNodes } from './views/recents.ts';
import { SelectionService } from './views/selectionService.ts';
import { openWithDialogs } from './views/sshPrompts.ts';
import { StatusBar } from './views/statusBar.ts';
import { NodeTerminals } from './views/terminal/nodeTerminals.ts';
import { NodesView } from './views/tree/nodesView.ts';

export function activate(context: vscode.ExtensionContext): PatchbayApi {
  const startedAt = performance.now();
  const own = <T extends vscode.Disposable>(item: T): T => {
    context.subscriptions.push(item);
    return item;
  };
  const output = own(new Output());
  const nodes = own(new NodeRegistry((target, options) => openWithDialogs(context.secrets, target, options)));
  const selection = own(new SelectionService());
  const details = own(new DetailsReader());
  const debugged = own(new DebuggedOnNodes(nodes));
  const looks = new LastLooks();
  const diagnoses = own(new Diagnoses());
  const panels = own(
    new TopologyPanels({
      extensionUri: context.extensionUri,
      nodes,
      selection,
      details,
      diagnoses,
      run: (command, argument) => runCommand(services, command, argument),
      labelOf: (node) => labelOf(node),
      looks,
      debugged,
    }),
  );
  const view = own(new NodesView(nodes, selection, details, diagnoses));
  const terminals = own(new NodeTerminals(nodes));
  const recents = new RecentNodes(context.globalState);
  const services: Services = { nodes, selection, diagnoses, panels, view, terminals, output, recents, looks };
  own(followContextKeys(nodes));
  own(followLogs(nodes, output.channel));
  own(new StatusBar(nodes));
  own(registerCommands(services));
  own(followDebugging({ nodes, panels, debugged }));
  startIfAsked(services);
  return {
    version: 1,
    get nodes() {
      return nodes.entries;
    },
    get activeNode() {
      return nodes.active;
    },
    onDidOpenNode: nodes.onDidAdd,
    onDidCloseNode: nodes.onDidRemove,
    onDidChangeNodeState: nodes.onDidChangeState,
    onDidShowError: output.onDidShowError,
    debuggedOn: (node) => debugged.of(node),
    onDidChangeDebugged: debugged.onDidChange,
    tree: view.tree,
    activatedInMs: performance.now() - startedAt,
  };
}

/** `npm start` asks for the lab in this way; nothing else does. */
function startIfAsked(services: Services): void {
  if (process.env['PATCHBAY_START'] === 'lab') {
    setImmediate(() => {
      void vscode.commands.executeCommand('patchbay.nodes.focus');
      void runCommand(services, 'patchbay.node.connectLab', undefined);
    });
  }
}

function labelOf(node: string): string {
  const target = parseTargetKey(node);
  return target ? targetLabel(target) : node;
}
