import { linkCountersArgv } from '../iproute/linkCounters.ts';
import { linkSchema, parseRecords } from '../iproute/records.ts';
import { statisticsOf } from '../topology/linkSettings.ts';
import type { LinkId, LinkStatistics, Topology } from '../topology/topology.ts';
import type { Transport } from '../transport/transport.ts';

/** Counters that come later than the next ones are asked for are of no use. */
const timeoutMs = 5_000;

/** Reads the counters of one link as they are now; null where it is gone, or another has its name. Rejects as `exec`. */
export async function readLinkCounters(
  transport: Transport,
  { links, namespaces }: Topology,
  id: LinkId,
): Promise<LinkStatistics | null> {
  const link = links.find((candidate) => candidate.id === id);
  const place = namespaces.find((namespace) => namespace.id === link?.namespace);
  const argv = link && place ? linkCountersArgv(place, link.name) : null;
  if (argv === null) {
    return null;
  }
  const { stdout, exitCode } = await transport.exec(argv, { privileged: true, timeoutMs });
  const [record] = exitCode === 0 ? parseRecords(linkSchema, stdout).records : [];
  return record && record.ifindex === link?.ifindex ? statisticsOf(record) : null;
}
