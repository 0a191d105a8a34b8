/** The toolbar: which node, how fresh, and what can be done. */
import type { ConnectionState, PanelCommand } from '../../src/protocol/messages.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { button, setDisabled } from '../controls/toolkit.ts';
import { displayName } from '../graph/text.ts';
import { h } from './dom.ts';
import { icon, type IconName } from './icons.ts';
import { clockTime } from '../graph/clockTime.ts';

const stateWords: Record<ConnectionState['kind'], string> = {
  empty: 'no node',
  connecting: 'connecting',
  live: 'live',
  recording: 'recording',
  lost: 'not current',
  failed: 'failed',
};

const createTitle = 'Create a pod on this node';

/** Packets can be sent through a connected node, and foretold from a recording. */
export function canTrace({ kind }: ConnectionState): boolean {
  return kind === 'live' || kind === 'recording';
}

function iconButton(label: string, name: IconName, onClick: () => void): HTMLElement {
  return button({ label, icon: icon(name), appearance: 'icon', onClick });
}

export class Toolbar {
  readonly element: HTMLElement;
  readonly #node = h('span', { class: 'node-name' });
  readonly #state = h('span', { class: 'node-state' });
  readonly #search = h('div', { class: 'search-place' });
  readonly #create: HTMLElement;
  readonly #trace: HTMLElement;
  readonly #refresh: HTMLElement;
  readonly #tools = h('div', { class: 'tools' });
  readonly #view = h('div', { class: 'tools view-tools' });

  constructor(run: (command: PanelCommand) => void) {
    const command = (label: string, name: IconName, id: PanelCommand, title: string): HTMLElement =>
      button({ label, icon: icon(name), title, onClick: () => run(id) });
    this.#create = command('Create Pod', 'create', 'patchbay.pod.create', createTitle);
    this.#trace = command(
      'Trace Ping',
      'trace',
      'patchbay.trace.ping',
      'Send a ping and follow it; foretold from a recording',
    );
    this.#refresh = iconButton('Read the node again', 'refresh', () => run('patchbay.node.refresh'));
    this.#tools.append(this.#create, this.#trace, this.#refresh);
    this.element = h(
      'div',
      { class: 'toolbar', role: 'toolbar', 'aria-label': 'Topology' },
      h('div', { class: 'node', role: 'status' }, this.#state, this.#node),
      this.#tools,
      this.#search,
      this.#view,
    );
  }

  /** Adds a control to those of the node. */
  addTool(control: HTMLElement): void {
    this.#tools.append(control);
  }

  /** Adds a button to those that change the view, at the right. */
  addView(label: string, name: IconName, onClick: () => void): HTMLElement {
    const added = iconButton(label, name, onClick);
    this.#view.append(added);
    return added;
  }

  /** Puts the search box between the commands and the view. */
  setSearch(search: HTMLElement): void {
    this.#search.append(search);
  }

  /** The topology is what is on screen; null while there is none. */
  setState(state: ConnectionState, topology: Topology | null): void {
    const when = topology !== null && state.kind !== 'live' ? ` · ${clockTime(topology.takenAt)}` : '';
    this.#state.className = `node-state ${state.kind}`;
    this.#state.textContent = `${stateWords[state.kind]}${when}`;
    const label = state.kind === 'empty' ? 'Patchbay' : displayName(state.label);
    this.#node.textContent = label;
    this.#node.title = label;
    const isPrivileged = topology?.node.privilege !== 'none';
    this.#create.title = isPrivileged ? createTitle : 'Creating a pod takes root on this node';
    setDisabled(this.#create, state.kind !== 'live' || !isPrivileged);
    setDisabled(this.#trace, !canTrace(state));
    setDisabled(this.#refresh, state.kind !== 'live');
  }
}
