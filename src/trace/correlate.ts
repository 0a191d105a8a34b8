/** Pure: captured frames → what of the probe was seen where, and the story that this tells. */
import type { Link, LinkId, NamespaceId } from '../topology/topology.ts';
import type { Frame } from './decode.ts';
import { isAnswer, isReply, phaseOf } from './frameProtocols.ts';
import { Learning } from './learning.ts';
import type { Content } from './message.ts';
import type { Prediction } from './predict.ts';
import { recogniser, type Foretold, type SentProbe } from './recognise.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { FrameProtocol, Path, Sighting, TraceEvent } from './trace.ts';
import { describeStep, nameOfFrame } from './story.ts';

/** What one namespace's capture brought. */
export interface Captured {
  readonly namespace: NamespaceId;
  readonly frames: readonly Frame[];
}

/** A sighting, and the message that was seen. */
export interface Seen extends Sighting {
  readonly content: Content;
  /** The hardware address of the frame's sender. */
  readonly mac: string | null;
}

/** One that is not yet known to be the first or a repetition. */
type Sighted = Omit<Seen, 'repeat'>;

/** What happens at one moment: one sighting, or the copies that a bridge sends out of its ports. */
export interface Step {
  readonly seen: readonly [Seen, ...Seen[]];
  /** The bridge that sends the copies; null for a step of another kind. */
  readonly bridge: Link | null;
}

export interface Story {
  /** The time of the first sighting, by the node's clock; null without one. */
  readonly beganNs: bigint | null;
  readonly sightings: readonly Sighting[];
  readonly events: readonly TraceEvent[];
}

/**
 * Finds the probe's frames among the captured ones and puts them in order: by time, and at the same instant (a bridge
 * hands a frame up with its time of arrival) by the order of the path. `back`: the way of the answer, where it is foretold.
 */
export function correlate(
  index: TopologyIndex,
  prediction: Foretold,
  captured: readonly Captured[],
  sent: SentProbe,
  back: Pick<Prediction, 'path' | 'legs'> | null = null,
): Story {
  const frames = captured.flatMap(({ namespace, frames: all }) => all.map((frame) => ({ namespace, frame })));
  const recognise = recogniser(
    index,
    { ...prediction, legs: [...prediction.legs, ...(back?.legs ?? [])] },
    frames.map(({ frame }) => frame),
    sent,
  );
  const concerning = frames.flatMap(({ namespace, frame }) => {
    const protocol = recognise(frame.content);
    const link = index.link(`${namespace}:${frame.ifindex}`);
    return protocol && link ? [{ frame, link, protocol }] : [];
  });
  const began = concerning.reduce<bigint | null>((least, { frame }) => earlier(least, frame.epochNs), null);
  const onPath = new Set([...prediction.path.hops, ...(back?.path.hops ?? [])].map(({ link }) => link));
  const isCopy = (link: Link): boolean =>
    !onPath.has(link.id) && (link.kind === 'bridge' || index.bridgeOf(link) !== undefined);
  const seen = concerning.map(({ frame, link, protocol }) => ({
    ...toSeen(frame, link, protocol, began ?? 0n),
    flooded: isCopy(link),
  }));
  const ordered = markRepeats(seen.sort(byTimeAndWay(prediction.path)));
  const steps = toSteps(index, ordered);
  return {
    beganNs: began,
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

function toSeen(
  frame: Frame,
  link: Link,
  protocol: FrameProtocol,
  first: bigint,
): Omit<Seen, 'flooded' | 'repeat'> {
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
    mac: frame.mac,
  };
}

function toSighting(seen: Seen): Sighting {
  const { link, namespace, direction, protocol, atNs, sequence, source, destination, flooded, repeat } = seen;
  return { link, namespace, direction, protocol, atNs, sequence, source, destination, flooded, repeat };
}

/** Orders sightings by time; at the same instant along the path, or against it for what comes back. */
function byTimeAndWay(path: Path): (a: Sighted, b: Sighted) => number {
  const places = new Map<LinkId, number>(path.hops.map(({ link }, i) => [link, i]));
  const place = ({ link, protocol, source }: Sighted): number => {
    const along = places.get(link) ?? path.hops.length;
    const back =
      isReply(protocol) || (isAnswer(protocol) && source !== path.from.address) || source === path.to.address;
    return back ? -along : along;
  };
  return (a, b) => a.atNs - b.atNs || place(a) - place(b);
}

/**
 * Marks what was seen before at the same link in the same direction. Its sender, the first link that saw it, tells whether
 * it was sent as often: if not, it was doubled on its way.
 */
function markRepeats(seen: readonly Sighted[]): Seen[] {
  const times = new Map<string, number>();
  const senders = new Map<string, { readonly place: string; times: number }>();
  return seen.map((one) => {
    const message = messageKey(one);
    const place = `${one.link} ${one.direction} ${message}`;
    const time = (times.get(place) ?? 0) + 1;
    times.set(place, time);
    const sender = senders.get(message) ?? { place, times: 0 };
    senders.set(message, sender);
    if (place === sender.place) {
      sender.times = time;
    }
    const again = time <= sender.times ? 'retransmission' : 'duplicate';
    return { ...one, repeat: time === 1 ? null : again };
  });
}

/** The same for what one message is wherever it is seen. */
function messageKey({ protocol, sequence, content, source, destination }: Sighted): string {
  switch (content.kind) {
    case 'tcp':
      return [protocol, content.sequence, content.syn, content.rst].join(' ');
    case 'echo':
    case 'udp':
      return [protocol, sequence].join(' ');
    default:
      return [protocol, source, destination].join(' ');
  }
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

function toEvents(index: TopologyIndex, steps: readonly Step[]): TraceEvent[] {
  const last = new Map<string, Seen>();
  const learning = new Learning(
    index,
    steps.flatMap(({ seen }) => seen),
  );
  return steps.map((step, i) => {
    const [first] = step.seen;
    const previous = steps[i - 1]?.seen[0];
    const before = last.get(messageKey(first)) ?? null;
    last.set(messageKey(first), first);
    const learned = learning.learn(step);
    const decidedBy = learning.entryFor(step);
    return {
      atNs: first.atNs,
      sincePreviousNs: previous ? first.atNs - previous.atNs : null,
      phase: phaseOf(first.protocol),
      links: step.seen.map((one) => one.link),
      text: describeStep(index, step, { decidedBy, before }),
      frame: nameOfFrame(first),
      decidedBy,
      learned,
    };
  });
}
