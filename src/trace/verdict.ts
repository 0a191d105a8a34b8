/** Pure: what became of a probe, from what was seen and what the tables prove. Never more than the evidence says. */
import type { LinkId, NamespaceId } from '../topology/topology.ts';
import type { Story } from './correlate.ts';
import type { Leg, Prediction } from './predict.ts';
import { replyTimeoutS, type ProbeResult } from './probe.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import { isAnswer, isCounted, isQuestion, isReply, isRequest } from './frameProtocols.ts';
import type { FrameProtocol, Hop, KernelDrop, Probe, Sighting, Verdict } from './trace.ts';
import { formatNs, linkName, nameOfNamespace, startOfSentence } from './words.ts';

export interface Evidence {
  readonly prediction: Prediction;
  /** The way that a reply would take, as far as it is foretold; null where the destination is not seen. */
  readonly wayBack: Prediction | null;
  readonly story: Story;
  /** What the kernel says that it dropped. */
  readonly drops: readonly KernelDrop[];
  /** Namespaces whose links were watched: only there does not having been seen mean anything. */
  readonly watched: ReadonlySet<NamespaceId>;
  readonly sent: Probe;
  readonly probe: ProbeResult;
}

/** How far something came along a way: the last link that saw it, and the next that should have. */
interface Progress {
  readonly after: LinkId | null;
  readonly before: LinkId | null;
  /** True where every watched link of the way saw it. */
  readonly whole: boolean;
}

/** The links that something should come by, and the one after them. */
interface Course {
  readonly hops: readonly Hop[];
  readonly expectedNext: LinkId | null;
}

function courseOf({ prediction: { path, expectedNext } }: Evidence): Course {
  return { hops: path.hops, expectedNext };
}

const invisible = 'The reason is not visible from here.';

/** Judges a probe that was sent, or could not be. */
export function judge(index: TopologyIndex, evidence: Evidence): Verdict {
  const { probe, story, sent } = evidence;
  if (probe.outcome === 'answered') {
    return { ...delivered('answered', probe.rttMs ?? rttOf(story.sightings)), reason: partlyAnswered(probe) };
  }
  if (!probe.sent && !story.sightings.some(({ protocol }) => isRequest(protocol))) {
    return notSent(evidence);
  }
  // What a rule answers in the place of the destination is no reply of it.
  const isRejected = evidence.prediction.met?.drop.kind === 'reject';
  const replied = !isRejected && story.sightings.some(({ protocol }) => isReply(protocol));
  const request = requestProgress(index, evidence);
  const arrived = request.whole && request.by !== 'question' && arrives(evidence);
  if (probe.outcome === 'refused' && (arrived || evidence.watched.size === 0)) {
    return {
      ...delivered('refused', probe.rttMs ?? rttOf(story.sightings)),
      reason: refusal(index, evidence),
    };
  }
  if (sent.kind === 'udp' && probe.outcome === 'silent' && arrived && !replied && request.by === 'request') {
    return { ...delivered('silent', null), reason: sentences([unpromised, errorIn(evidence)]) };
  }
  return replied || arrived ? lostReply(index, evidence, replied) : lostRequest(index, evidence, request);
}

function delivered(outcome: Verdict['outcome'], rttMs: number | null): Omit<Verdict, 'reason'> {
  return { delivered: true, outcome, rttMs, lostAfter: null, lostBefore: null, lostOn: null };
}

const unpromised = 'The datagram arrived, and no answer came back: with UDP none is promised.';

function partlyAnswered({ counts: { sent, answered } }: ProbeResult): string | null {
  return answered < sent ? `Only ${answered} of ${sent} echo requests were answered.` : null;
}

/** Who said no: a socket that is not there, or a filter that answers in the destination's name. */
function refusal(index: TopologyIndex, evidence: Evidence): string | null {
  const { sent, prediction } = evidence;
  const { to } = prediction.path;
  if (sent.kind === 'icmp' || to.namespace === null) {
    return errorIn(evidence);
  }
  const protocol = sent.kind.toUpperCase();
  const name = nameOfNamespace(index, to.namespace);
  const listens = index.topology.sockets.some(
    (socket) =>
      socket.namespace === to.namespace && socket.protocol === sent.kind && socket.port === sent.port,
  );
  const why = listens
    ? `a socket in ${name} uses ${protocol} port ${sent.port}, so a filter or the socket's own address refuses it`
    : `nothing takes ${protocol} port ${sent.port} in ${name}`;
  return sentences([`It arrived and was refused: ${why}.`, errorIn(evidence)]);
}

/** A probe that was never sent, for a reason of our own: `reason` says which. */
export function unsent(reason: string): Verdict {
  return { ...delivered('unsent', null), delivered: false, reason };
}

function notSent({ prediction, probe }: Evidence): Verdict {
  const said = probe.complaint === null ? null : `Nothing was sent: ${probe.complaint}.`;
  return {
    ...unsent(
      sentences([prediction.path.stopped, said]) ?? 'Nothing was sent: the program ended without a word.',
    ),
    lostOn: 'request',
  };
}

