/** Pure: brings a packet through the gates on its way, and tells what was said there. */
import { tablesOf } from '../../iproute/netfilter/rulesets.ts';
import type { Link } from '../../topology/topology.ts';
import { familyOf } from '../addresses.ts';
import type { TopologyIndex } from '../topologyIndex.ts';
import type { End, OpenLeg, Track } from '../track.ts';
import { nameOfNamespace, ruleRecord } from '../words.ts';
import { dropSentence, permissionVoice, possibleVoice, questionSentence } from './gateWords.ts';
import { noMarks } from './packetFields.ts';
import { findDrop, passGate, type Gate } from './passGate.ts';
import { gatesOfStack, isAsking, questionFields, type Message } from './questions.ts';
import type { Traveller } from './traveller.ts';

export class Gatekeeper {
  readonly #index: TopologyIndex;
  readonly #track: Track;
  readonly #traveller: Traveller;

  constructor(index: TopologyIndex, track: Track, traveller: Traveller) {
    this.#index = index;
    this.#track = track;
    this.#traveller = traveller;
  }

  /** True where the packet passes; else the track ends there, at the leg and before the link that are given. */
  lets(gate: Gate, where: Pick<End, 'leg' | 'next'> = {}): boolean {
    const tables = tablesOf(this.#index.namespace(gate.namespace)?.netfilter ?? null);
    if (tables.length === 0) {
      return true;
    }
    this.#traveller.comeTo(gate);
    const { drop, possible, permissions, marks, isTracked } = passGate(tables, gate, this.#traveller);
    const home = `In ${nameOfNamespace(this.#index, gate.namespace)}`;
    possible.forEach((one) => this.#track.hear(possibleVoice(home, one)));
    permissions.forEach((one) => this.#track.hear(permissionVoice(home, one)));
    this.#traveller.goOn(marks, isTracked);
    if (drop !== null) {
      const by = {
        kind: 'filter',
        record: { ...ruleRecord(drop.table, drop), hook: gate.point.hook },
      } as const;
      this.#track.stop({ reason: dropSentence(this.#index, gate, drop), by, ...where });
      this.#track.met = { gate, drop, flow: this.#traveller.flow, asks: null };
    }
    return this.#track.stopped === null;
  }

  /** True where rules let the question that goes before the packet pass, or its answer. */
  hears(gate: Gate, leg: OpenLeg, message: Message): boolean {
    const tables = tablesOf(this.#index.namespace(gate.namespace)?.netfilter ?? null);
    const drop = findDrop(tables, gate, questionFields(leg, message, gate), noMarks);
    if (drop !== null) {
      const by = {
        kind: 'filter',
        record: { ...ruleRecord(drop.table, drop), hook: gate.point.hook },
      } as const;
      this.#track.stop({ reason: questionSentence(this.#index, gate, drop, leg, message), by, leg });
      this.#track.met = { gate, drop, flow: this.#traveller.flow, asks: leg };
    }
    return drop === null;
  }

  /** True where the sender of a leg knows the hardware address of its next hop, or lets its question for it out. */
  asks(leg: OpenLeg): boolean {
    const egress = this.#index.link(leg.egress);
    return !egress || !isAsking(this.#index, leg) || this.#hearsAt(egress, leg, 'out', 'question');
  }

  /** The same at the other end of the leg: it takes the question and answers it, and the sender takes the answer. */
  answers(link: Link, leg: OpenLeg): boolean {
    const egress = this.#index.link(leg.egress);
    return (
      !egress ||
      !isAsking(this.#index, leg) ||
      (this.#hearsAt(link, leg, 'in', 'question') &&
        this.#hearsAt(link, leg, 'out', 'answer') &&
        this.#hearsAt(egress, leg, 'in', 'answer'))
    );
  }

  #hearsAt(link: Link, leg: OpenLeg, way: 'in' | 'out', message: Message): boolean {
    return gatesOfStack(link, familyOf(leg.nextHop), way).every((gate) => this.hears(gate, leg, message));
  }
}
