/** Pure: why a stack does not take in, or does not send on, what its routes would lead on (net/ipv4/route.c, net/ipv6/ip6_output.c). */
import type { Link, NamespaceId } from '../topology/topology.ts';
import { familyOf, isLoopback } from './addresses.ts';
import { decideRoute, type Decision, type Packet } from './routing.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { Decider } from './trace.ts';
import { nameOfNamespace, plain, startOfSentence } from './words.ts';

/** A refusal, and the record that says so. */
export interface Refusal {
  readonly reason: string;
  readonly by: Decider;
}

/** The first switch that keeps the kernel from following its routes; null where none does, as far as they were read. */
export function refusalOf(
  index: TopologyIndex,
  ingress: Link,
  packet: Packet,
  decided: Decision,
): Refusal | null {
  return decided.kind === 'refused'
    ? null
    : (forwardingOff(index, ingress, packet, decided) ??
        strayLoopback(index, ingress, packet) ??
        ownSource(index, ingress, packet) ??
        wrongWay(index, ingress, packet));
}

/** Why what starts here does not leave by a link: loopback addresses stay inside, unless route_localnet lets them out. */
export function confinedTo(index: TopologyIndex, link: Link, source: string | null): Refusal | null {
  return source === null || familyOf(source) === 6 || !isLoopback(source) || allowsLocalnet(index, link)
    ? null
    : localnet(index, link, `does not let packets from ${source} out of ${plain(link.name)}`);
}

/** IPv4 asks the link that a packet came in by, IPv6 the namespace as a whole (ip-sysctl.rst). */
function forwardingOff(
  index: TopologyIndex,
  ingress: Link,
  { destination }: Packet,
  decided: Decision,
): Refusal | null {
  const family = familyOf(destination);
  const name = family === 4 ? `ipv4.conf.${ingress.name}.forwarding` : 'ipv6.conf.all.forwarding';
  const value = family === 4 ? ingress.switches['ipv4.forwarding'] : switchOf(index, ingress, name);
  const isForced = family === 6 && ingress.switches['ipv6.force_forwarding'] === 1;
  const who = nameOfNamespace(index, ingress.namespace);
  return decided.kind === 'forward' && value === 0 && !isForced
    ? {
        reason: `${who} does not forward IPv${family} packets that come in through ${plain(ingress.name)}: forwarding is off.`,
        by: { kind: 'switch', record: { [name]: value } },
      }
    : null;
}

function strayLoopback(index: TopologyIndex, ingress: Link, { destination }: Packet): Refusal | null {
  return familyOf(destination) === 4 &&
    isLoopback(destination) &&
    ingress.kind !== 'loopback' &&
    !allowsLocalnet(index, ingress)
    ? localnet(index, ingress, `takes no packet to ${destination} from ${plain(ingress.name)}`)
    : null;
}

function localnet(index: TopologyIndex, link: Link, what: string): Refusal {
  const name = `ipv4.conf.${link.name}.route_localnet`;
  return {
    reason: `${startOfSentence(nameOfNamespace(index, link.namespace))} ${what}: loopback addresses stay inside (route_localnet is off).`,
    by: { kind: 'switch', record: { [name]: 0 } },
  };
}

/** Where it was not read, nothing is claimed. */
function allowsLocalnet(index: TopologyIndex, link: Link): boolean {
  return (
    link.kind === 'loopback' ||
    !areSwitchesRead(index, link) ||
    switchOf(index, link, 'ipv4.conf.all.route_localnet') === 1 ||
    link.switches['ipv4.route_localnet'] === 1
  );
}

/** A packet from outside that bears an address of its receiver is a martian (net/ipv4/fib_frontend.c, fib_validate_source). */
function ownSource(index: TopologyIndex, ingress: Link, { source }: Packet): Refusal | null {
  const isOwn = source !== null && familyOf(source) === 4 && index.owns(ingress.namespace, source);
  const isAccepted = !areSwitchesRead(index, ingress) || ingress.switches['ipv4.accept_local'] === 1;
  return isOwn && ingress.kind !== 'loopback' && !isAccepted
    ? {
        reason: `${startOfSentence(nameOfNamespace(index, ingress.namespace))} takes no packet from ${source}: it has that address itself.`,
        by: { kind: 'local', record: { address: source } },
      }
    : null;
}

/** rp_filter wants to be able to answer: by the same link where it is strict, by any where it is loose. */
function wrongWay(index: TopologyIndex, ingress: Link, packet: Packet): Refusal | null {
  const { source } = packet;
  const mode = reversePathMode(index, ingress);
  if (source === null || familyOf(source) === 6 || mode === 0 || ingress.kind === 'loopback') {
    return null;
  }
  const back = decideRoute(index, ingress.namespace, {
    destination: source,
    source: packet.destination,
    ingress: null,
  });
  const isAnswered =
    back.kind !== 'refused' && (mode === 2 || (back.kind === 'forward' && back.link.id === ingress.id));
  const wish = mode === 1 ? 'to lead out of the same link' : 'to exist';
  return isAnswered
    ? null
    : {
        reason: `${nameOfNamespace(index, ingress.namespace)} drops it: rp_filter of ${plain(ingress.name)} wants the way back to ${source} ${wish}.`,
        by: { kind: 'switch', record: { [`ipv4.conf.${ingress.name}.rp_filter`]: mode } },
      };
}

/** The stricter of what holds for all links and for this one (Documentation/networking/ip-sysctl.rst). */
export function reversePathMode(index: TopologyIndex, link: Link): number {
  return Math.max(
    switchOf(index, link, 'ipv4.conf.all.rp_filter') ?? 0,
    link.switches['ipv4.rp_filter'] ?? 0,
  );
}

function switchOf(index: TopologyIndex, { namespace }: Link, name: string): number | undefined {
  return index.namespace(namespace)?.switches?.[name];
}

function areSwitchesRead(index: TopologyIndex, { namespace }: Link): boolean {
  const home = index.namespace(namespace);
  return home?.switches !== null && home?.unread.includes('switches') === false;
}

/** The switches by which a namespace keeps silent to pings. */
export const echoSwitches = { 4: 'ipv4.icmp_echo_ignore_all', 6: 'ipv6.icmp.echo_ignore_all' } as const;

/** Why a namespace does not answer a ping that came to it; null where it does, or that was not read. */
export function silenceOf(index: TopologyIndex, namespace: NamespaceId, family: 4 | 6): Refusal | null {
  const name = echoSwitches[family];
  const value = index.namespace(namespace)?.switches?.[name];
  return value === undefined || value === 0
    ? null
    : {
        reason: `${nameOfNamespace(index, namespace)} does not answer pings over IPv${family} (${name.split('.').at(-1) ?? ''} is on).`,
        by: { kind: 'switch', record: { [name]: value } },
      };
}
