/** Pure: the way of a packet, foretold from what the kernel's own tables say. */
import type { LinkId, NamespaceId, Topology } from '../topology/topology.ts';
import { familyOf } from './addresses.ts';
import { resolveDestination, resolveSource, zoneOf } from './ends.ts';
import type { Connections, Flow } from './gates/connections.ts';
import type { Met } from './gates/passGate.ts';
import type { NewPacket } from './gates/traveller.ts';
import { lengthOf } from './lengths.ts';
import { silenceOf } from './refusals.ts';
import { Router, type RoutingStep } from './router.ts';
import { TopologyIndex } from './topologyIndex.ts';
import { Track } from './track.ts';
import type { Endpoint, Path, Probe } from './trace.ts';
import { nameOfNamespace } from './words.ts';

/** From where to where a packet is to go. */
export interface PathRequest {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** One ping where it is left out. */
  readonly probe?: Probe | undefined;
}

/** One stretch between two IP stacks, on which the sender must learn a hardware address (ARP, or NDP for IPv6). */
export interface Leg {
  readonly sender: NamespaceId;
  readonly egress: LinkId;
  /** Whom the sender asks for. */
  readonly nextHop: string;
  /** Null where it is not seen, or where the way ends before. */
  readonly receiver: NamespaceId | null;
}

/** A path, and what it was made from. */
export interface Prediction {
  readonly path: Path;
  readonly legs: readonly Leg[];
  /** Every routing decision on the way, in order. */
  readonly routing: readonly RoutingStep[];
  /** The link at which the way would go on if nothing stopped it; null where that is not known. */
  readonly expectedNext: LinkId | null;
  /** The name of the sender's link by which a link-local destination is meant; null for any other. */
  readonly zone: string | null;
  /** Addresses and destination ports that the packet gets on its way by translation. */
  readonly translated: readonly { readonly address: string; readonly port: number | null }[];
  /** The UDP ports and far ends of the tunnels on the way. */
  readonly tunnels: readonly { readonly port: number; readonly end: string }[];
  /** The rule that ends the way, where one does. */
  readonly met: Met | null;
  /** The packet as it arrives, and what the namespaces on its way remember of it. */
  readonly arriving: Arriving;
}

export interface Arriving {
  readonly flow: Flow;
  readonly connections: Connections;
}

/**
 * Foretells the way of a packet. Throws PatchbayError `not-found` or `bad-input` for an end that does not exist or has
 * no address; whatever stops the packet itself is the path's `stopped`.
 */
export function predictPath(topology: Topology, request: PathRequest): Path {
  return predict(new TopologyIndex(topology), request).path;
}

/** {@link predictPath}, with what it was made from. `decisions`: which way to take at each of the path's choices. */
export function predict(
  index: TopologyIndex,
  request: PathRequest,
  decisions: readonly number[] = [],
): Prediction {
  const start = resolveSource(index, request.from);
  const to = resolveDestination(index, start.namespace, request.to, start.address);
  const zone = zoneOf(index, start.namespace, request.to, to.address);
  const { probe } = request;
  const packet = {
    destination: to.address,
    source: start.address,
    protocol: probe?.kind ?? 'icmp',
    port: probe && 'port' in probe ? probe.port : null,
    zone,
    ...(probe && sizeOf(probe, familyOf(to.address))),
    ttl: probe?.kind === 'icmp' ? probe.ttl : null,
  } as const;
  const router = new Router(index, packet, new Track(decisions));
  router.send(start.namespace);
  return predictionOf(router, { ...start, to, zone: zone?.name ?? null });
}

/**
 * Foretells the way of the answer to a packet whose way was foretold; null where that does not come to its destination in
 * sight.
 */
export function predictAnswer(
  index: TopologyIndex,
  { path, arriving }: Prediction,
  probe?: Probe,
): Prediction | null {
  const { flow, connections } = arriving;
  const from = path.to.namespace;
  if (from === null || path.stopped !== null || path.leavesNode || flow.source === null) {
    return null;
  }
  const router = new Router(index, {
    destination: flow.source,
    source: flow.destination,
    protocol: probe?.kind ?? 'icmp',
    port: flow.port,
    answers: connections,
    ...(probe && sizeOf(probe, familyOf(flow.destination))),
  });
  const silence = (probe?.kind ?? 'icmp') === 'icmp' ? silenceOf(index, from, router.traveller.family) : null;
  if (silence) {
    router.track.stop(silence);
  } else {
    router.send(from);
  }
  const mistake = router.track.reached === null ? null : mistakenAnswer(index, path, router, probe);
  if (mistake !== null) {
    router.track.stop({ reason: mistake });
  }
  return predictionOf(router, { namespace: from, to: path.from, zone: null });
}

/** An answer to a ping is as long as the ping. */
function sizeOf(probe: Probe, family: 4 | 6): Pick<NewPacket, 'lengthBytes' | 'isWhole'> {
  return { lengthBytes: lengthOf(probe, family), isWhole: probe.kind === 'icmp' && probe.dontFragment };
}

/** What is wrong with an answer that came to a stack: it is not the one that asked, or did not ask that one. */
function mistakenAnswer(
  index: TopologyIndex,
  { from, to }: Path,
  router: Router,
  probe?: Probe,
): string | null {
  const { source, sourcePort } = router.traveller.flow;
  const reached = router.track.reached ?? '';
  const asked = probe && 'port' in probe ? probe.port : null;
  if (reached !== from.namespace) {
    return `The answer to ${nameOfNamespace(index, from.namespace)} ends in ${nameOfNamespace(index, reached)}, which does not remember what it answers.`;
  }
  const isSame = source === to.address && sourcePort === asked;
  const nameOf = (address: string, port: number | null): string =>
    port === null ? address : `${address} port ${port}`;
  return isSame
    ? null
    : `The answer comes to ${nameOfNamespace(index, reached)} from ${nameOf(source ?? '', sourcePort)}, and not from ${nameOf(to.address, asked)}, which was asked: nothing on its way rewrites it back.`;
}

function predictionOf(
  { track, traveller, firstSource }: Router,
  {
    namespace,
    to,
    zone,
  }: { readonly namespace: NamespaceId; readonly to: Path['to']; readonly zone: string | null },
): Prediction {
  return {
    path: {
      from: { namespace, address: firstSource ?? '' },
      to: { namespace: track.reached ?? to.namespace, address: to.address },
      hops: track.hops,
      stopped: track.stopped,
      stoppedBy: track.stoppedBy,
      leavesNode: track.leavesNode,
      choices: track.choices,
    },
    legs: track.legs,
    routing: track.routing,
    expectedNext: track.expectedNext,
    zone,
    translated: track.translated,
    tunnels: track.tunnels,
    met: track.met,
    arriving: { flow: traveller.flow, connections: traveller.connections },
  };
}
