import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import type { Topology } from '../topology/topology.ts';
import { compareTraces, lastGoodBefore } from '../trace/compare.ts';
import { comparisonMarkdown, traceMarkdown } from '../trace/markdown.ts';
import { TopologyIndex } from '../trace/topologyIndex.ts';
import type { Trace } from '../trace/trace.ts';
import { PatchbayError } from '../util/errors.ts';
import { askPick } from '../views/quickInput.ts';
import { plainText } from '../views/text.ts';
import { parseArgument, traceArgument, type TraceArgument } from './arguments.ts';
import { requireNode, requireTopology } from './nodeArgument.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

interface Told {
  readonly entry: NodeEntry;
  readonly topology: Topology;
  readonly trace: Trace;
}

/** Copies the story of a trace, the last one where none is named. Returns it. */
export async function copyTraceMarkdown(services: Services, argument: unknown): Promise<string> {
  const { trace, topology } = requireTrace(services, parseArgument(traceArgument, argument));
  const text = traceMarkdown(trace, topology);
  await vscode.env.clipboard.writeText(text);
  return text;
}

/** Saves the frames that a trace captured, as pcapng. Returns the path. */
export async function saveCapture(services: Services, argument: unknown): Promise<string | undefined> {
  const given = parseArgument(traceArgument, argument);
  const { entry, trace } = requireTrace(services, given);
  const bytes = entry.session.captureOf(trace);
  if (!bytes) {
    throw new PatchbayError('not-found', t('This trace captured no frames.'), {
      hint: t('Frames are captured by tcpdump or dumpcap on the node.'),
    });
  }
  const file = given.path === undefined ? await chooseFile(trace) : vscode.Uri.file(given.path);
  if (file) {
    await vscode.workspace.fs.writeFile(file, bytes);
  }
  return file?.fsPath;
}

/** Shows a trace beside an earlier one between the same ends, the last that was delivered where there is one. */
export async function compareTrace(services: Services, argument: unknown): Promise<string | undefined> {
  const { entry, topology, trace } = requireTrace(services, parseArgument(traceArgument, argument));
  const { traces } = entry.session;
  const before =
    lastGoodBefore(traces, trace) ?? (await chooseTrace(traces.filter(({ id }) => id !== trace.id)));
  if (!before) {
    return undefined;
  }
  const content = comparisonMarkdown(
    compareTraces(new TopologyIndex(topology), before, trace),
    before,
    trace,
  );
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  await vscode.window.showTextDocument(document, { preview: true });
  return content;
}

function requireTrace(services: Services, given: TraceArgument): Told {
  const entry = requireNode(services, given);
  const topology = requireTopology(entry);
  const { traces } = entry.session;
  const trace = given.trace === undefined ? traces.at(-1) : traces.find(({ id }) => id === given.trace);
  if (!trace) {
    throw new PatchbayError('not-found', t('Nothing was traced on {0} yet.', entry.label), {
      hint: t('Trace a ping first.'),
    });
  }
  return { entry, topology, trace };
}

async function chooseTrace(traces: readonly Trace[]): Promise<Trace | undefined> {
  if (traces.length === 0) {
    throw new PatchbayError('not-found', t('There is no other trace to compare with.'), {
      hint: t('Trace once more.'),
    });
  }
  const answer = await askPick<Trace>({
    title: t('Compare Traces'),
    step: 1,
    steps: 1,
    placeholder: t('Compare with which trace?'),
    choices: [...traces].reverse().map((trace) => ({
      label: plainText(trace.title),
      description: plainText(trace.startedAt),
      value: trace,
    })),
  });
  return typeof answer === 'object' ? answer.value : undefined;
}

function chooseFile(trace: Trace): Thenable<vscode.Uri | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
  const name = trace.title.replaceAll(/[^\w.]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'trace';
  return vscode.window.showSaveDialog({
    title: t('Save Capture'),
    defaultUri: vscode.Uri.joinPath(folder, `${name}.pcapng`),
    filters: { [t('Packet captures')]: ['pcapng'] },
  });
}
