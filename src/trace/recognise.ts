/** Pure: which of the captured messages belong to a probe, by what survives bridges and address translation. */
import type { Leg, Prediction } from './predict.ts';
import type { Content, DatagramMessage, EchoMessage, NeighbourMessage, SegmentMessage } from './message.ts';
import type { FrameProtocol, Probe } from './trace.ts';
import type { TopologyIndex } from './topologyIndex.ts';

/** A probe that was sent, as far as it is known which it is. */
export interface SentProbe {
  readonly probe: Probe;
  /** The port that it was sent from; null where nobody told. */
  readonly sourcePort: number | null;
}

interface Captured {
  readonly epochNs: bigint;
  readonly content: Content;
}

/** Says what a message is to the probe; null for one that does not concern it. */
export type Recognise = (content: Content) => FrameProtocol | null;

/** What is foretold of a probe, as far as its messages are known by it. */
export type Foretold = Pick<Prediction, 'path' | 'legs' | 'translated'>;

/** `frames` of all captures, in any order: the first message that fits the probe is the probe. */
export function recogniser(
  index: TopologyIndex,
  { path, legs, translated }: Foretold,
  frames: readonly Captured[],
  sent: SentProbe,
): Recognise {
  const port = 'port' in sent.probe ? sent.probe.port : null;
  const ends = [{ address: path.to.address, port }, ...translated];
  const own = ownMessages(frames, ends, sent);
  return (content) => {
    switch (content.kind) {
      case 'error':
        return own(content.about) === null ? null : 'icmp-error';
      case 'neighbour':
        return legs.some((leg) => isAskedOn(index, leg, content))
          ? `${content.protocol}-${content.operation}`
          : null;
      default:
        return own(content);
    }
  };
}

/** An address that the probe is sent to, or that translation gives it, with the port there. */
type End = Prediction['translated'][number];

function ownMessages(
  frames: readonly Captured[],
  ends: readonly End[],
  { probe, sourcePort }: SentProbe,
): Recognise {
  const isFirst = (content: SegmentMessage | DatagramMessage): boolean =>
    ends.some(
      ({ address, port }) =>
        content.destination === address && content.destinationPort === (port ?? probePort(probe)),
    );
  const isOwn = (content: SegmentMessage | DatagramMessage): boolean => content.sourcePort === sourcePort;
  switch (probe.kind) {
    case 'icmp':
      return ownEcho(
        earliest(frames, (content) =>
          content.kind === 'echo' &&
          content.operation === 'request' &&
          ends.some(({ address }) => address === content.destination) &&
          (content.payloadBytes === probe.payloadBytes || !content.whole)
            ? content
            : null,
        ),
      );
    case 'tcp':
      return ownSegment(
        frames,
        firstOf(frames, isOwn, (content) =>
          content.kind === 'tcp' && content.syn && !content.ack && isFirst(content) ? content : null,
        ),
      );
    case 'udp':
      return ownDatagram(
        frames,
        firstOf(frames, isOwn, (content) => (content.kind === 'udp' && isFirst(content) ? content : null)),
      );
  }
}

function probePort(probe: Probe): number | null {
  return 'port' in probe ? probe.port : null;
}

/** The earliest that has the sender's own port; where translation took that away before anybody saw it, the earliest of all. */
function firstOf<T extends Content>(
  frames: readonly Captured[],
  isOwn: (content: T) => boolean,
  fits: (content: Content) => T | null,
): T | null {
  const own = earliest(frames, (content) => {
    const fitting = fits(content);
    return fitting !== null && isOwn(fitting) ? fitting : null;
  });
  return own ?? earliest(frames, fits);
}

function earliest<T extends Content>(
  frames: readonly Captured[],
  fits: (content: Content) => T | null,
): T | null {
  let first: { readonly epochNs: bigint; readonly content: T } | null = null;
  for (const { epochNs, content } of frames) {
    const fitting = fits(content);
    if (fitting !== null && (first === null || epochNs < first.epochNs)) {
      first = { epochNs, content: fitting };
    }
  }
  return first?.content ?? null;
}

/** Identifier and size are those of the probe wherever it is, whatever is done to its addresses; of many requests each has its sequence number. */
function ownEcho(ours: EchoMessage | null): Recognise {
  return (content) =>
    content.kind === 'echo' &&
    content.identifier === ours?.identifier &&
    (content.payloadBytes === ours.payloadBytes || !content.whole || !ours.whole)
      ? `icmp-${content.operation}`
      : null;
}

/** Sequence numbers stay what they are when addresses and ports are translated. Of a connection only its opening is followed. */
function ownSegment(frames: readonly Captured[], ours: SegmentMessage | null): Recognise {
  if (ours === null) {
    return () => null;
  }
  const next = (ours.sequence + 1) >>> 0;
  const accepts = ({ syn, ack, acknowledgement }: SegmentMessage): boolean =>
    syn && ack && acknowledgement === next;
  const accepted = earliest(frames, (content) =>
    content.kind === 'tcp' && accepts(content) ? content : null,
  );
  const answered = accepted === null ? null : (accepted.sequence + 1) >>> 0;
  return (content) => {
    if (content.kind !== 'tcp') {
      return null;
    }
    if (content.syn && !content.ack && content.sequence === ours.sequence) {
      return 'tcp-request';
    }
    if (accepts(content) || (content.rst && content.acknowledgement === next)) {
      return 'tcp-reply';
    }
    // What acknowledges more than the opening belongs to what follows, as the end of the connection does.
    const completes =
      content.ack &&
      !content.fin &&
      !content.rst &&
      content.payloadBytes === 0 &&
      content.sequence === next &&
      content.acknowledgement === answered;
    return completes ? 'tcp-request' : null;
  };
}

/**
 * A datagram has no number. Ports and addresses of ours are known where it starts; behind a translation, one that shares an
 * end with it and has its size and what is left of its ports.
 */
function ownDatagram(frames: readonly Captured[], ours: DatagramMessage | null): Recognise {
  if (ours === null) {
    return () => null;
  }
  const requests = new Set([flowOf(ours)]);
  for (const { content } of frames) {
    if (content.kind === 'udp' && isTranslated(ours, content)) {
      requests.add(flowOf(content));
    }
  }
  return (content) => {
    if (content.kind !== 'udp') {
      return null;
    }
    if (requests.has(flowOf(content)) && content.payloadBytes === ours.payloadBytes) {
      return 'udp-request';
    }
    return requests.has(flowOf(turned(content))) ? 'udp-reply' : null;
  };
}

function isTranslated(ours: DatagramMessage, other: DatagramMessage): boolean {
  const sameSource = other.source === ours.source && other.sourcePort === ours.sourcePort;
  const sameDestination =
    other.destination === ours.destination && other.destinationPort === ours.destinationPort;
  const samePorts = other.sourcePort === ours.sourcePort && other.destinationPort === ours.destinationPort;
  return other.payloadBytes === ours.payloadBytes && (sameSource || sameDestination || samePorts);
}

function turned(datagram: DatagramMessage): DatagramMessage {
  const { source, destination, sourcePort, destinationPort } = datagram;
  return {
    ...datagram,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  };
}

function flowOf({ source, sourcePort, destination, destinationPort }: DatagramMessage): string {
  return [source, sourcePort, destination, destinationPort].join(' ');
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
