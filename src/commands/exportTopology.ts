import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { exportFormats, type ExportFormat } from '../topology/export/formats.ts';
import { askPick } from '../views/quickInput.ts';
import { exportArgument, parseArgument } from './arguments.ts';
import { requireNode, requireTopology } from './nodeArgument.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** Exports a node's topology as a text: asks for format and file where they are left open. Returns the path. */
export async function exportTopology(services: Services, argument: unknown): Promise<string | undefined> {
  const { path, format: given, ...item } = parseArgument(exportArgument, argument);
  const topology = requireTopology(requireNode(services, item));
  const format = given ?? (await askFormat());
  if (format === undefined) {
    return undefined;
  }
  const file = path === undefined ? await chooseFile(topology.node.hostname, format) : vscode.Uri.file(path);
  if (file) {
    const text = exportFormats[format].write(topology);
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  }
  return file?.fsPath;
}

async function askFormat(): Promise<ExportFormat | undefined> {
  const answer = await askPick<ExportFormat>({
    title: t('Export Topology'),
    step: 1,
    steps: 1,
    placeholder: t('Which format?'),
    choices: [
      { label: 'Mermaid', detail: t('A flowchart for Markdown, as GitHub draws it'), value: 'mermaid' },
      { label: 'Graphviz DOT', detail: t('A graph for dot and other layout programs'), value: 'dot' },
      { label: 'JSON', detail: t('Everything that is known, for programs'), value: 'json' },
    ],
  });
  return typeof answer === 'object' ? answer.value : undefined;
}

function chooseFile(hostname: string, format: ExportFormat): Thenable<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const name = hostname.replaceAll(/[^\w.-]+/g, '-') || 'node';
  const { extension } = exportFormats[format];
  return vscode.window.showSaveDialog({
    title: t('Export Topology'),
    defaultUri: vscode.Uri.joinPath(folder, `${name}.${extension}`),
    filters: { [format]: [extension] },
  });
}
