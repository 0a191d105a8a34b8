/** Pure: the verdict of a probe joined with what is found wrong: why it was lost, likeliest first. */
import type { Finding } from '../topology/finding.ts';
import type { LinkId, Topology } from '../topology/topology.ts';
import { predict, predictAnswer, type PathRequest } from '../trace/predict.ts';
import type { Trace } from '../trace/trace.ts';
import { PatchbayError } from '../util/errors.ts';
import { Ground } from './ground.ts';
import { findOnWay } from './probeRules.ts';
import { wayOf, type Way } from './way.ts';

/** Rules about a place that stop whatever comes there; the others concern only some packets, and are asked about the probe itself. */
const stopsAll: ReadonlySet<string> = new Set([
  'link-down',
  'bridge-down',
  'not-on-bridge',
  'port-not-forwarding',
  'port-not-reached',
  'vlan-mismatch',
  'duplicate-mac',
  'duplicate-address',
  'no-address',
  'wrong-prefix',
  'loopback-down',
  'bridge-filtered',
]);

/** How much less likely something is that is only wrong on the way, or proved for the other direction. */
const penalties = { broad: -1, place: 50, noRoute: 70, otherWay: 200 };

/** Often only what follows from something further down: a link that was set down, an address that is gone. */
const lacksRoute: ReadonlySet<string> = new Set(['no-route', 'no-default-route']);

/** What the kernel's own word weighs: more than any guess about places. */
const bonus = 100;

interface Ranked {
  readonly rank: number;
  readonly finding: Finding;
}

/**
 * What explains that a probe was lost, best first: what holds for the packet itself before what is merely wrong on its
 * way, and nearest to the break. Every one is proved by the topology; empty where nothing is, or the probe came through.
 * `topology` is as near to the probe as can be had, with the details of the namespaces on the way.
 */
export function rankCauses(topology: Topology, trace: Trace, findings: readonly Finding[]): Finding[] {
  const ground = new Ground(topology);
  const ways = waysOf(ground, trace);
  const ranked = [...provedOn(ground, ways, trace), ...wrongOn(ground, ways, trace, findings)]
    .filter(({ finding }) => explains(trace, finding))
    .map(({ rank, finding }) => ({ rank: rank - (isConfirmed(trace, finding) ? bonus : 0), finding }))
    .sort((a, b) => a.rank - b.rank);
  const known = new Map(findings.map((finding) => [finding.id, finding]));
  return [...new Map(ranked.map(({ finding }) => [finding.id, known.get(finding.id) ?? finding])).values()];
}

/** An answer may have come from the wrong one of two; one that says no tells that all of the way is well but its end. */
function explains({ verdict }: Trace, { rule }: Finding): boolean {
  return (
    !verdict.delivered ||
    rule === 'duplicate-address' ||
    (verdict.outcome === 'refused' && ['filter-drops-probe', 'nobody-listens'].includes(rule))
  );
}

interface Ways {
  readonly there: Way | null;
  readonly back: Way | null;
}

/** Foretold anew, by all that is known now; the way there as it was seen, where it could have been another. */
function waysOf({ index }: Ground, { path, probe }: Trace): Ways {
  const request: PathRequest = {
    from: { kind: 'namespace', namespace: path.from.namespace },
    to: { kind: 'address', address: path.to.address },
    probe,
  };
  try {
    const there = predict(
      index,
      request,
      path.choices.map(({ taken }) => taken),
    );
    const back = predictAnswer(index, there, probe);
    return { there: wayOf(index, there), back: back && wayOf(index, back) };
  } catch (error) {
    if (error instanceof PatchbayError) {
      return { there: null, back: null };
    }
    throw error;
  }
}

