/** Pure: what a trace's captures saw, as one pcapng file that Wireshark and tcpdump open. */
import type { Link, LinkId } from '../topology/topology.ts';
import type { Captured } from './correlate.ts';
import { linuxSll2, type Frame } from './decode.ts';
import { writePcapng } from './pcapng.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { Trace } from './trace.ts';
import { nameOfLink, plain } from './words.ts';

/** Frames that are kept of one trace; 512 bytes each at most. */
const framesKept = 4_000;

/**
 * The pcapng file of a trace: an interface for each link of each namespace, named as in the story; the first frame of each
 * event bears its sentence.
 */
export function captureFile(
  index: TopologyIndex,
  trace: Pick<Trace, 'title' | 'events' | 'startedAt'>,
  captured: readonly Captured[],
  beganNs: bigint | null,
): Uint8Array {
  const frames = captured
    .flatMap(({ namespace, frames: all }) =>
      all.map((frame) => ({ id: `${namespace}:${frame.ifindex}`, frame })),
    )
    .sort((a, b) => (a.frame.epochNs < b.frame.epochNs ? -1 : 1))
    .slice(0, framesKept);
  const ids = [...new Set(frames.map(({ id }) => id))];
  const places = new Map(ids.map((id, i) => [id, i]));
  const comments = commentsOf(trace, beganNs);
  return writePcapng({
    comment: `${trace.title}, ${trace.startedAt}`,
    application: 'Patchbay',
    interfaces: ids.map((id) => ({ ...namesOf(index, index.link(id), id), linkType: linuxSll2 })),
    packets: frames.map(({ id, frame }) => ({
      ...frame.packet,
      interface: places.get(id) ?? 0,
      direction: frame.direction,
      comment: comments.get(keyOf(id, frame)) ?? null,
    })),
  });
}

function namesOf(
  index: TopologyIndex,
  link: Link | undefined,
  id: LinkId,
): { name: string; description: string } {
  const namespace = link && index.namespace(link.namespace);
  return {
    name: link ? nameOfLink(index, link) : id,
    description: namespace
      ? `net:[${namespace.id}] ${plain(namespace.name)}, ${plain(link.kind)}`
      : 'a link that is gone',
  };
}

function keyOf(id: LinkId, { epochNs }: Frame): string {
  return `${id} ${epochNs}`;
}

/** An event is told at the first link that it is seen on. */
function commentsOf({ events }: Pick<Trace, 'events'>, beganNs: bigint | null): Map<string, string> {
  return new Map(
    events.flatMap(({ links: [link], atNs, text }) =>
      link === undefined || beganNs === null ? [] : [[`${link} ${beganNs + BigInt(atNs)}`, text] as const],
    ),
  );
}
