/** Pure: the places at which the kernel asks rules about a packet, and what they make of it there. */
import { natPriorities, trackingPriority } from '../../iproute/netfilter/hooks.ts';
import type { ChainBase, FilterChain, FilterRule, FilterTable } from '../../iproute/netfilter/ruleset.ts';
import type { Link, NamespaceId } from '../../topology/topology.ts';
import type { OpenLeg } from '../track.ts';
import { joined, walkChain, type Ending, type Standing } from './chainWalk.ts';
import type { Flow } from './connections.ts';
import { unknownMarks, type Marks, type PacketFields } from './packetFields.ts';

/** The hooks of one family group: those of IP, of a bridge, of ARP, or of a single link. */
export interface HookPoint {
  readonly layer: 'ip' | 'bridge' | 'arp' | 'netdev';
  readonly hook: string;
}

/** A hook that a packet comes to, and between which links. */
export interface Gate {
  readonly namespace: NamespaceId;
  readonly point: HookPoint;
  readonly ingress: Link | null;
  readonly egress: Link | null;
  /** Where br_netfilter calls rules of IP about what a bridge only forwards: from which port to which. */
  readonly ports?: { readonly ingress: Link; readonly egress: Link | null };
}

/** Who comes to a gate. */
export interface Passenger {
  readonly marks: Marks;
  readonly isTracked: boolean;
  fieldsAt(gate: Gate): PacketFields;
  /** Whether chains of type nat are asked: they are for the first packet of a connection, once for each of its ends. */
  isTranslatedAt(gate: Gate): boolean;
  /** Takes one of the translations, which it then has; the standing of the one that it took. */
  translate(gate: Gate, table: FilterTable, endings: readonly Ending[]): Standing;
  /** Comes to the place where what is remembered of its connection is carried out: an answer gets its old ends back. */
  remember(gate: Gate): void;
}

/** A packet dropped, or refused, and by what. */
export interface Drop {
  readonly kind: 'drop' | 'reject';
  readonly table: FilterTable;
  readonly chain: FilterChain;
  /** Null where the policy of the chain drops it. */
  readonly rule: FilterRule | null;
  /** The base chain through which the kernel came to it. */
  readonly base: FilterChain;
}

/** A drop that is met for certain, where, and between which addresses the packet went there. */
export interface Met {
  readonly gate: Gate;
  readonly drop: Drop;
  readonly flow: Flow;
  /** Of the question for a hardware address that goes before the packet; null where it is the packet itself. */
  readonly asks: OpenLeg | null;
}

/** One that may be, and what it depends on; empty for chance. `unknown`: what the rule does is not followed here. */
export interface PossibleDrop extends Omit<Drop, 'kind'> {
  readonly kind: Drop['kind'] | 'unknown';
  readonly doubts: readonly string[];
}

/** A rule that lets a packet pass where the policy would have dropped it. */
export interface Permission {
  readonly table: FilterTable;
  readonly chain: FilterChain;
  readonly rule: FilterRule;
}

export interface Passed {
  /** The drop that it meets for certain; null where it goes on. */
  readonly drop: Drop | null;
  readonly possible: readonly PossibleDrop[];
  readonly permissions: readonly Permission[];
  readonly marks: Marks;
  readonly isTracked: boolean;
}

/** Asks all chains of a hook, in their order. */
export function passGate(tables: readonly FilterTable[], gate: Gate, passenger: Passenger): Passed {
  const passing = new Passing(gate, passenger);
  const { hook } = gate.point;
  const nat = natPriorities[hook] ?? Infinity;
  const asked = chainsAt(tables, gate, passenger.fieldsAt(gate).family);
  const later = asked.findIndex(({ place }) => place >= nat);
  const first = later < 0 ? asked : asked.slice(0, later);
  passing.ask(first);
  passenger.remember(gate);
  passing.ask(asked.slice(first.length));
  return passing.result;
}

class Passing {
  readonly #gate: Gate;
  readonly #passenger: Passenger;
  readonly #possible: PossibleDrop[] = [];
  readonly #permissions: Permission[] = [];
  #drop: Drop | null = null;
  #standing: Pick<Standing, 'marks' | 'isTracked'>;

  constructor(gate: Gate, passenger: Passenger) {
    this.#gate = gate;
    this.#passenger = passenger;
    this.#standing = passenger;
  }

