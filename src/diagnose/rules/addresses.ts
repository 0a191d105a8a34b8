/** Pure: addresses of a segment that are missing, double, or have the wrong length. */
import { addressKey, contains, formatSubnet } from '../../pods/address.ts';
import type { Finding } from '../../topology/finding.ts';
import type { Link, Namespace } from '../../topology/topology.ts';
import { anyPacketTo, decideRoute } from '../../trace/routing.ts';
import { groupBy } from '../../util/collections.ts';
import { addressProof, findingOf, globalAddresses, linkProof, withPrefix, type Ground } from '../ground.ts';
import { forgetting, ipIn, ipStep, mendBy, type MaybeStep } from '../mends.ts';
import { portOfEnd, type Segment } from '../segments.ts';
import { FreeAddresses, heldOn, homeOfAddress, homesOf, type Held, type Home } from '../subnets.ts';

/** A pod that is plugged in and has no address, where its neighbours have some. */
export function findMissingAddresses(ground: Ground): Finding[] {
  const free = new FreeAddresses(ground);
  return ground.segments.flatMap((segment) => {
    const homes = homesOf(segment);
    const [home] = homes;
    return home === undefined
      ? []
      : segment.ends.filter((end) => isBare(ground, end)).map((end) => missing(ground, end, home, free));
  });
}

/** An end in a pod that has no address at all, on none of its links. */
function isBare(ground: Ground, end: Link): boolean {
  const { root } = ground.homeOf(end);
  return (
    !root &&
    end.kind === 'veth' &&
    portOfEnd(ground.index, end) !== undefined &&
    ground.index.linksOf(end.namespace).every((link) => globalAddresses(link).length === 0)
  );
}

function missing(ground: Ground, end: Link, home: Home, free: FreeAddresses): Finding {
  const name = ground.nameOf(end);
  const namespace = ground.homeOf(end);
  const address = free.take(home);
  const prefixed = `${address ?? ''}/${home.subnet.prefix}`;
  const steps = [
    ipStep(namespace, ['addr', 'add', prefixed, 'dev', end.name], ['addr', 'del', prefixed, 'dev', end.name]),
    ...(home.gateway === null ? [] : [defaultRouteStep(ground, end, home.gateway)]),
  ];
  return findingOf({
    rule: 'no-address',
    severity: 'error',
    links: [end],
    title: `${name} has no IP address.`,
    explanation: `${ground.nameOfHome(end.namespace)} is plugged into ${formatSubnet(home.subnet)} and cannot talk to anybody there.`,
    evidence: [linkProof(end), addressProof(home.from.link, home.from.address)],
    mend:
      address === null || !end.up
        ? null
        : mendBy(`Give ${name} the address ${prefixed}`, steps, [
            `${address} is the first free address: it may have had another.`,
          ]),
  });
}

/** The default route that the pods of a bridge have. */
export function defaultRouteStep(ground: Ground, end: Link, gateway: string): MaybeStep {
  const route = ['default', 'via', gateway, 'dev', end.name];
  return ipStep(ground.homeOf(end), ['route', 'add', ...route], ['route', 'del', ...route]);
}

/** An address whose prefix length is not that of the segment it is on. */
export function findWrongPrefixes(ground: Ground): Finding[] {
  return ground.segments.flatMap((segment) => {
    const held = heldOn(segment);
    const homes = homesOf(segment, held);
    return held.flatMap((one) => {
      const home = homeOfAddress(homes, one);
      return home && one.link.kind !== 'bridge' && one.subnet.prefix !== home.subnet.prefix
        ? wrongPrefix(ground, one, home)
        : [];
    });
  });
}

function wrongPrefix(ground: Ground, held: Held, home: Home): Finding[] {
  const { link, address, subnet } = held;
  const isNarrow = subnet.prefix > home.subnet.prefix;
  const cutOff = isNarrow && refuses(ground, link, home.from.address.address);
  const shadowed = isNarrow ? null : shadowedBy(ground, held, home);
  if (isNarrow && !cutOff && isOnLinkByRoute(ground, link, home)) {
    return [];
  }
  const name = ground.nameOf(link);
  const right = `${address.address}/${home.subnet.prefix}`;
  const what = `${formatSubnet(home.subnet)} is at home there`;
  const wide = shadowed
    ? `It asks for ${shadowed.address.address} of ${ground.nameOf(shadowed.link)} on its own cable instead of sending it to a gateway.`
    : 'It takes more addresses to be at the other end of its cable than are.';
  const narrow = cutOff
    ? 'It has no route to its own neighbours, not even to its gateway.'
    : 'It sends what is for its neighbours to a gateway, and cannot without one.';
  return [
    findingOf({
      rule: 'wrong-prefix',
      severity: cutOff || shadowed ? 'error' : 'warning',
      links: [link],
      key: address.address,
      title: `${name} has ${withPrefix(address)}, but ${what}.`,
      explanation: isNarrow ? narrow : wide,
      evidence: [addressProof(link, address), addressProof(home.from.link, home.from.address)],
      mend: ground.homeOf(link).root ? null : prefixMend(ground, link, withPrefix(address), right),
    }),
  ];
}

