/** Pure: one step of a trace as one plain sentence. */
import type { Link } from '../topology/topology.ts';
import type { Step } from './correlate.ts';
import type { ErrorMessage, NeighbourMessage } from './decode.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import { listOf, nameOfLink, nameOfNamespace, plain, startOfSentence } from './words.ts';

/**
 * "web asks out of eth0: who has 10.244.0.3?", "cbr0 floods the question to 3 links: veth2, veth3 and itself."
 * `again` where the same was told before.
 */
export function describeStep(index: TopologyIndex, step: Step, again: boolean): string {
  const [first] = step.seen;
  const link = index.link(first.link);
  if (!link) {
    return 'Something was seen at a link that is gone.';
  }
  const { content } = first;
  if (content.kind === 'error') {
    return describeError(index, link, content);
  }
  const subject =
    content.kind === 'neighbour'
      ? subjects[content.operation]
      : subjects[`echo-${content.kind === 'echo' ? content.operation : 'request'}`];
  if (step.bridge) {
    return describeSendingOn(index, step, step.bridge, subject);
  }
  if (link.kind === 'loopback') {
    return `${subject} goes through ${nameOfLink(index, link)}.`;
  }
  return first.direction === 'in'
    ? describeArrival(index, link, subject)
    : describeDeparture(index, link, content, again);
}

const subjects = {
  request: 'The question',
  reply: 'The answer',
  'echo-request': 'The echo request',
  'echo-reply': 'The echo reply',
} as const;

type Subject = (typeof subjects)[keyof typeof subjects];

function describeSendingOn(index: TopologyIndex, step: Step, bridge: Link, subject: Subject): string {
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
  content: Step['seen'][0]['content'],
  again: boolean,
): string {
  const who = startOfSentence(nameOfNamespace(index, link.namespace));
  const where = `out of ${plain(link.name)}`;
  if (content.kind === 'neighbour') {
    return content.operation === 'request'
      ? `${who} asks${again ? ' again' : ''} ${where}: who has ${content.target}?`
      : `${who} answers ${where}: ${answerOf(content)}.`;
  }
  return `${who} sends the echo ${content.kind === 'echo' ? content.operation : 'message'} ${where}.`;
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
