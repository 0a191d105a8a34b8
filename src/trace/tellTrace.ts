/** Pure: a trace as the steps of one story, told by the panel, the document and the terminal alike. */
import type { LinkId } from '../topology/topology.ts';
import { isQuestion } from './frameProtocols.ts';
import type { Decider, Hop, Learned, Sighting, Trace, TraceEvent } from './trace.ts';
import { lossInWords } from './words.ts';

/** What a frame is to the probe: it asks for a hardware address, answers that, is the probe, answers it, or reports an error. */
export type FrameRole = 'question' | 'answer' | 'request' | 'reply' | 'error';

/**
 * `seen`: as foretold. `strayed`: seen, not foretold. `unseen`: foretold, not seen. `lost`: between the last link that saw it
 * and the first that did not. `predicted`: nothing was watched. `stopped`: where the prediction ends before the destination.
 */
export type StepKind = 'seen' | 'strayed' | 'unseen' | 'lost' | 'predicted' | 'stopped';

/** Something that decided a step: a record of the node, what the kernel said of a drop, or the cause that was found. */
export interface Ground {
  readonly kind: Decider['kind'] | 'drop' | 'cause';
  /** One or two plain sentences; null where the step itself says it. */
  readonly why: string | null;
  readonly record: unknown;
}

export interface StoryStep {
  readonly kind: StepKind;
  readonly role: FrameRole;
  /** "ARP question", "echo request", "TCP SYN". */
  readonly frame: string;
  /** Where the same frame was before, several after a flood; empty where it begins. */
  readonly from: readonly LinkId[];
  /** Where it is now: one link, or all the ports of a flood. */
  readonly links: readonly LinkId[];
  /** Nanoseconds since the first sighting; null for what was not seen itself. */
  readonly atNs: number | null;
  /** Nanoseconds since the step before. */
  readonly sinceNs: number | null;
  /** One plain sentence. */
  readonly text: string;
  /** What decided it, first; then what else had a say. */
  readonly grounds: readonly Ground[];
  readonly learned: readonly Learned[];
}

/** The steps of a trace in order; `nameOf` tells what a link is called. */
export function tellTrace(trace: Trace, nameOf: (link: LinkId) => string): StoryStep[] {
  return new Teller(trace, nameOf).tell();
}

/** True for what was seen, foretold or not: a frame crossed the place, also where it left no time. */
export function isSeen({ kind }: StoryStep): boolean {
  return kind === 'seen' || kind === 'strayed';
}

/** Links that saw the probe or a question for it, other than in copies that went astray. */
export function seenLinks({ sightings, events }: Trace): ReadonlySet<LinkId> {
  return new Set([
    ...sightings.filter(({ flooded }) => !flooded).map(({ link }) => link),
    ...events.filter(({ phase }) => phase !== 'arp').flatMap(({ links }) => links),
  ]);
}

/** A foretold way, followed hop by hop. */
class Way {
  readonly #hops: readonly Hop[];
  #next = 0;

  constructor(hops: readonly Hop[]) {
    this.#hops = hops;
  }

  /** The hop at one of the links, and those on the way to it; null where none of them is on the way. One met before begins it anew. */
  reach(links: readonly LinkId[]): { readonly hop: Hop; readonly passed: readonly Hop[] } | null {
    const ahead = this.#hops.findIndex(({ link }, i) => i >= this.#next && links.includes(link));
    const at = ahead >= 0 ? ahead : this.#hops.findIndex(({ link }) => links.includes(link));
    const hop = this.#hops[at];
    if (hop === undefined) {
      return null;
    }
    const passed = ahead >= 0 ? this.#hops.slice(this.#next, at) : [];
    this.#next = at + 1;
    return { hop, passed };
  }

  get rest(): readonly Hop[] {
    return this.#hops.slice(this.#next);
  }
}

/** What moves: a frame with its copies, from where it was sent first. */
interface Moving {
  readonly origin: LinkId | undefined;
  readonly at: readonly LinkId[];
}

const unmeasured = { atNs: null, sinceNs: null, learned: [] } as const;

