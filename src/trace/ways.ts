/** Pure: all ways that a probe may take where chance decides, and which of them it was seen to take. */
import type { LinkId, NamespaceId } from '../topology/topology.ts';
import type { Captured } from './correlate.ts';
import { isRequest } from './frameProtocols.ts';
import { predict, predictAnswer, type PathRequest, type Prediction } from './predict.ts';
import { recogniser, type Foretold, type SentProbe } from './recognise.ts';
import type { TopologyIndex } from './topologyIndex.ts';

/** A way there, and the one that the answer takes from its end; null where that is not in sight. */
export interface Way {
  readonly there: Prediction;
  readonly back: Prediction | null;
}

export interface Ways {
  /** The first is what is foretold where nothing tells which it is. */
  readonly all: readonly [Way, ...Way[]];
  /** True where there are more than are followed. */
  readonly areMore: boolean;
}

/** Each way takes a capture in every namespace on it. */
const mostWays = 16;

/** Foretells a probe's way, once for each choice on it. Throws as `predict` does. */
export function predictWays(index: TopologyIndex, request: PathRequest): Ways {
  const first = wayBy(index, request, []);
  const all: [Way, ...Way[]] = [first];
  const open = alternatives(first, 0);
  while (open.length > 0 && all.length < mostWays) {
    const decisions = open.shift() ?? [];
    const way = wayBy(index, request, decisions);
    all.push(way);
    open.push(...alternatives(way, decisions.length));
  }
  return { all, areMore: open.length > 0 };
}

/** The namespaces that a probe may come by, and its answer, each once. */
export function namespacesOn(index: TopologyIndex, request: PathRequest): NamespaceId[] {
  return distinctNamespaces(predictWays(index, request).all);
}

/** Both ends and what lies between; also the destination's where the way ends before. */
export function distinctNamespaces(ways: readonly Way[]): NamespaceId[] {
  const ids = ways
    .flatMap(({ there, back }) => (back === null ? [there] : [there, back]))
    .flatMap(({ path }) => [
      path.from.namespace,
      ...path.hops.map(({ namespace }) => namespace),
      ...(path.to.namespace === null ? [] : [path.to.namespace]),
    ]);
  return [...new Set(ids)];
}

function wayBy(index: TopologyIndex, request: PathRequest, decisions: readonly number[]): Way {
  const there = predict(index, request, decisions);
  return { there, back: predictAnswer(index, there, request.probe) };
}

/** The other decisions at each choice from one on, the first of all after it. */
function alternatives({ there: { path } }: Way, from: number): number[][] {
  const taken = path.choices.map((choice) => choice.taken);
  return path.choices.slice(from).flatMap(({ options }, i) => {
    const before = taken.slice(0, from + i);
    return options.slice(1).map((_, other) => [...before, other + 1]);
  });
}

/**
 * The way that the probe was seen to take: where it had the addresses of the one way, and was at its links. The first where
 * nothing tells them apart; its choices then are not `seen`.
 */
export function takenWay(
  index: TopologyIndex,
  { all }: Ways,
  captured: readonly Captured[],
  sent: SentProbe,
): Way {
  const [first, ...others] = all;
  if (others.length === 0) {
    return first;
  }
  const translated = all.flatMap(({ there }) => there.translated);
  const seen = requestsSeen(index, { ...first.there, translated }, captured, sent);
  const scored = all.map((way) => ({ way, score: scoreOf(way, seen) })).sort((a, b) => b.score - a.score);
  const [best, next] = scored;
  return best && next && best.score > next.score ? asSeen(best.way) : first;
}

interface Seen {
  readonly ends: ReadonlySet<string>;
  readonly links: ReadonlySet<LinkId>;
}

function requestsSeen(
  index: TopologyIndex,
  foretold: Foretold,
  captured: readonly Captured[],
  sent: SentProbe,
): Seen {
  const frames = captured.flatMap(({ namespace, frames: all }) => all.map((frame) => ({ namespace, frame })));
  const recognise = recogniser(
    index,
    foretold,
    frames.map(({ frame }) => frame),
    sent,
  );
  const requests = frames.filter(({ frame }) => {
    const protocol = recognise(frame.content);
    return protocol !== null && isRequest(protocol);
  });
  return {
    ends: new Set(requests.map(({ frame: { content } }) => endOf(content))),
    links: new Set(requests.map(({ namespace, frame }) => `${namespace}:${frame.ifindex}`)),
  };
}

function endOf(content: Captured['frames'][number]['content']): string {
  const destination = content.kind === 'neighbour' ? null : content.destination;
  const port = 'destinationPort' in content ? content.destinationPort : null;
  return `${destination ?? ''} ${port ?? ''}`;
}

/** Where it came to weighs more than which links saw it: what a bridge floods is seen at the wrong ones, too. */
function scoreOf({ there: { path, arriving } }: Way, { ends, links }: Seen): number {
  const { destination, port } = arriving.flow;
  const isEndSeen = ends.has(`${destination} ${port ?? ''}`);
  const hopsSeen = new Set(path.hops.map(({ link }) => link).filter((link) => links.has(link))).size;
  return (isEndSeen ? 1_000 : 0) + hopsSeen;
}

function asSeen({ there, back }: Way): Way {
  const choices = there.path.choices.map((choice) => ({ ...choice, seen: true }));
  return { there: { ...there, path: { ...there.path, choices } }, back };
}
