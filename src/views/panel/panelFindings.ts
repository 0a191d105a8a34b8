/** Pure: what a page is told of a diagnosis. */
import type { ShownDiagnosis, ShownFinding } from '../../protocol/messages.ts';
import type { Diagnosis, Finding } from '../../topology/finding.ts';
import { quoteArgv } from '../../util/quote.ts';

function shownFinding({
  id,
  rule,
  severity,
  where,
  title,
  explanation,
  evidence,
  mend,
}: Finding): ShownFinding {
  return {
    ...{ id, rule, severity, where, title, explanation },
    evidence: evidence.map(({ text }) => ({ text })),
    mend: mend && { title: mend.title, commands: mend.steps.map(({ argv }) => quoteArgv(argv)) },
  };
}

/** The diagnosis without its records, which are many times as much as their words. */
export function shownDiagnosis({ findings, unchecked }: Diagnosis): ShownDiagnosis {
  return {
    findings: findings.map(shownFinding),
    unchecked: unchecked.map(({ what, namespaces, reason, remedy }) => ({
      ...{ what, reason, remedy },
      namespaces: namespaces.length,
    })),
  };
}