/** What stops the very packet. */
function provedOn(ground: Ground, { there, back }: Ways, trace: Trace): Ranked[] {
  const isReplyLost = trace.verdict.lostOn === 'reply';
  const on = (way: Way | null, isReply: boolean): Ranked[] => {
    const broken = breakOf(way, trace);
    const penalty = isReply === isReplyLost ? 0 : penalties.otherWay;
    return (way === null ? [] : findOnWay(ground, way, { isReply, probe: trace.probe })).map(
      ({ at, finding }) => ({
        rank: penalty + Math.abs(at - broken) + (lacksRoute.has(finding.rule) ? penalties.noRoute : 0),
        finding,
      }),
    );
  };
  return [...on(there, false), ...on(back, true)];
}

/** Drop reasons (net/dropreason-core.h), by the rules whose findings they confirm. */
const reasonsOf: Readonly<Record<string, readonly string[]>> = {
  'filter-drops-probe': ['NETFILTER_DROP'],
  'bridge-filtered': ['NETFILTER_DROP'],
  'reverse-path-filter': ['IP_RPFILTER'],
  'mtu-too-small': ['PKT_TOO_BIG'],
  'port-not-forwarding': ['BRIDGE_INGRESS_STP_STATE'],
  'vlan-mismatch': ['VLAN_FILTER'],
  'wrong-neighbour': ['OTHERHOST'],
  'duplicate-mac': ['OTHERHOST'],
  'no-route': ['IP_OUTNOROUTES', 'IP_INNOROUTES'],
};

/** True where the kernel itself said that it dropped this probe for what a finding says. */
function isConfirmed({ drops }: Trace, { rule }: Finding): boolean {
  return drops.some(({ certain, reason }) => certain && reasonsOf[rule]?.includes(reason) === true);
}

/** Where on a way the probe was seen last: half a step behind the last link that saw it, or before the first. */
function breakOf(way: Way | null, { verdict: { lostAfter, lostBefore } }: Trace): number {
  const place = (id: LinkId | null): number => way?.links.findLastIndex((link) => link.id === id) ?? -1;
  const [after, before] = [place(lostAfter), place(lostBefore)];
  return after >= 0 ? after + 0.5 : before >= 0 ? before - 0.5 : 0;
}

/** What is wrong at a place that the probe comes by. */
function wrongOn(ground: Ground, ways: Ways, trace: Trace, findings: readonly Finding[]): Ranked[] {
  const places = placesOf(ground, ways, trace);
  const broken = breakOf(ways.there, trace);
  return findings
    .filter(({ rule }) => stopsAll.has(rule))
    .flatMap((finding) => {
      const near = finding.where.links.flatMap((id) => places.get(id) ?? []);
      const distance = Math.min(...near.map((at) => Math.abs(at - broken)));
      const weight = finding.rule === 'bridge-filtered' ? penalties.broad : penalties.place;
      const isMild = finding.severity !== 'error' && trace.verdict.lostOn !== null;
      return near.length === 0 ? [] : [{ rank: weight + distance + (isMild ? 10 : 0), finding }];
    });
}

/** The links of both ways and of both ends, by how far along they are. */
function placesOf({ index }: Ground, { there, back }: Ways, { path }: Trace): Map<LinkId, number> {
  const places = new Map<LinkId, number>();
  const put = (id: LinkId | undefined, at: number): void => {
    if (id !== undefined && !places.has(id)) {
      places.set(id, at);
    }
  };
  const end = there?.links.length ?? 0;
  there?.links.forEach(({ id }, at) => put(id, at));
  put(there?.next?.id, end);
  const returning = [...(back?.links ?? []), ...(back?.next ? [back.next] : [])].reverse();
  returning.forEach(({ id }, at) => put(id, end + at));
  const isLocal = there?.links.some(({ kind }) => kind === 'loopback') ?? false;
  const ends = [
    { namespace: path.from.namespace, at: 0 },
    { namespace: path.to.namespace ?? '', at: end + returning.length },
  ];
  for (const { namespace, at } of isLocal ? [] : ends) {
    for (const link of index.linksOf(namespace)) {
      if (link.kind === 'veth' && index.namespace(namespace)?.root === false) {
        put(link.id, at);
      }
    }
  }
  return index
    .owners(path.to.address)
    .reduce((all, owner) => all.set(owner.id, all.get(owner.id) ?? end), places);
}
