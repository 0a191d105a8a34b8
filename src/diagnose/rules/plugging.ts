/** Pure: cables that end beside the bridge that they belong to. */
import { contains, parseAddress } from '../../pods/address.ts';
import type { Finding } from '../../topology/finding.ts';
import type { Address, Link, LinkId } from '../../topology/topology.ts';
import { addressProof, findingOf, globalAddresses, linkProof, withPrefix, type Ground } from '../ground.ts';
import { linkSetStep, mendBy } from '../mends.ts';
import { homesOf, type Home } from '../subnets.ts';

interface BridgeHome extends Home {
  readonly bridge: Link;
}

/** A pod whose address belongs to the subnet of a bridge that its cable is not plugged into. */
export function findUnplugged(ground: Ground): Finding[] {
  const homes = bridgeHomes(ground);
  const routed = routedLinks(ground);
  return ground.topology.links.flatMap((outer) => {
    const inner = ground.index.link(outer.peer);
    const isLoose = outer.master === null && globalAddresses(outer).length === 0 && !routed.has(outer.id);
    if (!inner || inner.namespace === outer.namespace || !(isLoose || ground.index.bridgeOf(outer))) {
      return [];
    }
    const found = belongsTo(outer, inner, homes);
    return found && found.home.bridge.id !== outer.master ? [unplugged(ground, outer, inner, found)] : [];
  });
}

/** Links that a route leads to by itself: their pods are routed to, not bridged. Every link has routes to what is link-local. */
function routedLinks({ topology }: Ground): Set<LinkId | null> {
  const routes = topology.routes.filter(
    ({ gateway, type, destination }) =>
      gateway === null && type === 'unicast' && !/^(?:fe80|ff00):/.test(destination),
  );
  return new Set(routes.map(({ link }) => link));
}

function bridgeHomes(ground: Ground): BridgeHome[] {
  return ground.segments.flatMap((segment) => {
    const [bridge] = segment.bridges;
    return bridge && segment.bridges.length === 1
      ? homesOf(segment).map((home) => ({ ...home, bridge }))
      : [];
  });
}

/** The one bridge of the outer end's namespace in whose subnet the inner end has an address. */
function belongsTo(
  outer: Link,
  inner: Link,
  homes: readonly BridgeHome[],
): { readonly home: BridgeHome; readonly address: Address } | null {
  for (const address of globalAddresses(inner)) {
    const parsed = parseAddress(address.address);
    const fits = homes.filter(
      ({ bridge, subnet }) => parsed && bridge.namespace === outer.namespace && contains(subnet, parsed),
    );
    const [home] = fits;
    if (home && fits.length === 1) {
      return { home, address };
    }
  }
  return null;
}

function unplugged(
  ground: Ground,
  outer: Link,
  inner: Link,
  { home, address }: { readonly home: BridgeHome; readonly address: Address },
): Finding {
  const { bridge, from } = home;
  const [name, pod, target] = [ground.nameOf(outer), ground.nameOf(inner), ground.nameOf(bridge)];
  const current = ground.index.link(outer.master);
  const state = current
    ? `is plugged into ${ground.nameOf(current)}, not into ${target}`
    : `is not plugged into ${target}`;
  return findingOf({
    rule: 'not-on-bridge',
    severity: 'error',
    links: [outer],
    title: `${name} ${state}.`,
    explanation: `${pod} has ${withPrefix(address)}, of the subnet of ${target}, but its cable does not lead there: it reaches nobody on that bridge.`,
    evidence: [linkProof(outer), addressProof(inner, address), addressProof(from.link, from.address)],
    mend: mendBy(`Plug ${name} into ${target}`, [
      linkSetStep(
        ground.homeOf(outer),
        outer,
        ['master', bridge.name],
        current ? ['master', current.name] : ['nomaster'],
      ),
    ]),
  });
}