function prefixMend(ground: Ground, link: Link, wrong: string, right: string): Finding['mend'] {
  const namespace = ground.homeOf(link);
  const add = (text: string): string[] => ['addr', 'add', text, 'dev', link.name];
  const remove = (text: string): string[] => ['addr', 'del', text, 'dev', link.name];
  return mendBy(`Give ${ground.nameOf(link)} ${right} in place of ${wrong}`, [
    ipStep(namespace, add(right), remove(right)),
    ipStep(namespace, remove(wrong), add(wrong)),
  ]);
}

/** True where the namespace of a link has no way at all to an address. */
function refuses(ground: Ground, link: Link, destination: string): boolean {
  const decision = decideRoute(ground.index, link.namespace, anyPacketTo(destination));
  return decision.kind === 'refused' && decision.record === null;
}

/** A route makes up for the length: it says by itself that all of the subnet is on the link. */
function isOnLinkByRoute(ground: Ground, link: Link, home: Home): boolean {
  const decision = decideRoute(ground.index, link.namespace, anyPacketTo(home.from.address.address));
  return decision.kind === 'forward' && decision.nextHop === home.from.address.address;
}

/** An address elsewhere on the node that the too wide subnet hides. */
function shadowedBy(ground: Ground, { link, subnet }: Held, home: Home): Held | null {
  const here = ground.segmentOf(link);
  for (const segment of ground.segments) {
    const held = segment === here ? [] : heldOn(segment);
    const other = held.find(({ value }) => contains(subnet, value) && !contains(home.subnet, value));
    if (other) {
      return other;
    }
  }
  return null;
}

/** The same address at two ends of one segment. */
export function findDuplicateAddresses(ground: Ground): Finding[] {
  const free = new FreeAddresses(ground);
  return ground.segments.flatMap((segment) => {
    const held = heldOn(segment);
    const byAddress = groupBy(held, ({ value }) => addressKey(value));
    return [...byAddress].flatMap(([, owners]) =>
      sharesSegment(ground, owners) ? [duplicateAddress(ground, segment, owners, free)] : [],
    );
  });
}

/** Two namespaces, neither kept from the other by VLANs. */
function sharesSegment(ground: Ground, owners: readonly Held[]): boolean {
  const vlans = groupBy(owners, ({ link }) => vlanOf(ground, link));
  return [...vlans.values()].some((group) => new Set(group.map(({ link }) => link.namespace)).size > 1);
}

/** The VLAN of an end's untagged frames; null where its bridge does not filter. */
export function vlanOf(ground: Ground, end: Link): number | null {
  const port = end.kind === 'bridge' ? end : portOfEnd(ground.index, end);
  return port ? ground.pvidOf(port) : null;
}

function duplicateAddress(
  ground: Ground,
  segment: Segment,
  owners: readonly Held[],
  free: FreeAddresses,
): Finding {
  const address = owners[0]?.address.address ?? '';
  const late = newest(ground, owners);
  const names = owners.map(({ link }) => ground.nameOf(link));
  return findingOf({
    rule: 'duplicate-address',
    severity: 'error',
    links: owners.map(({ link }) => link),
    key: address,
    title: `${names.join(' and ')} both have ${address}.`,
    explanation: `Whoever asks for ${address} hears from both; which of them gets the packets is chance, and changes.`,
    evidence: owners.map((owner) => addressProof(owner.link, owner.address)),
    mend: late === null ? null : renumber(ground, segment, late, free),
  });
}

/** The one that came last: of pods, that whose cable has the highest index on the bridge's side. */
function newest(ground: Ground, owners: readonly Held[]): Held | null {
  const pods = owners.filter(({ link }) => link.kind === 'veth' && !ground.homeOf(link).root);
  const age = ({ link }: Held): number => ground.index.link(link.peer)?.ifindex ?? 0;
  return pods.sort((a, b) => age(b) - age(a))[0] ?? null;
}

function renumber(ground: Ground, segment: Segment, held: Held, free: FreeAddresses): Finding['mend'] {
  const { link, address } = held;
  const home = homeOfAddress(homesOf(segment), held);
  const next = home && free.take(home);
  if (!home || !next) {
    return null;
  }
  const [before, after] = [withPrefix(address), `${next}/${address.prefixLength}`];
  const namespace = ground.homeOf(link);
  const set = (verb: string, text: string): string[] => ['addr', verb, text, 'dev', link.name];
  return mendBy(
    `Give ${ground.nameOf(link)} ${after} in place of ${before}`,
    [
      ipStep(namespace, set('add', after), set('del', after)),
      ipStep(namespace, set('del', before), set('add', before)),
      ...forgetNeighbours(ground, segment, [address.address]),
    ],
    [`What knows ${ground.nameOfHome(namespace.id)} by ${address.address} must be told ${next}.`],
  );
}

/** Everybody on a segment asks anew for these addresses. */
export function forgetNeighbours(
  ground: Ground,
  { ends }: Segment,
  addresses: readonly string[],
): MaybeStep[] {
  const ids = new Set(ends.map(({ id }) => id));
  const known = ground.topology.neighbours.filter(
    ({ link, address, states }) =>
      link !== null && ids.has(link) && addresses.includes(address) && !states.includes('PERMANENT'),
  );
  return known.flatMap(({ link, address }) => {
    const end = ground.index.link(link);
    const home: Namespace | undefined = end && ground.homeOf(end);
    return end && home ? [forgetting(ipIn(home, ['neigh', 'flush', 'to', address, 'dev', end.name]))] : [];
  });
}
