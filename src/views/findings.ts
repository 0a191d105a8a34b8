import * as vscode from 'vscode';
import type { Finding, Severity } from '../topology/finding.ts';

const { t } = vscode.l10n;

const icons: Readonly<Record<Severity, readonly [id: string, color: string]>> = {
  error: ['error', 'problemsErrorIcon.foreground'],
  warning: ['warning', 'problemsWarningIcon.foreground'],
  info: ['info', 'problemsInfoIcon.foreground'],
};

/** The icon that VS Code has for a problem of this weight: a shape of its own, not only a colour. */
export function findingIcon(severity: Severity): vscode.ThemeIcon {
  const [id, color] = icons[severity];
  return new vscode.ThemeIcon(id, new vscode.ThemeColor(color));
}

/** "1 error, 2 warnings"; "" where there is neither. */
export function countText(findings: readonly Finding[]): string {
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  return [
    errors === 0 ? '' : errors === 1 ? t('1 error') : t('{0} errors', errors),
    warnings === 0 ? '' : warnings === 1 ? t('1 warning') : t('{0} warnings', warnings),
  ]
    .filter((part) => part !== '')
    .join(', ');
}
