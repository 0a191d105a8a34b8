/** Pure: one step of a trace as one plain sentence. */
import type { Link } from '../topology/topology.ts';
import type { Seen, Step } from './correlate.ts';
import { isReply } from './frameProtocols.ts';
import type { ErrorMessage, NeighbourMessage, SegmentMessage } from './message.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { Decider } from './trace.ts';
import { listOf, nameOfLink, nameOfNamespace, plain, startOfSentence } from './words.ts';

/** What is known of a step beside its sightings. */
interface Circumstances {
  /** The entry of a bridge's table by which it was sent on; null where none was. */
  readonly decidedBy: Decider | null;
  /** Where the same message was seen last, which tells what was done to its addresses since; null where it was not. */
  readonly before: Seen | null;
}

/** "web asks out of eth0: who has 10.244.0.3?", "cbr0 floods the question to 3 links: veth2, veth3 and itself." */
export function describeStep(index: TopologyIndex, step: Step, { decidedBy, before }: Circumstances): string {
  const [first] = step.seen;
  const link = index.link(first.link);
  if (!link) {
    return 'Something was seen at a link that is gone.';
  }
  const { content, repeat } = first;
  if (content.kind === 'error') {
    return describeError(index, link, content);
  }
  const subject: Subject = `The ${nameOfMessage(first)}`;
  const doubled = repeat === 'duplicate' ? ' It came here before: on its way it was doubled.' : '';
  const rewritten = before === null ? '' : describeRewriting(before, first);
  const known = decidedBy ? macOf(decidedBy) : null;
  return `${describeMove(index, { ...step, known }, link, subject)}${rewritten}${doubled}`;
}

/** " Its destination 10.96.0.10 port 80 is rewritten to 10.245.0.2 port 8080." */
function describeRewriting(before: Seen, after: Seen): string {
  const changed = (['source', 'destination'] as const).flatMap((end) => {
    const [from, to] = [endOf(before, end), endOf(after, end)];
    return from === null || to === null || from === to ? [] : [`${end} ${from} is rewritten to ${to}`];
  });
  return changed.length === 0 ? '' : ` Its ${changed.join(', and its ')}.`;
}

/** "10.96.0.10 port 80"; null for a message that is not between two addresses. */
function endOf({ content }: Seen, end: 'source' | 'destination'): string | null {
  if (content.kind !== 'tcp' && content.kind !== 'udp') {
    return content.kind === 'echo' ? content[end] : null;
  }
  return `${content[end]} port ${content[`${end}Port`]}`;
}

type Subject = `The ${string}`;

/** With the hardware address that a bridge knew to be behind the port; null where it knew none. */
interface KnownStep extends Step {
  readonly known: string | null;
}

function macOf({ record }: Decider): string | null {
  const { mac } = record as { readonly mac?: unknown };
  return typeof mac === 'string' ? plain(mac) : null;
}

function describeMove(index: TopologyIndex, step: KnownStep, link: Link, subject: Subject): string {
  const [{ direction }] = step.seen;
  if (step.bridge) {
    return describeSendingOn(index, step, step.bridge, subject);
  }
  if (link.kind === 'loopback') {
    return `${subject} goes through ${nameOfLink(index, link)}.`;
  }
  return direction === 'in'
    ? describeArrival(index, link, subject)
    : describeDeparture(index, link, step.seen[0], subject);
}

/** "ARP question", "echo request", "TCP SYN", "ICMP error": what a frame is called apart from its story. */
export function nameOfFrame(seen: Step['seen'][0]): string {
  const { content } = seen;
  const name = nameOfMessage(seen);
  return content.kind === 'neighbour'
    ? `${content.protocol.toUpperCase()} ${name}`
    : content.kind === 'error'
      ? 'ICMP error'
      : name;
}

/** "question", "echo request", "TCP SYN", "UDP answer". */
function nameOfMessage({ content, protocol }: Step['seen'][0]): string {
  switch (content.kind) {
    case 'neighbour':
      return content.operation === 'request' ? 'question' : 'answer';
    case 'tcp':
      return `TCP ${flagsOf(content)}`;
    case 'udp':
      return isReply(protocol) ? 'UDP answer' : 'UDP datagram';
    case 'echo':
      return `echo ${content.operation}`;
    default:
      return 'message';
  }
}

function flagsOf({ syn, ack, rst }: SegmentMessage): string {
  return rst ? 'RST' : [...(syn ? ['SYN'] : []), ...(ack ? ['ACK'] : [])].join('-');
}

function describeSendingOn(index: TopologyIndex, step: KnownStep, bridge: Link, subject: Subject): string {
  const object = lower(subject);
  const name = nameOfLink(index, bridge);
  const names = step.seen.flatMap(({ link: id }) => {
    const link = index.link(id);
    return link ? [link.id === bridge.id ? 'itself' : plain(link.name)] : [];
  });
  if (names.length > 1 || step.seen.some(({ flooded }) => flooded)) {
    const many = names.length === 1 ? 'one link' : `${names.length} links`;
    return `${name} floods ${object} to ${many}: ${listOf(names)}.`;
  }
  if (step.known !== null) {
    return `${name} knows ${step.known} behind ${names.join('')}, so it sends ${object} on there.`;
  }
  return names[0] === 'itself'
    ? `${subject} reaches ${name}.`
    : `${name} sends ${object} on through ${names.join('')}.`;
}

function describeArrival(index: TopologyIndex, link: Link, subject: Subject): string {
  const bridge = index.bridgeOf(link);
  const name = nameOfLink(index, link);
  return bridge
    ? `${subject} comes out of ${name}, a port of ${nameOfLink(index, bridge)}.`
    : `${subject} reaches ${name}.`;
}

function describeDeparture(
  index: TopologyIndex,
  link: Link,
  { content, repeat }: Step['seen'][0],
  subject: Subject,
): string {
  const who = startOfSentence(nameOfNamespace(index, link.namespace));
  const again = repeat === 'retransmission' ? ' again' : '';
  const where = `out of ${plain(link.name)}`;
  if (content.kind === 'neighbour') {
    return content.operation === 'request'
      ? `${who} asks${again} ${where}: who has ${content.target}?`
      : `${who} answers${again} ${where}: ${answerOf(content)}.`;
  }
  return `${who} sends ${lower(subject)}${again} ${where}.`;
}

function answerOf({ protocol, sender, target, mac }: NeighbourMessage): string {
  const address = protocol === 'ndp' ? target : (sender ?? 'an address');
  return mac === null ? `${address} is here` : `${address} is at ${mac}`;
}

function describeError(
  index: TopologyIndex,
  link: Link,
  { source, destination, text }: ErrorMessage,
): string {
  return `${source} reports to ${destination}: ${text} (seen at ${nameOfLink(index, link)}).`;
}

function lower(subject: Subject): string {
  return `t${subject.slice(1)}`;
}
