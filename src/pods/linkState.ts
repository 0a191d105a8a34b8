/** The plan that sets a link up or down, with its inverse; never one that our own connection needs. Pure. */
import { enterNamespace } from '../iproute/enterNamespace.ts';
import type { Plan } from '../topology/plan.ts';
import type { Link, LinkId, Topology } from '../topology/topology.ts';
import { PatchbayError } from '../util/errors.ts';
import { linksOnOurWay, type OwnConnection } from './connection.ts';
import { counted, describeLink, linkById, namespaceById } from './lookup.ts';

export type LinkState = 'up' | 'down';

/**
 * Plans to set a link up or down. Throws `not-found` for a link that is gone or that nothing leads to, and
 * `bad-input`, with the reason, for one that is so already and for one whose end would cut our own connection.
 */
export function planLinkState(
  topology: Topology,
  id: LinkId,
  state: LinkState,
  { connection }: { readonly connection: OwnConnection },
): Plan {
  const link = linkById(topology, id);
  const namespace = namespaceById(topology, link?.namespace ?? '');
  if (link === undefined || namespace === undefined) {
    throw new PatchbayError('not-found', 'This interface is not on the node any more.', {
      hint: 'Refresh the node.',
    });
  }
  const enter = enterNamespace(namespace);
  if (enter === null) {
    throw new PatchbayError('not-found', `Nothing leads into the namespace of ${link.name}.`);
  }
  if (link.up === (state === 'up')) {
    throw new PatchbayError('bad-input', `${describeLink(topology, link)} is ${state} already.`);
  }
  if (state === 'down') {
    requireNotOurWay(topology, link, connection);
  }
  const ip = enter[0] === 'ip' ? ['ip', '-n', enter.at(-1) ?? ''] : [...enter, 'ip'];
  const argvFor = (word: LinkState): string[] => [...ip, 'link', 'set', 'dev', link.name, word];
  return {
    title: `Set ${describeLink(topology, link)} ${state}`,
    steps: [{ argv: argvFor(state), undo: argvFor(state === 'up' ? 'down' : 'up') }],
    warnings: state === 'down' ? whatIsLost(topology, link) : [],
  };
}

function requireNotOurWay(topology: Topology, link: Link, connection: OwnConnection): void {
  if (linksOnOurWay(topology, connection).has(link.id)) {
    throw new PatchbayError(
      'bad-input',
      `Patchbay’s own connection to the node may go through ${describeLink(topology, link)}; setting it down would cut it.`,
      { hint: 'Use the node’s own console for this.' },
    );
  }
}

/**
 * The kernel forgets more than it learns again: all routes through a link that goes down but those of its own addresses
 * (net/ipv4/fib_frontend.c, fib_disable_ip), and its addresses of IPv6 (net/ipv6/addrconf.c, addrconf_ifdown).
 */
function whatIsLost(topology: Topology, link: Link): string[] {
  const routes = topology.routes.filter(
    (route) => route.link === link.id && route.protocol !== 'kernel' && route.protocol !== 'ra',
  );
  const addresses = link.addressDetails.filter(
    ({ family, scope, flags }) => family === 6 && scope !== 'link' && !flags.includes('dynamic'),
  );
  const defaults = routes.filter(({ destination }) => destination === 'default');
  const ports = topology.links.filter(({ master }) => master === link.id);
  return [
    ...(routes.length === 0
      ? []
      : [
          `${counted(routes.length, 'route')} through it go and do not come back with it: ${listed(routes.map(({ destination }) => destination))}.`,
        ]),
    ...(defaults.length === 0 ? [] : ['It carries a default route.']),
    ...(addresses.length === 0
      ? []
      : [
          `${counted(addresses.length, 'address', 'addresses')} of IPv6 may go with it: ${listed(addresses.map(({ address }) => address))}.`,
        ]),
    ...(ports.length === 0 ? [] : [`${counted(ports.length, 'port')} of it will reach nothing.`]),
  ];
}

const longestList = 5;

function listed(items: readonly string[]): string {
  const more = items.length - longestList;
  return more > 0 ? `${items.slice(0, longestList).join(', ')} and ${more} more` : items.join(', ');
}
