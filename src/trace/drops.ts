/** Pure: what the kernel tells of packets that it dropped (tracefs events) → the drops that concern a probe. */
import type { Link } from '../topology/topology.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { KernelDrop, Path, Probe, Sighting } from './trace.ts';
import { nameOfLink, plain } from './words.ts';

/** One drop as the kernel told it, with what else it told of the same packet. */
export interface ToldDrop {
  readonly epochNs: bigint;
  /** By the kernel's own name: "NETFILTER_DROP". */
  readonly reason: string;
  /** The function that dropped it. */
  readonly location: string;
  /** EtherType. */
  readonly protocol: number;
  /** The program in whose time it happened. */
  readonly program: string;
  /** Where a packet of the probe's length was last seen under the same address in memory; null where none was. */
  readonly device: string | null;
}

/** The IP length of the probe's own packets, by which the kernel's tracepoints know them; null where they vary. */
export function probeLengths(probe: Probe, family: 4 | 6): readonly number[] {
  const header = family === 6 ? 40 : 20;
  switch (probe.kind) {
    case 'icmp':
      return [header + 8 + probe.payloadBytes];
    case 'tcp':
      // The opening of a connection: with options, without, and with a time stamp alone.
      return [40, 20, 32].map((bytes) => header + bytes);
    case 'udp':
      return [17, 15].map((bytes) => header + 8 + bytes);
  }
}

const line = /^\s*(.+)-\d+\s+\[\d+\]\s+\S+\s+(\d+)\.(\d+): (\w+): (.*)$/;

/** Reads the text of a tracefs `trace` file with the events and the marker that `dropWatch` asks for. */
export function parseDropTrace(text: string): ToldDrop[] {
  const events = text.split('\n').flatMap((one) => {
    const [, program = '', seconds = '', fraction = '', event = '', rest = ''] = line.exec(one) ?? [];
    const ns = BigInt(seconds || 0) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || 0);
    return event === '' ? [] : [{ program: program.trim(), ns, event, rest }];
  });
  const offset = clockOffset(events);
  const devices = new Map<string, string>();
  return events.flatMap(({ program, ns, event, rest }) => {
    const address = /skbaddr=(\S+)/.exec(rest)?.[1] ?? '';
    const device = /(?:dev|name)=(\S+)/.exec(rest)?.[1];
    if (event !== 'kfree_skb') {
      devices.set(address, device ?? '');
      return [];
    }
    const reason = /reason: (\w+)/.exec(rest)?.[1];
    const seen = devices.get(address) ?? null;
    devices.delete(address);
    return reason === undefined
      ? []
      : [
          {
            epochNs: ns - offset,
            reason,
            location: /location=([^\s+]+)/.exec(rest)?.[1] ?? '',
            protocol: Number(/protocol=(\d+)/.exec(rest)?.[1] ?? 0),
            program,
            device: seen,
          },
        ];
  });
}

/** The events' clock is International Atomic Time, whole seconds off the one of captures; a marker tells how many. */
function clockOffset(
  events: readonly { readonly ns: bigint; readonly event: string; readonly rest: string }[],
): bigint {
  const marker = events.find(({ rest }) => rest.startsWith('patchbay-epoch '));
  const [, seconds = '0', fraction = ''] = /patchbay-epoch (\d+)(?:\.(\d+))?/.exec(marker?.rest ?? '') ?? [];
  const epoch = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || 0);
  const second = 1_000_000_000n;
  const off = (marker?.ns ?? 0n) - epoch;
  return ((off + (off < 0n ? -second : second) / 2n) / second) * second;
}

/** The programs that send probes. */
const senders: ReadonlySet<string> = new Set(['ping', 'perl', 'python3', 'bash', 'nc', 'ncat', 'busybox']);

/** What says nothing of why. */
const mute: ReadonlySet<string> = new Set([
  'NOT_SPECIFIED',
  'NOT_DROPPED_YET',
  'CONSUMED',
  'SOCKET_FILTER',
  'OTHERHOST',
  'QUEUE_PURGE',
  'TCP_RESET',
  'SOCKET_CLOSE',
]);

/** ping listens on a raw socket: that no other kind of socket takes the answer is the ordinary course. */
const isOrdinary = ({ reason, location }: ToldDrop): boolean =>
  mute.has(reason) || location.startsWith('ping_rcv');

const reachMs = { before: 20, after: 3_000 };

/**
 * The drops that concern a probe. Certain are those of a packet of its length that was last seen at a link of its way; of
 * others only what happened in its sender's own time is given, and that it may be another's is said.
 */
export function dropsOf(
  index: TopologyIndex,
  path: Path,
  sightings: readonly Sighting[],
  told: readonly ToldDrop[],
  firstEpochNs: bigint | null,
): KernelDrop[] {
  const links = [
    ...new Set([...path.hops.map(({ link }) => link), ...sightings.map(({ link }) => link)]),
  ].flatMap((id) => index.link(id) ?? []);
  const drops = told.flatMap((drop) => {
    const atNs = firstEpochNs === null ? 0 : Number(drop.epochNs - firstEpochNs);
    const isNear = firstEpochNs === null || (atNs > -reachMs.before * 1e6 && atNs < reachMs.after * 1e6);
    const at = drop.device === null ? undefined : linkAt(links, drop.device, sightings, atNs);
    const isOurs = at !== undefined || (drop.device === null && senders.has(drop.program));
    return isOrdinary(drop) || !isNear || !isOurs ? [] : [describe(index, drop, at ?? null, atNs)];
  });
  const certain = drops.filter((drop) => drop.certain);
  return (certain.length > 0 ? certain : drops).slice(0, 8);
}

/** Names of links repeat from namespace to namespace: of several with the name, the one that saw the probe last before. */
function linkAt(
  links: readonly Link[],
  device: string,
  sightings: readonly Sighting[],
  atNs: number,
): Link | undefined {
  const named = links.filter(({ name }) => name === device);
  const last = sightings.findLast(
    (one) => one.atNs <= atNs + 5_000 && named.some(({ id }) => id === one.link),
  );
  return named.length < 2 ? named[0] : named.find(({ id }) => id === last?.link);
}

function describe(index: TopologyIndex, drop: ToldDrop, link: Link | null, atNs: number): KernelDrop {
  const why = `${plain(drop.reason)} (${plain(drop.location)})`;
  const namespace = link && index.namespace(link.namespace);
  const home = namespace && !namespace.root ? plain(namespace.name) : 'the node';
  return {
    atNs,
    reason: drop.reason,
    location: drop.location,
    link: link?.id ?? null,
    certain: link !== null,
    text:
      link === null
        ? `While ${plain(drop.program)} was sending, the kernel dropped a packet: ${why}. It may have been another one.`
        : `The kernel dropped it in ${home}, where it was last at ${nameOfLink(index, link)}: ${why}.`,
  };
}