  get result(): Passed {
    const { marks, isTracked } = this.#standing;
    return { drop: this.#drop, possible: this.#possible, permissions: this.#permissions, marks, isTracked };
  }

  ask(chains: readonly AskedChain[]): void {
    for (const { table, chain } of chains) {
      const { isTracked } = this.#standing;
      const isNat = chain.base?.type === 'nat';
      if (this.#drop === null && (!isNat || (isTracked && this.#passenger.isTranslatedAt(this.#gate)))) {
        this.#through(table, chain, isNat);
      }
    }
  }

  #through(table: FilterTable, chain: FilterChain, isNat: boolean): void {
    const { marks, isTracked } = this.#standing;
    const packet = fieldsBefore(this.#passenger.fieldsAt(this.#gate), chain.base?.priority ?? 0, isTracked);
    const endings = walkChain(table, chain, packet, { marks, isTracked, doubts: [] });
    this.#drop = certainDrop(table, chain, endings);
    if (this.#drop !== null) {
      return;
    }
    this.#possible.push(...endings.flatMap((ending) => possibleDrop(table, chain, ending)));
    this.#permissions.push(...permissionOf(table, chain, endings));
    const isTranslation = isNat && endings.some(({ kind }) => kind === 'translate');
    this.#standing = isTranslation
      ? this.#passenger.translate(this.#gate, table, endings)
      : survivorsOf(endings);
  }
}

/** The drop that a packet meets at a hook for certain, or null. It is followed no further than that. */
export function findDrop(
  tables: readonly FilterTable[],
  gate: Gate,
  packet: PacketFields,
  marks: Marks,
): Drop | null {
  return passGate(tables, gate, {
    marks,
    isTracked: true,
    fieldsAt: () => packet,
    isTranslatedAt: () => false,
    translate: (_gate, _table, endings) => survivorsOf(endings),
    remember: () => undefined,
  }).drop;
}

interface AskedChain {
  readonly table: FilterTable;
  readonly chain: FilterChain;
  /** When it is asked: those of type nat all at one place. */
  readonly place: number;
}

/** The chains of a hook as the kernel asks them. */
function chainsAt(tables: readonly FilterTable[], gate: Gate, family: 4 | 6): AskedChain[] {
  const { layer, hook } = gate.point;
  return tables
    .filter((table) => isAsked(table, layer, family))
    .flatMap((table) =>
      [...table.chains.values()].flatMap((chain) => {
        const { base } = chain;
        const place = base?.type === 'nat' ? natPriorities[hook] : base?.priority;
        return base?.hook === hook && isOnLink(base, gate) ? [{ table, chain, place: place ?? 0 }] : [];
      }),
    )
    .sort((a, b) => a.place - b.place || (a.chain.base?.priority ?? 0) - (b.chain.base?.priority ?? 0));
}

function isAsked({ family }: FilterTable, layer: HookPoint['layer'], version: 4 | 6): boolean {
  if (layer === 'ip') {
    return family === 'inet' || family === (version === 4 ? 'ip' : 'ip6');
  }
  return family === layer || (layer === 'netdev' && family === 'inet');
}

function isOnLink({ devices }: ChainBase, { point, ingress, egress }: Gate): boolean {
  const link = point.hook === 'egress' ? egress : ingress;
  return point.layer !== 'netdev' || devices.includes(link?.name ?? '');
}

/** Before the kernel has looked up the connection, and where it is told not to, the packet has none (nft_ct.c). */
function fieldsBefore(packet: PacketFields, priority: number, isTracked: boolean): PacketFields {
  const state = priority < trackingPriority ? 'invalid' : 'untracked';
  return priority < trackingPriority || !isTracked
    ? { ...packet, fields: { ...packet.fields, 'ct state': state, 'ct status': null } }
    : packet;
}

/** Dropped is a packet that comes to nothing else, whatever chance and the unknown decide. */
function certainDrop(table: FilterTable, base: FilterChain, endings: readonly Ending[]): Drop | null {
  const [first] = endings;
  return first && (first.kind === 'drop' || first.kind === 'reject') && endings.every(isEnd)
    ? { kind: first.kind, table, chain: first.chain, rule: first.rule, base }
    : null;
}

function isEnd({ kind }: Ending): boolean {
  return kind === 'drop' || kind === 'reject';
}

function possibleDrop(
  table: FilterTable,
  base: FilterChain,
  { kind, chain, rule, standing }: Ending,
): PossibleDrop[] {
  return kind === 'drop' || kind === 'reject' || kind === 'unknown'
    ? [{ kind, table, chain, rule, base, doubts: standing.doubts }]
    : [];
}

function permissionOf(table: FilterTable, { policy }: FilterChain, endings: readonly Ending[]): Permission[] {
  const [only, ...others] = endings;
  return policy === 'drop' && only?.kind === 'accept' && only.rule !== null && others.length === 0
    ? [{ table, chain: only.chain, rule: only.rule }]
    : [];
}

/** What holds of a packet whichever way it came through. */
function survivorsOf(endings: readonly Ending[]): Standing {
  const standings = endings.filter((ending) => !isEnd(ending)).map(({ standing }) => standing);
  return joined(standings) ?? { marks: unknownMarks, isTracked: true, doubts: [] };
}
