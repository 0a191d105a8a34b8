import * as vscode from 'vscode';
import { diagnoseNode as readAndDiagnose } from '../session/diagnoses.ts';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import type { Diagnosis, Finding } from '../topology/finding.ts';
import { placeOf } from '../views/findingPlaces.ts';
import { findingIcon } from '../views/findings.ts';
import { withProgress } from '../views/progress.ts';
import { askPick, type Choice } from '../views/quickInput.ts';
import { iconText } from '../views/text.ts';
import { diagnoseArgument, parseArgument } from './arguments.ts';
import { offerMend } from './mendFinding.ts';
import { requireNode, requireTopology } from './nodeArgument.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** Reads all of a node and lists what is wrong; what is chosen is shown, and its mend offered. Returns the diagnosis. */
export async function diagnoseNode(services: Services, argument: unknown): Promise<Diagnosis> {
  const given = parseArgument(diagnoseArgument, argument);
  const entry = requireNode(services, given);
  const { length } = requireTopology(entry).namespaces;
  const diagnosis = await withProgress(t('Diagnosing {0}', entry.label), ({ signal, onProgress }) =>
    readAndDiagnose(entry.session, {
      signal,
      onProgress: (done) => onProgress(t('{0} of {1} namespaces', done, length)),
    }),
  );
  if (given.list !== false) {
    void choose(services, entry, diagnosis);
  }
  return diagnosis;
}

async function choose(services: Services, entry: NodeEntry, diagnosis: Diagnosis): Promise<void> {
  const answer = await askPick<Finding>({
    title: t('Findings on {0}', entry.label),
    step: 1,
    steps: 1,
    placeholder:
      diagnosis.findings.length === 0 ? t('Nothing is wrong.') : t('Choose one to see where it is'),
    choices: [...diagnosis.findings.map(findingChoice), ...uncheckedChoices(diagnosis)],
  });
  if (answer === undefined || answer === 'back') {
    return;
  }
  const finding = answer.value;
  services.selection.select(entry.id, placeOf(finding), 'command');
  services.panels.open(entry.id, { focus: false });
  await offerMend(entry, finding);
}

function findingChoice(finding: Finding): Choice<Finding> {
  return {
    label: `$(${findingIcon(finding.severity).id}) ${iconText(finding.title)}`,
    detail: iconText(finding.explanation),
    value: finding,
  };
}

function uncheckedChoices({ unchecked }: Diagnosis): Choice<Finding>[] {
  const lines = unchecked.map(({ what, reason }) => ({
    label: `$(question) ${iconText(what)}`,
    detail: iconText(reason),
  }));
  return lines.length === 0
    ? []
    : [{ label: t('Not checked'), kind: vscode.QuickPickItemKind.Separator }, ...lines];
}
