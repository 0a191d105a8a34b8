/** Pure: what rules of address translation may make of a packet, and how that is said. */
import type { FilterTable, Target, Translation } from '../../iproute/netfilter/ruleset.ts';
import type { NamespaceId } from '../../topology/topology.ts';
import { familyOf } from '../addresses.ts';
import { joined, type Ending, type Standing } from './chainWalk.ts';
import type { End, Flow } from './connections.ts';
import { sourceFor } from '../ends.ts';
import type { Gate } from './passGate.ts';
import type { TopologyIndex } from '../topologyIndex.ts';
import type { Voice } from '../track.ts';
import { listOf, nameOfChain, nameOfNamespace, plain, ruleRecord, startOfSentence } from '../words.ts';

/** One of the things that may become of a packet's address. */
export interface Option {
  /** Null where it stays as it is. */
  readonly target: Target | null;
  readonly kind: Translation['kind'];
  readonly standing: Standing;
  readonly ending: Ending;
}

/** Every end of a chain of type nat that a packet may come to, each translation once. */
export function optionsOf(
  endings: readonly Ending[],
  resolve: (ending: Ending) => Target | null,
): [Option, ...Option[]] {
  const first = endings.find(({ translated }) => translated !== null);
  const options = new Map<string, Option>();
  for (const ending of endings.filter(({ kind }) => kind === 'translate' || kind === 'accept')) {
    const target = resolve(ending);
    const kind = ending.translated?.kind ?? first?.translated?.kind ?? 'dnat';
    const key = target === null ? '' : [target.address, target.port, target.open].join(' ');
    const before = options.get(key);
    const standing = joined([before?.standing ?? null, ending.standing]) ?? ending.standing;
    const doubts = before?.standing.doubts.length === 0 ? [] : standing.doubts;
    options.set(key, { target, kind, ending: before?.ending ?? ending, standing: { ...standing, doubts } });
  }
  // What stays as it is comes last: it is the least that can be said.
  const [one, ...others] = [...options.values()].sort(
    (a, b) => Number(a.target === null) - Number(b.target === null),
  );
  if (!one) {
    throw new RangeError('a translation without an end');
  }
  return [one, ...others];
}

/** What a rule says, with the address that the kernel itself chooses where it leaves that open. */
export function targetOfEnding(
  index: TopologyIndex,
  gate: Gate,
  { destination }: Flow,
  { translated }: Ending,
): Target | null {
  if (translated === null) {
    return null;
  }
  const { kind, to } = translated;
  if (kind === 'masquerade') {
    return { address: gate.egress && sourceFor(index, gate.egress, destination), port: null, open: null };
  }
  return kind === 'redirect' ? { ...to, address: ownAddress(index, gate, destination) } : to;
}

/** The address to which `redirect` leads: of the link that the packet came in by, else loopback (net/netfilter/nf_nat_redirect.c). */
function ownAddress(index: TopologyIndex, { ingress }: Gate, destination: string): string | null {
  const loopback = familyOf(destination) === 6 ? '::1' : '127.0.0.1';
  return ingress === null ? loopback : sourceFor(index, ingress, destination);
}

export function isOfDestination(kind: Translation['kind']): boolean {
  return kind === 'dnat' || kind === 'redirect';
}

/** The ends of a packet that a translation gives it; an address that is not told is null. */
export function translatedFlow(flow: Flow, { kind, target }: Pick<Option, 'kind' | 'target'>): Flow | null {
  if (target === null) {
    return flow;
  }
  if (isOfDestination(kind)) {
    const port = target.open === null ? (target.port ?? flow.port) : null;
    return target.address === null && target.open !== null
      ? null
      : { ...flow, destination: target.address ?? flow.destination, port: flow.port === null ? null : port };
  }
  return { ...flow, source: target.address ?? (target.open === null ? flow.source : null), sourcePort: null };
}

/** "10.244.0.3 port 8080". */
function nameOfEnd(address: string, port: number | null): string {
  return port === null ? address : `${address} port ${port}`;
}

/** " (db)" for an address that one namespace has. */
function ownerOf(index: TopologyIndex, address: string): string {
  const owners = new Set(index.owners(address).map(({ namespace }) => namespace));
  const [owner] = owners;
  return owner !== undefined && owners.size === 1 ? ` (${nameOfNamespace(index, owner)})` : '';
}

export function nameOfOption(index: TopologyIndex, flow: Flow, { kind, target }: Option): string {
  const before = isOfDestination(kind) ? flow.destination : (flow.source ?? '');
  if (target === null) {
    return `${before}, as it is`;
  }
  const address = target.address ?? before;
  return target.open === null
    ? nameOfEnd(address, target.port) + ownerOf(index, address)
    : plain(target.open);
}

/** Says what becomes of the packet, of several things which may, and why that is not certain. */
export function translationVoice(
  index: TopologyIndex,
  gate: Gate,
  flow: Flow,
  table: FilterTable,
  options: readonly Option[],
  taken: Option,
): Voice {
  const { kind, ending } = taken;
  const what = isOfDestination(kind)
    ? `destination ${nameOfEnd(flow.destination, flow.port)}`
    : `source ${flow.source ?? ''}`;
  const names = options.map((option) => nameOfOption(index, flow, option));
  const doubts = [...new Set(options.flatMap(({ standing }) => standing.doubts))];
  const becomes = options.length === 1 ? (names[0] ?? '') : `one of ${listOf(names, 8)}`;
  return {
    kind: 'nat',
    why: `In ${nameOfNamespace(index, gate.namespace)}, ${nameOfChain(table, ending.chain)}: the ${what} is rewritten to ${becomes} (${kind}).${becauseOf(options.length, doubts)}`,
    record: { ...ruleRecord(table, ending), ...(options.length > 1 ? { options: names } : {}) },
  };
}

function becauseOf(count: number, doubts: readonly string[]): string {
  if (doubts.length > 0) {
    return ` That is not certain: it depends on what is not followed here (${listOf(doubts.map(plain), 3)}).`;
  }
  return count > 1 ? ' Chance decides which.' : '';
}

/** What is remembered of a connection gives an answer the ends back that its request had; null where they are the same. */
export function rememberedVoice(
  index: TopologyIndex,
  namespace: NamespaceId,
  end: End,
  before: Flow,
  after: Flow,
): Voice | null {
  const nameOf = (flow: Flow): string =>
    end === 'destination' ? flow.destination : nameOfEnd(flow.source ?? '', flow.sourcePort);
  return nameOf(before) === nameOf(after)
    ? null
    : {
        kind: 'nat',
        why: `${startOfSentence(nameOfNamespace(index, namespace))} remembers the connection: the ${end} ${nameOf(before)} is rewritten back to ${nameOf(after)}.`,
        record: { connection: { [end]: nameOf(after) } },
      };
}
