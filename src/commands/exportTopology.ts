import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { PictureRequest } from '../protocol/messages.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import { exportFormats, type ExportFormat } from '../topology/export/formats.ts';
import { orCancelled } from '../util/cancellation.ts';
import { withProgress } from '../views/progress.ts';
import { askPick, type Choice } from '../views/quickInput.ts';
import { exportArgument, parseArgument } from './arguments.ts';
import { requireNode, requireTopology } from './nodeArgument.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** A text made of the topology, or a picture as the panel draws it. */
type ExportChoice = { readonly format: ExportFormat } | PictureRequest;

/** Exports a node's topology: asks for format and file where they are left open. Returns the path. */
export async function exportTopology(services: Services, argument: unknown): Promise<string | undefined> {
  const { path, format, part = 'whole', ...item } = parseArgument(exportArgument, argument);
  const entry = requireNode(services, item);
  const { hostname } = requireTopology(entry).node;
  const given = format === 'svg' || format === 'png' ? { format, part } : format && { format };
  const choice = given ?? (await askChoice());
  if (choice === undefined) {
    return undefined;
  }
  const content = await contentOf(services, entry, choice);
  const file = path === undefined ? await chooseFile(hostname, choice) : vscode.Uri.file(path);
  if (file) {
    await vscode.workspace.fs.writeFile(file, content);
  }
  return file?.fsPath;
}

async function askChoice(): Promise<ExportChoice | undefined> {
  const wholeGraph = t('The whole graph, so near that names and addresses can be read');
  const asSeen = t('What the panel shows, as it looks there');
  const choices: Choice<ExportChoice>[] = [
    { label: t('Pictures'), kind: vscode.QuickPickItemKind.Separator },
    { label: 'SVG', detail: wholeGraph, value: { format: 'svg', part: 'whole' } },
    { label: t('{0} as Seen', 'SVG'), detail: asSeen, value: { format: 'svg', part: 'seen' } },
    { label: 'PNG', detail: wholeGraph, value: { format: 'png', part: 'whole' } },
    { label: t('{0} as Seen', 'PNG'), detail: asSeen, value: { format: 'png', part: 'seen' } },
    { label: t('Texts'), kind: vscode.QuickPickItemKind.Separator },
    {
      label: 'Mermaid',
      detail: t('A flowchart for Markdown, as GitHub draws it'),
      value: { format: 'mermaid' },
    },
    {
      label: 'Graphviz DOT',
      detail: t('A graph for dot and other layout programs'),
      value: { format: 'dot' },
    },
    { label: 'JSON', detail: t('Everything that is known, for programs'), value: { format: 'json' } },
  ];
  const question = { title: t('Export Topology'), step: 1, steps: 1, placeholder: t('Which format?') };
  const answer = await askPick({ ...question, choices });
  return typeof answer === 'object' ? answer.value : undefined;
}

/** A picture is drawn by the node's panel, which is opened for that where it is not in sight. */
async function contentOf({ panels }: Services, entry: NodeEntry, choice: ExportChoice): Promise<Uint8Array> {
  if ('part' in choice) {
    const panel = panels.open(entry.id, { focus: true });
    return withProgress(t('Drawing the topology'), ({ signal }) =>
      orCancelled(panel.draw(choice), signal, 'Drawing was cancelled.'),
    );
  }
  return new TextEncoder().encode(exportFormats[choice.format].write(requireTopology(entry)));
}

function chooseFile(hostname: string, choice: ExportChoice): Thenable<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const name = hostname.replaceAll(/[^\w.-]+/g, '-') || 'node';
  const extension = 'part' in choice ? choice.format : exportFormats[choice.format].extension;
  return vscode.window.showSaveDialog({
    title: t('Export Topology'),
    defaultUri: vscode.Uri.joinPath(folder, `${name}.${extension}`),
    filters: { [choice.format]: [extension] },
  });
}
