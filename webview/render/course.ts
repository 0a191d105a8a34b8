/** Pure: where the frame of one step of a trace runs in the picture. */
import type { LinkId } from '../../src/topology/topology.ts';
import type { StoryStep } from '../../src/trace/tellTrace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { selectLink } from '../graph/selection.ts';
import { traceChains } from '../graph/traceStory.ts';
import type { Point, Rect } from '../layout/geometry.ts';
import { polylineOf, type Polyline } from '../layout/polyline.ts';
import { shownKey, type Picture } from './emphasis.ts';

/** What stands for a link in the picture, and where a frame stands at it: at the corner of its box, so that its name can be read. */
interface Place {
  readonly bounds: Rect;
  readonly stand: Point;
}

/** Null where nothing stands for the link. */
export function placeOf(picture: Picture, link: LinkId): Place | null {
  const key = shownKey(picture, selectLink(link));
  const item = key === null ? undefined : picture.scene.byKey.get(key);
  if (item === undefined) {
    return null;
  }
  const { x, y, width, height } = item.bounds;
  const stand = item.kind === 'link' ? { x, y } : { x: x + width / 2, y: y + height / 2 };
  return { bounds: item.bounds, stand };
}

/** One course for each place that a step's frame reaches and that the picture has; a flood has many. */
export function coursesOf(picture: Picture, trace: Trace, step: StoryStep): Polyline[] {
  if (step.kind === 'lost') {
    const chain = traceChains(trace).lost;
    return coursesAlong(
      picture,
      overPorts(picture, chain.length > 1 ? chain : [...step.from, ...step.links]),
    );
  }
  const chains = step.links.map((to) => chainTo(picture, step.from, to));
  return chains.flatMap((chain) => coursesAlong(picture, chain));
}

/** From the copy that leads to a link, over the bridge where both are its ports. */
function chainTo({ index }: Picture, from: readonly LinkId[], to: LinkId): LinkId[] {
  const near = from.find((one) => index.jointsOf(to).some(({ other }) => other.id === one)) ?? from[0];
  if (near === undefined || near === to) {
    return [to];
  }
  const [a, b] = [index.links.get(near)?.master ?? null, index.links.get(to)?.master ?? null];
  return a !== null && a === b ? [near, a, to] : [near, to];
}

/** With the port between a bridge and the far end of a cable that is plugged into it. */
function overPorts({ index: { links } }: Picture, chain: readonly LinkId[]): LinkId[] {
  return chain.flatMap((link, at) => {
    const [before, peer] = [chain[at - 1] ?? null, links.get(link)?.peer ?? null];
    const master = peer === null ? null : (links.get(peer)?.master ?? null);
    return peer !== null && before !== null && master === before ? [peer, link] : [link];
  });
}

/** Along the wires, as far as they go; straight where none does, as in a namespace's own stack or behind what is collapsed. */
function coursesAlong(picture: Picture, chain: readonly LinkId[]): Polyline[] {
  const wired = picture.router.route(chain).flat();
  const [start, end] = [chain[0], chain.at(-1)].map((link) =>
    link === undefined ? null : placeOf(picture, link),
  );
  const before = start && !isAt(start, wired[0]) ? [start.stand] : [];
  const after = end && !isAt(end, wired.at(-1)) ? [end.stand] : [];
  const [first, ...others] = [...before, ...wired, ...after];
  return first === undefined ? [] : [polylineOf([first, ...others])];
}

/** A wire ends at the edge of what it is plugged into. */
const plugged = 6;

function isAt({ bounds: { x, y, width, height } }: Place, point: Point | undefined): boolean {
  return (
    point !== undefined &&
    point.x >= x - plugged &&
    point.x <= x + width + plugged &&
    point.y >= y - plugged &&
    point.y <= y + height + plugged
  );
}
