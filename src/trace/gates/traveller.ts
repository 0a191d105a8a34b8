/** Pure: a packet of a probe, or of the answer to one, and what rules make of it on its way. */
import type { FilterTable } from '../../iproute/netfilter/ruleset.ts';
import type { Link, NamespaceId } from '../../topology/topology.ts';
import { familyOf } from '../addresses.ts';
import type { Packet } from '../routing.ts';
import type { TopologyIndex } from '../topologyIndex.ts';
import type { Track } from '../track.ts';
import { plain } from '../words.ts';
import type { Ending, Standing } from './chainWalk.ts';
import { Connections, type Connection, type End, type Flow } from './connections.ts';
import { noMarks, type Marks, type PacketFields } from './packetFields.ts';
import type { Gate, Passenger } from './passGate.ts';
import { placeFields } from './placeFields.ts';
import {
  isOfDestination,
  nameOfOption,
  optionsOf,
  rememberedVoice,
  targetOfEnding,
  translatedFlow,
  translationVoice,
  type Option,
} from './translation.ts';

/** A packet as it starts. */
export interface NewPacket {
  readonly destination: string;
  readonly source: string | null;
  /** The link by which a link-local destination is meant. */
  readonly zone?: Link | null;
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  /** The port that was asked: the destination's of a request, the source's of an answer. */
  readonly port: number | null;
  /** The length of the IP packet; 0 where it is short enough for any link. */
  readonly lengthBytes?: number;
  /** True where its sender may not cut it into fragments either. */
  readonly isWhole?: boolean;
  /** Hops that it may take. */
  readonly ttl?: number | null;
  /** Of an answer, what the namespaces on its way remember of the request; null for a request. */
  readonly answers?: Connections | null;
}

/** What the kernel gives its packets (net.ipv4.ip_default_ttl). */
const usualTtl = 64;

/** Which end of a packet is translated at a hook (net/netfilter/nf_nat_core.c, HOOK2MANIP). */
const ends: Readonly<Record<string, End>> = {
  prerouting: 'destination',
  output: 'destination',
  input: 'source',
  postrouting: 'source',
};

export class Traveller implements Passenger {
  readonly protocol: NewPacket['protocol'];
  readonly isReply: boolean;
  readonly connections: Connections;
  readonly isWhole: boolean;
  /** Of the packet, or of the longest of its fragments. */
  lengthBytes: number;
  ttl: number;
  flow: Flow;
  marks: Marks = noMarks;
  isTracked = true;
  readonly #index: TopologyIndex;
  readonly #track: Track;
  readonly #zone: Link | null;
  #namespace: NamespaceId | null = null;
  #connection: Connection | null = null;

  constructor(index: TopologyIndex, track: Track, packet: NewPacket) {
    const { source, destination, protocol, port, zone = null, answers = null } = packet;
    const { lengthBytes = 0, isWhole = false, ttl = null } = packet;
    this.#index = index;
    this.#track = track;
    this.#zone = zone;
    this.protocol = protocol;
    this.isWhole = isWhole;
    this.lengthBytes = lengthBytes;
    this.ttl = ttl ?? usualTtl;
    this.isReply = answers !== null;
    this.connections = answers ?? new Connections();
    const ports = this.isReply ? { sourcePort: port, port: null } : { sourcePort: null, port };
    this.flow = { source, destination, ...ports };
  }

  get family(): 4 | 6 {
    return familyOf(this.flow.destination);
  }

  /** What a routing decision about it goes by. */
  packetFrom(ingress: Link | null): Packet {
    const zone = ingress === null ? this.#zone : null;
    return { ...this.flow, ingress, zone, protocol: this.protocol, mark: this.marks['meta mark'] };
  }

