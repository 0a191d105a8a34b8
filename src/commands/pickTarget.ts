import * as vscode from 'vscode';
import { targetLabel } from '../session/openNode.ts';
import { formatSshAddress, parseSshAddress, targetKey } from '../session/targetKey.ts';
import type { Target } from '../transport/target.ts';
import type { SshHost } from '../transport/ssh/connect.ts';
import { DisposableStore } from '../util/disposable.ts';
import { iconText, messageText, plainText } from '../views/text.ts';
import type { Services } from './services.ts';

const { t } = vscode.l10n;

/** `enter` carries what was typed in the list, to go on with. */
type Pick = Target | { readonly kind: 'enter'; readonly text: string } | 'recording';

interface TargetItem extends vscode.QuickPickItem {
  readonly pick?: Target | 'enter' | 'recording';
}

/** Asks where to connect to; `recording` where people would rather open a file, undefined where they give up. */
export async function pickTarget(services: Services): Promise<Target | 'recording' | undefined> {
  const pick = await chooseFromList(services);
  return typeof pick === 'object' && pick.kind === 'enter' ? enterAddress(pick.text) : pick;
}

function chooseFromList(services: Services): Promise<Pick | undefined> {
  const list = vscode.window.createQuickPick<TargetItem>();
  const owned = new DisposableStore();
  owned.add(list);
  list.title = t('Connect to Node');
  list.placeholder = t('A host of your SSH configuration, a recent node, or user@host');
  list.matchOnDescription = true;
  return new Promise((resolve) => {
    const settle = (pick: Pick | undefined): void => {
      resolve(pick);
      owned.dispose();
    };
    const filler = new ListFiller(list, services);
    owned.add(list.onDidAccept(() => settle(pickOf(list))));
    owned.add(list.onDidHide(() => settle(undefined)));
    owned.add(list.onDidChangeValue(() => filler.fill()));
    owned.add(list.onDidTriggerItemButton(({ item }) => void filler.forget(item)));
    filler.fill();
    list.show();
    void filler.addConfiguredHosts();
  });
}

/** What Enter means. Whoever types an address faster than the list follows means the address. */
function pickOf(list: vscode.QuickPick<TargetItem>): Pick | undefined {
  const pick = list.selectedItems[0]?.pick;
  if (pick !== undefined && pick !== 'enter') {
    return pick;
  }
  return typedTarget(list.value) ?? (pick && { kind: 'enter', text: list.value });
}

/** Keeps the list up to date: with the hosts of ssh_config once they were read, and with what is being typed. */
class ListFiller {
  readonly #list: vscode.QuickPick<TargetItem>;
  readonly #services: Services;
  #hosts: readonly SshHost[] = [];

  constructor(list: vscode.QuickPick<TargetItem>, services: Services) {
    this.#list = list;
    this.#services = services;
  }

  fill(): void {
    const hosts = this.#hosts.map(hostItem);
    const known = new Set(this.#hosts.map(({ host }) => targetKey({ kind: 'ssh', host })));
    const recent = this.#services.recents.targets
      .filter((target) => !known.has(targetKey(target)))
      .map(recentItem);
    this.#list.items = [
      ...typedItem(this.#list.value),
      ...fixedItems(),
      ...section(t('Recent'), recent),
      ...section(t('SSH configuration'), hosts),
      ...section(t('More'), moreItems()),
    ];
  }

  async addConfiguredHosts(): Promise<void> {
    this.#list.busy = true;
    try {
      const { listSshHosts } = await import('../transport/ssh/connect.ts');
      this.#hosts = await listSshHosts();
      this.fill();
    } catch (error) {
      this.#services.output.showError(error);
    } finally {
      this.#list.busy = false;
    }
  }

  async forget({ pick }: TargetItem): Promise<void> {
    if (typeof pick === 'object') {
      await this.#services.recents.remove(pick);
      this.fill();
    }
  }
}

function section(label: string, items: readonly TargetItem[]): TargetItem[] {
  return items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items];
}

function typedItem(text: string): TargetItem[] {
  const target = typedTarget(text);
  return target
    ? [
        {
          label: `$(server) ${iconText(formatSshAddress(target))}`,
          description: 'ssh',
          alwaysShow: true,
          pick: target,
        },
      ]
    : [];
}

/** What is being typed, where it reads as an address and not as a word to search the list for. */
function typedTarget(text: string): Extract<Target, { kind: 'ssh' }> | null {
  return /[@.:]/.test(text) ? parseSshAddress(text) : null;
}

function fixedItems(): TargetItem[] {
  const local: TargetItem = {
    label: `$(device-desktop) ${t('This machine')}`,
    description: t('its own namespaces; changes need root'),
    pick: { kind: 'local' },
  };
  const lab: TargetItem = {
    label: `$(beaker) ${t('Lab')}`,
    description: t('a throw-away node with two pods, apart from this machine’s network'),
    pick: { kind: 'lab' },
  };
  return process.platform === 'linux' ? [lab, local] : [];
}

function moreItems(): TargetItem[] {
  return [
    { label: `$(edit) ${t('Enter user@host…')}`, alwaysShow: true, pick: 'enter' },
    { label: `$(folder-opened) ${t('Open recording…')}`, alwaysShow: true, pick: 'recording' },
  ];
}

function hostItem({ host, hostname, user, port }: SshHost): TargetItem {
  const address = formatSshAddress({ host: hostname, user, ...(port === 22 ? {} : { port }) });
  return {
    label: `$(server) ${iconText(host)}`,
    description: plainText(address),
    pick: { kind: 'ssh', host },
  };
}

function recentItem(target: Target): TargetItem {
  const icon = target.kind === 'recording' ? 'history' : 'server';
  return {
    label: `$(${icon}) ${iconText(targetLabel(target))}`,
    ...(target.kind === 'recording' ? { description: plainText(target.path) } : {}),
    buttons: [{ iconPath: new vscode.ThemeIcon('close'), tooltip: t('Remove from this list') }],
    pick: target,
  };
}

async function enterAddress(value: string): Promise<Target | undefined> {
  const text = await vscode.window.showInputBox({
    title: t('Connect over SSH'),
    prompt: messageText(t('user@host, with :port where it is not 22')),
    placeHolder: 'root@10.0.0.5',
    value,
    ignoreFocusOut: true,
    validateInput: (entered) =>
      parseSshAddress(entered) ? undefined : t('Give a host as user@host or user@host:port.'),
  });
  return text === undefined ? undefined : (parseSshAddress(text) ?? undefined);
}
