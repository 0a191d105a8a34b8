/** Makes traces over generated topologies, as the tracer would report them. */
import type { Link, LinkId, NamespaceId, Topology } from '../../../src/topology/topology.ts';
import type { Hop, Sighting, Trace, TraceEvent } from '../../../src/trace/trace.ts';

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

/** A ping between two pods of one bridge: delivered, or lost before the far eth0. */
export function pingTrace(topology: Topology, from: string, to: string, lost = false): Trace {
  const [a, b] = [endsOf(topology, from), endsOf(topology, to)];
  const bridge = must(
    topology.links.find((link) => link.id === a.host.master),
    'bridge',
  );
  const ports = topology.links.filter((link) => link.master === bridge.id).map((link) => link.id);
  const hop = (link: Link, direction: Hop['direction'], why: string): Hop => ({
    link: link.id,
    namespace: link.namespace,
    direction,
    why,
    decidedBy: null,
    alsoBy: [],
  });
  const hops = [
    hop(a.eth0, 'out', `${addressOf(b.eth0)} is on ${from}'s own network, so it goes straight out of eth0.`),
    hop(a.host, 'in', `The other end of the cable is ${a.host.name} on the node.`),
    hop(bridge, 'through', `${a.host.name} is a port of ${bridge.name}.`),
    hop(b.host, 'out', `${bridge.name} knows ${b.eth0.mac ?? ''} behind ${b.host.name}.`),
    hop(b.eth0, 'in', `The other end of the cable is eth0 of ${to}.`),
  ];
  const times = [0, 9_400, 14_100, 21_800, 31_200];
  const event = (
    phase: TraceEvent['phase'],
    links: readonly LinkId[],
    text: string,
    atNs: number,
    since: number | null,
  ): TraceEvent => ({
    atNs,
    sincePreviousNs: since,
    phase,
    links,
    text,
  });
  const arp = [
    event('arp', [a.eth0.id], `${from} asks who has ${addressOf(b.eth0)}.`, 0, null),
    event('arp', ports, `${bridge.name} floods the question to ${ports.length} ports.`, 12_300, 12_300),
    event(
      'arp',
      [b.eth0.id, b.host.id, a.host.id, a.eth0.id],
      `${to} answers: ${b.eth0.mac ?? ''}.`,
      24_800,
      12_500,
    ),
  ];
  const request = [
    event('request', [a.eth0.id], `Echo request leaves eth0 of ${from}.`, 30_100, 5_300),
    event('request', [a.host.id], `It comes out of the cable at ${a.host.name}.`, 34_500, 4_400),
    event(
      'request',
      [b.host.id],
      `${bridge.name} knows ${b.eth0.mac ?? ''} behind ${b.host.name}, so it forwards there.`,
      39_800,
      5_300,
    ),
  ];
  const rest = [
    event('request', [b.eth0.id], `It reaches eth0 of ${to}.`, 44_600, 4_800),
    event('reply', [b.eth0.id, b.host.id], `${to} replies at once.`, 61_200, 16_600),
    event('reply', [a.host.id, a.eth0.id], `The reply is back at eth0 of ${from}.`, 1_240_900, 1_179_700),
  ];
  const seen = lost ? hops.slice(0, 4) : hops;
  const sightings = seen
    .filter((one) => one.direction !== 'through')
    .map((one, at): Sighting => ({
      link: one.link,
      namespace: one.namespace,
      direction: one.direction === 'in' ? 'in' : 'out',
      protocol: 'icmp-request',
      atNs: times[at] ?? 0,
      sequence: 1,
      source: addressOf(a.eth0),
      destination: addressOf(b.eth0),
      flooded: false,
      repeat: null,
    }));
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
    sightings,
    events: lost ? [...arp, ...request] : [...arp, ...request, ...rest],
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
