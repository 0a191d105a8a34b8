/** Pure: captured pings of the node's own `ping`, told apart by what it lets us choose and by what each sender was seen to send. */
import type { NamespaceId } from '../topology/topology.ts';
import type { Frame } from '../trace/decode.ts';
import type { EchoMessage } from '../trace/message.ts';
import type { SeenFrame } from './eyes.ts';
import type { Ping, Sighting } from './prober.ts';

/** Payloads that no ping has by default (56). The size says who sent it, and the largest passes any link. */
const sizes = { least: 64, choices: 1_024 };

export function payloadOf(sender: number): number {
  return sizes.least + (sender % sizes.choices);
}

/**
 * The sightings of our pings among captured frames. `ping` chooses its identifiers by itself, and the same ones again later: whose
 * one is now is read from the requests that leave the senders. What no sender was seen to send is none of ours.
 */
export function sightingsOf(
  frames: readonly SeenFrame[],
  pings: readonly Ping[],
  senders: readonly NamespaceId[],
): Sighting[] {
  const wanted = new Map(pings.map(({ pair, from, destination }) => [`${from} ${destination}`, pair]));
  const senderOf = new Map(senders.map((id, sender) => [payloadOf(sender), id]));
  const current = new Map<string, number>();
  const sightings: Sighting[] = [];
  // All namespaces go by one clock.
  for (const { namespace, frame } of [...frames].sort(byTime)) {
    const echo = echoIn(frame);
    const sender = senderOf.get(echo?.payloadBytes ?? 0);
    if (echo !== null && sender !== undefined && concernsItsNamespace(frame)) {
      const key = `${sender} ${echo.identifier}`;
      const started =
        leaves(frame) && sender === namespace ? wanted.get(`${sender} ${echo.destination}`) : undefined;
      if (started !== undefined) {
        current.set(key, started);
      }
      const pair = current.get(key);
      sightings.push(...(pair === undefined ? [] : [sightingOf(pair, namespace, frame)]));
    }
  }
  return sightings;
}

function byTime(a: SeenFrame, b: SeenFrame): number {
  return a.frame.epochNs < b.frame.epochNs ? -1 : Number(a.frame.epochNs > b.frame.epochNs);
}

/** The echo message that a frame is, or that it reports of. */
function echoIn({ content }: Frame): EchoMessage | null {
  const message = content.kind === 'error' ? content.about : content;
  return message.kind === 'echo' ? message : null;
}

function leaves({ content, direction }: Frame): boolean {
  return content.kind === 'echo' && content.operation === 'request' && direction === 'out';
}

/** What a bridge only passes on is seen at its ports as somebody else's (packet(7): PACKET_HOST, PACKET_OUTGOING). */
function concernsItsNamespace({ packet }: Frame): boolean {
  return packet.bytes[10] === 0 || packet.bytes[10] === 4;
}

function sightingOf(pair: number, namespace: NamespaceId, { content, direction }: Frame): Sighting {
  const seen = { pair, namespace, direction, source: '', destination: '', error: null };
  if (content.kind === 'error') {
    const { source, destination, text } = content;
    return { ...seen, message: 'error', source, destination, error: text };
  }
  return content.kind === 'echo'
    ? { ...seen, message: content.operation, source: content.source, destination: content.destination }
    : { ...seen, message: 'error' };
}
