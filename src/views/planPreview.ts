import * as vscode from 'vscode';
import type { Plan } from '../topology/plan.ts';
import { planAsText, planAsUndoScript } from '../pods/script.ts';
import { quoteArgv } from '../util/quote.ts';
import { askPick, type Answer, type Choice, type StepPlace } from './quickInput.ts';
import { iconText } from './text.ts';

const { t } = vscode.l10n;

/** Shows the exact commands of a plan and asks whether to run them. */
export function previewPlan(plan: Plan, place: StepPlace): Promise<Answer<'run'>> {
  const run: Choice<'run'> = {
    label: `$(play) ${iconText(plan.title)}`,
    description:
      plan.steps.length === 1 ? t('one command') : t('{0} commands, undone if one fails', plan.steps.length),
    alwaysShow: true,
    value: 'run',
  };
  const separator = (label: string): Choice<'run'> => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const lines = plan.steps.map(({ argv }): Choice<'run'> => ({ label: iconText(quoteArgv(argv)) }));
  const warnings = plan.warnings.map((text): Choice<'run'> => ({ label: `$(warning) ${iconText(text)}` }));
  return askPick({
    ...place,
    placeholder: t('These commands will run on the node'),
    choices: [
      run,
      ...(warnings.length > 0 ? [separator(t('Mind')), ...warnings] : []),
      separator(t('Commands')),
      ...lines,
    ],
    active: run,
    buttons: [
      { iconPath: new vscode.ThemeIcon('copy'), tooltip: t('Copy commands'), run: () => copyCommands(plan) },
      {
        iconPath: new vscode.ThemeIcon('go-to-file'),
        tooltip: t('Open as script'),
        run: () => openAsScript(plan),
      },
    ],
  });
}

async function copyCommands(plan: Plan): Promise<void> {
  await vscode.env.clipboard.writeText(planAsText(plan));
  vscode.window.setStatusBarMessage(t('Commands copied'), 3_000);
}

/** The commands, and what takes them back, as a shell script in an editor. */
async function openAsScript(plan: Plan): Promise<void> {
  const undo = planAsUndoScript(plan)
    .split('\n')
    .map((line) => (line === '' ? '' : `# ${line}`))
    .join('\n');
  const content = [
    '#!/bin/sh',
    `# ${plan.title}`,
    'set -e',
    '',
    planAsText(plan),
    `# ${t('To undo:')}`,
    undo,
  ].join('\n');
  await vscode.window.showTextDocument(
    await vscode.workspace.openTextDocument({ language: 'shellscript', content }),
  );
}
