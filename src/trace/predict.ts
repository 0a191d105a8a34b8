/** Pure: the way of a packet, foretold from what the kernel's own tables say. */
import type { LinkId, NamespaceId, Topology } from '../topology/topology.ts';
import { resolveDestination, resolveSource, zoneOf } from './ends.ts';
import { Router, type RoutingStep } from './router.ts';
import { TopologyIndex } from './topologyIndex.ts';
import type { Endpoint, Path, Probe } from './trace.ts';

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
}

/**
 * Foretells the way of a packet. Throws PatchbayError `not-found` or `bad-input` for an end that does not exist or has
 * no address; whatever stops the packet itself is the path's `stopped`.
 */
export function predictPath(topology: Topology, request: PathRequest): Path {
  return predict(new TopologyIndex(topology), request).path;
}

/** {@link predictPath}, with the legs between IP stacks. */
export function predict(index: TopologyIndex, request: PathRequest): Prediction {
  const start = resolveSource(index, request.from);
  const to = resolveDestination(index, start.namespace, request.to, start.address);
  const zone = zoneOf(index, start.namespace, request.to, to.address);
  const { probe } = request;
  const router = new Router(index, {
    destination: to.address,
    source: start.address,
    protocol: probe?.kind ?? 'icmp',
    port: probe && 'port' in probe ? probe.port : null,
    zone,
  });
  router.route(start.namespace, null);
  const { track } = router;
  return {
    path: {
      from: { namespace: start.namespace, address: router.firstSource ?? '' },
      to: { namespace: track.reached ?? to.namespace, address: to.address },
      hops: track.hops,
      stopped: track.stopped,
      leavesNode: track.leavesNode,
    },
    legs: track.legs,
    routing: track.routing,
    expectedNext: track.expectedNext,
    zone: zone?.name ?? null,
    translated: track.translated,
    tunnels: track.tunnels,
  };
}