  /** Comes to a gate: marks do not leave the namespace before, and a connection is looked up where a stack begins. */
  comeTo({ namespace, point }: Gate): void {
    if (namespace !== this.#namespace) {
      this.#namespace = namespace;
      this.#connection = null;
      this.marks = noMarks;
      this.isTracked = true;
    }
    if (this.#connection === null || point.hook === 'prerouting' || point.hook === 'output') {
      this.#connection = this.isReply
        ? this.connections.answered(namespace, this.flow)
        : this.connections.open(namespace, this.flow);
      this.marks = { ...this.marks, 'ct mark': this.#connection?.mark ?? 0 };
    }
  }

  /** Goes on with the marks that rules gave it. */
  goOn(marks: Marks, isTracked: boolean): void {
    this.marks = marks;
    this.isTracked = isTracked;
    this.#connection?.setMark(marks['ct mark']);
  }

  fieldsAt(gate: Gate): PacketFields {
    const { source, destination } = this.flow;
    const ip = this.family === 6 ? 'ip6' : 'ip';
    return {
      family: this.family,
      fields: {
        ...(source === null ? {} : { [`${ip} saddr`]: source }),
        [`${ip} daddr`]: destination,
        ...this.#transportFields(),
        ...this.#connectionFields(),
        ...placeFields(this.#index, gate, this.packetFrom(gate.ingress)),
      },
    };
  }

  #transportFields(): Record<string, string> {
    const { sourcePort, port } = this.flow;
    if (this.protocol === 'icmp') {
      const icmp = this.family === 6 ? 'icmpv6' : 'icmp';
      const type = this.isReply ? 'echo-reply' : 'echo-request';
      return { l4proto: icmp, [`${icmp} type`]: type, [`${icmp} code`]: '0' };
    }
    const ports = { sport: sourcePort, dport: port };
    const known = Object.entries(ports).flatMap(([name, value]) =>
      value === null
        ? []
        : [this.protocol, 'th'].map((of): [string, string] => [`${of} ${name}`, String(value)]),
    );
    const flags = this.isReply ? tcpFlags.answer : tcpFlags.opening;
    return {
      l4proto: this.protocol,
      ...Object.fromEntries(known),
      ...(this.protocol === 'tcp' && { 'tcp flags': flags }),
    };
  }

  #connectionFields(): PacketFields['fields'] {
    const { original, translated } = this.#connection ?? {};
    const isMoved = original?.destination !== translated?.destination || original?.port !== translated?.port;
    const status = [
      ...(isMoved ? ['dnat'] : []),
      ...(original?.source === translated?.source ? [] : ['snat']),
      ...(this.isReply && original ? ['seen-reply'] : []),
    ];
    return {
      'ct state': [this.#state(), ...status],
      'ct status': status,
      'ct direction': this.isReply ? 'reply' : 'original',
      ...(original && {
        'ct original saddr': original.source,
        'ct original daddr': original.destination,
        ...(original.port === null ? {} : { 'ct original proto-dst': String(original.port) }),
      }),
    };
  }

  /** An answer to what was never seen opens a connection only in UDP (net/netfilter/nf_conntrack_proto_*.c). */
  #state(): string {
    return !this.isReply || (this.#connection === null && this.protocol === 'udp')
      ? 'new'
      : this.#connection === null
        ? 'invalid'
        : 'established';
  }

  isTranslatedAt({ point }: Gate): boolean {
    const end = ends[point.hook];
    return (
      !this.isReply && point.layer === 'ip' && end !== undefined && this.#connection?.isDone(end) === false
    );
  }

  translate(gate: Gate, table: FilterTable, endings: readonly Ending[]): Standing {
    const options = optionsOf(endings, (ending) => targetOfEnding(this.#index, gate, this.flow, ending));
    const taken = this.#track.choose(gate.namespace, options, (option) =>
      nameOfOption(this.#index, this.flow, option),
    );
    this.#track.hear(translationVoice(this.#index, gate, this.flow, table, options, taken));
    this.#become(taken);
    return taken.standing;
  }

  #become(option: Option): void {
    const flow = translatedFlow(this.flow, option);
    if (flow === null) {
      const reason = `Where it goes on is not known: its destination becomes one of ${plain(option.target?.open ?? '')}.`;
      this.#track.stop({ reason, by: { kind: 'nat', record: { rule: option.ending.rule?.text } } });
      return;
    }
    this.flow = flow;
    if (option.target !== null) {
      this.#connection?.translate(isOfDestination(option.kind) ? 'destination' : 'source', flow);
      this.#track.translated.push({
        address: option.target.address ?? flow.destination,
        port: option.target.port,
      });
    }
  }

  remember({ namespace, point }: Gate): void {
    const end = ends[point.hook];
    const { original, translated } = this.#connection ?? {};
    if (!this.isReply || point.layer !== 'ip' || end === undefined || !original || !translated) {
      return;
    }
    const before = this.flow;
    this.flow =
      end === 'destination'
        ? { ...before, destination: original.source ?? before.destination }
        : { ...before, source: original.destination, sourcePort: original.port };
    this.#track.hear(rememberedVoice(this.#index, namespace, end, before, this.flow));
  }
}

/** SYN, and SYN with ACK, as numbers. */
const tcpFlags = { opening: '2', answer: '18' } as const;
