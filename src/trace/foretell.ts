/** Pure: a trace of which nothing is sent: what a topology alone foretells. */
import { predict, predictAnswer, type PathRequest } from './predict.ts';
import { nameOfProbe } from './probe.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { Path, Probe, Trace } from './trace.ts';
import { unsent } from './verdict.ts';
import { plain } from './words.ts';

/** Foretells a probe's way and its answer's. Throws as `predict` does. */
export function foretell(
  index: TopologyIndex,
  request: PathRequest & { readonly probe: Probe },
  id: string,
): Trace {
  const { probe } = request;
  const there = predict(index, request);
  const back = predictAnswer(index, there, probe);
  const stopped = there.path.stopped ?? back?.path.stopped ?? null;
  const sentence = stopped ?? 'Nothing that was read stands in its way.';
  return {
    id,
    startedAt: new Date().toISOString(),
    title: titleOf(index, there.path, probe),
    probe,
    path: there.path,
    wayBack: back?.path ?? null,
    kernel: [],
    sightings: [],
    events: [],
    drops: [],
    verdict: {
      ...unsent(`This is foretold, and nothing was sent. ${sentence}`),
      lostOn: stopped === null ? null : there.path.stopped === null ? 'reply' : 'request',
    },
    causes: [],
    observedBy: 'none',
    notes: [],
  };
}

/** "web → db (10.244.0.3)", "web → db (10.244.0.3), TCP 80". */
export function titleOf(index: TopologyIndex, { from, to }: Path, probe: Probe): string {
  const name = (id: string): string => plain(index.namespace(id)?.name ?? id);
  const end = to.namespace === null ? to.address : `${name(to.namespace)} (${to.address})`;
  const what = probe.kind === 'icmp' ? '' : `, ${nameOfProbe(probe)}`;
  return `${name(from.namespace)} → ${end}${what}`;
}
