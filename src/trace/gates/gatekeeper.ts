/** Pure: brings a packet through the gates on its way, and tells what was said there. */
import { tablesOf } from '../../iproute/netfilter/rulesets.ts';
import type { TopologyIndex } from '../topologyIndex.ts';
import type { End, Track } from '../track.ts';
import { nameOfNamespace, ruleRecord } from '../words.ts';
import { dropSentence, permissionVoice, possibleVoice } from './gateWords.ts';
import { passGate, type Gate } from './passGate.ts';
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
      this.#track.met = { gate, drop, flow: this.#traveller.flow };
    }
    return this.#track.stopped === null;
  }
}
