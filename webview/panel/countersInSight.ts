/** What the links in sight carry, and how fast, where the picture is close enough for that to be read. */
import type { LinkId } from '../../src/topology/topology.ts';
import { meterOf, mirror, trafficLines, type Pieces, type Traffic } from '../graph/rates.ts';
import type { TopologyIndex } from '../graph/topologyIndex.ts';
import { overlaps } from '../layout/geometry.ts';
import { detailAt, type CountersOf } from '../render/renderer.ts';
import { countedOf } from '../render/scene.ts';
import type { PanelParts } from './parts.ts';

/** Who pans on does not look. */
const settleMs = 150;

/**
 * Adds it; returns what is known of each link. Nothing is asked for while nobody is that close, looks at the past, or at a node
 * without a connection.
 */
export function addCountersInSight({ counters, model, view }: PanelParts): CountersOf {
  /** What the picture tells of each link. */
  let told = new Map<LinkId, string>();
  let timer = 0;

  const isLive = (): boolean => model.connection.value.kind === 'live' && model.past.value === null;
  const trafficOf = (index: TopologyIndex, id: LinkId): Traffic | null => {
    const { link, mirrored } = meterOf(index, id);
    const traffic = isLive() ? counters.trafficOf(link) : null;
    return traffic && mirrored ? mirror(traffic) : traffic;
  };
  /** As it is now; else the totals of the last reading of the node. */
  const linesOf = (id: LinkId): readonly Pieces[] => {
    const index = model.picture.value?.index;
    const statistics = index?.links.get(id)?.statistics ?? null;
    const known = statistics && { statistics, rates: null };
    const traffic = index === undefined ? null : (trafficOf(index, id) ?? known);
    return traffic === null ? [] : trafficLines(traffic);
  };
  const inSight = (): LinkId[] => {
    const { x, y, k } = view.shown.value;
    const { width, height } = view.size;
    const sight = { x: -x / k, y: -y / k, width: width / k, height: height / k };
    const items = detailAt(k) === 4 ? (model.picture.value?.scene.items ?? []) : [];
    return items.flatMap((item) => (overlaps(item.bounds, sight) ? (countedOf(item) ?? []) : []));
  };
  const look = (): void => {
    const index = model.picture.value?.index;
    const ids = index === undefined || !isLive() ? [] : inSight().map((id) => meterOf(index, id).link);
    counters.watch('picture', ids);
  };
  const lookSoon = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(look, settleMs);
  };
  const tell = (): void => {
    const now = new Map(inSight().map((id) => [id, linesOf(id).join()]));
    const moved = [...now].flatMap(([id, lines]) => (told.get(id) === lines ? [] : id));
    told = now;
    if (moved.length > 0) {
      view.renderer.setCounters(linesOf, new Set(moved));
    }
  };
  view.renderer.setCounters(linesOf, new Set());
  counters.onDidRead(tell);
  view.shown.onDidChange(lookSoon);
  model.picture.onDidChange(lookSoon);
  model.connection.onDidChange(lookSoon);
  model.past.onDidChange(lookSoon);
  new ResizeObserver(lookSoon).observe(view.element);
  return linesOf;
}
