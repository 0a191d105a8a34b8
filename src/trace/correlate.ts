/** Pure: captured frames → what of the probe was seen where, and the story that this tells. */
import type { Link, LinkId, NamespaceId } from '../topology/topology.ts';
import type { Content, EchoMessage, Frame, NeighbourMessage } from './decode.ts';
import type { Leg, Prediction } from './predict.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { FrameProtocol, Path, Sighting, TraceEvent } from './trace.ts';
import { describeStep } from './story.ts';

/** What one namespace's capture brought. */
export interface Captured {
  readonly namespace: NamespaceId;
  readonly frames: readonly Frame[];
}

/** A sighting, and the message that was seen. */
export interface Seen extends Sighting {
  readonly content: Content;
}

/** What happens at one moment: one sighting, or the copies that a bridge sends out of its ports. */
export interface Step {
  readonly seen: readonly [Seen, ...Seen[]];
  /** The bridge that sends the copies; null for a step of another kind. */
  readonly bridge: Link | null;
}

export interface Story {
  readonly sightings: readonly Sighting[];
  readonly events: readonly TraceEvent[];
}

/**
 * Finds the probe's frames among the captured ones and puts them in order: by time, and at the same instant (a bridge
 * hands a frame up with its time of arrival) by the order of the path. The probe is the first echo request to the
 * path's destination with `payloadBytes` of payload; what belongs to it has its identifier and sequence number.
 */
export function correlate(
  index: TopologyIndex,
  prediction: Pick<Prediction, 'path' | 'legs'>,
  captured: readonly Captured[],
  payloadBytes: number,
): Story {
  const frames = captured.flatMap(({ namespace, frames: all }) => all.map((frame) => ({ namespace, frame })));
  const classify = classifier(index, prediction, ourEcho(frames, prediction.path, payloadBytes));
  const concerning = frames.flatMap(({ namespace, frame }) => {
    const protocol = classify(frame.content);
    const link = index.link(`${namespace}:${frame.ifindex}`);
    return protocol && link ? [{ frame, link, protocol }] : [];
  });
  const first =
    concerning.reduce<bigint | null>((least, { frame }) => earlier(least, frame.epochNs), null) ?? 0n;
  const onPath = new Set(prediction.path.hops.map(({ link }) => link));
  const isCopy = (link: Link): boolean =>
    !onPath.has(link.id) && (link.kind === 'bridge' || index.bridgeOf(link) !== undefined);
  const seen = concerning.map(({ frame, link, protocol }) => ({
    ...toSeen(frame, link, protocol, first),
    flooded: isCopy(link),
  }));
  const steps = toSteps(index, seen.sort(byTimeAndWay(prediction.path)));
  return {
    sightings: steps.flatMap((step) => step.seen.map(toSighting)).sort(byTime),
    events: toEvents(index, steps),
  };
}

function earlier(a: bigint | null, b: bigint): bigint {
  return a === null || b < a ? b : a;
}

function byTime(a: Sighting, b: Sighting): number {
  return a.atNs - b.atNs;
}

function ourEcho(
  frames: readonly { readonly frame: Frame }[],
  path: Path,
  payloadBytes: number,
): EchoMessage | null {
  let ours: { epochNs: bigint; echo: EchoMessage } | null = null;
  for (const { frame } of frames) {
    const { content: echo, epochNs } = frame;
    const fits = echo.kind === 'echo' && echo.operation === 'request' && echo.destination === path.to.address;
    if (fits && echo.payloadBytes === payloadBytes && (ours === null || epochNs < ours.epochNs)) {
      ours = { epochNs, echo };
    }
  }
  return ours?.echo ?? null;
}

/** Says what a message is to the probe; null for one that does not concern it. */
function classifier(
  index: TopologyIndex,
  { path, legs }: Pick<Prediction, 'path' | 'legs'>,
  ours: EchoMessage | null,
): (content: Content) => FrameProtocol | null {
  const ends = new Set([path.to.address, path.from.address, ...(ours ? [ours.source] : [])]);
  const isOurs = (content: Content): content is EchoMessage =>
    ours !== null &&
    content.kind === 'echo' &&
    content.identifier === ours.identifier &&
    content.sequence === ours.sequence &&
    (ends.has(content.source) || ends.has(content.destination));
  return (content) => {
    switch (content.kind) {
      case 'echo':
        return isOurs(content) ? `icmp-${content.operation}` : null;
      case 'error':
        return isOurs(content.about) ? 'icmp-error' : null;
      case 'neighbour':
        return legs.some((leg) => isAskedOn(index, leg, content))
          ? `${content.protocol}-${content.operation}`
          : null;
      case 'other':
        return null;
    }
  };
}