function rttOf(sightings: readonly Sighting[]): number | null {
  const sent = sightings.find(({ protocol, direction }) => isRequest(protocol) && direction === 'out');
  const back = sightings.findLast(
    ({ protocol, direction, sequence }) =>
      isReply(protocol) && direction === 'in' && sequence === sent?.sequence,
  );
  return sent && back ? (back.atNs - sent.atNs) / 1e6 : null;
}

/** True where the path as foretold ends at its destination. */
function arrives({ prediction: { path } }: Evidence): boolean {
  return path.stopped === null && !path.leavesNode;
}

/** By the echo request itself, or, where that was never sent, by the question that comes before it. */
function requestProgress(
  index: TopologyIndex,
  evidence: Evidence,
): Progress & { readonly by: 'request' | 'question' | 'counters' | null } {
  const { sightings } = evidence.story;
  const course = courseOf(evidence);
  const kinds = [
    ['request', isRequest],
    ['question', isQuestion],
    ['counters', isCounted],
  ] as const;
  for (const [by, isOf] of kinds) {
    if (sightings.some(({ protocol }) => isOf(protocol))) {
      return { by, ...progress(index, evidence, course, isOf) };
    }
  }
  return { by: null, ...progress(index, evidence, course, () => false) };
}

/**
 * A bridge between two of its ports sees a frame only when it is flooded, so not having seen one says nothing there;
 * the loopback link is crossed and watched.
 */
function progress(
  index: TopologyIndex,
  evidence: Evidence,
  { hops, expectedNext }: Course,
  isOf: (protocol: FrameProtocol) => boolean,
): Progress {
  const { watched, story } = evidence;
  const saw = ({ link, direction }: Hop): boolean =>
    story.sightings.some(
      (sighting) =>
        sighting.link === link &&
        isOf(sighting.protocol) &&
        (direction === 'through' || sighting.direction === direction),
    );
  const tells = (hop: Hop): boolean =>
    watched.has(hop.namespace) &&
    (hop.direction !== 'through' || saw(hop) || index.link(hop.link)?.kind === 'loopback');
  const telling = hops.filter(tells);
  const last = telling.findLastIndex(saw);
  const after = telling[last]?.link ?? null;
  const next = telling[last + 1]?.link ?? (last < 0 ? null : expectedNext);
  return { after, before: next === after ? null : next, whole: last >= 0 && last === telling.length - 1 };
}

function lostRequest(
  index: TopologyIndex,
  evidence: Evidence,
  request: ReturnType<typeof requestProgress>,
): Verdict {
  const { path, legs } = evidence.prediction;
  const stray = strayed(evidence);
  const lost = { delivered: false, outcome: lostOutcome(evidence), rttMs: null } as const;
  if (stray !== null) {
    const reason = sentences([
      dropped(evidence),
      errorIn(evidence),
      `It left the predicted way at ${linkName(index, stray)}.`,
    ]);
    return { ...lost, lostAfter: stray, lostBefore: null, lostOn: 'request', reason };
  }
  const left = request.whole && path.leavesNode && request.by !== 'question';
  const questions = progress(
    index,
    evidence,
    courseOf(evidence),
    (protocol) => isRequest(protocol) || isQuestion(protocol) || isCounted(protocol),
  );
  const error = errorIn(evidence);
  const reason = sentences([
    dropped(evidence),
    error,
    unanswered(index, evidence, legs),
    request.by === null ? stalled(index, legs) : null,
    questions.whole || request.by === null ? path.stopped : null,
    left ? leftNode(index, request.after) : null,
    error === null ? complaintOf(evidence) : null,
  ]);
  return {
    ...lost,
    lostAfter: request.after,
    lostBefore: request.before,
    lostOn: left ? null : 'request',
    reason: reason ?? notForwarded(index, path.hops, request) ?? invisible,
  };
}

function leftNode(index: TopologyIndex, uplink: LinkId | null): string {
  return `It left the node through ${linkName(index, uplink)}, and no answer came back. What lies beyond is not visible from here.`;
}

/** A question that was given up before the trace began: the kernel then drops what waits for it, and asks no more for a while. */
function stalled(index: TopologyIndex, legs: readonly Leg[]): string | null {
  for (const { egress, nextHop, sender } of legs) {
    const entry = index.topology.neighbours.find(
      ({ link, address }) => link === egress && address === nextHop,
    );
    const state = entry?.states.find((candidate) => candidate === 'FAILED' || candidate === 'INCOMPLETE');
    if (state !== undefined) {
      const name = startOfSentence(nameOfNamespace(index, sender));
      return `${name} had already asked in vain who has ${nextHop} (its neighbour entry is ${state}).`;
    }
  }
  return null;
}

/** What is known where an IP stack took a packet in and did not send it on: less than a reason. */
function notForwarded(
  index: TopologyIndex,
  hops: readonly Hop[],
  { after, before }: Progress,
): string | null {
  const next = hops.findIndex(({ link, direction }) => link === before && direction === 'out');
  const previous = hops[next - 1];
  if (previous?.link !== after || previous.direction !== 'in' || index.link(after)?.master !== null) {
    return null;
  }
  const name = startOfSentence(nameOfNamespace(index, previous.namespace));
  return `${name} took it in and did not send it on. Why is not visible from here; ip_forward being off, or a filter, would look like this.`;
}