class Teller {
  readonly #trace: Trace;
  readonly #nameOf: (link: LinkId) => string;
  readonly #steps: StoryStep[] = [];
  readonly #moving = new Map<string, Moving>();
  readonly #there: Way;
  readonly #back: Way | null;

  constructor(trace: Trace, nameOf: (link: LinkId) => string) {
    this.#trace = trace;
    this.#nameOf = nameOf;
    this.#there = new Way(trace.path.hops);
    this.#back = trace.wayBack ? new Way(trace.wayBack.hops) : null;
  }

  tell(): StoryStep[] {
    switch (this.#trace.observedBy) {
      case 'none':
        this.#tellPrediction();
        break;
      case 'counters':
        this.#tellCounted();
        this.#tellEnd();
        break;
      case 'tcpdump':
      case 'dumpcap':
        this.#trace.events.forEach((event) => this.#tellEvent(event));
        this.#tellEnd();
        break;
    }
    return this.#steps;
  }

  #tellPrediction(): void {
    const { hops, stopped, leavesNode } = this.#trace.path;
    hops.forEach((hop, i) => {
      const leaves = leavesNode && i === hops.length - 1;
      this.#tellHop(hop, 'predicted', leaves ? `${hop.why} Here it leaves the node.` : hop.why);
    });
    if (stopped !== null) {
      const at = hops.slice(-1).map(({ link }) => link);
      this.#push('request', {
        ...unmeasured,
        kind: 'stopped',
        from: at,
        links: at,
        text: stopped,
        grounds: [],
      });
    }
  }

  /** Counters tell where packets went, not when. */
  #tellCounted(): void {
    const seen = seenLinks(this.#trace);
    for (const hop of this.#trace.path.hops.filter(({ link }) => seen.has(link))) {
      this.#pass(this.#there.reach([hop.link])?.passed ?? []);
      this.#tellHop(hop, 'seen', hop.why);
    }
  }

  #tellEvent(event: TraceEvent): void {
    const { links, atNs, sincePreviousNs, learned = [] } = event;
    const sighting = sightingOf(this.#trace, event);
    const role = roleOf(event, sighting);
    const way = role === 'request' ? this.#there : role === 'reply' ? this.#back : null;
    const reached = way?.reach(links) ?? null;
    const key = keyOf(role, sighting);
    this.#pass(reached?.passed ?? [], role, key);
    const isStray = !reached && sighting?.flooded !== true && this.#isStray(role, links);
    this.#steps.push({
      kind: isStray ? 'strayed' : 'seen',
      role,
      frame: event.frame ?? this.#frameOf(role),
      from: this.#move(key, links),
      links,
      atNs,
      sinceNs: sincePreviousNs,
      text: isStray ? `${event.text} This was not predicted.` : event.text,
      grounds: groundsOf(event, reached?.hop ?? null),
      learned,
    });
  }

  /** A reply may always come back the way that the request went. */
  #isStray(role: FrameRole, links: readonly LinkId[]): boolean {
    const isWhole = role === 'request' || this.#trace.wayBack?.stopped === null;
    const isProbe = role === 'request' || role === 'reply';
    return isProbe && isWhole && !this.#trace.path.hops.some(({ link }) => links.includes(link));
  }

  /** What lies between two that were seen: bridges are crossed unseen, anything else was to be seen. */
  #pass(hops: readonly Hop[], role: FrameRole = 'request', key: string = role): void {
    for (const hop of hops) {
      if (hop.direction === 'through') {
        this.#tellHop(hop, 'seen', hop.why, role, key);
      } else {
        this.#tellUnseen(hop, role, key);
      }
    }
  }

  #tellUnseen(hop: Hop, role: FrameRole, key: string = role): void {
    const text = `Predicted, not seen: ${this.#nameOf(hop.link)}. ${hop.why}`;
    this.#tellHop(hop, 'unseen', text, role, key);
  }

  #tellHop(hop: Hop, kind: StepKind, text: string, role: FrameRole = 'request', key: string = role): void {
    const links = [hop.link];
    const grounds = groundsOf({}, hop).map((ground, i) => (i === 0 ? { ...ground, why: null } : ground));
    this.#push(role, { ...unmeasured, kind, from: this.#move(key, links), links, text, grounds });
  }

  /** Where it was lost, and the rest of the way that it should have taken. */
  #tellEnd(): void {
    const { delivered, outcome, lostOn } = this.#trace.verdict;
    const role = lostOn ?? 'request';
    // Where the probe itself was never seen, the question for a hardware address has taken its place.
    const isAsked = role === 'request' && !this.#steps.some((step) => step.role === role);
    if (!delivered && outcome !== 'unsent') {
      this.#push(role, this.#loss());
    }
    const seen = isAsked ? seenLinks(this.#trace) : new Set<LinkId>();
    const rest = (role === 'request' ? this.#there : this.#back)?.rest ?? [];
    for (const hop of rest.filter(({ direction, link }) => direction !== 'through' && !seen.has(link))) {
      this.#tellUnseen(hop, role);
    }
  }

  #loss(): Omit<StoryStep, 'role' | 'frame'> {
    const { verdict, drops, causes } = this.#trace;
    const { lostAfter, lostBefore, reason } = verdict;
    const from = lostAfter === null ? [] : [lostAfter];
    return {
      ...unmeasured,
      kind: 'lost',
      from,
      links: lostBefore === null ? from : [lostBefore],
      text: [lossInWords(verdict, this.#nameOf), ...(reason === null ? [] : [reason])].join(' '),
      grounds: [
        ...causes.slice(0, 1).map(({ title, explanation, evidence }): Ground => {
          const why = `${title} ${explanation}`;
          return { kind: 'cause', why, record: evidence[0]?.record ?? null };
        }),
        ...drops
          .filter(({ certain }) => certain)
          .map(({ text, reason: dropReason, location }): Ground => {
            return { kind: 'drop', why: text, record: { reason: dropReason, location } };
          }),
      ],
    };
  }

  /** Takes a frame to where it is now; returns where it was. Back at where it was sent first it begins anew. */
  #move(key: string, links: readonly LinkId[]): readonly LinkId[] {
    const before = this.#moving.get(key);
    const isAnew = before === undefined || before.origin === links[0];
    this.#moving.set(key, { origin: before?.origin ?? links[0], at: links });
    return isAnew ? [] : before.at;
  }

  #push(role: FrameRole, step: Omit<StoryStep, 'role' | 'frame'>): void {
    this.#steps.push({ ...step, role, frame: this.#frameOf(role) });
  }

  #frameOf(role: FrameRole): string {
    return role === 'request' || role === 'reply' ? probeFrames[this.#trace.probe.kind][role] : role;
  }
}

