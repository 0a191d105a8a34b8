/** Pure: what kinds of messages mean to a probe. */
import type { FrameProtocol, TraceEvent } from './trace.ts';

const requests: ReadonlySet<FrameProtocol> = new Set(['icmp-request', 'tcp-request', 'udp-request']);
const replies: ReadonlySet<FrameProtocol> = new Set(['icmp-reply', 'tcp-reply', 'udp-reply']);
const questions: ReadonlySet<FrameProtocol> = new Set(['arp-request', 'ndp-request']);
const answers: ReadonlySet<FrameProtocol> = new Set(['arp-reply', 'ndp-reply']);

/** The probe itself. */
export function isRequest(protocol: FrameProtocol): boolean {
  return requests.has(protocol);
}

/** What answers the probe. */
export function isReply(protocol: FrameProtocol): boolean {
  return replies.has(protocol);
}

/** A question for a hardware address. */
export function isQuestion(protocol: FrameProtocol): boolean {
  return questions.has(protocol);
}

/** The answer to one. */
export function isAnswer(protocol: FrameProtocol): boolean {
  return answers.has(protocol);
}

/** Seen through a counter: it may be anything. */
export function isCounted(protocol: FrameProtocol): boolean {
  return protocol === 'other';
}

export function phaseOf(protocol: FrameProtocol): TraceEvent['phase'] {
  if (isQuestion(protocol) || isAnswer(protocol)) {
    return 'arp';
  }
  return isRequest(protocol) ? 'request' : isReply(protocol) ? 'reply' : 'error';
}
