import * as vscode from 'vscode';
import type { BridgeChoice } from '../pods/bridge.ts';
import { planCreatePods, type CreatePodsRequest } from '../pods/create.ts';
import type { Plan } from '../topology/plan.ts';
import { suggestBridge, suggestPodNames } from '../pods/suggest.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import type { Topology } from '../topology/topology.ts';
import { previewPlan } from '../views/planPreview.ts';
import { indexOf } from '../views/topologyIndex.ts';
import { createPodArgument, parseArgument, type CreatePodArgument } from './arguments.ts';
import { askPodRequest } from './askPodRequest.ts';
import { requireNode, requireRoot, requireTopology, selectionFor } from './nodeArgument.ts';
import { runPlan } from './runPlan.ts';
import type { Services } from './services.ts';

/**
 * Creates pods on a node. What the argument leaves open is asked for, unless it says `confirmed`: then it is
 * suggested. Returns the names of the pods.
 */
export async function createPod(
  services: Services,
  argument: unknown,
): Promise<readonly string[] | undefined> {
  const given = parseArgument(createPodArgument, argument);
  const entry = requireNode(services, given);
  requireRoot(entry);
  const request = given.confirmed
    ? requestOf(given, requireTopology(entry))
    : await askAndConfirm(services, entry, given);
  if (!request) {
    return undefined;
  }
  await runPlan(entry, planCreatePods(requireTopology(entry), request));
  selectFirst(services, entry, request.names[0] ?? '');
  return request.names;
}

/** The request that an argument describes, with suggestions for what it leaves open. */
function requestOf(given: CreatePodArgument, topology: Topology): CreatePodsRequest {
  const names = typeof given.name === 'string' ? [given.name] : given.name;
  return {
    names: names ?? suggestPodNames(topology, given.count ?? 1),
    bridge: bridgeNamed(topology, given) ?? firstBridge(topology) ?? suggestBridge(topology),
    ...(given.address === undefined ? {} : { addresses: [given.address] }),
  };
}

/** The link of that name, whatever its kind: that it is no bridge is for the plan to say. */
function bridgeNamed(topology: Topology, { bridge, subnet }: CreatePodArgument): BridgeChoice | null {
  if (bridge === undefined) {
    return null;
  }
  const link = topology.links.find(
    ({ name, namespace }) => name === bridge && namespace === indexOf(topology).root?.id,
  );
  return link ? { existing: link.id } : { create: bridge, subnet: subnet ?? suggestBridge(topology).subnet };
}

function firstBridge(topology: Topology): BridgeChoice | null {
  const root = indexOf(topology).root?.id;
  const bridge = indexOf(topology).bridges.find(({ namespace, ours }) => namespace === root && ours);
  return bridge ? { existing: bridge.id } : null;
}

/** Asks, then shows the commands; from there "back" leads into the questions again. */
async function askAndConfirm(
  services: Services,
  entry: NodeEntry,
  given: CreatePodArgument,
): Promise<CreatePodsRequest | undefined> {
  const selection = selectionFor(services, entry, given);
  const steps = {
    confirm: (plan: Plan) => previewPlan(plan, { title: vscode.l10n.t('Create Pod'), step: 5, steps: 5 }),
  };
  return askPodRequest(() => requireTopology(entry), { given, selection, ...steps });
}

function selectFirst({ selection }: Services, entry: NodeEntry, name: string): void {
  const pod = entry.session.topology?.namespaces.find((namespace) => namespace.pod?.name === name);
  if (pod) {
    selection.select(entry.id, { kind: 'namespace', id: pod.id }, 'command');
  }
}
