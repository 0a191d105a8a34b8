import type { Diagnosis, Finding, Severity } from '../topology/finding.ts';
import type { Topology } from '../topology/topology.ts';
import { describeFinding } from '../trace/describe.ts';
import { printable } from './inspectText.ts';

const headings: Readonly<Record<Severity, string>> = {
  error: 'Errors',
  warning: 'Warnings',
  info: 'Worth knowing',
};

/** What is wrong with a node, worst first: each finding with its proof and the commands that mend it. */
export function doctorText({ findings, unchecked }: Diagnosis, { node, namespaces }: Topology): string {
  const sections = (['error', 'warning', 'info'] as const).map((severity) =>
    sectionText(
      headings[severity],
      findings.filter((finding) => finding.severity === severity),
    ),
  );
  const nameOf = (id: string): string => namespaces.find((namespace) => namespace.id === id)?.name ?? id;
  const notes = unchecked.map(({ what, namespaces: ids, reason, remedy }) => {
    const where =
      ids.length === 0 ? 'node' : ids.length > 3 ? `${ids.length} namespaces` : ids.map(nameOf).join(', ');
    return `  ${what} (${where}): ${reason}${remedy === null ? '' : ` ${remedy}`}`;
  });
  const lines = [
    summaryOf(node.hostname, findings),
    ...sections.flat(),
    ...(notes.length === 0 ? [] : ['', 'Not checked:', ...notes]),
  ];
  return `${lines.map(printable).join('\n')}\n`;
}

function summaryOf(hostname: string, findings: readonly Finding[]): string {
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  return errors + warnings === 0
    ? `${hostname}: nothing is wrong.`
    : `${hostname}: ${plural(errors, 'error')}, ${plural(warnings, 'warning')}.`;
}

/** "no pods", "1 pod", "2 pods". */
export function plural(number: number, noun: string): string {
  return `${number === 0 ? 'no' : number} ${noun}${number === 1 ? '' : 's'}`;
}

function sectionText(heading: string, findings: readonly Finding[]): string[] {
  return findings.length === 0 ? [] : ['', `${heading}:`, ...findings.flatMap(describeFinding)];
}
