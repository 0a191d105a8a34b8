import * as vscode from 'vscode';
import type { Severity } from '../../topology/finding.ts';
import { plainText } from '../text.ts';
import type { Look } from './treeItems.ts';
import type { ShownNode, Subject } from './treeModel.ts';

const { t } = vscode.l10n;

/** What a screen reader says of a row: what its icon shows goes first, and signs become words. */
export function spokenRow(subject: Subject, { label, description = '' }: Look, entry: ShownNode): string {
  const state = subject.kind === 'node' && entry.state.kind === 'live' ? t('connected') : description;
  const words = state.replaceAll(' · ', ', ').replace('↔', t('cable to'));
  const what = kindOf(subject);
  const name = what === '' ? label : t('{0} {1}', what, label);
  return plainText(words === '' ? name : t('{0}, {1}', name, words));
}

/** In a word; "" where the label says it. */
function kindOf(subject: Subject): string {
  switch (subject.kind) {
    case 'node':
      return t('node');
    case 'finding':
      return severityWord(subject.finding.severity);
    case 'namespace':
      return subject.namespace.pod === null || subject.namespace.root ? '' : t('pod');
    case 'link':
      return t('interface');
    case 'bridge':
      return t('bridge');
    case 'port':
      return t('port');
    case 'fdbEntry':
      return t('address');
    case 'container':
      return t('container');
    case 'process':
      return t('process');
    case 'unknown':
      return t('not known:');
    case 'group':
    case 'details':
    case 'detail':
    case 'fdb':
      return '';
  }
}

function severityWord(severity: Severity): string {
  const words: Record<Severity, string> = { error: t('error:'), warning: t('warning:'), info: t('note:') };
  return words[severity];
}
