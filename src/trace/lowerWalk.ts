/** Pure: the walk of one frame out of a link that has no other end here: down to what it lies on, or into a tunnel. */
import type { Link } from '../topology/topology.ts';
import { isOutOfSight } from './switching.ts';
import type { OpenLeg } from './track.ts';
import { believedMac, isAnswering, isSharing, type Carried, type WireParts } from './wireParts.ts';
import { nameOfLink, nameOfNamespace, pick, plain } from './words.ts';

export class LowerWalk {
  readonly #parts: WireParts;

  constructor(parts: WireParts) {
    this.#parts = parts;
  }

  /** A frame leaves a link without an end on this node: it lies on another, runs in a tunnel, or leads out of sight. */
  leave(link: Link, frame: Carried): void {
    const { index, track, leave } = this.#parts;
    const lower = index.lowerOf(link.id);
    const member = index.membersOf(link.id).find(({ up, carrier }) => up && carrier);
    const tunnelEnd = link.tunnel && this.#tunnelEnd(link, frame);
    if (link.peerUnknown !== null) {
      const why =
        link.peerUnknown === 'ambiguous' ? 'could be one of several links' : 'is where nothing could be read';
      this.#stop(`The other end of ${this.#name(link)} ${why}.`, frame);
    } else if (tunnelEnd !== null) {
      this.#tunnel(link, tunnelEnd, frame);
    } else if (lower && lower.id !== link.id) {
      this.#descend(link, lower, frame);
    } else if (member) {
      const why = `${this.#name(link)} sends through one of its members.`;
      track.hop(member, 'out', why, { kind: 'port', record: pick(member.raw, ['ifname', 'master']) });
      leave(member, frame);
    } else if (isOutOfSight(link)) {
      track.legs.push({ ...frame.leg, receiver: null });
      track.leavesNode = true;
    } else {
      this.#stop(`Nothing is connected to ${this.#name(link)} (${plain(link.kind)}).`, frame);
    }
  }

  #descend(link: Link, lower: Link, frame: Carried): void {
    const { index, track, leave } = this.#parts;
    const { nextHop } = frame.leg;
    const sibling = isSharing(link)
      ? index
          .uppersOf(lower.id)
          .find((one) => one.id !== link.id && isSharing(one) && isAnswering(index, one, nextHop))
      : undefined;
    const record = pick(link.raw, ['ifindex', 'ifname', 'link', 'linkinfo']);
    if (sibling) {
      this.#passBetween(link, sibling, lower, frame, record);
    } else if (isSharing(link) && isAnswering(index, lower, nextHop)) {
      const reason = `${this.#name(link)} lies on ${this.#name(lower)}, and a ${plain(link.kind)} does not reach the link that it lies on.`;
      track.stop({ reason, leg: frame.leg, next: lower, by: { kind: 'lower', record } });
    } else {
      const isVlan = link.kind === 'vlan';
      const tagged = isVlan ? ` with the tag of VLAN ${link.vlanId ?? 0}` : '';
      const why = `${this.#name(link)} lies on ${this.#name(lower)}, which carries its frames${tagged}.`;
      track.hop(lower, 'out', why, { kind: isVlan ? 'vlan' : 'lower', record });
      leave(lower, isVlan ? { ...frame, tag: link.vlanId } : frame);
    }
  }

  #passBetween(link: Link, sibling: Link, lower: Link, frame: Carried, record: unknown): void {
    const { track, enter } = this.#parts;
    const isApart =
      link.mode === 'private' ||
      sibling.mode === 'private' ||
      (link.mode === 'vepa' && link.kind === 'macvlan');
    if (isApart) {
      const reason = `${this.#name(link)} and ${this.#name(sibling)} both lie on ${this.#name(lower)}, in a mode (${plain(link.mode ?? '')}) in which they do not reach each other there.`;
      track.stop({ reason, leg: frame.leg, next: sibling, by: { kind: 'lower', record } });
      return;
    }
    const why = `${this.#name(link)} and ${this.#name(sibling)} lie on the same ${this.#name(lower)}, so the frame goes straight from one to the other.`;
    track.hop(sibling, 'in', why, { kind: 'lower', record });
    enter(sibling, frame);
  }

  /** Where a tunnel sends a frame: by its table of hardware addresses, else to the one end that it has. */
  #tunnelEnd(link: Link, { leg }: Carried): string | null {
    const { index } = this.#parts;
    const mac = believedMac(index, leg);
    const entry = index.topology.fdb.find(
      (one) => one.link === link.id && one.mac === mac && typeof one.raw['dst'] === 'string',
    );
    const remote = link.tunnel?.remote ?? null;
    return typeof entry?.raw['dst'] === 'string' ? entry.raw['dst'] : isMulticast(remote) ? null : remote;
  }

  #tunnel(link: Link, end: string, frame: Carried): void {
    const { index, track, stacks } = this.#parts;
    const { tunnel } = link;
    const vni = tunnel?.vni ?? null;
    const what = vni === null ? '' : ` (VNI ${vni})`;
    track.hear({
      kind: 'tunnel',
      why: `${this.#name(link)} puts the frame into a packet to ${end}${what}.`,
      record: pick(link.raw, ['ifname', 'linkinfo']),
    });
    track.tunnels.push({ port: tunnel?.port ?? 4789, end });
    const reached = stacks.encapsulate(link.namespace, {
      destination: end,
      source: tunnel?.local ?? null,
      protocol: 'udp',
      port: tunnel?.port ?? null,
    });
    const out = index
      .linksOf(reached ?? '')
      .find((one) => one.kind === link.kind && one.tunnel?.vni === tunnel?.vni && one.up);
    if (out) {
      this.#comeOut(
        out,
        frame,
        `The packet came to ${end}, so the frame comes out of ${this.#name(out)}${what}.`,
      );
    } else if (reached !== null) {
      const reason = `${nameOfNamespace(index, reached)} has ${end}, but no ${plain(link.kind)}${what} that would take the frame.`;
      this.#stop(reason, frame);
    }
  }

  #comeOut(out: Link, frame: Carried, why: string): void {
    const { track, enter } = this.#parts;
    track.hop(out, 'in', why, { kind: 'tunnel', record: pick(out.raw, ['ifname', 'linkinfo']) });
    enter(out, frame);
  }

  #stop(reason: string, { leg }: { readonly leg: OpenLeg }): void {
    this.#parts.track.stop({ reason, leg });
  }

  #name(link: Link): string {
    return nameOfLink(this.#parts.index, link);
  }
}

function isMulticast(address: string | null): boolean {
  return address !== null && /^(?:22[4-9]|23\d)\.|^ff/i.test(address);
}
