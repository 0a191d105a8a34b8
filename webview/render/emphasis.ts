/** Pure: what stands out in the picture, from what is selected, pointed at and traced. */
import type { DebuggedProcess, Selection } from '../../src/protocol/messages.ts';
import type { ChangeEntry } from '../../src/topology/changeEntry.ts';
import type { LinkId, NamespaceId } from '../../src/topology/topology.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { changeMarks } from '../graph/changeMarks.ts';
import { circuitOfAll, circuitOfSelection, type Circuit } from '../graph/circuit.ts';
import { linkKey, namespaceKey, selectionExists, selectionKey, selectNamespace } from '../graph/selection.ts';
import { seenLinks } from '../../src/trace/tellTrace.ts';
import { traceChains } from '../graph/traceStory.ts';
import type { TopologyIndex } from '../graph/topologyIndex.ts';
import { groupKey, type Geometry } from '../layout/geometry.ts';
import type { Router } from '../layout/route.ts';
import { noEmphasis, type Emphasis, type RouteLine } from './renderer.ts';
import { litKeys, type Scene } from './scene.ts';

/** A topology with the picture that was made of it. */
export interface Picture {
  readonly index: TopologyIndex;
  readonly geometry: Geometry;
  readonly scene: Scene;
  readonly router: Router;
  readonly complete: boolean;
}

/** A sender and a receiver. */
export interface NamespacePair {
  readonly from: NamespaceId;
  readonly to: NamespaceId;
}

/** What a person points at. */
export interface Pointing {
  readonly selection: Selection | null;
  readonly hover: Selection | null;
  readonly trace: Trace | null;
  /** Links of the step of the trace that is told. */
  readonly traceRow: readonly LinkId[] | null;
  /** Both ends of a cell of the verification's matrix. */
  readonly pair: NamespacePair | null;
  /** What differs between the moments that are compared. */
  readonly entries: readonly ChangeEntry[];
  readonly debugged: readonly DebuggedProcess[];
}

/** The key of what shows a selection: itself, else its pod or box, else the collapsed group; null where nothing does. */
export function shownKey({ index, scene, geometry }: Picture, selection: Selection): string | null {
  const key = selectionKey(selection);
  const owner = selection.kind === 'link' ? index.links.get(selection.id)?.namespace : undefined;
  const inPod = owner !== undefined && owner !== index.root?.id;
  const group = geometry.groups.find(({ folded }) => folded.includes(key));
  const candidates = [
    key,
    ...(group === undefined ? [] : [groupKey(group.id)]),
    ...(inPod ? [namespaceKey(owner)] : []),
  ];
  return candidates.find((one) => scene.byKey.has(one)) ?? null;
}

type Lit = Pick<Emphasis, 'bright' | 'traced' | 'routes'>;

function linesOf(picture: Picture, chain: readonly LinkId[], tone: RouteLine['tone']): RouteLine[] {
  return picture.router.route(chain).map((points) => ({ points, tone }));
}

function litByTrace(picture: Picture, trace: Trace): Lit {
  const { seen, lost, unseen } = traceChains(trace);
  const sighted = seenLinks(trace);
  const { hops } = trace.path;
  return {
    traced: new Set(hops.filter((hop) => sighted.has(hop.link)).map((hop) => linkKey(hop.link))),
    bright: new Set(hops.flatMap((hop) => [linkKey(hop.link), namespaceKey(hop.namespace)])),
    routes: [
      ...linesOf(picture, unseen, 'unseen'),
      ...linesOf(picture, seen, trace.observedBy === 'none' ? 'unseen' : 'flow'),
      ...linesOf(picture, lost, 'lost'),
    ],
  };
}

function litByRow(picture: Picture, links: readonly LinkId[], trace: Trace | null): Lit {
  const row = new Set(links);
  const namespaces = links.flatMap((id) => picture.index.links.get(id)?.namespace ?? []);
  const wires = picture.geometry.wires.filter(
    ({ kind, links: ends }) => kind !== 'bus' && kind !== 'trunk' && ends.some((id) => row.has(id)),
  );
  const keys = [...links.map(linkKey), ...namespaces.map(namespaceKey), ...wires.map((wire) => wire.id)];
  const way = trace === null ? null : litByTrace(picture, trace);
  return {
    bright: new Set([...(way?.bright ?? []), ...keys]),
    traced: new Set(links.map(linkKey)),
    routes: way?.routes ?? [],
  };
}

function litByPair(picture: Picture, { from, to }: NamespacePair): Lit {
  const ends = [selectNamespace(from), selectNamespace(to)];
  const lit = litByCircuit(picture, circuitOfAll(picture.index, ends));
  return { ...lit, bright: new Set([...(lit.bright ?? []), ...ends.map(selectionKey)]) };
}

function litByCircuit(picture: Picture, circuit: Circuit): Lit {
  return {
    bright: litKeys(circuit, picture.geometry),
    traced: new Set(),
    routes: circuit.chains.flatMap((chain) => linesOf(picture, chain, 'lit')),
  };
}

/** A collapsed group matches where something in it does. */
function withFolded({ geometry }: Picture, matched: ReadonlySet<string>): ReadonlySet<string> {
  const groups = geometry.groups.filter(({ folded }) => folded.some((key) => matched.has(key)));
  return groups.length === 0 ? matched : new Set([...matched, ...groups.map(({ id }) => groupKey(id))]);
}

/** A pair of the matrix comes first, then a selected row of a trace, then what the pointer is over, then the trace, then the selection. */
export function emphasisOf(
  picture: Picture,
  { selection, hover, trace, traceRow, pair, entries, debugged }: Pointing,
  matched: ReadonlySet<string> | null,
): Emphasis {
  const keyOf = (one: Selection | null): string | null => one && shownKey(picture, one);
  const changes = changeMarks(entries, { ...picture, shownKey: (one) => shownKey(picture, one) });
  const base = {
    ...noEmphasis,
    matched: matched && withFolded(picture, matched),
    selected: keyOf(selection),
    pointed: keyOf(hover),
    changes,
    debugged: new Set(debugged.flatMap(({ namespace }) => keyOf(selectNamespace(namespace)) ?? [])),
  };
  if (pair !== null) {
    return { ...base, ...litByPair(picture, pair) };
  }
  if (traceRow !== null) {
    return { ...base, ...litByRow(picture, traceRow, trace) };
  }
  if (trace !== null && hover === null) {
    return { ...base, ...litByTrace(picture, trace) };
  }
  const pointed = hover ?? selection;
  const exists = pointed !== null && selectionExists(picture.index, pointed);
  if (exists) {
    return { ...base, ...litByCircuit(picture, circuitOfSelection(picture.index, pointed)) };
  }
  return changes.size > 0 ? { ...base, bright: new Set(changes.keys()) } : base;
}
