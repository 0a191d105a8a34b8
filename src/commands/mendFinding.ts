import * as vscode from 'vscode';
import type { NodeEntry } from '../session/nodeRegistry.ts';
import type { Finding } from '../topology/finding.ts';
import { PatchbayError } from '../util/errors.ts';
import { findingIcon } from '../views/findings.ts';
import { previewPlan } from '../views/planPreview.ts';
import { iconText } from '../views/text.ts';
import { mendFindingArgument, parseArgument } from './arguments.ts';
import { requireNode, requireRoot } from './nodeArgument.ts';
import { runPlan } from './runPlan.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** Carries out the mend of a finding, after a look at its commands. Returns the finding's id. */
export async function mendFinding(services: Services, argument: unknown): Promise<string | undefined> {
  const given = parseArgument(mendFindingArgument, argument);
  const entry = requireNode(services, given);
  requireRoot(entry);
  const finding =
    given.finding === undefined
      ? await pickFinding(services, entry)
      : findingOf(services, entry, given.finding);
  if (!finding?.mend) {
    return undefined;
  }
  if (given.confirmed !== true) {
    return offerMend(entry, finding);
  }
  await runPlan(entry, finding.mend);
  return finding.id;
}

/** Shows the commands that mend a finding, and runs them when people say so. Returns its id where they ran. */
export async function offerMend(entry: NodeEntry, { id, mend }: Finding): Promise<string | undefined> {
  const canMend = entry.session.state.kind === 'live' && entry.session.transport.privilege.way !== 'none';
  if (mend === null || !canMend) {
    return undefined;
  }
  const answer = await previewPlan(mend, { title: t('Mend'), step: 1, steps: 1 });
  if (answer === undefined || answer === 'back') {
    return undefined;
  }
  await runPlan(entry, mend);
  return id;
}

/** What holds now: of the node, else of its traces, the latest first. Throws `not-found`. */
function findingOf({ diagnoses }: Services, { session }: NodeEntry, id: string): Finding {
  const causes = session.traces.toReversed().flatMap((trace) => trace.causes);
  const all = [...(diagnoses.of(session)?.findings ?? []), ...causes];
  const finding = all.find((one) => one.id === id);
  if (!finding) {
    throw new PatchbayError('not-found', t('This is not wrong any more.'));
  }
  if (finding.mend === null) {
    throw new PatchbayError('bad-input', t('No command is known that mends this for certain.'));
  }
  return finding;
}

async function pickFinding({ diagnoses }: Services, { session }: NodeEntry): Promise<Finding | undefined> {
  const mendable = (diagnoses.of(session)?.findings ?? []).filter(({ mend }) => mend !== null);
  if (mendable.length === 0) {
    throw new PatchbayError('not-found', t('There is nothing on this node that could be mended.'));
  }
  const items = mendable.map((finding) => ({
    label: `$(${findingIcon(finding.severity).id}) ${iconText(finding.title)}`,
    detail: iconText(finding.mend?.title ?? ''),
    finding,
  }));
  return (await vscode.window.showQuickPick(items, { title: t('Mend') }))?.finding;
}
