/** Pure: hardware addresses that are not what others take them for. */
import type { Finding } from '../../topology/finding.ts';
import type { Link, Neighbour } from '../../topology/topology.ts';
import { groupBy } from '../../util/collections.ts';
import { findingOf, globalAddresses, linkProof, type Ground } from '../ground.ts';
import { forgetting, ipIn, ipStep, linkSetStep, mendBy } from '../mends.ts';
import { portOfEnd, type Segment } from '../segments.ts';
import { forgetNeighbours, vlanOf } from './addresses.ts';

/** The same hardware address at two ends of one segment. */
export function findDuplicateMacs(ground: Ground): Finding[] {
  return ground.segments.flatMap((segment) => {
    const ends = segment.ends.filter(({ mac, kind }) => mac !== null && kind === 'veth');
    const byMac = groupBy(ends, (end) => `${vlanOf(ground, end) ?? ''} ${end.mac ?? ''}`);
    return [...byMac.values()]
      .filter(({ length }) => length > 1)
      .map((owners) => duplicateMac(ground, segment, owners));
  });
}

function duplicateMac(ground: Ground, segment: Segment, owners: readonly Link[]): Finding {
  const names = owners.map((owner) => ground.nameOf(owner));
  const mac = owners[0]?.mac ?? '';
  return findingOf({
    rule: 'duplicate-mac',
    severity: 'error',
    links: owners,
    key: mac,
    title: `${names.join(' and ')} both have the hardware address ${mac}.`,
    explanation: `The bridge takes ${mac} to be wherever it sent from last, so what is for one of them goes to the other.`,
    evidence: owners.map((owner) => ({
      kind: 'link',
      text: `${owner.name}: link/ether ${mac}`,
      record: { ifname: owner.name, address: mac },
    })),
    mend: newMac(ground, segment, owners),
  });
}

/** Gives the one that came last another address, and makes the others ask again. */
function newMac(ground: Ground, segment: Segment, owners: readonly Link[]): Finding['mend'] {
  const age = (link: Link): number => portOfEnd(ground.index, link)?.ifindex ?? 0;
  const [late] = owners.toSorted((a, b) => age(b) - age(a));
  if (late?.mac === undefined || late.mac === null) {
    return null;
  }
  const taken = new Set(ground.topology.links.map(({ mac }) => mac));
  const fresh = freeMac(late.mac, taken);
  const ports = owners.flatMap((owner) => portOfEnd(ground.index, owner) ?? []);
  const addresses = owners.flatMap((owner) => globalAddresses(owner).map(({ address }) => address));
  return mendBy(`Give ${ground.nameOf(late)} the hardware address ${fresh}`, [
    linkSetStep(ground.homeOf(late), late, ['address', fresh], ['address', late.mac]),
    ...ports.map((port) =>
      forgetting(
        ipIn(ground.homeOf(port), ['link', 'set', 'dev', port.name, 'type', 'bridge_slave', 'fdb_flush']),
      ),
    ),
    ...forgetNeighbours(ground, segment, addresses),
  ]);
}

/** The next address that nobody has, marked as locally administered (IEEE 802, the second bit of the first byte). */
function freeMac(mac: string, taken: ReadonlySet<string | null>): string {
  const bytes = mac.split(':').map((byte) => Number.parseInt(byte, 16));
  bytes[0] = ((bytes[0] ?? 0) | 2) & 0xfe;
  for (;;) {
    bytes[5] = ((bytes[5] ?? 0) + 1) % 256;
    bytes[4] = ((bytes[4] ?? 0) + (bytes[5] === 0 ? 1 : 0)) % 256;
    const text = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
    if (!taken.has(text)) {
      return text;
    }
  }
}

/** A neighbour entry made by hand that names somebody else. */
export function findWrongNeighbours(ground: Ground): Finding[] {
  return ground.topology.neighbours
    .filter(({ states }) => states.includes('PERMANENT'))
    .flatMap((entry) => wrongNeighbour(ground, entry));
}

/** What is wrong with a neighbour entry, permanent or not, as far as the owner of its address is seen. */
export function wrongNeighbour(ground: Ground, entry: Neighbour): Finding[] {
  const link = ground.index.link(entry.link);
  const segment = link && ground.segmentOf(link);
  const owners = ground.index
    .owners(entry.address)
    .filter((owner) => segment && owner.id !== entry.link && ground.segmentOf(owner) === segment);
  const [owner] = owners;
  if (!link || !owner || entry.mac === null || owners.some((one) => answersTo(ground, one).has(entry.mac))) {
    return [];
  }
  const home = ground.homeOf(link);
  const name = ground.nameOfHome(home.id);
  const entryWords = [entry.address, 'lladdr', entry.mac, 'dev', link.name, 'nud', 'permanent'];
  const isPermanent = entry.states.includes('PERMANENT');
  const remove = ['neigh', 'del', entry.address, 'dev', link.name];
  return [
    findingOf({
      rule: 'wrong-neighbour',
      severity: isPermanent ? 'error' : 'info',
      links: [link],
      key: entry.address,
      title: `${name} takes ${entry.address} to be at ${entry.mac}, but ${ground.nameOf(owner)} has ${owner.mac ?? 'another address'}.`,
      explanation: isPermanent
        ? 'The entry was made by hand and is never asked about again: all that is for this address goes to where nobody takes it.'
        : 'The entry was learned and is out of date; the kernel asks again when nothing comes back.',
      evidence: [neighbourProof(link, entry), linkProof(owner)],
      mend: mendBy(`Remove the neighbour entry of ${entry.address} from ${name}`, [
        isPermanent
          ? ipStep(home, remove, ['neigh', 'replace', ...entryWords])
          : forgetting(ipIn(home, ['neigh', 'flush', 'to', entry.address, 'dev', link.name])),
      ]),
    }),
  ];
}

/** A bridge also takes frames for the addresses of its ports. */
function answersTo(ground: Ground, end: Link): Set<string | null> {
  const ports = end.kind === 'bridge' ? ground.index.portsOf(end.id) : [];
  return new Set(
    [...ground.index.linksOf(end.namespace).filter(({ id }) => id === end.id), ...ports].map(
      ({ mac }) => mac,
    ),
  );
}

export function neighbourProof(link: Link, entry: Neighbour): Finding['evidence'][number] {
  return {
    kind: 'neighbour',
    text: `${entry.address} dev ${link.name} lladdr ${entry.mac ?? '(none)'} ${entry.states.join(' ')}`,
    record: entry.raw,
  };
}
