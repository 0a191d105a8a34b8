/** Pure: cables that carry less than what is sent into them. */
import type { Finding } from '../../topology/finding.ts';
import type { Link } from '../../topology/topology.ts';
import { findingOf, linkProof, type Ground } from '../ground.ts';
import { linkSetStep, mendBy } from '../mends.ts';
import { portOfEnd, type Segment } from '../segments.ts';

/** A link of a segment that takes less than the ends of the segment send: bridges drop what is too long without a word. */
export function findSmallMtus(ground: Ground): Finding[] {
  return ground.segments.flatMap((segment) => {
    const widest = Math.max(...segment.ends.map(({ mtu }) => mtu));
    const wide = segment.ends.find(({ mtu }) => mtu === widest);
    const narrow = narrowLinks(ground, segment).filter(({ mtu }) => mtu < widest);
    return wide ? narrow.map((link) => smallMtu(ground, link, widest, wide)) : [];
  });
}

/** Where the lengths of a segment differ because a tunnel ends in it, every one may be right. */
function narrowLinks(ground: Ground, { ends, ports }: Segment): readonly Link[] {
  const veths = (links: readonly Link[]): Link[] => links.filter(({ kind, up }) => kind === 'veth' && up);
  return ports.some(({ tunnel }) => tunnel !== null)
    ? []
    : [...veths(ports), ...veths(ends).filter((end) => portOfEnd(ground.index, end) !== undefined)];
}

/** A link that takes less than `lengthBytes`, which `wide` sends, or a probe is long. */
export function smallMtu(ground: Ground, link: Link, lengthBytes: number, wide?: Link): Finding {
  const name = ground.nameOf(link);
  const sender = wide
    ? `${ground.nameOf(wide)} on the same segment sends up to ${lengthBytes}`
    : `the packet has ${lengthBytes}`;
  return findingOf({
    rule: 'mtu-too-small',
    severity: 'warning',
    links: [link],
    title: `${name} takes ${link.mtu} bytes at most, but ${sender}.`,
    explanation: `Longer packets are dropped at ${name}; where a bridge hands them on, without a word to the sender: a connection opens, and then hangs.`,
    evidence: [linkProof(link), ...(wide ? [linkProof(wide)] : [])],
    mend:
      link.kind === 'veth' || link.kind === 'bridge'
        ? mendBy(`Let ${name} take ${lengthBytes} bytes`, [
            linkSetStep(ground.homeOf(link), link, ['mtu', String(lengthBytes)], ['mtu', String(link.mtu)]),
          ])
        : null,
  });
}