/** Whether a question or answer is between the two stacks of a leg, in either direction. */
function isAskedOn(index: TopologyIndex, leg: Leg, message: NeighbourMessage): boolean {
  const near = new Set(index.addressesOf(leg.sender));
  const far = new Set([leg.nextHop, ...(leg.receiver === null ? [] : index.addressesOf(leg.receiver))]);
  const { sender, target } = message;
  if (message.protocol === 'ndp' && message.operation === 'reply') {
    return target === leg.nextHop || near.has(target);
  }
  if (sender === null) {
    return false;
  }
  const asksForward = target === leg.nextHop && near.has(sender);
  const asksBack = near.has(target) && far.has(sender);
  const answersBack = message.operation === 'reply' && far.has(target) && near.has(sender);
  return asksForward || asksBack || answersBack;
}

function toSeen(frame: Frame, link: Link, protocol: FrameProtocol, first: bigint): Omit<Seen, 'flooded'> {
  const { content } = frame;
  return {
    link: link.id,
    namespace: link.namespace,
    direction: frame.direction,
    protocol,
    atNs: Number(frame.epochNs - first),
    sequence: content.kind === 'echo' ? content.sequence : null,
    source: content.kind === 'neighbour' ? content.sender : content.source,
    destination: content.kind === 'neighbour' ? content.target : content.destination,
    content,
  };
}

function toSighting(seen: Seen): Sighting {
  const { link, namespace, direction, protocol, atNs, sequence, source, destination, flooded } = seen;
  return { link, namespace, direction, protocol, atNs, sequence, source, destination, flooded };
}

/** Orders sightings by time; at the same instant along the path, or against it for what comes back. */
function byTimeAndWay(path: Path): (a: Seen, b: Seen) => number {
  const places = new Map<LinkId, number>(path.hops.map(({ link }, i) => [link, i]));
  const place = ({ link, protocol, source }: Seen): number => {
    const along = places.get(link) ?? path.hops.length;
    const back = protocol.endsWith('reply') ? source !== path.from.address : source === path.to.address;
    return back ? -along : along;
  };
  return (a, b) => a.atNs - b.atNs || place(a) - place(b);
}

/** Puts the copies of one frame that a bridge sends out together; every other sighting is a step of its own. */
function toSteps(index: TopologyIndex, seen: readonly Seen[]): Step[] {
  const steps: { seen: [Seen, ...Seen[]]; bridge: Link | null }[] = [];
  const open = new Map<string, { seen: [Seen, ...Seen[]]; bridge: Link | null }>();
  for (const one of seen) {
    const bridge = sentOnBy(index, one);
    const key = bridge && [bridge.id, one.protocol, one.source, one.destination, one.sequence].join(' ');
    const step = key === null ? undefined : open.get(key);
    if (step && !step.seen.some(({ link }) => link === one.link)) {
      step.seen.push(one);
    } else {
      const begun: (typeof steps)[number] = { seen: [one], bridge };
      steps.push(begun);
      if (key !== null) {
        open.set(key, begun);
      }
    }
  }
  return steps.map(startAtPort).sort((a, b) => a.seen[0].atNs - b.seen[0].atNs);
}

/** The bridge that sent a frame on: out of a port, or (what the bridge itself receives) up to its own namespace. */
function sentOnBy(index: TopologyIndex, { link: id, direction }: Seen): Link | null {
  const link = index.link(id);
  if (direction === 'in') {
    return link?.kind === 'bridge' ? link : null;
  }
  return (link && index.bridgeOf(link)) ?? null;
}

/** A bridge's own copy bears the time at which the frame came in; the ports tell when it was sent on. */
function startAtPort(step: Step): Step {
  const [first, ...rest] = [...step.seen].sort(
    (a, b) => Number(a.direction === 'in') - Number(b.direction === 'in') || byTime(a, b),
  );
  return first ? { ...step, seen: [first, ...rest] } : step;
}

const phases: Record<FrameProtocol, TraceEvent['phase']> = {
  'arp-request': 'arp',
  'arp-reply': 'arp',
  'ndp-request': 'arp',
  'ndp-reply': 'arp',
  'icmp-request': 'request',
  'icmp-reply': 'reply',
  'icmp-error': 'error',
  other: 'error',
};

function toEvents(index: TopologyIndex, steps: readonly Step[]): TraceEvent[] {
  const told = new Set<string>();
  return steps.map((step, i) => {
    const [first] = step.seen;
    const previous = steps[i - 1]?.seen[0];
    const { link, direction, protocol, source, destination } = first;
    const sameAs = [link, direction, protocol, source, destination].join(' ');
    const again = told.has(sameAs);
    told.add(sameAs);
    return {
      atNs: first.atNs,
      sincePreviousNs: previous ? first.atNs - previous.atNs : null,
      phase: phases[protocol],
      links: step.seen.map((one) => one.link),
      text: describeStep(index, step, again),
    };
  });
}