function lostReply(index: TopologyIndex, evidence: Evidence, replied: boolean): Verdict {
  const { hops, to } = evidence.prediction.path;
  const { wayBack } = evidence;
  const lost = { delivered: false, outcome: lostOutcome(evidence), rttMs: null, lostOn: 'reply' } as const;
  const name = startOfSentence(nameOfNamespace(index, to.namespace ?? ''));
  if (!replied) {
    const proven = sentences([
      dropped(evidence),
      errorIn(evidence),
      unanswered(index, evidence, wayBack?.legs ?? []),
      wayBack?.path.stopped ?? null,
    ]);
    const others = evidence.sent.kind === 'icmp' ? ', or icmp_echo_ignore_all,' : '';
    const silent = `${name} received the request and sent no answer. Why is not visible from here; a filter in it${others} would look like this.`;
    return { ...lost, lostAfter: hops.at(-1)?.link ?? null, lostBefore: null, reason: proven ?? silent };
  }
  const back = wayBack?.path.hops ?? [...hops].reverse().map(turned);
  const { after, before, whole } = progress(
    index,
    evidence,
    { hops: back, expectedNext: wayBack?.expectedNext ?? null },
    (protocol) => isReply(protocol) || isCounted(protocol),
  );
  const foretold = wayBack?.path.stopped ?? null;
  const end = whole ? (foretold ?? cameBack(index, after, evidence.story.sightings)) : null;
  return {
    ...lost,
    lostAfter: after,
    lostBefore: whole && foretold === null ? null : before,
    reason: sentences([dropped(evidence), errorIn(evidence), end, complaintOf(evidence)]) ?? invisible,
  };
}

/** What came back of a probe that was lost: an error, or nothing. */
function lostOutcome({ probe, story }: Evidence): Verdict['outcome'] {
  const error = story.events.some(({ phase }) => phase === 'error');
  return probe.outcome === 'silent' && error ? 'unreachable' : probe.outcome;
}

/** What is known of a reply that came all the way back and yet did not count. */
function cameBack(index: TopologyIndex, after: LinkId | null, sightings: readonly Sighting[]): string {
  const rttMs = rttOf(sightings);
  const where = `The reply came back to ${linkName(index, after)}`;
  return rttMs !== null && rttMs >= replyTimeoutS * 1000
    ? `${where} after ${formatNs(rttMs * 1e6)}, later than the probe waits (${replyTimeoutS} s).`
    : `${where}, but it was not taken.`;
}

function turned(hop: Hop): Hop {
  const opposite = { in: 'out', out: 'in', through: 'through' } as const;
  return { ...hop, direction: opposite[hop.direction] };
}

/** The link off the path by which an IP stack sent the request last; null where it kept to the path. */
function strayed({ prediction: { path }, story }: Evidence): LinkId | null {
  const last = story.sightings.findLast(
    ({ protocol, direction, flooded }) => isRequest(protocol) && direction === 'out' && !flooded,
  );
  return last && !path.hops.some(({ link }) => link === last.link) ? last.link : null;
}

function complaintOf({ probe, sent }: Evidence): string | null {
  return probe.complaint === null ? null : `${toolOf(sent)} says: ${probe.complaint}.`;
}

/** What the kernel says of it: for certain, or where nothing is certain what may have been it. */
function dropped({ drops }: Evidence): string | null {
  return (drops.find(({ certain }) => certain) ?? drops[0])?.text ?? null;
}

function toolOf({ kind }: Probe): string {
  return kind === 'icmp' ? 'ping' : 'The kernel';
}

function errorIn({ story }: Evidence): string | null {
  return story.events.find(({ phase }) => phase === 'error')?.text ?? null;
}

/** The first question for a hardware address that was seen and never answered. */
function unanswered(index: TopologyIndex, { story }: Evidence, legs: readonly Leg[]): string | null {
  const of = (isOf: typeof isQuestion): Sighting[] =>
    story.sightings.filter(({ protocol }) => isOf(protocol));
  for (const { nextHop, sender, egress } of legs) {
    const asked = of(isQuestion).some(({ destination, link }) => destination === nextHop && link === egress);
    const answers = of(isAnswer).filter((reply) => reply.source === nextHop || reply.destination === nextHop);
    const last = answers.at(-1);
    const who = startOfSentence(nameOfNamespace(index, sender));
    if (asked && !last) {
      return `${who} asked who has ${nextHop}, and nobody answered.`;
    }
    if (asked && last && !answers.some(({ link }) => link === egress)) {
      return `${who} asked who has ${nextHop}; the answer was last seen at ${linkName(index, last.link)}.`;
    }
  }
  return null;
}

function sentences(parts: readonly (string | null)[]): string | null {
  const said = parts.filter((part) => part !== null);
  return said.length > 0 ? said.join(' ') : null;
}
