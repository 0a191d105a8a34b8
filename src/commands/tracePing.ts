import * as vscode from 'vscode';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import type { Topology } from '../topology/topology.ts';
import { resolveEndpoint } from '../trace/endpoint.ts';
import type { Endpoint, Trace } from '../trace/trace.ts';
import { withProgress } from '../views/progress.ts';
import { plainText } from '../views/text.ts';
import { indexOf } from '../views/topologyIndex.ts';
import type { ProbeWish } from '../trace/probe.ts';
import {
  itemArgument,
  parseArgument,
  traceAgainArgument,
  tracePingArgument,
  type TracePingArgument,
} from './arguments.ts';
import { askEndpoints } from './askEndpoints.ts';
import { requireNode, requireTopology, requireTraceable, selected, selectionFor } from './nodeArgument.ts';
import type { Services } from './services.ts';

interface Ends {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

interface Asked {
  readonly ends: Ends;
  readonly probe: ProbeWish;
}

/** What was asked for last on a node, and what each trace was made of, for "again". */
const last = new WeakMap<NodeEntry, Asked>();
const asked = new WeakMap<Trace, Asked>();

/** Traces a ping. What the argument leaves open is asked for. Returns the trace, which the panel shows. */
export async function tracePing(services: Services, argument: unknown): Promise<Trace | undefined> {
  return traceGiven(services, parseArgument(tracePingArgument, argument), { kind: 'icmp' });
}

/** Traces a probe between the ends that are given; those that are not are asked for. */
export async function traceGiven(
  services: Services,
  given: TracePingArgument,
  probe: ProbeWish,
): Promise<Trace | undefined> {
  const entry = requireNode(services, given);
  requireTraceable(entry);
  const topology = requireTopology(entry);
  const start = selected(topology, given.selection ?? null)?.namespace;
  const from = given.from === undefined ? undefined : resolveEndpoint(topology, given.from);
  const to = given.to === undefined ? undefined : resolveEndpoint(topology, given.to);
  const ends = await askEndpoints(() => requireTopology(entry), {
    from: from ?? (start && { kind: 'namespace', namespace: start.id }),
    to,
    suggested: selected(topology, services.selection.of(entry.id))?.namespace.id,
  });
  return ends && runTrace(services, entry, ends, probe);
}

/** Traces a ping to what it is about; asks where from. */
export async function traceTo(services: Services, argument: unknown): Promise<Trace | undefined> {
  const given = parseArgument(itemArgument, argument);
  const entry = requireNode(services, given);
  requireTraceable(entry);
  const end = selected(requireTopology(entry), selectionFor(services, entry, given))?.namespace;
  const to: Endpoint | undefined = end && { kind: 'namespace', namespace: end.id };
  const ends = await askEndpoints(() => requireTopology(entry), { from: undefined, to });
  return ends && runTrace(services, entry, ends, { kind: 'icmp' });
}

/** Traces once more what a trace did, or what was traced last on this node; asks where nothing was. */
export async function traceAgain(services: Services, argument: unknown): Promise<Trace | undefined> {
  const given = parseArgument(traceAgainArgument, argument);
  const entry = requireNode(services, given);
  requireTraceable(entry);
  const trace = entry.session.traces.find(({ id }) => id === given.trace);
  const before = trace ? (asked.get(trace) ?? askedOf(trace)) : last.get(entry);
  return before
    ? runTrace(services, entry, before.ends, before.probe)
    : tracePing(services, { node: entry.id });
}

/** Of a trace that was kept from before: its source stands for the namespace that sent it. */
function askedOf({ path: { from, to }, probe }: Trace): Asked {
  return {
    ends: {
      from: { kind: 'namespace', namespace: from.namespace },
      to: { kind: 'address', address: to.address },
    },
    probe: probe.kind === 'icmp' ? { ...probe, ttl: probe.ttl ?? undefined } : probe,
  };
}

async function runTrace(services: Services, entry: NodeEntry, ends: Ends, probe: ProbeWish): Promise<Trace> {
  last.set(entry, { ends, probe });
  const panel = services.panels.open(entry.id, { focus: false });
  const title = titleOf(requireTopology(entry), ends);
  panel.showTracing(title);
  try {
    const trace = await withProgress(vscode.l10n.t('Tracing {0}', title), (progress) =>
      entry.session.trace(ends.from, ends.to, { ...progress, probe }),
    );
    asked.set(trace, { ends, probe });
    return trace;
  } finally {
    panel.showTracing(null);
  }
}

function titleOf(topology: Topology, { from, to }: Ends): string {
  const name = (end: Endpoint): string => {
    const namespace = end.kind === 'namespace' ? indexOf(topology).namespace(end.namespace) : undefined;
    return end.kind === 'address' ? end.address : plainText(namespace?.pod?.name ?? namespace?.name ?? '');
  };
  return `${name(from)} → ${name(to)}`;
}
