/** Pure: what a page is told of the time before, and what it asks about it. */
import type { ComparisonRequest, Response, Timeline, TimelineMoment } from '../../protocol/messages.ts';
import { diagnoseTopology } from '../../session/diagnoses.ts';
import type { History, Moment } from '../../session/history.ts';
import type { NodeSession } from '../../session/nodeSession.ts';
import { compareTopologies } from '../../topology/comparison.ts';
import type { Topology } from '../../topology/topology.ts';
import { PatchbayError } from '../../util/errors.ts';
import { shownDiagnosis } from './panelFindings.ts';

/** Beside the error there is none of. */
type Answer = Omit<Response, 'type' | 'id' | 'error'>;

type Remembering = Pick<NodeSession, 'history' | 'topology'>;

/** One page's part in a session's history. Tells each moment once. */
export class PanelTimeline {
  readonly #session: Remembering;
  #told: TimelineMoment['id'] | null = null;

  constructor(session: Remembering) {
    this.#session = session;
  }

  /** The page is a new one: it knows nothing. */
  forget(): void {
    this.#told = null;
  }

  /** What has to be told now. `lookedMs` is when people last looked away. */
  next(lookedMs: number | null): Timeline {
    const { history } = this.#session;
    const { moments, marks, gaps, droppedUntilMs } = history;
    const told = this.#told;
    this.#told = moments.at(-1)?.id ?? null;
    return {
      moments: moments.slice(firstAfter(moments, told)).map(plainMoment),
      whole: told === null,
      firstId: moments[0]?.id ?? 0,
      marks: marks.map(({ id, atMs, label, by }) => {
        const moment = history.momentOf(id)?.id ?? null;
        return { id, atMs, label, by, moment };
      }),
      gaps: gaps.map(({ fromMs, toMs }) => ({ fromMs, toMs })),
      droppedUntilMs,
      lookedAt: lookedMs === null ? null : (momentLooked(history, lookedMs)?.id ?? null),
    };
  }

  /** What was at a moment. Rejects with `not-found` where that is no longer kept. */
  async moment(id: TimelineMoment['id']): Promise<Answer> {
    const topology = await this.#session.history.topologyOf(id);
    return { topology, diagnosis: shownDiagnosis(await diagnoseTopology(topology)) };
  }

  /** Compares two moments, whichever is the earlier, or one with the present. Rejects with `not-found`. */
  async compare({ from, to }: ComparisonRequest): Promise<Answer> {
    const { history } = this.#session;
    const [earlier, later] = to !== null && to < from ? [to, from] : [from, to];
    const before = await history.topologyOf(earlier);
    const after = later === null ? this.#now() : await history.topologyOf(later);
    const diagnosis = shownDiagnosis(await diagnoseTopology(after));
    return { comparison: compareTopologies(before, after), diagnosis };
  }

  #now(): Topology {
    const { topology } = this.#session;
    if (!topology) {
      throw new PatchbayError('not-found', 'The node has not been read yet.');
    }
    return topology;
  }
}

/** What was there before all that is kept has been seen: the oldest moment stands for it. */
function momentLooked(history: History, lookedMs: number): Moment | undefined {
  return history.momentAt(new Date(lookedMs)) ?? history.moments[0];
}

function plainMoment({ id, atMs, changes, learned }: Moment): TimelineMoment {
  return { id, atMs, changes, learned };
}

/** Few are new, so it is looked for from the end. */
function firstAfter(moments: readonly Moment[], told: TimelineMoment['id'] | null): number {
  return told === null ? 0 : moments.findLastIndex(({ id }) => id <= told) + 1;
}
