import * as vscode from 'vscode';
import { planDeletePods } from '../pods/delete.ts';
import type { Plan } from '../topology/plan.ts';
import { planAsText } from '../pods/script.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import type { Namespace, NamespaceId } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import { iconText, messageText } from '../views/text.ts';
import { addressOf, indexOf } from '../views/topologyIndex.ts';
import { deletePodArgument, parseArgument, type DeletePodArgument } from './arguments.ts';
import { requireNode, requireRoot, requireTopology, selected } from './nodeArgument.ts';
import { runPlan } from './runPlan.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** Deletes a pod that Patchbay made, after a confirmation that lists the commands. Returns its name. */
export async function deletePod(services: Services, argument: unknown): Promise<string | undefined> {
  const given = parseArgument(deletePodArgument, argument);
  const entry = requireNode(services, given);
  requireRoot(entry);
  const pod = podOf(entry, given) ?? (await pickPod(services, entry));
  const plan = pod && (await confirmedPlan(entry, pod, given));
  if (!plan) {
    return undefined;
  }
  await runPlan(entry, plan);
  return pod.pod?.name ?? pod.name;
}

/** The pod that the argument is about; undefined where it names none. Throws `not-found`. */
function podOf(entry: NodeEntry, { name, selection }: DeletePodArgument): Namespace | undefined {
  const topology = requireTopology(entry);
  if (name === undefined) {
    return selected(topology, selection ?? null)?.namespace;
  }
  const pod = topology.namespaces.find((namespace) => namespace.pod?.name === name);
  if (!pod) {
    throw new PatchbayError('not-found', t('There is no pod {0} on this node.', name));
  }
  return pod;
}

async function pickPod(services: Services, entry: NodeEntry): Promise<Namespace | undefined> {
  const index = indexOf(requireTopology(entry));
  const ours = index.pods.filter(({ pod }) => pod?.kind === 'patchbay');
  if (ours.length === 0) {
    throw new PatchbayError('not-found', t('There is no pod on this node that Patchbay made.'), {
      hint: t('Patchbay deletes only what it made.'),
    });
  }
  const items = ours.map((namespace) => ({
    label: `$(package) ${iconText(namespace.pod?.name ?? namespace.name)}`,
    description: addressOf(index, namespace) ?? '',
    namespace,
  }));
  const current = services.selection.of(entry.id);
  items.sort((a, b) => Number(b.namespace.id === current?.id) - Number(a.namespace.id === current?.id));
  const item = await vscode.window.showQuickPick(items, {
    title: t('Delete Pod'),
    placeHolder: t('Pods made by Patchbay'),
  });
  return item?.namespace;
}

async function confirmedPlan(
  entry: NodeEntry,
  pod: Namespace,
  given: DeletePodArgument,
): Promise<Plan | undefined> {
  const plan = planFor(entry, pod.id, given.withBridge === true);
  if (given.confirmed) {
    return plan;
  }
  const wider = planFor(entry, pod.id, true);
  const only: vscode.MessageItem = { title: t('Delete') };
  const withBridge: vscode.MessageItem = { title: t('Delete with Bridge') };
  const isWider = wider.steps.length > plan.steps.length;
  const options = { modal: true, detail: messageText(detailOf(plan, isWider ? wider : null)) };
  const buttons = isWider ? [only, withBridge] : [only];
  const answer = await vscode.window.showWarningMessage(messageText(`${plan.title}?`), options, ...buttons);
  return answer === withBridge ? wider : answer === only ? plan : undefined;
}

function planFor(entry: NodeEntry, pod: NamespaceId, withBridge: boolean): Plan {
  const { connection } = entry.session.transport;
  return planDeletePods(requireTopology(entry), [pod], { connection, withBridge });
}

function detailOf(plan: Plan, wider: Plan | null): string {
  const more = wider?.steps.slice(plan.steps.length) ?? [];
  return [
    t('These commands will run on the node. They cannot be undone.'),
    '',
    planAsText(plan).trimEnd(),
    ...(more.length > 0
      ? ['', t('With its bridge, which nothing else uses:'), planAsText({ ...plan, steps: more }).trimEnd()]
      : []),
    ...(plan.warnings.length > 0 ? ['', ...plan.warnings] : []),
  ].join('\n');
}
