/** Pure: links and bridges that are set down though something is plugged into them. */
import type { Finding } from '../../topology/finding.ts';
import type { Link } from '../../topology/topology.ts';
import { findingOf, globalAddresses, linkProof, type Ground } from '../ground.ts';
import { mendBy, upStep } from '../mends.ts';

/** An end of a cable that is down while the other is up and wanted. */
export function findDownLinks(ground: Ground): Finding[] {
  return ground.topology.links.flatMap((link) => {
    const peer = ground.index.link(link.peer);
    if (link.up || !peer || !isWanted(ground, link, peer)) {
      return [];
    }
    const name = ground.nameOf(link);
    return findingOf({
      rule: 'link-down',
      severity: isUsed(link) ? 'error' : 'warning',
      links: [link],
      title: `${name} is down.`,
      explanation: `Nothing passes between ${name} and ${ground.nameOf(peer)}, the other end of its cable. A link that is set down also loses its routes and its IPv6 addresses.`,
      evidence: [linkProof(link), linkProof(peer)],
      mend: mendBy(`Set ${name} up`, [upStep(ground.homeOf(link), link)]),
    });
  });
}

/** It has an address, or is plugged into a bridge. */
function isUsed(link: Link): boolean {
  return link.master !== null || globalAddresses(link).length > 0;
}

/** Cables that lie about are no fault. IPv6 addresses go with the link, so that one without any may be wanted. */
function isWanted(ground: Ground, link: Link, peer: Link): boolean {
  return isUsed(peer) && (isUsed(link) || (peer.up && ground.index.bridgeOf(peer) !== undefined));
}

export function findDownBridges(ground: Ground): Finding[] {
  return ground.topology.links.flatMap((bridge) => {
    const ports = bridge.kind === 'bridge' && !bridge.up ? ground.index.portsOf(bridge.id) : [];
    if (ports.length === 0) {
      return [];
    }
    const name = ground.nameOf(bridge);
    return findingOf({
      rule: 'bridge-down',
      severity: 'error',
      links: [bridge],
      title: `The bridge ${name} is down.`,
      explanation: `None of its ${ports.length} ports passes anything on to another, and what has its address as gateway reaches nothing.`,
      evidence: [linkProof(bridge)],
      mend: mendBy(`Set ${name} up`, [upStep(ground.homeOf(bridge), bridge)]),
    });
  });
}

export function findDownLoopbacks(ground: Ground): Finding[] {
  return ground.topology.links.flatMap((link) => {
    if (link.kind !== 'loopback' || link.up) {
      return [];
    }
    const home = ground.homeOf(link);
    const name = ground.nameOfHome(home.id);
    return findingOf({
      rule: 'loopback-down',
      severity: home.processes.length > 0 ? 'error' : 'warning',
      links: [link],
      title: `${ground.nameOf(link)} is down.`,
      explanation: `${name} cannot reach itself: neither at 127.0.0.1 nor at any of its own addresses.`,
      evidence: [linkProof(link)],
      mend: mendBy(`Set ${ground.nameOf(link)} up`, [upStep(home, link)]),
    });
  });
}
