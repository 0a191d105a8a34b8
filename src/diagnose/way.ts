/** Pure: the stages of a packet's way, as the kernel asks its rules along it. */
import type { Link, NamespaceId } from '../topology/topology.ts';
import type { Met } from '../trace/gates/passGate.ts';
import type { Leg, Prediction } from '../trace/predict.ts';
import type { TopologyIndex } from '../trace/topologyIndex.ts';
import type { Hop } from '../trace/trace.ts';

/** One place on a way where something is decided about the packet. `at` counts along the way. */
export type Stage =
  | {
      readonly kind: 'send';
      readonly at: number;
      readonly namespace: NamespaceId;
      readonly egress: Link | null;
    }
  | {
      readonly kind: 'forward';
      readonly at: number;
      readonly namespace: NamespaceId;
      readonly ingress: Link;
      readonly egress: Link | null;
    }
  | { readonly kind: 'receive'; readonly at: number; readonly namespace: NamespaceId; readonly ingress: Link }
  /** Null for the side on which the bridge's own namespace is. */
  | {
      readonly kind: 'bridge';
      readonly at: number;
      readonly bridge: Link;
      readonly ingress: Link | null;
      readonly egress: Link | null;
    };

/** A way in one direction, as far as the tables lead. */
export interface Way {
  readonly from: { readonly namespace: NamespaceId; readonly address: string };
  readonly to: string;
  readonly links: readonly Link[];
  readonly stages: readonly Stage[];
  readonly legs: readonly Leg[];
  /** Where it would go on if nothing stopped it. */
  readonly next: Link | null;
  /** The rule that ends it, where one does. */
  readonly met: Met | null;
}

/** The way that was foretold. */
export function wayOf(index: TopologyIndex, { path, legs, expectedNext, met, arriving }: Prediction): Way {
  const { destination, source } = arriving.flow;
  return {
    from: { namespace: path.from.namespace, address: source ?? path.from.address },
    to: destination,
    links: path.hops.flatMap(({ link }) => index.link(link) ?? []),
    stages: stagesOf(index, path.from.namespace, path.hops, legs, destination),
    legs,
    next: index.link(expectedNext) ?? null,
    met,
  };
}

function stagesOf(
  index: TopologyIndex,
  start: NamespaceId,
  hops: readonly Hop[],
  legs: readonly Leg[],
  to: string,
): Stage[] {
  const crossings = hops.flatMap((hop) => {
    const link = index.link(hop.link);
    return link ? [{ link, direction: hop.direction }] : [];
  });
  const [first] = crossings;
  const stages: Stage[] = [
    { kind: 'send', at: 0, namespace: start, egress: first?.direction === 'out' ? first.link : null },
  ];
  crossings.forEach(({ link, direction }, at) => {
    const before = crossings[at - 1]?.link;
    const after = crossings[at + 1];
    const port = before && index.bridgeOf(before)?.id === link.id ? before : null;
    if (link.kind === 'bridge') {
      stages.push({
        kind: 'bridge',
        at,
        bridge: link,
        ingress: port,
        egress: direction === 'in' ? null : (after?.link ?? null),
      });
    }
    const { namespace } = link;
    const isAtStack = direction === 'in' && index.bridgeOf(link) === undefined;
    if (isAtStack && after === undefined && index.owns(namespace, to)) {
      stages.push({ kind: 'receive', at, namespace, ingress: link });
    } else if (isAtStack && legs.some(({ receiver }) => receiver === namespace)) {
      // A frame that strayed to somebody else is nobody's to forward.
      stages.push({ kind: 'forward', at, namespace, ingress: link, egress: after?.link ?? null });
    }
  });
  return stages;
}
