import * as vscode from 'vscode';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import type { Topology } from '../topology/topology.ts';
import { resolveEndpoint } from '../trace/endpoint.ts';
import type { Endpoint, Trace } from '../trace/trace.ts';
import { withProgress } from '../views/progress.ts';
import { plainText } from '../views/text.ts';
import { indexOf } from '../views/topologyIndex.ts';
import { itemArgument, parseArgument, tracePingArgument } from './arguments.ts';
import { askEndpoints } from './askEndpoints.ts';
import { requireLive, requireNode, requireTopology, selected } from './nodeArgument.ts';
import type { Services } from './services.ts';

/** The ends of a node's last trace, for "again". */
const lastEnds = new WeakMap<NodeEntry, { readonly from: Endpoint; readonly to: Endpoint }>();

/** Traces a ping. What the argument leaves open is asked for. Returns the trace, which the panel shows. */
export async function tracePing(services: Services, argument: unknown): Promise<Trace | undefined> {
  const given = parseArgument(tracePingArgument, argument);
  const entry = requireNode(services, given);
  requireLive(entry);
  const topology = requireTopology(entry);
  const start = selected(topology, given.selection ?? null)?.namespace;
  const from = given.from === undefined ? undefined : resolveEndpoint(topology, given.from);
  const to = given.to === undefined ? undefined : resolveEndpoint(topology, given.to);
  const ends = await askEndpoints(() => requireTopology(entry), {
    from: from ?? (start && { kind: 'namespace', namespace: start.id }),
    to,
  });
  return ends && runTrace(services, entry, ends);
}

/** Traces once more what was traced last on this node; asks where nothing was. */
export async function traceAgain(services: Services, argument: unknown): Promise<Trace | undefined> {
  const given = parseArgument(itemArgument, argument);
  const entry = requireNode(services, given);
  const ends = lastEnds.get(entry);
  return ends ? runTrace(services, entry, ends) : tracePing(services, given);
}

async function runTrace(
  services: Services,
  entry: NodeEntry,
  ends: { readonly from: Endpoint; readonly to: Endpoint },
): Promise<Trace> {
  lastEnds.set(entry, ends);
  const panel = services.panels.open(entry.id, { focus: false });
  const title = titleOf(requireTopology(entry), ends);
  panel.showTracing(title);
  try {
    return await withProgress(vscode.l10n.t('Tracing {0}', title), (progress) =>
      entry.session.trace(ends.from, ends.to, progress),
    );
  } finally {
    panel.showTracing(null);
  }
}

function titleOf(
  topology: Topology,
  { from, to }: { readonly from: Endpoint; readonly to: Endpoint },
): string {
  const name = (end: Endpoint): string => {
    const namespace = end.kind === 'namespace' ? indexOf(topology).namespace(end.namespace) : undefined;
    return end.kind === 'address' ? end.address : plainText(namespace?.pod?.name ?? namespace?.name ?? '');
  };
  return `${name(from)} → ${name(to)}`;
}
