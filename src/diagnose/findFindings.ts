/** Pure: all rules over one topology. */
import type { Diagnosis, Finding, Severity, Unchecked } from '../topology/finding.ts';
import type { Topology } from '../topology/topology.ts';
import { doWhole, type Sliced } from '../util/sliced.ts';
import { Ground } from './ground.ts';
import { findDuplicateAddresses, findMissingAddresses, findWrongPrefixes } from './rules/addresses.ts';
import { findDroppingChains, findFilteredBridges } from './rules/filters.ts';
import { findForwardingOff, findReversePathDrops } from './rules/forwarding.ts';
import { findDownBridges, findDownLinks, findDownLoopbacks } from './rules/links.ts';
import { findDuplicateMacs, findWrongNeighbours } from './rules/macs.ts';
import { findSmallMtus } from './rules/mtu.ts';
import { findUnplugged } from './rules/plugging.ts';
import { findBlockedPorts, findDeafPorts, findIsolatedPorts, findVlanMismatches } from './rules/ports.ts';
import { findDivertingRules, findMissingDefaults, findRefusingRoutes } from './rules/routes.ts';
import { findIgnoredEchoes } from './rules/switches.ts';

type Rule = (ground: Ground) => Finding[];

/** From the cable up, so that of findings that weigh the same the one further down comes first. */
const rules: readonly Rule[] = [
  findDownLinks,
  findDownBridges,
  findUnplugged,
  findBlockedPorts,
  findVlanMismatches,
  findDeafPorts,
  findDuplicateMacs,
  findMissingAddresses,
  findDuplicateAddresses,
  findWrongPrefixes,
  findWrongNeighbours,
  findFilteredBridges,
  findForwardingOff,
  findRefusingRoutes,
  findDivertingRules,
  findReversePathDrops,
  findSmallMtus,
  findMissingDefaults,
  findDownLoopbacks,
  findIsolatedPorts,
  findIgnoredEchoes,
  findDroppingChains,
];

/** Says what is wrong with a node, as far as it was read. The same topology always gives the same findings. */
export function findFindings(topology: Topology): Diagnosis {
  return doWhole(findFindingsSliced(topology));
}

/** As `findFindings`, to be interrupted between rules. */
export function* findFindingsSliced(topology: Topology): Sliced<Diagnosis> {
  const ground = new Ground(topology);
  yield;
  const findings = new Map<string, Finding>();
  for (const rule of rules) {
    // One fault may show in both families of addresses.
    rule(ground).forEach((finding) => findings.set(finding.id, findings.get(finding.id) ?? finding));
    yield;
  }
  return { findings: [...findings.values()].sort(bySeverity), unchecked: uncheckedParts(topology) };
}

const weights: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

function bySeverity(a: Finding, b: Finding): number {
  return weights[a.severity] - weights[b.severity];
}

/** What the rules would have looked at: silence about it is no clean bill. */
function uncheckedParts({ namespaces, unknown }: Topology): Unchecked[] {
  const unread = namespaces.filter(
    (namespace) => namespace.unread.includes('netfilter') || namespace.unread.includes('switches'),
  );
  const onDemand: Unchecked[] =
    unread.length === 0
      ? []
      : [
          {
            what: 'Filters and switches',
            namespaces: unread.map(({ id }) => id),
            reason: 'They are read on demand, which takes processes in each namespace.',
            remedy: 'Look at the namespace, or diagnose the whole node.',
          },
        ];
  return [
    ...onDemand,
    ...unknown.map(({ namespace, what, reason, remedy }) => ({
      what: `${what.charAt(0).toUpperCase()}${what.slice(1)}`,
      namespaces: namespace === null ? [] : [namespace],
      reason,
      remedy,
    })),
  ];
}
