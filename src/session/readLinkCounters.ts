import { readLinkRecords } from '../iproute/linkCounters.ts';
import { statisticsOf } from '../topology/linkSettings.ts';
import type { LinkId, LinkStatistics, Topology } from '../topology/topology.ts';
import type { Transport } from '../transport/transport.ts';
import { groupBy } from '../util/collections.ts';

/**
 * Reads the counters of links as they are now, in one round trip. A link that is gone, or whose name another has, is left
 * out. Rejects with `connection-lost`.
 */
export async function readLinkCounters(
  transport: Transport,
  { links, namespaces }: Topology,
  ids: readonly LinkId[],
): Promise<ReadonlyMap<LinkId, LinkStatistics>> {
  const wanted = new Set(ids);
  const homes = groupBy(
    links.filter(({ id }) => wanted.has(id)),
    ({ namespace }) => namespace,
  );
  const places = namespaces.filter(({ id }) => homes.has(id));
  const questions = places.map((place) => {
    const names = (homes.get(place.id) ?? []).map(({ name }) => name);
    return { place, names };
  });
  const answers = questions.length === 0 ? [] : await readLinkRecords(transport, questions);
  return new Map(
    places.flatMap(({ id }, at) => {
      const records = new Map(answers[at]?.map((record) => [record.ifindex, record]));
      return (homes.get(id) ?? []).flatMap((link) => {
        const record = records.get(link.ifindex);
        const statistics = record?.ifname === link.name ? statisticsOf(record) : null;
        return statistics ? [[link.id, statistics] as const] : [];
      });
    }),
  );
}
