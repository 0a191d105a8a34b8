/** Pure: what the bridges on the way learn from a probe's frames, and the entry by which one sends a frame on. */
import type { Link, LinkId } from '../topology/topology.ts';
import { isAnswer, isQuestion } from './frameProtocols.ts';
import type { Seen, Step } from './correlate.ts';
import type { TopologyIndex } from './topologyIndex.ts';
import type { Decider, Learned } from './trace.ts';

/** Goes through the steps of a trace in order. */
export class Learning {
  readonly #index: TopologyIndex;
  /** Hardware addresses that spoke behind a port, earlier or later. */
  readonly #speakers = new Map<LinkId, Set<string>>();
  /** Where the bridge at hand got a message from. */
  readonly #arrivals = new Map<string, Seen>();
  readonly #learned = new Map<LinkId, Set<string>>();

  constructor(index: TopologyIndex, seen: readonly Seen[]) {
    this.#index = index;
    for (const one of seen.filter((candidate) => this.#bridgeOfArrival(candidate) !== undefined)) {
      remember(this.#speakers, one.link, one.mac);
    }
  }

  /** The entries that a step adds to tables. A bridge that sends a frame on has learned from it before (br_input.c). */
  learn(step: Step): Learned[] {
    const [first] = step.seen;
    if (!step.bridge) {
      const bridge = this.#bridgeOfArrival(first);
      if (bridge) {
        this.#arrivals.set(messageAt(bridge, first), first);
      }
      return this.#answerAt(first);
    }
    const ingress = this.#arrivals.get(messageAt(step.bridge, first));
    return [...this.#learnFrom(step.bridge, ingress), ...step.seen.flatMap((one) => this.#answerAt(one))];
  }

  /** The entry of its table by which a bridge sent a frame out of one port; null where it flooded, or that is not proven. */
  entryFor({ bridge, seen }: Step): Decider | null {
    const [first, ...others] = seen;
    const port = this.#index.link(first.link);
    if (!bridge || !port || others.length > 0 || first.direction === 'in' || isQuestion(first.protocol)) {
      return null;
    }
    const entries = [...(this.#speakers.get(port.id) ?? [])].flatMap(
      (mac) => this.#entry(bridge, port, mac) ?? [],
    );
    return entries.length === 1 ? (entries[0] ?? null) : null;
  }

  #entry(bridge: Link, port: Link, mac: string): Decider | null {
    if (this.#learned.get(port.id)?.has(mac) === true) {
      return { kind: 'fdb', record: { mac, ifname: port.name, master: bridge.name } };
    }
    const known = this.#index.fdb(bridge.id, mac);
    return known?.link === port.id ? { kind: 'fdb', record: known.raw } : null;
  }

  #learnFrom(bridge: Link, ingress: Seen | undefined): Learned[] {
    const port = this.#index.link(ingress?.link ?? null);
    const mac = ingress?.mac ?? null;
    if (!port || mac === null || port.port?.learning === false || this.#entry(bridge, port, mac)) {
      return [];
    }
    remember(this.#learned, port.id, mac);
    return [{ table: 'fdb', link: port.id, mac, address: null }];
  }

  /** Who asked takes the answer into its neighbour table. */
  #answerAt({ link: id, direction, protocol, content }: Seen): Learned[] {
    const link = this.#index.link(id);
    const isTaken = isAnswer(protocol) && direction === 'in' && link && !this.#index.bridgeOf(link);
    if (!isTaken || content.kind !== 'neighbour' || content.mac === null) {
      return [];
    }
    const address = content.protocol === 'ndp' ? content.target : content.sender;
    const known = address === null ? null : this.#index.neighbour(link, address);
    return address === null || known?.mac === content.mac
      ? []
      : [{ table: 'neighbour', link: id, mac: content.mac, address }];
  }

  #bridgeOfArrival({ link: id, direction }: Seen): Link | undefined {
    const link = this.#index.link(id);
    return link && direction === 'in' ? this.#index.bridgeOf(link) : undefined;
  }
}

function messageAt(bridge: Link, { protocol, source, destination, sequence }: Seen): string {
  return [bridge.id, protocol, source, destination, sequence].join(' ');
}

function remember(map: Map<LinkId, Set<string>>, link: LinkId, mac: string | null): void {
  if (mac !== null) {
    map.set(link, (map.get(link) ?? new Set()).add(mac));
  }
}
