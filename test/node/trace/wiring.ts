import assert from 'node:assert/strict';
import { readNode } from '../../../src/session/readNode.ts';
import { buildTopology } from '../../../src/topology/build.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { describeTrace } from '../../../src/trace/describe.ts';
import { resolveEndpoint } from '../../../src/trace/endpoint.ts';
import { runTrace } from '../../../src/trace/runTrace.ts';
import type { ProbeWish } from '../../../src/trace/probe.ts';
import type { Hop, Trace } from '../../../src/trace/trace.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { startSandbox, type Sandbox } from '../support/sandbox.ts';

/**
 * Two bridges, three pods on one and one on the other, over IPv4 and IPv6. Duplicate address detection is off: while it lasts,
 * up to two seconds, a node that forwards asks for no neighbour. */
export const wiring = `
  echo 1 >/proc/sys/net/ipv4/ip_forward
  echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
  no_dad='for file in all default; do echo 0 >/proc/sys/net/ipv6/conf/$file/accept_dad; done'
  sh -c "$no_dad"
  bridge() {
    ip link add "$1" type bridge
    ip addr add "$2" dev "$1"
    ip addr add "$3" dev "$1" nodad
    ip link set "$1" up
  }
  pod() {
    ip netns add "$1"
    ip netns exec "$1" sh -c "$no_dad"
    ip link add "veth-$1" type veth peer name eth0 netns "$1"
    ip link set "veth-$1" up master "$2"
    ip -n "$1" link set lo up
    ip -n "$1" addr add "$3/24" dev eth0
    ip -n "$1" addr add "$4/64" dev eth0 nodad
    ip -n "$1" link set eth0 up
    ip -n "$1" route add default via "$5"
    ip -n "$1" route add default via "$6"
  }
  bridge cbr0 10.244.0.1/24 fd00:244::1/64
  bridge cbr1 10.245.0.1/24 fd00:245::1/64
  pod web cbr0 10.244.0.2 fd00:244::2 10.244.0.1 fd00:244::1
  pod db cbr0 10.244.0.3 fd00:244::3 10.244.0.1 fd00:244::1
  pod third cbr0 10.244.0.4 fd00:244::4 10.244.0.1 fd00:244::1
  pod far cbr1 10.245.0.2 fd00:245::2 10.245.0.1 fd00:245::1
`;

/** A sandbox for each test of a suite, wired so. */
export function useWiredSandbox(): Pick<Sandbox, 'transport' | 'enter'> {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await startSandbox();
    await sh(sandbox.transport, wiring);
  });

  afterEach(() => sandbox.dispose());

  return {
    get transport() {
      return sandbox.transport;
    },
    get enter() {
      return sandbox.enter;
    },
  };
}

/** Runs a script on the node; fails the test with what it said. */
export async function sh(transport: Transport, script: string): Promise<string> {
  const { stdout, stderr } = await transport.exec(['sh', '-s'], { stdin: `set -e\n${script}\necho done\n` });
  assert.match(stdout, /done\n$/, stderr);
  return stdout.replace(/done\n$/, '');
}

export async function inspect(transport: Transport): Promise<Topology> {
  const { snapshot, pairing } = await readNode(transport);
  return buildTopology(snapshot, pairing);
}

/** A server in a namespace, that takes every connection and answers every datagram; it listens when this resolves. */
export async function listen(
  transport: Transport,
  namespace: string,
  protocol: 'tcp' | 'udp',
  port: number,
): Promise<void> {
  const server =
    protocol === 'tcp'
      ? 'use Socket qw(:all); socket(S, AF_INET6, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1); bind(S, pack_sockaddr_in6($ARGV[0], IN6ADDR_ANY)) or die; listen(S, 9); print "ready\\n"; close STDOUT; close C while accept(C, S)'
      : 'use Socket qw(:all); socket(S, AF_INET6, SOCK_DGRAM, 0); bind(S, pack_sockaddr_in6($ARGV[0], IN6ADDR_ANY)) or die; print "ready\\n"; close STDOUT; while (my $from = recv(S, my $x, 999, 0)) { send(S, "pong", 0, $from) }';
  const script = `
    mkfifo /run/ready-${namespace}-${protocol}-${port}
    setsid ip netns exec ${namespace} perl -e '${server}' ${port} </dev/null >/run/ready-${namespace}-${protocol}-${port} 2>/dev/null &
    grep ready /run/ready-${namespace}-${protocol}-${port} >/dev/null`;
  await sh(transport, script);
}

/** Traces by a topology that was read before. */
export async function traceIn(
  transport: Transport,
  topology: Topology,
  from: string,
  to: string,
): Promise<Trace> {
  const ends = { from: resolveEndpoint(topology, from), to: resolveEndpoint(topology, to) };
  return runTrace({ transport, topology, ...ends }, { id: 'test' });
}

/** Reads the node and traces from one end to the other, both as people write them. */
export async function trace(
  transport: Transport,
  from: string,
  to: string,
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (text: string) => void;
    readonly probe?: ProbeWish;
  } = {},
): Promise<{ readonly trace: Trace; readonly topology: Topology }> {
  const topology = await inspect(transport);
  const request = {
    transport,
    topology,
    from: resolveEndpoint(topology, from),
    to: resolveEndpoint(topology, to),
    probe: options.probe,
  };
  return { trace: await runTrace(request, { id: 'test', ...options }), topology };
}

/** The same for a probe, with the story of it. */
export async function traceAndTell(
  transport: Transport,
  from: string,
  to: string,
  probe: ProbeWish,
): Promise<Trace & { readonly told: string }> {
  const { trace: result, topology } = await trace(transport, from, to, { probe });
  return { ...result, told: describeTrace(result, topology) };
}

/** What translation of addresses had to say on a way. */
export function natVoices(hops: readonly Hop[]): string[] {
  return hops.flatMap(({ alsoBy }) => alsoBy.filter(({ kind }) => kind === 'nat').map(({ why }) => why));
}
