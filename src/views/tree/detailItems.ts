import * as vscode from 'vscode';
import type { Ruleset, Rule, Socket, Switches } from '../../topology/topology.ts';
import type { Look } from './treeItems.ts';
import type { Detail } from './treeModel.ts';

const { t } = vscode.l10n;

/** Lines of a rule set that a tooltip shows. */
const linesShown = 30;

/** What the row of one detail of a namespace looks like. */
export function detailLook(detail: Detail): Look {
  switch (detail.kind) {
    case 'socket':
      return socketLook(detail.socket);
    case 'rule':
      return ruleLook(detail.rule);
    case 'ruleset':
      return rulesetLook(detail.ruleset);
    case 'switches':
      return switchesLook(detail.switches);
    case 'resolver':
      return resolverLook(detail.text);
    case 'unread':
      return unreadLook(detail);
  }
}

function socketLook({ protocol, family, address, port, processes }: Socket): Look {
  const label = `${protocol} ${family === 6 ? `[${address}]` : address}:${port}`;
  const holders = processes.map(({ pid, name }) => `${name} (${pid})`).join(', ');
  return {
    label,
    description: holders,
    icon: new vscode.ThemeIcon('radio-tower'),
    tooltip: { title: t('Listens on {0}', label), lines: [[t('Processes'), holders]] },
  };
}

function ruleLook({ priority, source, table, family }: Rule): Look {
  return {
    label: t('{0}: from {1}', priority, source),
    description: [t('table {0}', table ?? ''), family === 6 ? 'IPv6' : 'IPv4'].join(' · '),
    icon: new vscode.ThemeIcon('law'),
  };
}

function rulesetLook({ tool, text, cut }: Ruleset): Look {
  const lines = text.trimEnd().split('\n');
  const shown = lines.slice(0, linesShown).join('\n');
  return {
    label: t('Rules of {0}', tool),
    description: cut ? t('more than {0} lines', lines.length) : t('{0} lines', lines.length),
    icon: new vscode.ThemeIcon('shield'),
    tooltip: {
      title: t('Rules of {0}', tool),
      lines: [],
      text: lines.length > linesShown ? `${shown}\n…` : shown,
    },
  };
}

function switchesLook(switches: Switches): Look {
  const on = Object.entries(switches).filter(([, value]) => value !== 0);
  return {
    label: t('Switches that are on'),
    description: on.map(([name]) => name).join(', '),
    icon: new vscode.ThemeIcon('settings'),
    tooltip: {
      title: t('Switches'),
      lines: Object.entries(switches).map(([name, value]) => [name, String(value)]),
    },
  };
}

function resolverLook(text: string): Look {
  return {
    label: t('Name servers'),
    description: text.trim().replace(/\s*\n\s*/g, ' · '),
    icon: new vscode.ThemeIcon('book'),
    tooltip: { title: 'resolv.conf', lines: [], text },
  };
}

function unreadLook({ parts, state }: Extract<Detail, { kind: 'unread' }>): Look {
  const words: Readonly<Record<string, string>> = {
    rules6: t('rules of IPv6'),
    switches: t('all switches'),
    sockets: t('listening sockets'),
    netfilter: t('rules of nftables and iptables'),
  };
  const description = parts.map((part) => words[part] ?? part).join(', ');
  if (state?.kind === 'reading') {
    return { label: t('Reading…'), description, icon: new vscode.ThemeIcon('loading~spin') };
  }
  const why = state?.message ?? t('It is read only while the node is connected.');
  return {
    label: t('Not read'),
    description: why,
    icon: new vscode.ThemeIcon('question', new vscode.ThemeColor('problemsWarningIcon.foreground')),
    tooltip: {
      title: t('Not read'),
      lines: [
        [t('What'), description],
        [t('Why'), why],
      ],
    },
  };
}