function sightingOf({ sightings }: Trace, { links: [link], atNs }: TraceEvent): Sighting | undefined {
  return sightings.find((one) => one.link === link && one.atNs === atNs);
}

function roleOf({ phase }: TraceEvent, sighting: Sighting | undefined): FrameRole {
  if (phase !== 'arp') {
    return phase;
  }
  return sighting === undefined || isQuestion(sighting.protocol) ? 'question' : 'answer';
}

/** The same for what one message is wherever it is seen; addresses of the probe itself may change on its way. */
function keyOf(role: FrameRole, sighting: Sighting | undefined): string {
  if (role === 'request' || role === 'reply') {
    return `${role} ${sighting?.sequence ?? ''}`;
  }
  return [role, sighting?.source, sighting?.destination].join(' ');
}

/** The entry by which a bridge sent a frame on, as it was then, tells more than what was foretold of it. */
function groundsOf({ decidedBy = null }: Pick<TraceEvent, 'decidedBy'>, hop: Hop | null): Ground[] {
  const foretold = hop?.decidedBy ? [{ ...hop.decidedBy, why: hop.why }] : [];
  return [...(decidedBy ? [{ ...decidedBy, why: null }] : foretold), ...(hop?.alsoBy ?? [])];
}

const probeFrames = {
  icmp: { request: 'echo request', reply: 'echo reply' },
  tcp: { request: 'TCP SYN', reply: 'TCP SYN-ACK' },
  udp: { request: 'UDP datagram', reply: 'UDP answer' },
} as const;
