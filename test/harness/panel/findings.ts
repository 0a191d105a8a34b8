/** What the host tells a page of what is wrong with a topology: found by the rules themselves. */
import { findFindings } from '../../../src/diagnose/findFindings.ts';
import type { ShownDiagnosis, ToPanel } from '../../../src/protocol/messages.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { shownDiagnosis } from '../../../src/views/panel/panelFindings.ts';
import { FindingIndex, severities } from '../../../webview/graph/findings.ts';

export const diagnosisOf = (topology: Topology): ShownDiagnosis => shownDiagnosis(findFindings(topology));

export const findingsOf = (topology: Topology): FindingIndex => new FindingIndex(diagnosisOf(topology));

/** The message in which they are told. */
export const tellFindings = (topology: Topology): ToPanel => ({
  type: 'findings',
  diagnosis: diagnosisOf(topology),
});

/** The same finding once in each severity, in a topology that has one. */
export function tellEverySeverity(topology: Topology): ToPanel {
  const { findings, unchecked } = diagnosisOf(topology);
  const each = severities.flatMap((severity) =>
    findings.slice(0, 1).map((finding) => ({ ...finding, id: `${severity} ${finding.id}`, severity })),
  );
  return { type: 'findings', diagnosis: { findings: each, unchecked } };
}

/** The same node with the pod's ends of some cables set down. */
export function withLinksDown(topology: Topology, pods: readonly string[]): Topology {
  const namespaces = new Set(
    topology.namespaces.filter(({ pod }) => pods.includes(pod?.name ?? '')).map(({ id }) => id),
  );
  const links = topology.links.map((link) =>
    namespaces.has(link.namespace) && link.peer !== null ? { ...link, up: false, carrier: false } : link,
  );
  return { ...topology, links };
}
