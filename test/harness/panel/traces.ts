/** Makes traces over generated topologies, as the tracer would report them. */
import type { Link, NamespaceId, Topology } from '../../../src/topology/topology.ts';
import type { FrameProtocol, Hop, Sighting, Trace, TraceEvent } from '../../../src/trace/trace.ts';

function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new Error(`The topology has no ${what}.`);
  }
  return value;
}

interface Ends {
  readonly namespace: NamespaceId;
  readonly eth0: Link;
  readonly host: Link;
}

function endsOf(topology: Topology, pod: string): Ends {
  const namespace = must(
    topology.namespaces.find((one) => one.pod?.name === pod),
    `pod ${pod}`,
  );
  const links = topology.links.filter((link) => link.namespace === namespace.id);
  const eth0 = must(
    links.find((link) => link.peer !== null),
    `eth0 in ${pod}`,
  );
  const host = must(
    topology.links.find((link) => link.id === eth0.peer),
    `host end of ${pod}`,
  );
  return { namespace: namespace.id, eth0, host };
}

const addressOf = (link: Link): string => link.addresses[0]?.split('/')[0] ?? '';

const frameNames: Readonly<Partial<Record<FrameProtocol, string>>> = {
  'arp-request': 'ARP question',
  'arp-reply': 'ARP answer',
  'icmp-request': 'echo request',
  'icmp-reply': 'echo reply',
};

/** A ping between two pods of one bridge: delivered, or lost before the far eth0. */
export function pingTrace(topology: Topology, from: string, to: string, lost = false): Trace {
  const [a, b] = [endsOf(topology, from), endsOf(topology, to)];
  const bridge = must(
    topology.links.find((link) => link.id === a.host.master),
    'bridge',
  );
  const ports = topology.links.filter((link) => link.master === bridge.id && link.id !== a.host.id);
  const hop = (link: Link, direction: Hop['direction'], why: string): Hop => ({
    link: link.id,
    namespace: link.namespace,
    direction,
    why,
    decidedBy: { kind: direction === 'out' ? 'route' : 'veth', record: { ifname: link.name, flags: [] } },
    alsoBy: [],
  });
  const hops = [
    hop(a.eth0, 'out', `${addressOf(b.eth0)} is on ${from}'s own network, so it goes straight out of eth0.`),
    hop(a.host, 'in', `The other end of the cable is ${a.host.name} on the node.`),
    hop(bridge, 'through', `${a.host.name} is a port of ${bridge.name}.`),
    hop(b.host, 'out', `${bridge.name} knows ${b.eth0.mac ?? ''} behind ${b.host.name}.`),
    hop(b.eth0, 'in', `The other end of the cable is eth0 of ${to}.`),
  ];
  const told: { readonly event: TraceEvent; readonly seen: readonly Sighting[] }[] = [];
  /** What is seen so many nanoseconds after what was seen before, in copies where there are several links. */
  const see = (
    sinceNs: number,
    protocol: FrameProtocol,
    direction: Sighting['direction'],
    links: readonly Link[],
    text: string,
  ): void => {
    const before = told.at(-1)?.event ?? null;
    const atNs = (before?.atNs ?? 0) + sinceNs;
    const [asker, answerer] = [addressOf(a.eth0), addressOf(b.eth0)];
    const isBack = protocol.endsWith('reply');
    const phase = protocol.startsWith('arp') ? 'arp' : isBack ? 'reply' : 'request';
    told.push({
      event: {
        ...{ atNs, sincePreviousNs: before && sinceNs, phase, text, frame: frameNames[protocol] ?? protocol },
        links: links.map(({ id }) => id),
      },
      seen: links.map((link) => ({
        ...{ link: link.id, namespace: link.namespace, direction, protocol, atNs },
        sequence: phase === 'arp' ? null : 1,
        source: isBack ? answerer : asker,
        destination: isBack ? asker : answerer,
        flooded: links.length > 1 && link !== b.host,
        repeat: null,
      })),
    });
  };
  const mac = b.eth0.mac ?? '';
  const knows = `${bridge.name} knows ${mac} behind ${b.host.name}, so it sends the echo request on there.`;
  see(0, 'arp-request', 'out', [a.eth0], `${from} asks out of eth0: who has ${addressOf(b.eth0)}?`);
  see(9_400, 'arp-request', 'in', [a.host], `The question comes out of ${a.host.name}.`);
  see(2_900, 'arp-request', 'out', ports, `${bridge.name} floods the question to ${ports.length} links.`);
  see(6_100, 'arp-request', 'in', [b.eth0], `The question reaches eth0 of ${to}.`);
  see(3_200, 'arp-reply', 'out', [b.eth0], `${to} answers out of eth0: ${addressOf(b.eth0)} is at ${mac}.`);
  see(2_100, 'arp-reply', 'in', [b.host], `The answer comes out of ${b.host.name}.`);
  see(4_000, 'arp-reply', 'out', [a.host], `${bridge.name} sends the answer on through ${a.host.name}.`);
  see(2_400, 'arp-reply', 'in', [a.eth0], `The answer reaches eth0 of ${from}.`);
  see(5_300, 'icmp-request', 'out', [a.eth0], `${from} sends the echo request out of eth0.`);
  see(4_400, 'icmp-request', 'in', [a.host], `The echo request comes out of ${a.host.name}.`);
  see(5_300, 'icmp-request', 'out', [b.host], knows);
  if (!lost) {
    see(4_800, 'icmp-request', 'in', [b.eth0], `The echo request reaches eth0 of ${to}.`);
    see(16_600, 'icmp-reply', 'out', [b.eth0], `${to} sends the echo reply out of eth0.`);
    see(2_100, 'icmp-reply', 'in', [b.host], `The echo reply comes out of ${b.host.name}.`);
    see(
      4_100,
      'icmp-reply',
      'out',
      [a.host],
      `${bridge.name} sends the echo reply on through ${a.host.name}.`,
    );
    see(1_179_700, 'icmp-reply', 'in', [a.eth0], `The echo reply reaches eth0 of ${from}.`);
  }
  return {
    id: 'trace-1',
    startedAt: '2026-01-15T10:00:01.000Z',
    title: `${from} → ${to} (${addressOf(b.eth0)})`,
    probe: {
      kind: 'icmp',
      payloadBytes: 56,
      dontFragment: false,
      count: 1,
      intervalMs: 1000,
      ttl: null,
    },
    path: {
      from: { namespace: a.namespace, address: addressOf(a.eth0) },
      to: { namespace: b.namespace, address: addressOf(b.eth0) },
      hops,
      stopped: null,
      stoppedBy: null,
      leavesNode: false,
      choices: [],
    },
    wayBack: null,
    kernel: [],
    sightings: told.flatMap(({ seen }) => seen),
    events: told.map(({ event }) => event),
    drops: [],
    verdict: lost
      ? {
          delivered: false,
          outcome: 'silent',
          rttMs: null,
          lostAfter: b.host.id,
          lostBefore: b.eth0.id,
          lostOn: 'request',
          reason: `eth0 of ${to} is down.`,
        }
      : {
          delivered: true,
          outcome: 'answered',
          rttMs: 0.1213,
          lostAfter: null,
          lostBefore: null,
          lostOn: null,
          reason: null,
        },
    causes: [],
    observedBy: 'tcpdump',
    notes: lost
      ? [
          'Drop reasons of the kernel could not be read: tracefs is not mounted. Mount it with: mount -t tracefs tracefs /sys/kernel/tracing',
        ]
      : [],
  };
}
